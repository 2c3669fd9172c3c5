"""A package that stays what it is, with the same name in it."""

answer = "from the module itself"

"""Files one by one, and many at once."""

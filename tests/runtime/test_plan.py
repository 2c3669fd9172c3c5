"""A repair's replacements: all together, or none."""

from __future__ import annotations

import pytest

from codemod.runtime.plan import Plan


class Base:
    """Has an attribute that others inherit."""

    inherited = "base"


def library() -> type[Base]:
    """A class to change."""

    class Library(Base):
        name = "usual"

    return Library


def test_everything_is_replaced() -> None:
    """Attributes of its own, and inherited ones."""
    changed, plan = library(), Plan()
    plan.replace(changed, "name", "other")
    plan.replace(changed, "inherited", "other")
    assert (changed.name, changed.inherited) == ("usual", "base")  # type: ignore[attr-defined]
    plan.apply()
    assert (changed.name, changed.inherited) == ("other", "other")  # type: ignore[attr-defined]
    assert Base.inherited == "base"


def test_what_is_missing_is_not_replaced() -> None:
    """An attribute that a new version lacks is an error while planning."""
    with pytest.raises(AttributeError, match="gone"):
        Plan().replace(library(), "gone", 1)


def test_what_cannot_be_set_undoes_the_rest() -> None:
    """The class is as it was, an inherited attribute inherited again."""
    changed, plan = library(), Plan()
    before = dict(vars(changed))
    plan.replace(changed, "name", "other")
    plan.replace(changed, "inherited", "other")
    plan.replace(int, "real", 1)
    with pytest.raises(TypeError, match="int"):
        plan.apply()
    assert dict(vars(changed)) == before

"""The replacements of one repair: made all together, or not at all."""

from __future__ import annotations

from typing import Any

__all__ = ["Plan", "UnexpectedError"]

_MISSING = object()


class UnexpectedError(Exception):
    """A library works in another way than a repair expects."""


class Plan:
    """Attributes of modules and classes, and what they are going to be."""

    def __init__(self) -> None:
        self._steps: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Note that ``owner.name`` is to become ``value``.

        Args:
            owner: A module or a class.
            name: An attribute that it has, be it by inheritance.
            value: What it becomes.

        Raises:
            AttributeError: It has no such attribute.
        """
        getattr(owner, name)
        self._steps.append((owner, name, value))

    def apply(self) -> None:
        """Make the replacements.

        Raises:
            AttributeError: One cannot be made; then none is.
            TypeError: Likewise.
        """
        done: list[tuple[Any, str, Any]] = []
        try:
            for owner, name, value in self._steps:
                done.append((owner, name, vars(owner).get(name, _MISSING)))
                setattr(owner, name, value)
        except (AttributeError, TypeError):
            for owner, name, before in reversed(done[:-1]):
                _restore(owner, name, before)
            raise


def _restore(owner: Any, name: str, before: Any) -> None:
    if before is _MISSING:
        delattr(owner, name)
    else:
        setattr(owner, name, before)

"""What is found on the way from a script to its trials, and to transformers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from codemod.program.starts import Call
    from codemod.program.units import Unit

__all__ = ["Step", "TrialStart"]


class Step(NamedTuple):
    """A step on the way from a script to what it reaches.

    Attributes:
        path: The file.
        line: The 1-based line.
        name: The function, or what is called there.
    """

    path: str
    line: int
    name: str


class TrialStart(NamedTuple):
    """A trial start that a script leads to.

    Attributes:
        unit: The code that it stands in.
        call: The call, and what is known of it; ``None`` for a Hydra sweeper.
        shown: How it is called, for messages.
        how: ``"threads"``, ``"processes"``, ``"sequential"``, ``"subprocess"`` or
            ``"unknown"``.
        why: What says so, such as ``n_jobs=args.jobs``.
        line: The 1-based line.
    """

    unit: Unit
    call: Call | None
    shown: str
    how: str
    why: str
    line: int

"""A script that is verified: what is known of it before anything is run."""

from __future__ import annotations

from dataclasses import dataclass, field

from codemod.verify.guards import Guard
from codemod.verify.loading import Repairs
from codemod.verify.names import Trials

__all__ = ["Target"]


@dataclass(frozen=True)
class Target:
    """A script to verify.

    Attributes:
        path: The script.
        guard: Its guard, ``None`` without one.
        trials: What its trials import.
        repairs: Its call of the repairs for threads, ``None`` without one.
        obstacle: Why a plain run cannot guard it, where it has no guard.
    """

    path: str
    guard: Guard | None
    trials: Trials = field(default_factory=Trials)
    repairs: Repairs | None = None
    obstacle: str = ""

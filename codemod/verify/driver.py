"""Proves that guards hold: which processes to run, and what their answers mean.

Scripts are not run. What runs, in fresh processes of the interpreter under test, is
probe/: the guard's definition first, then threads that import what trials import.
Guards are few and scripts are many, so all scripts of one guard share its processes,
in which everything is imported that any of them may import.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from codemod.verify import loading
from codemod.verify.interpreters import VerifyError, find
from codemod.verify.names import in_order
from codemod.verify.results import Environment, Verification
from codemod.verify.session import Progress, Session
from codemod.verify.target import Target
from codemod.verify.verdicts import verdict_on

__all__ = ["VerifyError", "verify"]


def verify(
    targets: Sequence[Target],
    python: str | None = None,
    progress: Progress = lambda done, total: None,
) -> Verification:
    """Find out whether the guards of some scripts hold in an environment.

    Args:
        targets: The scripts.
        python: An interpreter or a virtual environment's folder; ``None`` for the
            one on ``PATH`` that has transformers, else the running one.
        progress: Told how far it is.

    Raises:
        VerifyError: There is no such interpreter, it has no transformers, or nothing
            at all can be imported there.
    """
    start = time.monotonic()
    checkpoints = dict.fromkeys(c for t in targets for c in t.trials.checkpoints)
    look = find(python, list(checkpoints))
    known: dict[str, list[str]] = look.pop("checkpoints")
    names = {target.path: target.trials.with_classes(known) for target in targets}
    session = Session(look["executable"], in_order(names.values()), progress)
    guards = [t.guard for t in targets if t.guard is not None and not t.guard.problem]
    unique = {guard.source: guard for guard in guards}
    # Without torch, all there is to find out is whether a script's repairs are there.
    folders: list[str | None] = [None] if look["torch"] else []
    if any(t.repairs is not None and not t.repairs.problem for t in targets):
        folders.append(loading.RUNTIME)
    outcome = session.run([*unique.values()], folders)
    if not session.uses_torch:
        look["torch"] = None  # Installed, and switched off (USE_TORCH) or too old.
    verdicts = [verdict_on(target, names[target.path], outcome) for target in targets]
    return Verification(
        Environment(**look),
        outcome.unguarded,
        outcome.loads.get(None) if session.uses_torch else None,
        tuple(verdicts),
        time.monotonic() - start,
    )

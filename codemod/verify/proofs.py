"""What the answers of the processes say about a guard."""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from codemod.verify.guards import Guard
from codemod.verify.processes import NoAnswerError, Request
from codemod.verify.results import Failure, Runs

__all__ = ["Answers", "Proof", "candidates", "proof_of", "runs_of"]

Answers = list[Request | NoAnswerError]
"""What several processes said, or why they said nothing."""

_MISSING_NAME = re.compile(r"(?<=^cannot import name )'\w+'")
_MOST_MISSING = 3


@dataclass
class Proof:
    """What the processes of one guard showed.

    Attributes:
        guard: The guard.
        runs: What happened.
        missing: What it names and could not import, with the errors.
        unavailable: Names that cannot be imported there at all.
        error: What it raised, else empty.
        cure: Names that make it hold when it loads them too; empty when none were
            found or needed.
        candidates: The name to load for each name that failed.
    """

    guard: Guard
    runs: Runs
    missing: dict[str, str] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()
    error: str = ""
    cure: tuple[str, ...] = ()
    candidates: dict[str, str] = field(default_factory=dict)


def proof_of(
    guard: Guard,
    answers: Answers,
    unavailable: frozenset[str],
) -> Proof:
    """What the processes of one guard showed.

    Args:
        guard: The guard.
        answers: What the processes said.
        unavailable: Names that cannot be imported there at all.
    """
    good = [answer for answer in answers if not isinstance(answer, NoAnswerError)]
    proof = Proof(guard, runs_of(answers, unavailable), unavailable=unavailable)
    for answer in good:
        if answer["guard_error"]:
            proof.error = "{type}: {message}".format(**answer["guard_error"])
    if good:
        # Each process must agree, since a race may break what comes after it.
        proof.missing = {
            name: error["message"]
            for name, error in good[0]["missing"].items()
            if all(name in answer["missing"] for answer in good)
        }
    return proof


def _races(answer: Request, unavailable: frozenset[str]) -> list[Request]:
    return [f for f in answer["failures"] if f["name"] not in unavailable]


def runs_of(answers: Answers, unavailable: frozenset[str]) -> Runs:
    """Sum up the processes of one kind."""
    for answer in answers:
        if isinstance(answer, NoAnswerError):
            return Runs(len(answers), problem=f"a test process {answer}")
    good = [answer for answer in answers if not isinstance(answer, NoAnswerError)]
    races = [failure for answer in good for failure in _races(answer, unavailable)]
    skipped = sum(len(answer["failures"]) for answer in good) - len(races)
    seconds = [answer["guard_seconds"] for answer in good if answer["guarded"]]
    return Runs(
        processes=len(good),
        imports=sum(answer["imports"] for answer in good) - skipped,
        failed=len(races),
        failures=_grouped(races),
        guard_seconds=round(statistics.median(seconds), 3) if seconds else None,
    )


def _grouped(races: Sequence[Request]) -> tuple[Failure, ...]:
    """Put failures together that differ only in the name that was not found."""
    groups: dict[tuple[str, str], list[Request]] = {}
    for failure in races:
        form = _MISSING_NAME.sub("{}", failure["message"], count=1)
        groups.setdefault((failure["type"], form), []).append(failure)
    failures = []
    for (kind, form), members in groups.items():
        found = {
            match for f in members for match in _MISSING_NAME.findall(f["message"])
        }
        missing = " or ".join(sorted(found)) if len(found) <= _MOST_MISSING else "..."
        message = form.replace("{}", missing, 1) if found else form
        names = tuple(sorted({member["name"] for member in members}))
        package = members[0]["package"]
        failures.append(Failure(kind, message, package, len(members), names))
    return tuple(sorted(failures, key=lambda f: (-f.count, f.message)))


def candidates(proof: Proof, answers: Answers) -> list[str]:
    """Names whose loading may cure the failures, noted in ``proof.candidates``."""
    found: dict[str, None] = {}
    for answer in answers:
        if isinstance(answer, NoAnswerError):
            continue
        for failure in _races(answer, proof.unavailable):
            name = failure["name"]
            choice = [*answer["cures"].get(failure["package"], ()), name.split(".")[-1]]
            proof.candidates[name] = choice[0]
            found[choice[0]] = None
    return list(found)

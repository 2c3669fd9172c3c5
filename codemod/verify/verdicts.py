"""What is said of each script: whether its guard holds, why not, and what to do."""

from __future__ import annotations

import os

from codemod.edits.guard import DEFAULT_NAMES
from codemod.verify import loading
from codemod.verify.guards import REWRITE
from codemod.verify.names import DEFAULT_TRIALS
from codemod.verify.proofs import Proof
from codemod.verify.results import Runs, Verdict
from codemod.verify.session import Outcome
from codemod.verify.target import Target

__all__ = ["verdict_on"]


def verdict_on(target: Target, own: frozenset[str], outcome: Outcome) -> Verdict:
    """The verdict on a script: on its guard and, if it has that, its repairs."""
    verdict = _guard_verdict(target, own, outcome.proofs)
    repairs = target.repairs
    if repairs is None:
        return verdict
    loads = None if repairs.problem else outcome.loads.get(loading.RUNTIME)
    return loading.judged(verdict, repairs, loads)


def _guard_verdict(
    target: Target, own: frozenset[str], proofs: dict[str, Proof]
) -> Verdict:
    path, guard = target.path, target.guard
    if guard is None:
        advice = target.obstacle or f"run eager-codemod {path} first"
        return Verdict(path, "not guarded", advice=advice)
    if guard.problem:
        advice = guard.advice.replace("{path}", path)
        return Verdict(path, "fails", guard.problem, advice, line=guard.line)
    proof = proofs[guard.source]
    runs = _share(proof.runs, own.union(DEFAULT_TRIALS))
    if runs.problem:
        return Verdict(path, "unproven", runs.problem, runs=runs)
    reason = _reason(proof, runs)
    return Verdict(
        path,
        "fails" if reason else "holds",
        reason,
        _advice(path, proof, runs) if reason else "",
        tuple(proof.missing),
        tuple(sorted(own & proof.unavailable)),
        runs,
    )


def _share(runs: Runs, names: frozenset[str]) -> Runs:
    """The part of a guard's runs that concerns one of its scripts."""
    mine = tuple(f for f in runs.failures if names.intersection(f.names))
    return Runs(
        runs.processes,
        runs.imports,
        sum(failure.count for failure in mine),
        mine,
        runs.guard_seconds,
        runs.problem,
    )


def _reason(proof: Proof, runs: Runs) -> str:
    if proof.error:
        return f"the guard raised {proof.error}"
    if runs.failed:
        return f"{runs.failed} of {runs.imports} imports failed after the guard"
    if proof.missing:
        name, message = next(iter(proof.missing.items()))
        return f"the guard cannot load {name}: {message}"
    return ""


def _advice(path: str, proof: Proof, runs: Runs) -> str:
    if proof.error:
        return REWRITE
    if not runs.failed and proof.missing:
        names = ", ".join(proof.missing)
        return f"take {names} out of the guard (--load), or install what has it"
    failed = {name for failure in runs.failures for name in failure.names}
    wanted = {proof.candidates.get(name) for name in failed}
    load = [n for n in proof.cure if n in wanted and n not in DEFAULT_NAMES]
    if not proof.cure:
        return "no name was found whose loading cures it: please report this"
    options = "".join(f" --load {name}" for name in load)
    guard = proof.guard
    if guard.home:
        home = guard.home.removeprefix(os.path.join(os.getcwd(), ""))
        return f"let the guard in {home} load {', '.join(proof.cure)} too"
    if guard.renewal is None:
        return (
            "the guard was edited: delete its definition and run "
            f"eager-codemod{options} {path}"
        )
    upgrade = f" {guard.renewal}" if guard.renewal else ""
    return f"run eager-codemod{upgrade}{options} {path}"

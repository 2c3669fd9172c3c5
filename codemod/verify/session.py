"""Which processes are run, and in which order: every guard, several times."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codemod.edits.guard import DEFAULT_NAMES
from codemod.verify import loading
from codemod.verify.guards import Guard
from codemod.verify.interpreters import VerifyError
from codemod.verify.processes import NoAnswerError, Request, ask
from codemod.verify.proofs import Answers, Proof, candidates, proof_of, runs_of
from codemod.verify.results import Loads, Runs

__all__ = ["Outcome", "Progress", "Session"]

ROUNDS = 2
"""Processes for one guard. They differ in the order of the imports, and so in which
import opens a package and which one meets it there."""

_ATTEMPTS = 3
"""How often a guard that fails is tried again with more names."""

Progress = Callable[[int, int], None]
"""Called with the number of processes that are over, and of those known so far."""


@dataclass(frozen=True)
class Outcome:
    """What all the processes showed.

    Attributes:
        unguarded: Without any guard.
        proofs: After each guard, by its source.
        loads: In threads that load and train, by where the repairs are.
    """

    unguarded: Runs
    proofs: dict[str, Proof]
    loads: dict[str | None, Loads | None]


class Session:
    """Runs processes, and tells races from what cannot be imported anyway.

    Args:
        python: The interpreter.
        names: What threads import, in order.
        progress: Told how far it is.

    Attributes:
        uses_torch: Whether transformers saw torch, once there are answers.
    """

    def __init__(self, python: str, names: list[str], progress: Progress) -> None:
        self._python = python
        self._names = names
        self._progress = progress
        self._done = self._total = 0
        self.uses_torch = False

    def run(self, guards: list[Guard], repairs: list[str | None]) -> Outcome:
        """Race once without a guard and several times after each of the guards.

        Args:
            guards: The guards.
            repairs: Where what is made before models are loaded is, each in its
                process; ``None`` for nothing.
        """
        requests = [self._race(None, 0)]
        for guard in guards:
            requests += [self._race(guard, seed) for seed in range(ROUNDS)]
        requests += [{"do": "load", "runtime": folder} for folder in repairs]
        answers = self._ask(requests)
        split = len(answers) - len(repairs)
        answers, loaded = answers[:split], answers[split:]
        self._check(answers)
        unavailable = self._unavailable(answers)
        unguarded = runs_of(answers[:1], unavailable)
        proofs = []
        for index, guard in enumerate(guards):
            first = 1 + index * ROUNDS
            proof = proof_of(guard, answers[first : first + ROUNDS], unavailable)
            if proof.runs.failed and not proof.error:
                self._cure(proof, answers[first : first + ROUNDS])
            proofs.append(proof)
        return Outcome(
            unguarded,
            {proof.guard.source: proof for proof in proofs},
            dict(zip(repairs, map(loading.loads, loaded), strict=True)),
        )

    def _race(
        self, guard: Guard | None, seed: int, extra: Sequence[str] = ()
    ) -> Request:
        names = list(self._names)
        if seed:
            random.Random(seed).shuffle(names)
            # Stable: only the kinds stay apart.
            names.sort(key=lambda name: ("." not in name, name.count(".")))
        return {
            "do": "race",
            "names": names,
            "guard": guard.source if guard else None,
            "guard_names": list(guard.names) if guard else [],
            "extra": list(extra),
        }

    def _ask(self, requests: list[Request]) -> Answers:
        self._total += len(requests)
        self._progress(self._done, self._total)
        try:
            return ask(self._python, requests, done=self._one_done)
        except OSError as error:
            raise VerifyError(f"{self._python} cannot be started: {error}") from error

    def _one_done(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def _check(self, answers: Answers) -> None:
        """Raise an error if transformers does not work there at all."""
        good = [answer for answer in answers if not isinstance(answer, NoAnswerError)]
        if not good:
            raise VerifyError(
                f"transformers cannot be tested: {self._python} {answers[0]}"
            )
        self.uses_torch = good[0]["torch"]
        broken = good[0]["broken"]
        if broken:
            raise VerifyError(
                f"transformers cannot be imported by {self._python}: "
                f"{broken['type']}: {broken['message']}"
            )

    def _unavailable(self, answers: Answers) -> frozenset[str]:
        """Names that cannot be imported there, threads or not."""
        surely, maybe = set(), set()
        for answer in answers:
            if isinstance(answer, NoAnswerError):
                continue
            for failure in answer["failures"]:
                again = failure["alone"]
                if again is not None and again["message"] == failure["message"]:
                    surely.add(failure["name"])
                elif again is not None:
                    maybe.add(failure["name"])
        if maybe := maybe - surely:
            # A failed import may have broken what comes after it: a fresh process.
            (answer,) = self._ask([{"do": "alone", "names": sorted(maybe)}])
            if not isinstance(answer, NoAnswerError):
                surely.update(answer["errors"])
        return frozenset(surely)

    def _cure(self, proof: Proof, answers: Answers) -> None:
        """Look for names to load that make a guard hold."""
        extra = [name for name in DEFAULT_NAMES if name not in proof.guard.names]
        if not extra:
            extra = candidates(proof, answers)
        for _ in range(_ATTEMPTS):
            answers = self._ask([self._race(proof.guard, 0, extra)])
            runs = runs_of(answers, proof.unavailable)
            if runs.problem:
                return
            if not runs.failed:
                proof.cure = tuple(extra)
                return
            more = [name for name in candidates(proof, answers) if name not in extra]
            if not more:
                return
            extra += more

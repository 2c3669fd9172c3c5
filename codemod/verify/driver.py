"""Proves that guards hold: which processes to run, and what their answers mean.

Scripts are not run. What runs, in fresh processes of the interpreter under test, is
probe.py: the guard's definition first, then threads that import what trials import.
Guards are few and scripts are many, so all scripts of one guard share its processes,
in which everything is imported that any of them may import.
"""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from codemod.guard import DEFAULT_NAMES
from codemod.verify import loading
from codemod.verify.guards import Guard, is_name
from codemod.verify.interpreters import VerifyError, find
from codemod.verify.names import Trials
from codemod.verify.processes import NoAnswerError, Request, ask
from codemod.verify.results import (
    Environment,
    Failure,
    Loads,
    Runs,
    Verdict,
    Verification,
)

__all__ = ["DEFAULT_TRIALS", "Target", "VerifyError", "verify"]

DEFAULT_TRIALS = (
    "AutoConfig",
    "AutoModel",
    "AutoModelForCausalLM",
    "AutoModelForSequenceClassification",
    "AutoTokenizer",
    "BertConfig",
    "BertModel",
    "BertTokenizer",
    "DataCollatorWithPadding",
    "DebertaV2Model",
    "DistilBertConfig",
    "DistilBertForSequenceClassification",
    "ElectraConfig",
    "GPT2Config",
    "GPT2LMHeadModel",
    "LlamaForCausalLM",
    "PreTrainedModel",
    "RobertaConfig",
    "RobertaForSequenceClassification",
    "T5Config",
    "T5ForConditionalGeneration",
    "Trainer",
    "TrainingArguments",
    "ViTConfig",
    "ViTModel",
    "pipeline",
)
"""What trials import when their source does not say: configurations and tokenizers,
which need no torch, and models, which bring in what models share."""

_ROUNDS = 2
"""Processes for one guard. They differ in the order of the imports, and so in which
import opens a package and which one meets it there."""

_ATTEMPTS = 3
"""How often a guard that fails is tried again with more names."""

_MISSING_NAME = re.compile(r"(?<=^cannot import name )'\w+'")
_MOST_MISSING = 3


@dataclass(frozen=True)
class Target:
    """A script to verify.

    Attributes:
        path: The script.
        guard: Its guard, ``None`` without one.
        trials: What its trials import.
        loading: What is wrong with its call of the repairs; empty when they can be
            tried, ``None`` without one.
    """

    path: str
    guard: Guard | None
    trials: Trials = field(default_factory=Trials)
    loading: str | None = None


Progress = Callable[[int, int], None]
"""Called with the number of processes that are over, and of those known so far."""


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
    names = {target.path: _names(target, known) for target in targets}
    session = _Session(look["executable"], _in_order(names.values()), progress)
    guards = {
        target.guard.source: target.guard
        for target in targets
        if target.guard is not None and not target.guard.problem
    }
    repairs: list[str | None] = [None]
    if any(target.loading == "" for target in targets):
        repairs.append(loading.RUNTIME)
    outcome = session.run(list(guards.values()), repairs if look["torch"] else [])
    if not session.uses_torch:
        look["torch"] = None  # Installed, and switched off (USE_TORCH) or too old.
    verdicts = [_verdict(target, names[target.path], outcome) for target in targets]
    return Verification(
        Environment(**look),
        outcome.unguarded,
        outcome.loads.get(None),
        tuple(verdicts),
        time.monotonic() - start,
    )


def _names(target: Target, known: dict[str, list[str]]) -> frozenset[str]:
    """The script's own names, those of the checkpoints that it names included."""
    classes = [name for c in target.trials.checkpoints for name in known.get(c, ())]
    return frozenset(filter(is_name, (*target.trials.names, *classes)))


def _in_order(own: Iterable[frozenset[str]]) -> list[str]:
    """All names to import: the scripts' first, and packages before what is in them.

    A name that comes right from a model's package only shows the race when it is the
    first to import that package.
    """
    names = frozenset[str]().union(*own)
    return [
        *sorted(names, key=lambda name: ("." not in name, name.count("."), name)),
        *(name for name in DEFAULT_TRIALS if name not in names),
    ]


@dataclass
class _Proof:
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


@dataclass(frozen=True)
class _Outcome:
    """What all the processes showed.

    Attributes:
        unguarded: Without any guard.
        proofs: After each guard, by its source.
        loads: In threads that load and train, by where the repairs are.
    """

    unguarded: Runs
    proofs: dict[str, _Proof]
    loads: dict[str | None, Loads | None]


class _Session:
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

    def run(self, guards: list[Guard], repairs: list[str | None]) -> _Outcome:
        """Race once without a guard and several times after each of the guards.

        Args:
            guards: The guards.
            repairs: Where what is made before models are loaded is, each in its
                process; ``None`` for nothing.
        """
        requests = [self._race(None, 0)]
        for guard in guards:
            requests += [self._race(guard, seed) for seed in range(_ROUNDS)]
        requests += [{"do": "load", "runtime": folder} for folder in repairs]
        answers = self._ask(requests)
        split = len(answers) - len(repairs)
        answers, loaded = answers[:split], answers[split:]
        self._check(answers)
        unavailable = self._unavailable(answers)
        unguarded = _runs(answers[:1], unavailable)
        proofs = []
        for index, guard in enumerate(guards):
            first = 1 + index * _ROUNDS
            proof = _proof(guard, answers[first : first + _ROUNDS], unavailable)
            if proof.runs.failed and not proof.error:
                self._cure(proof, answers[first : first + _ROUNDS])
            proofs.append(proof)
        return _Outcome(
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

    def _ask(self, requests: list[Request]) -> list[Request | NoAnswerError]:
        self._total += len(requests)
        self._progress(self._done, self._total)
        try:
            return ask(self._python, requests, done=self._one_done)
        except OSError as error:
            raise VerifyError(f"{self._python} cannot be started: {error}") from error

    def _one_done(self) -> None:
        self._done += 1
        self._progress(self._done, self._total)

    def _check(self, answers: list[Request | NoAnswerError]) -> None:
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

    def _unavailable(self, answers: list[Request | NoAnswerError]) -> frozenset[str]:
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

    def _cure(self, proof: _Proof, answers: list[Request | NoAnswerError]) -> None:
        """Look for names to load that make a guard hold."""
        extra = [name for name in DEFAULT_NAMES if name not in proof.guard.names]
        if not extra:
            extra = _candidates(proof, answers)
        for _ in range(_ATTEMPTS):
            answers = self._ask([self._race(proof.guard, 0, extra)])
            runs = _runs(answers, proof.unavailable)
            if runs.problem:
                return
            if not runs.failed:
                proof.cure = tuple(extra)
                return
            more = [name for name in _candidates(proof, answers) if name not in extra]
            if not more:
                return
            extra += more


def _candidates(proof: _Proof, answers: list[Request | NoAnswerError]) -> list[str]:
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


def _proof(
    guard: Guard,
    answers: list[Request | NoAnswerError],
    unavailable: frozenset[str],
) -> _Proof:
    good = [answer for answer in answers if not isinstance(answer, NoAnswerError)]
    proof = _Proof(guard, _runs(answers, unavailable), unavailable=unavailable)
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


def _runs(answers: list[Request | NoAnswerError], unavailable: frozenset[str]) -> Runs:
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


def _verdict(target: Target, own: frozenset[str], outcome: _Outcome) -> Verdict:
    """The verdict on a script: on its guard and, if it has that, its loading."""
    verdict = _guard_verdict(target, own, outcome.proofs)
    if target.loading is None:
        return verdict
    loads = None if target.loading else outcome.loads.get(loading.RUNTIME)
    return loading.judged(verdict, target.loading, loads)


def _guard_verdict(
    target: Target, own: frozenset[str], proofs: dict[str, _Proof]
) -> Verdict:
    path, guard = target.path, target.guard
    if guard is None:
        return Verdict(path, "not guarded", advice=f"run eager-codemod {path} first")
    if guard.problem:
        advice = "let eager-codemod write it: delete the definition, run it again"
        if "never called" in guard.problem:
            advice = f"run eager-codemod {path}, which adds the call"
        return Verdict(path, "fails", guard.problem, advice)
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


def _reason(proof: _Proof, runs: Runs) -> str:
    if proof.error:
        return f"the guard raised {proof.error}"
    if runs.failed:
        return f"{runs.failed} of {runs.imports} imports failed after the guard"
    if proof.missing:
        name, message = next(iter(proof.missing.items()))
        return f"the guard cannot load {name}: {message}"
    return ""


def _advice(path: str, proof: _Proof, runs: Runs) -> str:
    if not runs.failed and proof.missing:
        names = ", ".join(proof.missing)
        return f"take {names} out of the guard (--load), or install what has it"
    failed = {name for failure in runs.failures for name in failure.names}
    wanted = {proof.candidates.get(name) for name in failed}
    load = [n for n in proof.cure if n in wanted and n not in DEFAULT_NAMES]
    if not proof.cure:
        return "no name was found whose loading cures it: please report this"
    options = "".join(f" --load {name}" for name in load)
    if not proof.guard.rewritable:
        return (
            "the guard was edited: delete its definition and run "
            f"eager-codemod{options} {path}"
        )
    return f"run eager-codemod --upgrade{options} {path}"

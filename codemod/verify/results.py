"""What a verification found: plain data, and its form for machines."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Environment", "Failure", "Loads", "Runs", "Verdict", "Verification"]

#: The version of the JSON form; it grows when a key goes or changes its meaning.
FORMAT_VERSION = 1


@dataclass(frozen=True)
class Environment:
    """The interpreter that was tested, and what it has.

    Attributes:
        executable: Its path.
        python: Its version, such as ``3.11.7``.
        implementation: Such as ``cpython``.
        affected: Whether its import statement hands out modules that were replaced;
            ``None`` when the check did not work on this interpreter.
        transformers: The version of transformers.
        torch: The version of torch; ``None`` when transformers runs without it.
    """

    executable: str
    python: str
    implementation: str
    affected: bool | None
    transformers: str
    torch: str | None


@dataclass(frozen=True)
class Failure:
    """Imports that failed in the same way.

    Attributes:
        type: The class of the error.
        message: Its text, without the path that Python appends to it; ``...`` for the
            name where more than three were not found in one module.
        package: The module it is about, where the error says so.
        count: How many imports failed so.
        names: What was being imported.
    """

    type: str
    message: str
    package: str | None
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Runs:
    """What happened in the processes of one kind.

    Attributes:
        processes: How many there were.
        imports: How many imports they made in threads.
        failed: How many of these failed, though they work without threads.
        failures: The same, grouped, most frequent first.
        guard_seconds: What the guard took, the median; ``None`` without a guard.
        problem: Why there is no result: a crash, a time-out. Empty otherwise.
    """

    processes: int = 0
    imports: int = 0
    failed: int = 0
    failures: tuple[Failure, ...] = ()
    guard_seconds: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class Loads:
    """What threads built and trained while another one was in the middle of it.

    Attributes:
        checks: How many layers, models and trainings were tried.
        faults: What is wrong with those that are broken, by what they are.
        problem: Why there is no result: a crash, a time-out. Empty otherwise.
        installed: Whether the interpreter has eager-codemod, which a script needs there
            that calls its repairs.
    """

    checks: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    installed: bool = True


@dataclass(frozen=True)
class Verdict:
    """What was found for one script.

    Attributes:
        path: The script.
        verdict: ``"holds"``: no import failed after the guard, and nothing was harmed
            after the repairs, if the script calls them. ``"fails"``: it was, or the
            guard cannot load what it names, or one of the two is edited, not run, not
            called or called too late, or the repairs are not installed. ``"not
            guarded"``: its trials lead to transformers, and it has no guard.
            ``"unproven"``: the processes gave no answer.
        reason: Why, in a few words; empty for ``"holds"``.
        advice: What to do, as a line; empty where there is nothing to do.
        missing: What the guard names and this environment cannot import.
        unavailable: What the script names and this environment cannot import, with or
            without threads; nothing was tried with these.
        runs: What happened after the guard; ``None`` when it was not run.
        loads: What threads did to each other after the repairs; ``None`` when they
            were not tried.
        line: The 1-based line that the reason is about, if it is about one.
    """

    path: str
    verdict: str
    reason: str = ""
    advice: str = ""
    missing: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    runs: Runs | None = None
    loads: Loads | None = None
    line: int | None = None


@dataclass(frozen=True)
class Verification:
    """The result as a whole.

    Attributes:
        environment: Where the processes ran.
        unguarded: What happened without any guard.
        loads: What threads did to each other without the repairs; ``None`` when
            transformers runs without torch.
        scripts: The verdicts, in the order of the scripts.
        seconds: How long it took.
    """

    environment: Environment
    unguarded: Runs
    loads: Loads | None
    scripts: tuple[Verdict, ...]
    seconds: float

    @property
    def status(self) -> int:
        """The exit status.

        2 when the processes for a script gave no answer, 1 when a guard does not hold
        or a script lacks one, else 0.
        """
        verdicts = {script.verdict for script in self.scripts}
        if "unproven" in verdicts:
            return 2
        return int(not verdicts <= {"holds"})

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: this class and those in it, field by field.

        With ``version`` (of this form) and ``status`` on top; tuples become lists.
        """
        return {"version": FORMAT_VERSION, "status": self.status, **asdict(self)}

"""Interpreters that answer something else than was asked, or in another way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.verify import answers
from codemod.verify.processes import NoAnswerError, ask
from codemod.verify.report import as_text
from codemod.verify.results import Environment, Loads, Runs, Verdict, Verification
from tests.invoke import REPOSITORY, TUNE, Command, Outcome

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="the interpreters are shell scripts"
)

LOOK = {
    "executable": "python",
    "python": "3.11.7",
    "implementation": "cpython",
    "affected": True,
    "transformers": "9.9",
    "torch": None,
    "checkpoints": {},
}
ERROR = {"type": "ImportError", "message": "no", "package": None}
FAILURE = {**ERROR, "name": "AutoModel", "alone": None}
RACE = {
    "broken": None,
    "guarded": False,
    "guard_seconds": 0.5,
    "guard_error": None,
    "imports": 2,
    "failures": [FAILURE],
    "missing": {},
    "cures": {"transformers.shared": ["BertModel"]},
    "torch": False,
}
# What a terminal clears its screen for, and what logs of CI take for a command.
CONTROL = "\x1b[2J\r\n::error::x\n##[error]x\x07"
Interpreter = Callable[..., str]


@pytest.fixture
def interpreter(here: Path) -> Interpreter:
    """Write a shell script that is run as the probe's interpreter."""

    def write(look: str, other: str = "exit 0") -> str:
        """Its commands for the first question, and for those after it."""
        here.joinpath("tune.py").write_text(TUNE, encoding="utf-8")
        path = here / "python"
        case = f'if grep -q \'"look"\' "$2"; then\n{look}\nelse\n{other}\nfi\n'
        path.write_text("#!/bin/sh\n" + case, encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return write


def saying(answer: object) -> str:
    """A shell command that answers so."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return f"cat > \"$3\" <<'END'\n{text}\nEND\n"


def verify(command: Command, python: str) -> Outcome:
    """Verify the script with an interpreter."""
    return command("--verify", "--python", python, "tune.py")


def assert_no_answer(found: Outcome, python: str) -> None:
    """It is one line, and status 2, as for an interpreter that says nothing."""
    assert found.stderr == (
        f"--verify: {python} is no usable Python 3.8 or later: it gave no answer\n"
    )
    assert (found.status, found.stdout) == (2, "")


@pytest.mark.parametrize(
    "look",
    [
        'mkfifo "$3"',
        'ln -s /dev/zero "$3"',
        'mkdir "$3"',
        'rm -rf "$(dirname "$3")"',
        'out="${3%.answer}.output"; rm "$out"; mkfifo "$out"',
    ],
)
def test_an_answer_that_is_no_file_is_none(look: str, interpreter: Interpreter) -> None:
    """Nobody waits for it, and nothing without end is read."""
    python = interpreter(look)
    # A process of its own, which is ended if it waits after all.
    done = subprocess.run(
        [sys.executable, "-m", "codemod", "--verify", "--python", python, "tune.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
        check=False,
    )
    assert_no_answer(Outcome(done.returncode, done.stdout, done.stderr), python)


def test_a_folder_that_cannot_be_removed_stays(
    interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of folders in folders are more than Python 3.12 can remove."""
    remove = tempfile.TemporaryDirectory.cleanup

    def cleanup(folder: tempfile.TemporaryDirectory[str]) -> None:
        remove(folder)
        raise RecursionError

    monkeypatch.setattr(tempfile.TemporaryDirectory, "cleanup", cleanup)
    python = interpreter(saying(LOOK))
    assert ask(python, [{"do": "look", "checkpoints": []}]) == [LOOK]


def test_an_answer_without_end_is_none(
    interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more of it is read than an answer may have."""
    text = json.dumps(LOOK)
    python = interpreter(saying(text))
    request = {"do": "look", "checkpoints": []}
    monkeypatch.setattr(answers, "MOST_BYTES", len(text) + 1)
    assert ask(python, [request]) == [LOOK]
    monkeypatch.setattr(answers, "MOST_BYTES", len(text))
    (answer,) = ask(python, [request])
    assert isinstance(answer, NoAnswerError)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "garbage",
        "{}",
        "[]",
        "null",
        "9" * 5000,
        "[" * 100_000,
        '{"python": ' * 50_000,
        {**LOOK, "python": None},
        {**LOOK, "python": []},
        {**LOOK, "transformers": 1},
        {**LOOK, "torch": {}},
        {**LOOK, "affected": 1},
        {**LOOK, "checkpoints": 5},
        {**LOOK, "checkpoints": {"bert": "BertModel"}},
    ],
    ids=lambda answer: str(answer)[:20],
)
def test_another_answer_than_was_asked_for_is_none(
    answer: object, command: Command, interpreter: Interpreter
) -> None:
    """Neither a KeyError of ours, nor a wrong verdict."""
    python = interpreter(saying(answer))
    assert_no_answer(verify(command, python), python)


@pytest.mark.parametrize(
    "field",
    [
        {"broken": "yes"},
        {"broken": {"type": "ImportError"}},
        {"guarded": None},
        {"guard_seconds": float("nan")},
        {"guard_seconds": 10**400},
        {"guard_error": []},
        {"imports": 1.5},
        {"imports": True},
        {"imports": -1},
        {"failures": {}},
        {"failures": [ERROR]},
        {"failures": [{**FAILURE, "package": []}]},
        {"failures": [{**FAILURE, "alone": 1}]},
        {"missing": {"BertModel": "no"}},
        {"cures": {"transformers": [1]}},
        {"torch": "yes"},
    ],
    ids=str,
)
def test_nor_are_later_answers_taken_as_they_come(
    field: dict[str, object], command: Command, interpreter: Interpreter
) -> None:
    """The second question is as open to it as the first."""
    python = interpreter(saying(LOOK), saying({**RACE, **field}))
    found = verify(command, python)
    assert found.stderr == (
        f"--verify: transformers cannot be tested: {python} gave no answer\n"
    )
    assert (found.status, found.stdout) == (2, "")


def test_the_answers_of_these_tests_are_good_ones(
    command: Command, interpreter: Interpreter
) -> None:
    """So the fields above are what is wrong; unknown ones are passed over."""
    more = {"more": [1]}
    python = interpreter(saying({**LOOK, **more}), saying({**RACE, **more}))
    found = verify(command, python)
    assert (found.status, found.stderr) == (1, "")
    assert "1 of 2 imports in threads failed" in found.stdout


@pytest.mark.parametrize(
    ("action", "answer"),
    [
        ("alone", {"errors": []}),
        ("alone", {"errors": {"BertModel": {"type": "ImportError"}}}),
        ("load", {"checks": {}, "installed": None}),
        ("load", {"checks": {"a layer": 1}, "installed": True}),
    ],
)
def test_nor_those_to_the_rarer_questions(
    action: str, answer: object, interpreter: Interpreter
) -> None:
    """An import without threads, and loads beside each other."""
    (found,) = ask(interpreter("exit 1", saying(answer)), [{"do": action}])
    assert isinstance(found, NoAnswerError)


def test_a_late_interpreter_is_said_to_give_no_answer(interpreter: Interpreter) -> None:
    """In words that make a sentence of what they are put into."""
    (found,) = ask(interpreter("sleep 60"), [{"do": "look"}], limit=0.2)
    assert str(found) == "gave no answer within 0 s"


def assert_harmless(text: str) -> None:
    """Nothing of ``CONTROL`` acts on a terminal or a log."""
    assert "[2J" in text
    assert "\\x1b" in text
    assert not set(text.replace("\n", "")) & set("\x1b\r\x07")
    assert "##[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


@pytest.mark.parametrize(
    ("look", "race"),
    [
        ({"python": CONTROL}, {}),
        ({"transformers": CONTROL}, {}),
        ({"torch": CONTROL}, {"torch": True}),
        ({"python": CONTROL, "transformers": None}, {}),
        ({}, {"broken": {**ERROR, "message": CONTROL}}),
        ({}, {"broken": {**ERROR, "type": CONTROL}}),
        ({}, {"failures": [{**FAILURE, "message": CONTROL}]}),
    ],
)
def test_what_an_interpreter_says_does_not_act_on_the_terminal(
    look: dict[str, object],
    race: dict[str, object],
    command: Command,
    interpreter: Interpreter,
) -> None:
    """Whatever it says it is, and whatever it says went wrong."""
    python = interpreter(saying({**LOOK, **look}), saying({**RACE, **race}))
    found = verify(command, python)
    assert found.status in (1, 2)
    assert_harmless(found.stdout + found.stderr)


def test_nor_do_the_last_words_of_a_process() -> None:
    """A crash leaves what was written last, wherever that is shown."""
    last = f"a test process ended with exit status 3: {CONTROL}"
    runs, loads = Runs(problem=last), Loads(problem=last)
    verdict = Verdict("tune.py", "holds", unavailable=(CONTROL,))
    where = Environment("python", "3.11.7", "cpython", None, "9.9", None)
    for result in (
        Verification(where, runs, None, (), 1),
        Verification(where, Runs(), loads, (), 1),
        Verification(where, Runs(), None, (verdict,), 1),
    ):
        assert_harmless(as_text(result))

"""Environments that misbehave: they print, crash, hang, or cannot import anything."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.verify.driver import VerifyError
from codemod.verify.processes import NoAnswerError, ask

from .conftest import MakeScript, Verify


def test_a_target_that_prints_is_understood(
    script: MakeScript, verified: Verify
) -> None:
    """The answer does not come through standard output."""
    noise = "import os\nprint('{}' * 9999)\nos.write(2, b'\\xff\\x00{}')"
    (verdict,) = verified(script(), quirk=noise).scripts
    assert verdict.verdict == "holds"


def test_a_target_that_closes_everything_is_understood(
    script: MakeScript, verified: Verify
) -> None:
    """Nor does it need the streams at all."""
    quirk = "import os\nos.closerange(0, 3)\nsys.stdout = sys.stderr = None"
    (verdict,) = verified(script(), quirk=quirk).scripts
    assert verdict.verdict == "holds"


def test_a_broken_transformers_is_one_line(
    script: MakeScript, verified: Verify
) -> None:
    """Not a race, and not a crash: the error that everybody gets there."""
    quirk = "raise ImportError('numpy is too old')"
    with pytest.raises(VerifyError) as error:
        verified(script(), quirk=quirk)
    assert str(error.value).endswith("ImportError: numpy is too old")
    assert "\n" not in str(error.value)


@pytest.mark.skipif(os.name != "posix", reason="signals are a matter of POSIX")
def test_a_target_that_crashes_is_one_line(
    script: MakeScript, verified: Verify
) -> None:
    """The signal is named; the tool itself goes on."""
    quirk = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"
    with pytest.raises(VerifyError) as error:
        verified(script(), quirk=quirk)
    assert "was ended by SIGSEGV" in str(error.value)


def test_a_target_that_exits_is_one_line(script: MakeScript, verified: Verify) -> None:
    """With its last words, which may say why."""
    quirk = "import os\nos.write(2, b'no licence\\n')\nos._exit(3)"
    with pytest.raises(VerifyError) as error:
        verified(script(), quirk=quirk)
    assert "ended with exit status 3: no licence" in str(error.value)


def test_a_target_that_hangs_is_ended(stand_in: Callable[..., None]) -> None:
    """Together with what it started: nothing is left running."""
    stand_in("import threading\nthreading.Event().wait()")
    request = {"do": "alone", "names": ["AutoConfig"]}
    (answer,) = ask(sys.executable, [request], limit=0.5)
    assert isinstance(answer, NoAnswerError)
    assert "no answer within" in str(answer)


@pytest.mark.usefixtures("affected")
def test_a_crash_after_the_guard_proves_nothing(
    script: MakeScript, verified: Verify
) -> None:
    """Only the processes with a guard crash: the verdict is open, the status 2."""
    # The guard is what runs in the main thread.
    quirk = (
        "import os, threading\n"
        "if threading.current_thread() is threading.main_thread(): os._exit(7)"
    )
    result = verified(script(), quirk=quirk)
    (verdict,) = result.scripts
    assert verdict.verdict == "unproven"
    assert "exit status 7" in verdict.reason
    assert result.status == 2


def test_an_interrupt_ends_the_processes(
    stand_in: Callable[..., None], tmp_path: Path
) -> None:
    """Ctrl-C leaves nothing running."""
    stand_in(
        f"import os, threading\nopen({str(tmp_path / 'pid')!r}, 'w')"
        ".write(str(os.getpid()))\nthreading.Event().wait()"
    )

    def interrupt() -> None:
        raise KeyboardInterrupt

    requests = [
        {"do": "alone", "names": []},
        {"do": "alone", "names": ["AutoConfig"]},
    ]
    with pytest.raises(KeyboardInterrupt):
        ask(sys.executable, requests, done=interrupt)
    pid = tmp_path / "pid"
    assert not pid.exists() or not _runs(int(pid.read_text() or 0))


def _runs(pid: int) -> bool:
    if not pid:
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True

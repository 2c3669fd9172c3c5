"""Real environments: transformers as installed, with and without torch, 5, and none.

The race is certain here, too: threads are led into the windows of the real packages.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemod.edits.guard import FUNCTION, render
from codemod.verify.driver import VerifyError, verify
from codemod.verify.results import Verification
from codemod.verify.target import Target

from .conftest import MakeScript
from .test_driver import ANCESTOR, DOTTED, EMPTIED

pytestmark = pytest.mark.race


def run(*targets: Target, python: str = sys.executable) -> Verification:
    """Verify in an environment."""
    return verify(targets, python)


@pytest.mark.usefixtures("real", "affected")
def test_transformers_without_torch(script: MakeScript) -> None:
    """Configurations and tokenizers race as well, and the guard covers them."""
    result = run(script(), script("emptied.py", EMPTIED), script("d.py", trial=DOTTED))
    assert result.environment.torch is None
    assert result.unguarded.failed > 0
    holds, emptied, dotted = result.scripts
    assert (holds.verdict, holds.unavailable) == ("holds", ())
    assert emptied.verdict == "fails"
    assert dotted.verdict == "fails"
    assert " --load ElectraConfig " in dotted.advice


@pytest.mark.usefixtures("real")
def test_an_unknown_name_to_load_without_torch(script: MakeScript) -> None:
    """A misspelt --load is found on the real library."""
    (verdict,) = run(script(guard=render(load=("NoSuchConfig",)))).scripts
    assert (verdict.verdict, verdict.missing) == ("fails", ("NoSuchConfig",))


@pytest.mark.usefixtures("real_with_torch", "affected")
def test_the_hand_made_guard_misses_what_models_share(script: MakeScript) -> None:
    """With torch, its four names fail on GenerationMixin, and ours do not."""
    result = run(script(), script("old.py", ANCESTOR))
    assert result.environment.torch is not None
    ours, by_hand = result.scripts
    assert ours.verdict == "holds"
    assert by_hand.verdict == "fails"
    assert by_hand.runs is not None
    message = " ".join(failure.message for failure in by_hand.runs.failures)
    assert "'GenerationMixin' from 'transformers.generation'" in message
    assert by_hand.advice.startswith("run eager-codemod --upgrade ")


@pytest.mark.slow
@pytest.mark.usefixtures("affected")
def test_transformers_5(
    script: MakeScript, transformers_5: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is still there, and so is what the guard does about it."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    targets = [script(), script("emptied.py", EMPTIED)]
    result = run(*targets, python=str(transformers_5))
    assert result.environment.transformers.startswith("5.")
    assert [verdict.verdict for verdict in result.scripts] == ["holds", "fails"]


def test_an_environment_without_transformers(
    script: MakeScript, bare_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Named by its folder; the error says which Python it is and what to do."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with pytest.raises(VerifyError) as error:
        run(script(), python=str(bare_environment))
    assert "has no transformers: give --python the environment" in str(error.value)
    assert FUNCTION not in str(error.value)

"""Verdicts, and targets that misbehave; on the stand-in, so without transformers.

Nothing here depends on timing: threads are led into the windows, in the order that the
driver gives.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.edits.guard import DEFAULT_NAMES, FUNCTION, render
from codemod.verify import interpreters, names, processes, proofs, session
from codemod.verify.processes import ask
from codemod.verify.report import as_text

from . import standin
from .conftest import MakeScript, Verify

ANCESTOR = f"""
def {FUNCTION}():
    try:
        from transformers import (
            AutoConfig, BertConfig, RobertaConfig, DebertaV2Config
        )
    except ImportError:
        pass
"""
EMPTIED = f"def {FUNCTION}():\n    pass\n"
LOADS = "from transformers import AutoConfig"
DOTTED = "from transformers.models.electra import ElectraConfig"


@pytest.mark.usefixtures("affected")
def test_imports_fail_without_the_guard_and_none_after_it(
    script: MakeScript, verified: Verify
) -> None:
    """The proof: the same imports, in the same threads, with the guard run first."""
    result = verified(script())
    assert result.unguarded.failed > 0.9 * result.unguarded.imports
    (verdict,) = result.scripts
    assert (verdict.verdict, verdict.reason, verdict.advice) == ("holds", "", "")
    assert verdict.runs is not None
    assert verdict.runs.failed == 0
    assert verdict.runs.guard_seconds is not None
    assert result.status == 0


@pytest.mark.usefixtures("affected")
def test_an_emptied_guard_fails(script: MakeScript, verified: Verify) -> None:
    """What does nothing is seen to do nothing, and the advice is the tool itself."""
    result = verified(script("bad.py", EMPTIED))
    (verdict,) = result.scripts
    assert verdict.verdict == "fails"
    assert "imports failed after the guard" in verdict.reason
    assert "the guard was edited: delete its definition" in verdict.advice
    assert result.status == 1


@pytest.mark.usefixtures("affected")
def test_an_older_guard_that_fails_is_to_be_upgraded(
    script: MakeScript, verified: Verify
) -> None:
    """The four names miss what models share; the tool recognises that guard."""
    (verdict,) = verified(script("old.py", ANCESTOR)).scripts
    assert verdict.verdict == "fails"
    assert verdict.runs is not None
    assert {f.package for f in verdict.runs.failures} == {"transformers.shared"}
    assert verdict.advice.startswith("run eager-codemod --upgrade ")
    assert "--load" not in verdict.advice


@pytest.mark.usefixtures("affected")
def test_what_still_races_is_named_with_what_cures_it(
    script: MakeScript, verified: Verify
) -> None:
    """A trial that imports right from a model's package needs that package loaded."""
    result = verified(script("dotted.py", trial=DOTTED), script("plain.py"))
    dotted, plain = result.scripts
    assert dotted.verdict == "fails"
    assert dotted.runs is not None
    assert dotted.runs.failures[0].names == (
        "transformers.models.electra.ElectraConfig",
    )
    assert "run eager-codemod --load ElectraConfig " in dotted.advice
    assert plain.verdict == "holds", "the guards are equal, the trials are not"


def test_the_advice_is_true(script: MakeScript, verified: Verify) -> None:
    """With the name that was advised, the same script holds."""
    guard = render(load=("ElectraConfig",))
    (verdict,) = verified(script("cured.py", guard, DOTTED)).scripts
    assert verdict.verdict == "holds"


def test_a_name_that_this_version_lacks_is_reported(
    script: MakeScript, verified: Verify
) -> None:
    """The guard swallows the error, so nobody else would notice."""
    result = verified(script("load.py", render(load=("NoSuchConfig",))))
    (verdict,) = result.scripts
    assert verdict.missing == ("NoSuchConfig",)
    assert verdict.reason.startswith("the guard cannot load NoSuchConfig: ")
    assert "--load" in verdict.advice
    assert result.status == 1


def test_what_cannot_be_imported_anyway_is_no_race(
    script: MakeScript, verified: Verify
) -> None:
    """A trial's name that this version lacks fails without threads too."""
    gone = "from transformers import GoneModel"
    (verdict,) = verified(script("gone.py", trial=gone)).scripts
    assert verdict.verdict == "holds"
    assert verdict.unavailable == ("GoneModel",)


def test_an_import_that_fails_differently_each_time_is_no_race(
    script: MakeScript, verified: Verify, tmp_path: Path
) -> None:
    """A process of its own finds out that the name is just broken."""
    target = script("odd.py", trial="from transformers.odd import Thing")
    odd = tmp_path / "site" / "transformers" / "odd.py"
    odd.parent.mkdir(parents=True)
    odd.write_text("import time\nraise OSError(time.perf_counter_ns())\n", "utf-8")
    (verdict,) = verified(target).scripts
    assert verdict.verdict == "holds"
    assert verdict.unavailable == ("transformers.odd.Thing",)


def test_checkpoints_stand_for_their_classes(
    script: MakeScript, stand_in: Callable[..., None]
) -> None:
    """A literal model name adds the classes of that model to the trials."""
    stand_in()
    loads = (
        "import transformers\n    transformers.T.from_pretrained('some/electra-base')"
    )
    target = script(trial=loads)
    look = interpreters.find(sys.executable, list(target.trials.checkpoints))
    assert "ElectraModel" in target.trials.with_classes(look["checkpoints"])


def test_scripts_without_a_guard(script: MakeScript, verified: Verify) -> None:
    """Nothing can be proven: a plain run comes first, and the status says so."""
    result = verified(script("bare.py", guard="", trial=LOADS, call="pass"))
    (verdict,) = result.scripts
    assert verdict.verdict == "not guarded"
    assert verdict.advice.startswith("run eager-codemod ")
    assert result.status == 1


def test_one_script_without_a_guard_is_a_failure(
    script: MakeScript, verified: Verify
) -> None:
    """A proof that all is well must not pass over one."""
    result = verified(script(), script("bare.py", guard="", trial=LOADS, call="pass"))
    assert [s.verdict for s in result.scripts] == ["holds", "not guarded"]
    assert result.status == 1


def test_an_edited_guard_is_not_run(
    script: MakeScript, verified: Verify, tmp_path: Path
) -> None:
    """Code that somebody put into the guard stays code of the script."""
    trace = tmp_path / "trace"
    guard = f"def {FUNCTION}():\n    open({str(trace)!r}, 'w')\n"
    (verdict,) = verified(script("edited.py", guard)).scripts
    assert verdict.verdict == "fails"
    assert "it was edited and is not run here" in verdict.reason
    assert not trace.exists()


def test_the_script_is_not_run(script: MakeScript, verified: Verify) -> None:
    """Neither its body nor its trials: only the definition of the guard."""
    target = script(trial="open(__file__ + '.trace', 'w')")
    path = Path(target.path)
    path.write_text(path.read_text("utf-8") + "\nopen(__file__ + '.trace', 'w')\n")
    verified(target)
    assert not path.with_name(path.name + ".trace").exists()


def test_equal_guards_share_their_processes(
    script: MakeScript, verified: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty scripts of one guard cost as much as one."""
    asked: list[int] = []

    def counting(python: str, requests: list[processes.Request], **options: object):  # type: ignore[no-untyped-def]
        asked.append(len(requests))
        return ask(python, requests, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "ask", counting)
    verified(*(script(f"tune{number}.py") for number in range(20)))
    assert asked == [1 + session.ROUNDS]


@pytest.mark.usefixtures("affected")
def test_the_json_form_has_everything(script: MakeScript, verified: Verify) -> None:
    """Versioned, with the fields of the classes, and nothing JSON does not know."""
    result = verified(script(), script("bad.py", EMPTIED))
    data = json.loads(json.dumps(result.to_dict()))
    assert (data["version"], data["status"]) == (1, 1)
    assert data["environment"]["transformers"] == standin.VERSION
    assert data["environment"]["affected"] is True
    assert data["unguarded"]["failures"][0]["message"] == (
        "cannot import name ... from 'transformers'"
    )
    assert [s["verdict"] for s in data["scripts"]] == ["holds", "fails"]
    assert data["scripts"][1]["runs"]["failed"] > 0


# As CPython does since gh-143650: what was found before the wait is looked up again.
FIXED_IMPORT = """
import builtins, sys

original = builtins.__import__


def fixed(name, globals=None, locals=None, fromlist=(), level=0):
    module = original(name, globals, locals, fromlist, level)
    replaced = module.__name__.startswith(("transformers", "_eager_codemod"))
    return sys.modules[module.__name__] if fromlist and replaced else module


builtins.__import__ = fixed
"""


def test_a_fixed_interpreter_needs_no_guard(
    script: MakeScript, verified: Verify, tmp_path: Path
) -> None:
    """Nothing fails there, guarded or not; that is said, and is no error."""
    target = script("emptied.py", EMPTIED)
    tmp_path.joinpath("site").mkdir()
    tmp_path.joinpath("site/sitecustomize.py").write_text(FIXED_IMPORT, "utf-8")
    result = verified(target)
    assert result.environment.affected is False
    assert result.unguarded.failed == 0
    assert result.scripts[0].verdict == "holds"
    assert result.status == 0
    assert "not affected: " in as_text(result)


def test_few_names_are_told_and_many_are_not() -> None:
    """Which names one module lacked is worth a line, not a page."""
    races = [
        {
            "type": "ImportError",
            "message": f"cannot import name '{name}' from 'transformers.{package}'",
            "package": f"transformers.{package}",
            "name": "BertModel",
        }
        for package, names in (("few", "AB"), ("many", "ABCD"))
        for name in names
    ]
    many, few = proofs._grouped(races)
    assert few.message == "cannot import name 'A' or 'B' from 'transformers.few'"
    assert many.message == "cannot import name ... from 'transformers.many'"
    assert (few.count, few.names) == (2, ("BertModel",))


@pytest.mark.usefixtures("affected")
def test_the_text_says_it_in_a_few_lines(script: MakeScript, verified: Verify) -> None:
    """Where it ran, what fails without a guard, and a verdict for each script."""
    result = verified(script(), script("bare.py", guard="", trial=LOADS, call="pass"))
    text = as_text(result)
    assert f"transformers {standin.VERSION}, no torch" in text
    assert "affected: " in text
    assert "tune.py: holds\n  0 of " in text
    assert "bare.py: not guarded\n  -> run eager-codemod " in text
    assert text.splitlines()[-1].startswith("1 holds, 1 not guarded (")


def test_control_characters_do_not_reach_the_terminal(
    script: MakeScript, verified: Verify
) -> None:
    """Paths and errors come from others."""
    if os.name == "nt":
        pytest.skip("Windows has no such names")
    text = as_text(verified(script("a\x1b[31mb.py")))
    assert "\x1b" not in text


def test_the_torch_that_is_switched_off_is_none(
    script: MakeScript, verified: Verify
) -> None:
    """Installed or not: what counts is what transformers sees."""
    assert verified(script()).environment.torch is None


def test_a_guard_may_raise(script: MakeScript, verified: Verify) -> None:
    """The script would end there, so the guard does not hold."""
    guard = f"def {FUNCTION}():\n    from transformers import NoSuchConfig\n"
    (verdict,) = verified(script("raises.py", guard)).scripts
    assert verdict.verdict == "fails"
    assert verdict.reason.startswith("the guard raised ImportError: ")


def test_default_names_are_valid() -> None:
    """What is imported by default is imported right from transformers."""
    assert len(set(names.DEFAULT_TRIALS)) == len(names.DEFAULT_TRIALS)
    assert all(name.isidentifier() for name in names.DEFAULT_TRIALS + DEFAULT_NAMES)

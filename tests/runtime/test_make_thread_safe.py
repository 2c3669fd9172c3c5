"""The function itself: what it imports, says, and leaves as it is."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from .conftest import Run

ALTERED = (
    "no loader",
    "no default dtype",
    "no manager",
    "no modules",
    "no flag",
    "idle manager",
    "no decorator",
    "no state",
    "other state",
    "no settings",
    "no device",
    "idle device",
)


def python(script: str) -> str:
    """What a script prints, in a fresh process; it must not fail or warn."""
    process = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert (process.returncode, process.stderr) == (0, "")
    return process.stdout


def test_importing_it_costs_nothing() -> None:
    """The standard library's lightest modules, and none of ours beside it."""
    script = """
import sys
import codemod.runtime
ours = {name for name in sys.modules if name.startswith("codemod")}
print(ours == {"codemod", "codemod.runtime"})
print({"click", "libcst", "torch", "transformers"} & set(sys.modules))
"""
    assert python(script) == "True\nset()\n"


@pytest.mark.parametrize(
    "missing", ["torch", "transformers", "accelerate", "peft", "torch transformers"]
)
def test_silent_without_a_library(missing: str) -> None:
    """Where one is missing there is nothing to repair, and nothing to say."""
    script = f"""
import sys, warnings
sys.modules.update(dict.fromkeys({missing.split()!r}))
warnings.simplefilter("error", RuntimeWarning)
from codemod.runtime import make_thread_safe
make_thread_safe()
print("fine")
"""
    assert python(script) == "fine\n"


@pytest.fixture(scope="module")
def internals(run: Run, torch_and_transformers: None) -> dict[str, Any]:
    """What was said and changed where something is not as expected."""
    found: dict[str, Any] = run("internals")
    return found


@pytest.mark.race
@pytest.mark.parametrize("name", ALTERED)
def test_the_unexpected_is_one_warning(internals: dict[str, Any], name: str) -> None:
    """The repair that is concerned changes nothing at all; the others are made."""
    if name not in internals["altered"]:
        pytest.skip("this version has no such internal")
    found = internals["altered"][name]
    assert len(found["said"]) == 1
    assert found["name"] in found["said"][0] or "State" in found["said"][0]
    assert "eager-codemod cannot repair" in found["said"][0]
    assert found["changed"] == []
    assert found["others"]


@pytest.mark.race
def test_a_second_call_changes_nothing(internals: dict[str, Any]) -> None:
    """Nothing is wrapped twice, and nothing is said."""
    assert internals["twice"] == {"said": [], "same": True, "faults": ["fine"] * 2}


@pytest.mark.race
@pytest.mark.usefixtures("torch_and_transformers")
def test_compilers_work_as_before(run: Run) -> None:
    """torch.compile in one graph, TorchScript, traces and exports."""
    found = run("compiled", repaired=True)
    assert found["after"] == found["before"]
    assert set(found["after"].values()) == {"torch.float32", "torch.float64", "fine"}

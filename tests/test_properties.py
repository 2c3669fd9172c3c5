"""What must hold of every edit, on generated scripts.

``HYPOTHESIS_PROFILE=thorough pytest tests/test_properties.py`` tries many more.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from codemod.edits import all_edits
from codemod.settings import Settings
from codemod.source import SourceError, parse
from tests.invariants import violations
from tests.strategies import scripts

GUARD = Settings()
EVERYTHING = Settings(edits=tuple(edit.name for edit in all_edits()))
SETTINGS = [
    GUARD,
    EVERYTHING,
    Settings(entry="any"),
    Settings(load=("ElectraConfig",)),
    Settings(upgrade=True),
]

settings.register_profile(
    "suite",
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "thorough",
    max_examples=10_000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def refusal(data: bytes) -> str:
    """What is wrong with a script; nothing where it is Python."""
    try:
        parse(data)
    except SourceError as error:
        return error.message
    return ""


def parses(data: bytes) -> bool:
    """Whether a generated script is Python at all."""
    return not refusal(data)


@given(scripts())
def test_guard(data: bytes) -> None:
    """Insertion only, the same program, stable, removable, as announced."""
    assume(parses(data))
    assert violations(data, GUARD) == []


@given(scripts(), st.sampled_from(SETTINGS))
def test_other_edits(data: bytes, chosen: Settings) -> None:
    """The same of all edits together, of other entry points and other names."""
    assume(parses(data))
    assert violations(data, chosen) == []


@given(scripts(guarded=True), st.sampled_from(SETTINGS))
def test_guarded_scripts(data: bytes, chosen: Settings) -> None:
    """The same where parts of a guard are there already."""
    assume(parses(data))
    assert violations(data, chosen) == []


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_is_read_is_accepted_or_refused(data: bytes) -> None:
    """Nothing but SourceError comes out, with one line of text."""
    assert "\n" not in refusal(data)

"""What the forced meeting of two threads shows about Python itself."""

from __future__ import annotations

import pytest

from .conftest import MakeStudy

pytestmark = pytest.mark.race


def test_a_package_that_replaces_itself_races(study: MakeStudy, affected: None) -> None:
    """Two threads and ten lines are enough: transformers is not to blame alone."""
    outcome = study("two_threads.py").run("replaced", race_in="replaced")
    assert outcome.stdout.startswith("cannot import name 'answer' from 'replaced'")


def test_the_meeting_itself_breaks_nothing(study: MakeStudy) -> None:
    """A package that stays in its place survives the same treatment."""
    outcome = study("two_threads.py").run("plain", race_in="plain")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr

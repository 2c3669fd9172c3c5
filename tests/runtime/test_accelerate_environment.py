"""Repair of accelerate's environment: no thread empties it for the others."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("has_accelerate")]

Found = dict[str, Any]
UNUSUAL = {"value": 2}


def test_the_environment_stays(without: Found, after: Found) -> None:
    """While a thread asks for usual settings, and after two that overlapped."""
    assert without["states"]["environment"] == [None, UNUSUAL, UNUSUAL, None]
    assert after["states"]["environment"] == ["kept", UNUSUAL, UNUSUAL, "kept"]

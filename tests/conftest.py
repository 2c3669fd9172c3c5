"""Fixtures that several test modules use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import invoke

command = pytest.fixture(invoke.command)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path

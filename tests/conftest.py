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


# What tests small functions, without a process, a search for examples, or a repository.
QUICK = ("edits", "program", "python", "report")
NOT_QUICK = (
    "test_attacks",
    "test_isolated",
    "test_libraries",
    "test_linear",
    "test_linear_trials",
    "test_peace",
    "test_properties",
    "test_protobuf_env",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``pytest -m quick`` runs."""
    for item in items:
        is_slow = any(item.get_closest_marker(name) for name in ("race", "slow"))
        is_quick = item.path.parent.name in QUICK and item.path.stem not in NOT_QUICK
        if is_quick and not is_slow:
            item.add_marker("quick")

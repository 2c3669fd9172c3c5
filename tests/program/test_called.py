"""Which functions a statement does nothing but call, and what runs a function."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.program.commands import called_once, hydra_decorator, kind_of
from tests.program.judging import unit_of

NAMES = {
    "main()": ["main:main"],
    "x = main()": ["main:main"],
    "sys.exit(main())": ["main:main"],
    "sys.exit(main() or 0)": ["main:main"],
    "exit(main())": ["main:main"],
    "raise SystemExit(main())": ["main:main"],
    "asyncio.run(main())": ["main:main"],
    "app.run(main)": ["main:absl"],
    "fire.Fire(other)": ["other:fire"],
    "typer.run(other)": ["other:typer"],
    "other()": ["other:function"],
    "print(main())": [],
    "main(other())": ["main:main"],
    "main() + 1": [],
    "study.optimize(main)": [],
    "Thread(target=main).start()": [],
    "pool.submit(main)": [],
    "[main() for _ in range(3)]": [],
    "missing()": [],
}


@pytest.mark.parametrize(("line", "found"), NAMES.items(), ids=NAMES)
def test_called_once(tmp_path: Path, line: str, found: list[str]) -> None:
    """Which functions a statement does nothing but call."""
    text = f"""\
import asyncio
import sys
import fire
import typer
from absl import app

def main(): pass

def other(): pass

{line}
"""
    unit = unit_of(tmp_path, text)
    stmt = unit.module.tree.body[-1]
    called = called_once(stmt, unit.module.code)
    assert [f"{one.unit.name}:{one.kind}" for one in called] == found


DECORATORS = {
    "hydra.main()": "hydra",
    "hydra.main": "hydra",
    "hydra_main(config_path='c')": "hydra",
    "click.command()": "click",
    "click.group()": "click",
    "app.command()": "click",
    "app.callback()": "click",
    "timed": "main",
}


@pytest.mark.parametrize(("decorator", "kind"), DECORATORS.items(), ids=DECORATORS)
def test_kinds(tmp_path: Path, decorator: str, kind: str) -> None:
    """A function's kind says what runs it."""
    text = f"""\
import click
import hydra
import typer
from hydra import main as hydra_main

app = typer.Typer()

@{decorator}
def main(): pass
"""
    unit = unit_of(tmp_path, text)
    assert kind_of(unit) == kind
    assert (hydra_decorator(unit) is not None) == (kind == "hydra")

"""Flat code: calls at module level, in front of the first trial start."""

from __future__ import annotations

import ast

import pytest

from codemod.edits.apply import change, inspect
from codemod.edits.guard import COMMENT, FUNCTION, render
from codemod.program.place import EntryPoint, Place, Scope, Script
from codemod.python.source import parse
from codemod.python.tree import statements
from codemod.settings import Settings

BOTH = Settings(edits=("guard", "thread-safety"))


def flat(data: bytes) -> Script:
    """A script whose trials start at its first call of `optimize`."""
    source = parse(data)
    block, path = source.tree.body, ()
    while not _starts(block[_first(block)]):
        index = _first(block)
        block, path = block[index].body, (*path, (index, "body"))  # type: ignore
    start = block[_first(block)]
    scope = Scope(source.tree, (start.lineno, start.col_offset))
    place = Place(path, _first(block))
    return Script(
        source, (EntryPoint("<module>", "module", source.tree, place, (scope,)),)
    )


def _starts(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and "optimize" in ast.unparse(stmt)


def _first(block: list[ast.stmt]) -> int:
    return next(i for i, s in enumerate(block) if any(map(_starts, statements([s]))))


def body(text: str, settings: Settings | None = None) -> str:
    """The script after a run, the definition shortened; --remove is checked."""
    settings = settings or Settings()
    after = change(flat(text.encode()), settings, flat)
    removed = change(flat(after), Settings(remove=True), flat)
    assert removed.decode() == text
    assert change(flat(after), settings, flat) == after
    return after.decode().replace(render(), "DEF\n").replace(COMMENT, "# c")


CALL = f"# c\n{FUNCTION}()\n"
SCRIPTS = {
    "no definition": (
        "import optuna\n\nstudy = optuna.create_study()\nstudy.optimize(f)\n",
        "import optuna\n\nstudy = optuna.create_study()\nDEF\n"
        f"{CALL}study.optimize(f)\n",
    ),
    "blank line at the place": (
        "import optuna\n\nstudy.optimize(f)\n",
        f"import optuna\n\nDEF\n\n{CALL}\nstudy.optimize(f)\n",
    ),
    "two blank lines": (
        "import optuna\n\n\nstudy.optimize(f)\n",
        f"import optuna\n\n\nDEF\n\n\n{CALL}\nstudy.optimize(f)\n",
    ),
    "behind a definition": (
        "import optuna\n\n\ndef f(t):\n    pass\n\n\nx = 1\nstudy.optimize(f)\n",
        "import optuna\n\n\nDEF\n\n\ndef f(t):\n    pass\n\n\nx = 1\n"
        f"{CALL}study.optimize(f)\n",
    ),
    "in a block": (
        "import optuna\n\nwith study:\n    x = 1\n\n    study.optimize(f)\n",
        "import optuna\n\nDEF\n\nwith study:\n    x = 1\n\n"
        f"    # c\n    {FUNCTION}()\n\n    study.optimize(f)\n",
    ),
    "first in a main block": (
        'import optuna\n\nif __name__ == "__main__":\n    study.optimize(f)\n',
        'import optuna\n\nDEF\n\nif __name__ == "__main__":\n'
        f"    # c\n    {FUNCTION}()\n    study.optimize(f)\n",
    ),
    "bound in front": (
        f"from guards import {FUNCTION}\n\nx = 1\nstudy.optimize(f)\n",
        f"from guards import {FUNCTION}\n\nx = 1\n{CALL}study.optimize(f)\n",
    ),
    "joined": (
        "import optuna\nx = 1; study.optimize(f)\n",
        f"import optuna\nDEF\n{CALL}x = 1; study.optimize(f)\n",
    ),
    "a comment to a tool comes first": (
        "with x:\n    # type: ignore\n    # ours\n    study.optimize(f)\n",
        "DEF\n\n\nwith x:\n    # type: ignore\n"
        f"    # c\n    {FUNCTION}()\n    # ours\n    study.optimize(f)\n",
    ),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_where_definition_and_call_go(name: str) -> None:
    """And how many blank lines come with them."""
    before, after = SCRIPTS[name]
    assert body(before) == after


def test_calls_of_two_edits_are_one_block() -> None:
    """Whether they come together or one after the other."""
    before = SCRIPTS["behind a definition"][0].replace("x = 1\n", "x = 1\n\n")
    together = change(flat(before.encode()), BOTH, flat)
    later = change(flat(change(flat(before.encode()), Settings(), flat)), BOTH, flat)
    block = "\n".join(together.decode().splitlines()[-7:])
    assert block.startswith(f"\n{COMMENT}\n{FUNCTION}()\n# Keep trials in threads")
    assert later.decode().endswith(block + "\n")
    for patched in (together, later):
        assert change(flat(patched), Settings(remove=True), flat) == before.encode()


def test_a_call_behind_the_limit_comes_too_late() -> None:
    """And so does a definition, or an import, behind the call's place."""
    text = f"study.optimize(f)\n{render()}{FUNCTION}()\n"
    (finding,) = inspect(flat(text.encode()), Settings())
    assert finding.message == f"the module does not call {FUNCTION}"
    after = change(flat(text.encode()), Settings(), flat)
    assert after.count(f"def {FUNCTION}".encode()) == 2
    assert inspect(flat(after), Settings()) == ()

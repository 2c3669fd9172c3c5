"""Taking insertions out: what goes, and what stays because a person wrote it."""

from __future__ import annotations

import ast

import pytest

from codemod.edits.guard import COMMENT, FUNCTION, render
from codemod.edits.removal import comment_top, shares_line, wrapped
from codemod.python.source import parse
from codemod.settings import Settings
from tests.editing import changed

OURS = f"{render()}\n\n"


def removed(text: str) -> str:
    """A script with the guard taken out."""
    return changed(text.encode(), Settings(remove=True)).decode()


def test_comment_is_wrapped_where_it_is_too_long() -> None:
    """Only past 79 columns, and it is found again."""
    assert wrapped(COMMENT, "    ") == [COMMENT]
    lines = wrapped(COMMENT, "        ")
    assert [len(lines), lines[1]] == [2, "# conditions"]
    source = parse("\n".join(["x = 1", *lines, "y = 2"]).encode())
    assert comment_top(source, 4, COMMENT) == 2


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ("a; b", True),
        ("a;b", True),
        ("a ; \\\n  b", True),
        ("a;\nb", False),
        ("a\nb", False),
        ("a  # ;\nb", False),
    ],
)
def test_shares_line(text: str, shared: bool) -> None:
    """Joined by a semicolon, not only followed by one."""
    source = parse(text.encode())
    assert shares_line(source, *source.tree.body) is shared


def test_only_statement_of_a_block_leaves_pass() -> None:
    """An empty block would not parse."""
    text = f"def main():\n    {FUNCTION}()\n"
    assert removed(OURS + text) == "def main():\n    pass\n"


def test_joined_call_is_cut_out_of_its_line() -> None:
    """Whichever side the semicolon is on."""
    text = f"def main():\n    {FUNCTION}(); a()\n    b(); {FUNCTION}()\n"
    assert removed(OURS + text) == "def main():\n    a()\n    b()\n"


def test_call_in_any_function_is_taken_out() -> None:
    """The definition goes, so no call may stay."""
    text = f"{OURS}def f():\n    {FUNCTION}()\n    g()\n"
    assert removed(text) == "def f():\n    g()\n"


def test_definition_at_the_end_of_the_file() -> None:
    """The blank lines above it go with it."""
    text = f"def f():\n    pass\n\n\n{render()}"
    assert removed(text) == "def f():\n    pass\n"


def test_comment_of_a_person_stays() -> None:
    """Only the tool's own comment goes with the call."""
    text = f"def main():\n    a()\n\n    # early!\n    {FUNCTION}()\n    b()\n"
    assert "# early!" in removed(OURS + text)
    assert ast.parse(removed(OURS + text))


def test_a_blank_line_behind_a_backslash_stays() -> None:
    """It ends the statement that the backslash continues (yapf leaves such)."""
    text = f"def f():\n    a() \\\n\n    {FUNCTION}()\n    b()\n"
    assert removed(OURS + text) == "def f():\n    a() \\\n\n    b()\n"

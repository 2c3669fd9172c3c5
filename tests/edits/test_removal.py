"""Taking insertions out: what goes, and what stays because a person wrote it."""

from __future__ import annotations

import ast

import pytest

from codemod.edits import thread_safety
from codemod.edits.guard import COMMENT, FUNCTION, render
from codemod.edits.removal import comment_top, shares_line, wrapped
from codemod.python.source import parse
from codemod.settings import Settings
from tests.editing import changed, found

OURS = f"{render()}\n\n"
REMOVE = Settings(remove=True)


def removed(text: str) -> str:
    """A script with the guard taken out."""
    return changed(text.encode(), REMOVE).decode()


def kept(text: str) -> list[tuple[int, str]]:
    """What stays in a script, by line, and why."""
    return [(f.line, f.message) for f in found(text.encode(), REMOVE)]


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
    text = f"def f():\n    pass\n    {FUNCTION}()\n\n\n{render()}"
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


@pytest.mark.parametrize(
    ("function", "text"),
    [(FUNCTION, render()), (thread_safety.FUNCTION, thread_safety.TEXT)],
)
def test_a_definition_without_a_call_stays(function: str, text: str) -> None:
    """It is for the scripts that import it, and they would crash without it."""
    assert removed(text) == text
    ((line, message),) = kept(text)
    assert line == 1
    assert message == (
        f"{function} stays: it is not called in this file, so other files may import "
        "it; take it out by hand if none does"
    )


@pytest.mark.parametrize(
    "export",
    [
        f'__all__ = ["{FUNCTION}"]\n',
        f'__all__: list[str] = ["f", "{FUNCTION}"]\n',
        f'__all__ += ("{FUNCTION}",)\n',
        f'if x:\n    __all__.append("{FUNCTION}")\n',
    ],
)
def test_a_definition_that_is_exported_stays(export: str) -> None:
    """Or `from ... import *` would fail; the call goes all the same."""
    text = f"{OURS}def f():\n    {COMMENT}\n    {FUNCTION}()\n    g()\n\n\n{export}"
    assert removed(text) == f"{OURS}def f():\n    g()\n\n\n{export}"
    line = text[: text.index(f'"{FUNCTION}"')].count("\n") + 1
    assert kept(text) == [(1, f"{FUNCTION} stays: line {line} still uses it")]


def test_a_string_that_exports_nothing_is_no_use() -> None:
    """The name in it does no harm."""
    text = f'def f():\n    {FUNCTION}()\n    g("{FUNCTION}")\n\n\n__all__ = ["f"]\n'
    assert FUNCTION not in removed(OURS + text).replace(f'"{FUNCTION}"', "")
    assert kept(OURS + text) == []


@pytest.mark.parametrize(
    "call",
    [
        f"    {FUNCTION}()  # needed\n",
        f"    {COMMENT}\n    {FUNCTION}()  # needed\n",
        f"    a(); {FUNCTION}();  # needed\n",
        f"    {FUNCTION}() \\\n    # needed\n",
    ],
)
def test_a_call_with_a_comment_behind_it_stays(call: str) -> None:
    """A person edited it; what it calls stays as well, and both are said."""
    text = f"{OURS}def f():\n{call}    g()\n"
    assert removed(text) == text
    line = text[: text.rindex(FUNCTION)].count("\n") + 1
    assert kept(text) == [
        (1, f"{FUNCTION} stays: line {line} still uses it"),
        (
            line,
            f"the call of {FUNCTION} stays: a person wrote a comment behind it; "
            "take it out by hand",
        ),
    ]


def test_a_comment_behind_a_neighbour_is_none_of_the_call() -> None:
    """It stays where it is, and the call goes."""
    text = f"def f():\n    {FUNCTION}(); g()  # needed\n"
    assert removed(OURS + text) == "def f():\n    g()  # needed\n"

"""The layout note, and taking insertions out."""

from __future__ import annotations

import ast

import pytest

from codemod.edits.apply import apply
from codemod.edits.guard import COMMENT, FUNCTION
from codemod.edits.removal import Layout, fitted, origin, shares_line
from codemod.python.source import parse
from codemod.settings import Settings


def removed(text: str) -> str:
    """A script with the guard taken out."""
    return apply(text.encode(), Settings(remove=True))[0].decode()


@pytest.mark.parametrize(
    "layout",
    [
        Layout(),
        Layout(2),
        Layout(0, ("1",)),
        Layout(1, ("0", "-", "s1:j12", "s0:1")),
        Layout(0, ("1",) * 40),
    ],
)
def test_note_is_read_back(layout: Layout) -> None:
    """Through the wrapped sentence of a docstring."""
    assert Layout.read(f"Guard.\n\n{origin(layout)}") == layout


def test_docstring_without_note_is_fine() -> None:
    """A person's docstring, or none."""
    assert Layout.read("Load (early).") == Layout()
    assert Layout.read(None) == Layout()


def test_comment_is_marked_where_it_is_too_long() -> None:
    """Only past 79 columns."""
    assert fitted(COMMENT, "    ") == COMMENT
    assert fitted(COMMENT, "        ") == f"{COMMENT}  # noqa: E501, RUF100"


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
    assert removed(text) == "def main():\n    pass\n"


def test_joined_call_is_cut_out_of_its_line() -> None:
    """Whichever side the semicolon is on."""
    text = f"def main():\n    {FUNCTION}(); a()\n    b(); {FUNCTION}()\n"
    assert removed(text) == "def main():\n    a()\n    b()\n"


def test_call_in_any_function_is_taken_out() -> None:
    """The definition goes, so no call may stay."""
    text = f"def {FUNCTION}():\n    pass\n\n\ndef f():\n    {FUNCTION}()\n    g()\n"
    assert removed(text) == "def f():\n    g()\n"


def test_definition_at_the_end_of_the_file() -> None:
    """The blank lines above it go with it."""
    text = f"def f():\n    pass\n\n\ndef {FUNCTION}():\n    pass\n"
    assert removed(text) == "def f():\n    pass\n"


def test_comment_of_a_person_stays() -> None:
    """Only the tool's own comment goes with the call."""
    text = f"def main():\n    a()\n\n    # early!\n    {FUNCTION}()\n    b()\n"
    assert "# early!" in removed(text)
    assert ast.parse(removed(text))


JOINED = "import hydra\n@hydra.main()\ndef f(cfg): 'doc'; run(); end()\n"


@pytest.mark.parametrize(
    ("edit", "left"),
    [
        # Formatters make lines of joined statements, and drop the semicolons.
        (("'doc';", "'doc'"), ":\n    'doc'\n    run(); end()\n"),
        (("run(); end()", "run()\n    end()"), ":\n    'doc'; run()\n    end()\n"),
        (("'doc';", "'doc';  # x"), ":\n    'doc';  # x\n    run(); end()\n"),
        (("    'doc'", "    # x\n    'doc'"), ":\n    # x\n    'doc'; run(); end()\n"),
        (
            ("    run()", "    # x\n    run()"),
            ":\n    'doc';\n    # x\n    run(); end()\n",
        ),
        (("(cfg):", "(cfg):  # x"), ":  # x\n    'doc'; run(); end()\n"),
        (("run();", "if x: run();"), ":\n    'doc';\n    if x: run(); end()\n"),
        (("    run()", "    go(); run()"), ": 'doc'; go(); run(); end()\n"),
    ],
)
def test_lines_are_joined_again_only_where_they_were_left(
    edit: tuple[str, str], left: str
) -> None:
    """Otherwise --remove would lose a comment, or give what does not parse."""
    patched = apply(JOINED.encode(), Settings())[0].decode()
    edited = patched.replace(*edit)
    assert edited != patched
    expected = "import hydra\n@hydra.main()\ndef f(cfg)" + left
    assert removed(edited) == expected


def test_a_blank_line_behind_a_backslash_stays() -> None:
    """It ends the statement that the backslash continues (yapf leaves such)."""
    text = f"def f():\n    a() \\\n\n    {FUNCTION}()\n    b()\n"
    assert removed(text) == "def f():\n    a() \\\n\n    b()\n"

"""The comment that asks to leave a file alone."""

from __future__ import annotations

import time

import pytest

from codemod.search.skip import skip_line, skipped


@pytest.mark.parametrize(
    "text",
    [
        "# eager-codemod: skip",
        "#eager-codemod:skip\n",
        "import os\n\n    # eager-codemod:  skip\r\nx = 1\n",
        "# eager-codemod: skip (single-threaded)\n",
        "# eager-codemod: skip: one thread\n",
        "# eager-codemod: skip, see the README\n",
        "# eager-codemod: skip since it has one thread\n",
        "def main():  # eager-codemod: skip\n    pass\n",
        "import optuna  # noqa: F401  # eager-codemod: skip\n",
        "x = '#'  # eager-codemod: skip\n",
        "x = '\\''  # eager-codemod: skip\n",
        'x = """\n"""  # eager-codemod: skip\n',
        "x = '''\\''''  # eager-codemod: skip\n",
        "print 'no Python 3'  # eager-codemod: skip\n",
        "x = 'not closed\n# eager-codemod: skip\n",
    ],
)
def test_skipped(text: str) -> None:
    """Alone or behind a statement, with a reason or without."""
    assert skipped(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "import os  # eager-codemod: ignore\n",
        "# eager-codemod: skipped\n",
        "# eager-codemod: skip-not\n",
        "# eager-codemod: skip?\n",
        '# write "# eager-codemod: skip" to leave a file alone\n',
        "# see eager-codemod: skip\n",
        '"""\n# eager-codemod: skip\n"""\n',
        "x = '# eager-codemod: skip'\n",
        "x = '\\\n# eager-codemod: skip\\\n'\n",
        "x = r'\\'  # eager-codemod: skip'\n",
        "x = '''\"\"\"\n# eager-codemod: skip\n'''\n",
    ],
)
def test_not_skipped(text: str) -> None:
    """Other words, and what is no comment."""
    assert not skipped(text.encode())


def test_the_line_of_the_comment() -> None:
    """For who wonders why a file is left alone."""
    assert skip_line(b"a = 1\r\nb = 2  # eager-codemod: skip\r\nc = 3\r\n") == 2
    assert skip_line(b"a = 1\n") is None


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_strings_without_an_end_are_looked_at_once(quotes: str) -> None:
    """Also where the file ends with a backslash, which escapes nothing then."""
    text = "# eager-codemod:\n" + f"\\{quotes}\n" * 20_000 + "\\"
    before = time.process_time()
    assert not skipped(text.encode())
    assert time.process_time() - before < 5

"""Input that is wrong, and input that is made to take for ever."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import codemod
from tests.invoke import TUNE, Command
from tests.process import run

REPOSITORY = Path(__file__).parent.parent
PATCHED = str(codemod.patch(TUNE).source)
HEAD = """\
import argparse


def main():
    args = argparse.ArgumentParser().parse_args()
"""


# -- No Python -------------------------------------------------------------------------

# What may lead to trials, as far as a look at its bytes can tell.
BAD = {
    "python2.py": (
        b'def main(n_trials=a.optimize):\n    print "hello"\n',
        "2:5: Missing parentheses in call to 'print'. Did you mean print(...)?",
    ),
    "dotted.py": (
        b"import " + b"a." * 300_000 + b"a\ndef main(n_trials=a.optimize): pass\n",
        "1:1: a dotted name is too long to be parsed",
    ),
    "dotted_feed.py": (
        b"import \\\n\x0ca"
        + b".a" * 300_000
        + b"\ndef main(n_trials=a.optimize): pass\n",
        "1:1: a dotted name is too long to be parsed",
    ),
    "python2_except.py": (
        b"def main(n_trials=a.optimize):\n    try: pass\n    except A, e: raise A, e\n",
        None,
    ),
    "template.py": (
        b"{% if x %}\ndef main(n_trials=a.optimize): pass\n{% endif %}\n",
        "1:2: invalid syntax",
    ),
    "magics.py": (
        b"def main(n_trials=a.optimize): pass\n%matplotlib inline\n",
        "2:1: invalid syntax",
    ),
    "shell.py": (
        b"!pip install x\ndef main(n_trials=a.optimize): pass\n",
        "1:1: invalid syntax",
    ),
    "conflict.py": (
        b"def main(n_trials=a.optimize): pass\n<<<<<<< HEAD\n",
        "2:1: invalid syntax",
    ),
    "nul.py": (
        b"def main(n_trials=a.optimize): pass\nx = 1\0\n",
        "2:6: NUL byte: this is no Python source",
    ),
    "utf16.py": (
        "def main(n_trials=a.optimize): pass\n".encode("utf-16-le")
        + b"def main(n_trials=a.optimize",
        "1:2: NUL byte: this is no Python source",
    ),
    "latin1.py": (
        b"def main(n_trials=a.optimize): pass\n\n# caf\xe9\n",
        "3:6: byte 0xe9 is not utf-8; add a coding cookie or convert it",
    ),
    "cookie.py": (
        b"# coding: klingon\ndef main(n_trials=a.optimize): pass\n",
        "1:1: unknown encoding: klingon",
    ),
    "no_text.py": (b"# coding: base64\ndef main(n_trials=a.optimize): pass\n", None),
    "two_cookies.py": (
        b"\xef\xbb\xbf# coding: latin-1\ndef main(n_trials=a.optimize): pass\n",
        None,
    ),
    "open.py": (
        b"def main(n_trials=a.optimize):\n    x = (1,\n",
        "2:9: '(' was never closed",
    ),
    "string.py": (b'def main(n_trials=a.optimize):\n    x = """\n', None),
    "tabs.py": (b"def main(n_trials=a.optimize):\n\tif 1:\n        pass\n", None),
    "dedent.py": (b"def main(n_trials=a.optimize):\n        x\n    y\n", None),
    "continued.py": (b"def main(n_trials=a.optimize): pass\n\\", None),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_python_is_one_clear_line(
    command: Command, here: Path, name: str
) -> None:
    """Where, and what is wrong; the file beside it is done."""
    content, expected = BAD[name]
    (here / name).write_bytes(content)
    (here / "zz.py").write_text(TUNE)
    for arguments in (("--check", "."), ("--check", name, "zz.py")):
        status, stdout, stderr = command(*arguments)
        assert (status, stdout) == (2, "")
        line, *others = stderr.splitlines()
        assert others == [
            "would patch zz.py",
            "1 file would be patched, 1 file failed",
        ]
        assert line.startswith(f"{name}:")
        if expected is not None:
            assert line == f"{name}:{expected}"
    assert (here / name).read_bytes() == content


def test_what_is_no_python_and_no_candidate_is_no_error(
    command: Command, here: Path
) -> None:
    """Found in a folder, no script or without any trials: nobody parses it."""
    for name, (content, _) in BAD.items():
        (here / f"a_{name}").write_bytes(content.replace(b"def main", b"def other"))
        (here / f"b_{name}").write_bytes(content.replace(b"n_trials=a.optimize", b""))
    expected = "nothing to do: no script whose trials lead to transformers\n"
    assert command(".") == (0, "", expected)


def test_what_is_named_and_no_python_is_an_error(command: Command, here: Path) -> None:
    """Taken at its word, a file is parsed whatever is in it; a hook's file is not."""
    (here / "bad.py").write_text("def f(:\n")
    assert command("bad.py").status == 2
    assert command("bad.py").stderr.startswith("bad.py:1:7: ")
    assert command("--select", "hpo", "bad.py").status == 0


def test_warnings_of_a_script_are_not_ours(here: Path) -> None:
    """Nor those of the modules that it imports, nor under -W error."""
    odd = 'x = "\\d" if 1is 1 else 0\n'
    (here / "helper.py").write_text(f"import sys, os\nsys.path.append(__file__)\n{odd}")
    (here / "tune.py").write_text(f"import helper\n{odd}{TUNE}")
    _, _, stderr = run(here, "--check", ".", PYTHONWARNINGS="error")
    assert stderr == "would patch tune.py\n1 file would be patched\n"


# -- Pathological Python ---------------------------------------------------------------

NASTY: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: "x = " + "(" * n + ")" * n,
    "open_brackets": lambda n: "x = " + "(" * n,
    "mixed_brackets": lambda n: "x = " + "([{" * n,
    "braces": lambda n: "x = " + "{1:" * n + "1" + "}" * n,
    "calls": lambda n: "x = " + "f(" * n + ")" * n,
    "chain": lambda n: "x = a" + ".b()" * n,
    "subscripts": lambda n: "x = a" + "[0]" * n,
    "minus": lambda n: "x = " + "-" * n + "1",
    "not": lambda n: "x = " + "not " * n + "1",
    "lambda": lambda n: "x = " + "lambda: " * n + "1",
    "defaults": lambda n: "x = " + "lambda a=" * n + "1" + ": 1" * n,
    "power": lambda n: "x = " + "1 ** " * n + "1",
    "sum": lambda n: "x = " + "1 + " * n + "1",
    "ternary": lambda n: "x = " + "1 if 2 else " * n + "1",
    "elif": lambda n: "if 1: pass\n    " + "elif 2: pass\n    " * n + "else: pass",
    "nested_ifs": lambda n: (
        "".join(f"if 1:\n{' ' * (level % 3000 + 5)}" for level in range(min(n, 1000)))
        + "pass"
    ),
    "f_strings": lambda n: "x = " + 'f"{' * n + "1" + '}"' * n,
    "number": lambda n: "x = " + "9" * n,
    "strings": lambda n: "x = " + '"a" ' * n,
    "decorators": lambda n: "@a\n    " * n + "def f(): pass",
    "annotation": lambda n: "x: " + "a[" * n + "0" + "]" * n,
    "patterns": lambda n: "match a:\n        case " + "[" * n + "]" * n + ": pass",
}
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from codemod.python import isolated
isolated.SECONDS = 0.5
from codemod.cli import main
main()
"""


@pytest.mark.parametrize(
    ("begin", "size"),
    [(HEAD, 1_200), (HEAD, 30_000), (f"type X = int\n{HEAD}", 1_200)],
    ids=["some", "many", "newer"],
)
def test_pathological_code_ends(here: Path, begin: str, size: int) -> None:
    """Every file is patched or one line of error, and none ends the run."""
    (here / "tune.py").write_text(TUNE)
    for name, nasty in NASTY.items():
        code = nasty(size)
        parse = "    args = argparse.ArgumentParser().parse_args()\n"
        (here / f"{name}.py").write_text(f"{begin}    {code}\n{parse}")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "--select", "all", "--jobs", "1", "."],
        cwd=here,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=300,
    )
    assert done.stdout == ""
    *lines, _, hint = done.stderr.splitlines()
    assert hint.startswith("tune.py: trials run in threads ")
    seen = {line.removeprefix("patched ").partition(".py")[0] for line in lines}
    assert seen == {"tune", *NASTY}
    assert len(lines) == len(NASTY) + 1
    assert done.returncode == (2 if any(":" in line for line in lines) else 0)
    assert (here / "tune.py").read_text() == PATCHED


WIDE = {
    "functions": "def f(): pass\n",
    "mains": "def main(): pass\n",
    "methods": "class A:\n  def main(self): pass\n",
    "calls": "f(g(h()))\n",
    "imports": "from a import b\n",
    "stars": "from .a import *\n",
    "ifs": "if x:\n  pass\n",
    "strings": "'''\n'''\n",
    "comments": "# eager-codemod: skip?\n",
    "semicolons": "a;",
    "checking": "if TYPE_CHECKING: import a\n",
    "continued": "import a, \\\n b\n",
    "quotes": "'\"' \"'\"\n",
    "cookies": "coding\n",
    "paths": "sys.path.append(__file__ + a)\n",
    "definitions": "def _eager_load_transformers_configs(): pass\n",
    "definition_calls": "_eager_load_transformers_configs()\n",
}


@pytest.mark.parametrize("name", WIDE)
def test_much_of_one_thing_takes_linear_time(
    command: Command, here: Path, name: str
) -> None:
    """A file that repeats a line for 100 KiB; what was quadratic took minutes."""
    line = WIDE[name]
    text = "import hydra, sys\n" + line * ((100 << 10) // len(line)) + "\n" + HEAD
    (here / "wide.py").write_text(text)
    before = time.process_time()
    for arguments in (("--check", "--select", "hpo"), ("--remove",)):
        assert "internal error" not in command("wide.py", *arguments).stderr
    assert time.process_time() - before < 20


def test_more_code_than_anybody_has_in_a_script(command: Command, here: Path) -> None:
    """LibCST would take a quarter of a minute and gigabytes for 1 MiB of it."""
    text = TUNE + "x = f(y, z)\n" * 40_000
    (here / "tune.py").write_text(text)
    message = "tune.py: left alone: too much code for LibCST in one file\n"
    assert command("tune.py") == (2, "", f"{message}1 file failed\n")
    assert (here / "tune.py").read_text() == text


def test_a_thousand_mains(here: Path) -> None:
    """Each is an entry point; all get their call."""
    main = HEAD.replace("import argparse", "")
    (here / "mains.py").write_text("import argparse\n" + main * 1000)
    status, _, stderr = run(here, "mains.py")
    assert status == 0, stderr
    text = (here / "mains.py").read_text()
    assert text.count("\n    _eager_load_transformers_configs()\n") == 1000


def test_a_file_too_deep_does_not_stop_the_others(command: Command, here: Path) -> None:
    """LibCST might crash on the one; the other is patched, and the line says enough."""
    deep = HEAD.replace("parse_args()", f"parse_args({'+'.join('1' * 60)})")
    (here / "deep.py").write_text(deep)
    (here / "tune.py").write_text(TUNE)
    status, stdout, stderr = command("deep.py", "tune.py")
    assert (status, stdout) == (2, "")
    assert stderr.startswith(
        "deep.py: left alone: nested too deeply for LibCST\n"
        "patched tune.py\n1 file patched, 1 file failed\n"
    )
    assert (here / "deep.py").read_text() == deep

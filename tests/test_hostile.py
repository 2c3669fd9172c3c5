"""Input that is wrong, and input that means harm.

The tool runs on repositories that nobody has read yet: nothing in them is executed or
imported, nothing outside of the given paths is written, and nothing takes for ever.
"""

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
        b'def main(n_trials):\n    print "hello"\n',
        "2:5: Missing parentheses in call to 'print'. Did you mean print(...)?",
    ),
    "python2_except.py": (
        b"def main(n_trials):\n    try: pass\n    except A, e: raise A, e\n",
        None,
    ),
    "template.py": (
        b"{% if x %}\ndef main(n_trials): pass\n{% endif %}\n",
        "1:2: invalid syntax",
    ),
    "magics.py": (b"def main(n_trials): pass\n%matplotlib inline\n", "2:1: invalid syntax"),
    "shell.py": (b"!pip install x\ndef main(n_trials): pass\n", "1:1: invalid syntax"),
    "conflict.py": (b"def main(n_trials): pass\n<<<<<<< HEAD\n", "2:1: invalid syntax"),
    "nul.py": (
        b"def main(n_trials): pass\nx = 1\0\n",
        "2:6: NUL byte: this is no Python source",
    ),
    "utf16.py": (
        "def main(n_trials): pass\n".encode("utf-16-le") + b"def main(n_trials",
        "1:2: NUL byte: this is no Python source",
    ),
    "latin1.py": (
        b"def main(n_trials): pass\n\n# caf\xe9\n",
        "3:6: byte 0xe9 is not utf-8; add a coding cookie or convert it",
    ),
    "cookie.py": (
        b"# coding: klingon\ndef main(n_trials): pass\n",
        "1:1: unknown encoding: klingon",
    ),
    "no_text.py": (b"# coding: base64\ndef main(n_trials): pass\n", None),
    "two_cookies.py": (b"\xef\xbb\xbf# coding: latin-1\ndef main(n_trials): pass\n", None),
    "open.py": (b"def main(n_trials):\n    x = (1,\n", "2:9: '(' was never closed"),
    "string.py": (b'def main(n_trials):\n    x = """\n', None),
    "tabs.py": (b"def main(n_trials):\n\tif 1:\n        pass\n", None),
    "dedent.py": (b"def main(n_trials):\n        x\n    y\n", None),
    "continued.py": (b"def main(n_trials): pass\n\\", None),
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
        (here / f"b_{name}").write_bytes(content.replace(b"n_trials", b""))
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
    done = run(here, "--check", ".", python=("-W", "error"))
    assert done.stderr == "would patch tune.py\n1 file would be patched\n"


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
    assert hint.startswith("tune.py:10: trials run in threads ")
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


def test_a_thousand_mains(here: Path) -> None:
    """Each is an entry point; all get their call."""
    main = HEAD.replace("import argparse", "")
    (here / "mains.py").write_text("import argparse\n" + main * 1000)
    done = run(here, "mains.py", timeout=100)
    assert done.returncode == 0, done.stderr
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


# -- Nothing is executed ---------------------------------------------------------------

MARK = "open(__file__ + '.imported', 'w').close()\n"
STANDARD = [
    "argparse",
    "ast",
    "asyncio",
    "click",
    "codecs",
    "concurrent",
    "difflib",
    "libcst",
    "multiprocessing",
    "os",
    "pathspec",
    "pickle",
    "random",
    "re",
    "resource",
    "signal",
    "sitecustomize",
    "subprocess",
    "tokenize",
    "tomllib",
    "types",
    "usercustomize",
    "warnings",
]


def run(
    folder: Path,
    *arguments: str,
    program: tuple[str, ...] = ("-m", "codemod"),
    python: tuple[str, ...] = (),
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process in a folder."""
    return subprocess.run(
        [sys.executable, *python, *program, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=timeout,
    )


@pytest.fixture
def trap(here: Path) -> Path:
    """A repository in which everything that could be imported leaves a mark."""
    folder = here / "trap"
    package = folder / "pkg"
    package.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for name in (*STANDARD, "conftest", "setup", "transformers", "optuna", "helper"):
        (folder / f"{name}.py").write_text(MARK)
    (package / "__init__.py").write_text(MARK + "from .cli import *\n")
    (package / "cli.py").write_text(MARK + "import argparse\ndef get(): pass\n")
    (folder / "tune.py").write_text(MARK + "import helper, pkg\n" + TUNE)
    (folder / "newer.py").write_text(MARK + "type X = int\n" + TUNE)
    (folder / "again.py").write_text(MARK + TUNE)  # two more are for workers
    (folder / "pyproject.toml").write_text("[tool.eager-codemod]\nexclude = ['x']\n")
    return folder


def marks(folder: Path) -> list[str]:
    """What was imported."""
    return [file.name for file in folder.rglob("*.imported")]


@pytest.fixture
def script(here: Path) -> tuple[str, ...]:
    """What pip installs as the command."""
    file = here / "bin" / "eager-codemod"
    file.parent.mkdir()
    file.write_text("from codemod.cli import main\nmain(prog_name='eager-codemod')\n")
    return (str(file),)


@pytest.mark.parametrize(
    "options", [["--diff", "."], ["--explain", "."], ["--jobs", "2", "."], ["-"]]
)
def test_nothing_is_imported_from_the_repository(
    trap: Path, script: tuple[str, ...], options: list[str]
) -> None:
    """Not by the command, not by its workers, not by its helpers."""
    (trap / "codemod.py").write_text(MARK)
    done = subprocess.run(
        [sys.executable, *script, *options],
        cwd=trap,
        input=TUNE,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert marks(trap) == []


@pytest.mark.parametrize("options", [["--diff", "."], ["--jobs", "2", "."]])
def test_python_m_imports_nothing_from_the_current_folder(
    trap: Path, options: list[str]
) -> None:
    """Python looks there first, until we stop it."""
    # What runpy imports itself, before anything of ours is run.
    for name in ("os", "codecs", "types", "warnings", "sitecustomize", "usercustomize"):
        (trap / f"{name}.py").unlink()
    done = run(trap, *options)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert marks(trap) == []


@pytest.mark.skipif("sys.version_info < (3, 11)", reason="3.10 starts no workers so")
def test_workers_that_are_started_anew_import_nothing(
    trap: Path, script: tuple[str, ...]
) -> None:
    """As on macOS and Windows, where Python looks into the current folder first."""
    Path(*script).write_text(
        "from codemod.run import pool\npool._forks = lambda: False\n"
        "class Pool(pool.ProcessPoolExecutor):\n"
        "    def submit(self, *arguments):\n"
        "        print('submitted', flush=True)\n"
        "        return super().submit(*arguments)\n"
        "pool.ProcessPoolExecutor = Pool\n"
        "from codemod.cli import main\n"
        "if __name__ == '__main__':\n    main(prog_name='eager-codemod')\n"
    )
    done = run(trap, "--jobs", "2", "-q", ".", program=script)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "submitted\n" * 2
    assert marks(trap) == []
    assert "_eager_load" in (trap / "newer.py").read_text()


@pytest.mark.parametrize(
    "key", ["core.fsmonitor", "core.sshCommand", "core.pager", "core.editor"]
)
def test_programs_in_gits_configuration_are_not_run(
    trap: Path, script: tuple[str, ...], key: str
) -> None:
    """A repository that came as an archive brings its own."""
    program = trap / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}/ran.imported\n")
    program.chmod(0o755)
    subprocess.run(["git", "config", key, str(program)], cwd=trap, check=True)
    assert run(trap, "--check", ".", program=script).returncode in (0, 1)
    assert marks(trap) == []


# -- Nothing outside is written --------------------------------------------------------


@pytest.fixture
def outside(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script outside of the current folder, which is a repository."""
    folder = here / "outside"
    folder.mkdir()
    (folder / "tune.py").write_text(TUNE)
    inside = here / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    return folder / "tune.py"


@pytest.mark.parametrize("git", [False, True])
def test_links_that_lead_outside_are_not_followed(
    command: Command, outside: Path, git: bool
) -> None:
    """Neither a file's nor a folder's, when it was found by searching."""
    if git:
        subprocess.run(["git", "init", "-q"], check=True)
    Path("link.py").symlink_to(outside)
    Path("folder").symlink_to(outside.parent)
    assert command("--select", "all", ".").status == 0
    assert outside.read_text() == TUNE


def test_a_link_that_took_a_folders_place_is_not_followed(
    command: Command, outside: Path
) -> None:
    """Git still lists what the folder held."""
    Path("data").mkdir()
    Path("data/tune.py").write_text(TUNE)
    subprocess.run("git init -q && git add .", shell=True, check=True)
    Path("data/tune.py").unlink()
    Path("data").rmdir()
    Path("data").symlink_to(outside.parent)
    assert command(".").status == 0
    assert outside.read_text() == TUNE


@pytest.mark.parametrize(
    "settings",
    [
        'exclude = ["!**"]',
        'select = "all"\nentry = "any"',
        'hpo-libraries = ["os"]\ntransformers-libraries = ["os"]',
    ],
)
def test_settings_cannot_reach_outside(
    command: Command, outside: Path, settings: str
) -> None:
    """They leave files out, and select among those that are found."""
    Path("pyproject.toml").write_text(f"[tool.eager-codemod]\n{settings}\n")
    Path("x.py").write_text("import sys\nsys.path.append('../outside')\nimport tune\n")
    assert command(".").status == 0
    assert outside.read_text() == TUNE


@pytest.mark.parametrize(
    "key", ["root", "paths", "python", "verify", "stdin-filename", "edits", "write"]
)
def test_settings_say_how_not_what(command: Command, here: Path, key: str) -> None:
    """No key names a path to write to, or a program to run."""
    (here / "pyproject.toml").write_text(f'[tool.eager-codemod]\n{key} = "/"\n')
    assert command(".").status == 2


def test_settings_cannot_draw_on_the_terminal(command: Command, here: Path) -> None:
    """A key is shown in the message; its control characters are not."""
    (here / "pyproject.toml").write_text('[tool.eager-codemod]\n"\\u001b[2J" = 1\n')
    status, stdout, stderr = command(".")
    assert (status, stdout) == (2, "")
    assert "\x1b" not in stderr
    assert "\\x1b[2J: unknown key" in stderr


def test_code_cannot_draw_on_the_terminal(command: Command, here: Path) -> None:
    """Messages about it show its names and encodings, and nothing that acts."""
    (here / "a.py").write_bytes(b"# coding: \x1b[2J\ndef main(n_trials): pass\n")
    (here / "b.py").write_bytes(b"def main(n_trials): pass\nx = \x1b[2J\n")
    (here / "c.py").write_bytes("def main(n_trials): pass\nx = \u202e\n".encode())
    _, stdout, stderr = command("-v", ".")
    assert stderr.endswith("3 files failed\n")
    assert "\x1b" not in stdout + stderr
    assert "\u202e" not in stdout + stderr


def test_text_of_settings_is_no_code(command: Command, here: Path) -> None:
    """What is loaded ends up in the script, so it must be an identifier."""
    (here / "tune.py").write_text(TUNE)
    for name in ("x\\nimport os", "a.b", "for", ""):
        file = here / "pyproject.toml"
        file.write_text(f'[tool.eager-codemod]\nload = ["{name}"]\n')
        assert command("tune.py").status == 2
        assert (here / "tune.py").read_text() == TUNE

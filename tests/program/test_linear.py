"""Work grows with the size of what is read, and no faster: counted, not timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.program.verdict import Judge
from codemod.python.source import parse
from codemod.search.reading import read_regular
from tests.program.counting import TRIAL, growth, numbered
from tests.program.judging import Files


def stars(count: int) -> Files:
    """A chain of star imports."""
    modules = {f"m{i}.py": f"from m{i + 1} import *\nx{i} = 1" for i in range(count)}
    names = "\n".join(f"x{i}()" for i in range(0, count, 4))
    return {**modules, "tune.py": f"{TRIAL}from m0 import *\n{names}\n"}


def every_star(count: int) -> Files:
    """Modules that all import everything from the next two."""
    modules = {
        f"m{i}.py": f"from m{i + 1} import *\nfrom m{i + 2} import *\nx{i} = 1"
        for i in range(count)
    }
    return {**modules, "tune.py": f"{TRIAL}from m0 import *\nunknown()\n"}


def calls_between_modules(count: int) -> Files:
    """A chain of functions, each in a module of its own."""
    modules = {
        f"m{i}.py": f"from m{i + 1} import f{i + 1}\ndef f{i}():\n    f{i + 1}()\n"
        for i in range(count)
    }
    last = f"import optuna\ndef f{count}():\n    optuna.create_study().optimize(1)\n"
    return {**modules, f"m{count}.py": last, "tune.py": "from m0 import f0\nf0()\n"}


def methods(count: int) -> Files:
    """Classes that all have the methods that somebody uses."""
    classes = "".join(
        f"class C{i}(C{max(i - 1, 0)}):\n    def f(self): self.g()\n"
        f"    def g(self): C{i}().f()\n"
        for i in range(count)
    )
    return {"tune.py": f"{TRIAL}class C0: pass\n{classes}C1().f()\n"}


def threads(count: int) -> Files:
    """Threads in a loop, each perhaps a trial."""
    lines = "".join("    threading.Thread(target=f).start()\n" for _ in range(count))
    return {"tune.py": f"import threading\ndef f(): pass\nfor x in y:\n{lines}"}


def threads_of_a_model(count: int) -> Files:
    """The same model in each, loaded by a call with many arguments."""
    lines = "".join("    Thread(target=m.generate).start()\n" for _ in range(count))
    given = ", ".join(f"x{i}" for i in range(count))
    head = "from threading import Thread\nfrom transformers import AutoModel\n"
    return {"tune.py": f"{head}m = AutoModel({given})\nfor x in y:\n{lines}"}


def modules_that_variables_hold(count: int) -> Files:
    """One module by many names, each of which is handed on."""
    lines = "".join(f"import m as m{i}\nx{i} = m{i}\n" for i in range(count))
    return {"m.py": "", "tune.py": f"{TRIAL}{lines}"}


def starts(count: int) -> Files:
    """Studies, one behind the other."""
    return {"tune.py": TRIAL + TRIAL.splitlines(True)[2] * count}


def main_with_parses(count: int) -> Files:
    """Parses and calls in turn, in a main."""
    body = "    args = parser.parse_args()\n    log(args)\n" * count
    head = "import argparse\nparser = argparse.ArgumentParser()\ndef log(a): pass\n"
    main = f"def main():\n{body}    optuna.create_study().optimize(t.f)\nmain()\n"
    return {"tune.py": TRIAL.partition("optuna.c")[0] + head + main}


def nested_blocks(count: int) -> Files:
    """Blocks in blocks; Python takes a hundred levels."""
    depth = min(count, 90)
    lines = "".join(f"{' ' * i}with x:\n" for i in range(depth))
    inner = f"{' ' * depth}pass\n" * count
    return {"tune.py": f"{TRIAL}{lines}{inner}"}


def strings(calls: str) -> Callable[[int], Files]:
    """Calls by strings in a function, and a package of so many modules."""

    def files(count: int) -> Files:
        lines = "".join(calls.replace("N", str(i)) for i in range(count))
        modules = {f"p/m{i}.py": "def f(): pass\nclass C: x = 1" for i in range(count)}
        head = "import importlib, fire, p.m0 as m\n"
        text = f"{TRIAL}{head}def main():\n    v = w\n{lines}main()\n"
        return {**modules, "p/__init__.py": "from p.m0 import *", "tune.py": text}

    return files


CASES: dict[str, Callable[[int], Files]] = {
    "imports as": numbered("import ray as rN"),
    "one name, many imports": numbered("import ray as r"),
    "import and use": numbered("import ray as rN\nrN.init()"),
    "decorated": numbered("@d\ndef fN(): pass"),
    "decorated by what is assigned": numbered("dN = d\n@dN\ndef fN(): pass"),
    "registered": numbered("@app.command()\ndef fN(): pass"),
    "registered by a function": numbered(
        "@add\ndef fN(): pass\ndef add(f):\n    TASKS['x'] = f\nTASKS = {}"
    ),
    "commands": numbered("import click\n@click.command()\ndef fN(): pass\nfN()"),
    "commands that are added": numbered(
        "import click\n@click.group()\ndef g(): pass\ng.add_command(fN)"
    ),
    "strings": numbered('"ray.tune"', ", "),
    "imports by string": numbered("__import__('a')", "; "),
    "getattr": numbered("getattr(optuna, 'N')"),
    "parts of names": strings("    importlib.import_module(f'p.{xN}')\n"),
    "names in one variable": strings(
        "    v = f'p.mN.{x}'\n    importlib.import_module(v)\n"
    ),
    "names in a chain of variables": strings(
        "    vN1 = 'p.' + vN\n    importlib.import_module(vN1)\n    vN = vN1\n"
    ),
    "relative names": strings("    importlib.import_module(v + '.mN', 'p')\n"),
    "getattr of a module": strings("    getattr(m, xN)()\n"),
    "Fire": strings("    fire.Fire()\n    fire.Fire(m.C)\n"),
    "type checking": numbered("if TYPE_CHECKING(N): pass"),
    "long names": lambda n: {"tune.py": f"{TRIAL}import {'a.' * n}a\n"},
    "long chains": lambda n: {"tune.py": f"{TRIAL}a{'.a' * n}()\n"},
    "chains that get longer": lambda n: {"tune.py": f"{TRIAL}a = a.b\nb = a.c\na()\n"},
    "aliases": numbered("aN = bN\nbN = aN.c\naN()"),
    "a chain of aliases": lambda n: {
        "tune.py": TRIAL + "".join(f"a{i} = a{i + 1}\n" for i in range(n)) + "a0()\n"
    },
    "one variable, many values": numbered("v = fN\nv()"),
    "local variables": lambda n: {
        "tune.py": f"{TRIAL}def f():\n"
        + "".join(f"    v{i} = g{i}\n    v{i}()\n" for i in range(n))
        + "f()\n"
    },
    "functions in functions": lambda n: {
        "tune.py": f"{TRIAL}def f():\n"
        + "".join(f"    def g{i}(): g{i - 1}()\n    g{i}()\n" for i in range(n))
        + "f()\n"
    },
    "threads of a model": threads_of_a_model,
    "modules that variables hold": modules_that_variables_hold,
    "a chain of functions": numbered("def fN(): gN()\ndef gN(): fN()\nfN()"),
    "star imports": stars,
    "two star imports each": every_star,
    "modules": calls_between_modules,
    "threads in a loop": threads,
    "starts": starts,
    "parses": main_with_parses,
    "mains": numbered("def main(): pass\nmain()"),
    "main blocks": numbered('if __name__ == "__main__": f(N)'),
    "environment": numbered("os.environ['N'] = 'N'"),
    "blocks": nested_blocks,
}


def test_twice_the_methods_are_twice_the_work(tmp_path: Path) -> None:
    """Classes that all have the method that all use."""
    assert growth(tmp_path, methods, 60) <= 2.3


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_twice_the_size_is_twice_the_work(
    tmp_path: Path, files: Callable[[int], Files]
) -> None:
    """A little more where something is sorted."""
    assert growth(tmp_path, files, 60) <= 2.3


DEEP = {
    "parentheses": "x = " + "(" * 150 + ")" * 150,
    "operators": "x = " + "1 + " * 5_000 + "1",
    "attributes": "x = a" + ".b" * 5_000,
    "calls": "x = f" + "()" * 3_000,
    "subscripts": "x = a" + "[0]" * 3_000,
    "strings": "x = " + "'a' " * 5_000,
    "not": "x = " + "not " * 1_000 + "y",
    "elif": "if a: pass\n" + "elif b: pass\n" * 1_000,
    "lambda": "x = " + "lambda: " * 80 + "0",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting(tmp_path: Path, text: str) -> None:
    """Whatever can be parsed is judged: no RecursionError."""
    from codemod.python.source import SourceError

    path = tmp_path / "tune.py"
    data = f"{TRIAL}{text}\n".encode()
    try:
        source = parse(data)
    except SourceError:
        pytest.skip("Python itself does not take it")
    verdict = Judge(read_regular).judge(str(path), source).verdict
    assert verdict.name == "affected"

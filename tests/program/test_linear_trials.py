"""Many trials, and long ways from each: twice the size is twice the work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.program.counting import TRIAL, growth
from tests.program.judging import Files

STUDY = TRIAL.rpartition("optuna.c")[0] + "study = optuna.create_study()\n"
POOL = (
    f"{STUDY}from concurrent.futures import ThreadPoolExecutor\n"
    "pool = ThreadPoolExecutor()\n"
)
PARSER = "import argparse\nparser = argparse.ArgumentParser()\n"


def script(count: int, *parts: str, head: str = STUDY, tail: str = "") -> Files:
    """A script of parts, each so many times.

    In the n-th copy, ``N`` is n and ``M`` is n + 1.
    """
    lines = [
        part.replace("N", str(n)).replace("M", str(n + 1))
        for part in parts
        for n in range(count)
    ]
    return {"tune.py": "".join([head, *lines, tail])}


def repeated(*parts: str, head: str = STUDY, tail: str = "") -> Callable[[int], Files]:
    """See `script`."""
    return lambda count: script(count, *parts, head=head, tail=tail)


def main(body: str, head: str = STUDY) -> Callable[[int], Files]:
    """A main with some lines so many times, in front of its trials."""
    tail = "    study.optimize(t.f)\nmain()\n"
    return repeated(body, head=f"{head}def main():\n", tail=tail)


def hydra(decorator: str, head: str = "") -> Callable[[int], Files]:
    """So many applications of one configuration, and so much in that."""

    def files(count: int) -> Files:
        targets = "".join(f"c{i}:\n  _target_: model.C{i}\n" for i in range(count))
        many = ", ".join(f"'conf{i}'" for i in range(count))
        options = ", ".join(f"'o{i}': 1" for i in range(count))
        start = head.replace("MANY", many).replace("OPTIONS", options)
        part = f"{decorator}\ndef mainN(c):\n    t.f(c)\nmainN()\n"
        return {
            **script(count, part, head=f"{STUDY}import hydra\n{start}"),
            "conf/c.yaml": f"defaults:\n  - override hydra/sweeper: optuna\n{targets}",
            "model.py": "".join(f"class C{i}: pass\n" for i in range(count)),
        }

    return files


def registers(count: int) -> Files:
    """A registry whose parts each register the one in front."""
    parts = ("class X: pass\n", *(f"r{i} = X()\n" for i in range(count + 1)))
    links = (f"@r{i}.add\ndef f{i}(): return r{i + 1}\n" for i in range(count))
    registry = "".join([*parts, *reversed(list(links))])
    return {
        "registry.py": registry,
        "tune.py": f"{STUDY}from registry import r0\nstudy.optimize(r0.get())\n",
    }


def decorators(count: int) -> Files:
    """A decorator that fills many variables, and takes many functions."""
    variables = "".join(f"V{i} = {{}}\n" for i in range(count))
    body = "".join(f"    V{i}[1] = f\n" for i in range(count))
    parts = "@add\ndef fN(): pass\n"
    head = f"{STUDY}{variables}def add(f):\n{body}"
    return script(count, parts, head=head, tail="study.optimize(V0[1])\n")


CASES: dict[str, Callable[[int], Files]] = {
    "a chain of functions": repeated(
        "def fN(t): fM(t)\n", "study.optimize(fN)\n", tail="def f60(t): t.f()\n"
    ),
    "a chain of classes": repeated(
        "class CN:\n    def __call__(self, t): CM()\n", "study.optimize(CN())\n"
    ),
    "a chain behind a pool": repeated(
        "def fN(t): fM(t)\n", "pool.submit(fN, 1)\n", head=POOL
    ),
    "methods of one name": repeated(
        "class CN:\n    def run(self, t): pass\nCN()\n", "study.optimize(x.run)\n"
    ),
    "objects of many classes": repeated(
        "class CN:\n    def __init__(self): g()\n    def run(self, t): pass\nCN()\n",
        "study.optimize(x.run)\n",
    ),
    "one variable, many values": main("    x = g(x, N)\n    study.optimize(x)\n"),
    "variables of variables": main("    xM = g(xN)\n    study.optimize(xM)\n"),
    "pools in one variable": main(
        "    pool = ThreadPoolExecutor()\n    pool.submit(g, N)\n", POOL
    ),
    "imports of pools": repeated(
        "from concurrent.futures import ThreadPoolExecutor\n",
        "pool.submit(t.f, N)\n",
        head=POOL,
    ),
    "parameters": lambda n: {
        "tune.py": f"{POOL}def f({', '.join(f'x{i}' for i in range(n))}):\n"
        + "".join(f"    pool.submit(x{i})\n    y{i}()\n" for i in range(n))
        + "f()\n"
    },
    "applications": hydra("@hydra.main(config_path='conf', config_name='c')"),
    "places of configurations": hydra("@hydra.main(config_path=P)", "P = [MANY]\n"),
    "options of applications": hydra("@hydra.main(**O)", "O = {OPTIONS}\n"),
    "one application, many values": repeated(
        "h = hydra.main()\n",
        "@h\ndef mN(c): pass\n",
        head=f"{STUDY}import hydra\n",
    ),
    "a registry": registers,
    "decorators that fill variables": decorators,
    "commands of one group": repeated(
        "@cli.command()\ndef cN():\n    study.optimize(t.f)\n",
        head=f"{STUDY}import click\n@click.group()\ndef cli(): pass\n",
        tail="cli()\n",
    ),
    "commands that call one main": repeated(
        "@cli.command()\ndef cN():\n    main()\n",
        "def gN(): pass\n",
        head=f"{STUDY}import click\n@click.group()\ndef cli(): pass\n",
        tail="def main():\n    study.optimize(t.f)\ncli()\n",
    ),
    "helpers that parse": repeated(
        "def pN(): return pM()\n",
        head=f"{PARSER}{STUDY}",
        tail="def main():\n    p0()\n    study.optimize(t.f)\nmain()\n",
    ),
    "mains with helpers": repeated(
        "def pN(): return pM()\n",
        "def main(): p0()\n",
        head=f"{PARSER}{STUDY}",
        tail="main()\nstudy.optimize(t.f)\n",
    ),
    "parsers in one variable": main(
        "    o = O()\n    o.parse()\n",
        f"{PARSER}{STUDY}class O:\n    def parse(self): parser.parse_args()\n",
    ),
    "a long helper": lambda n: {
        "tune.py": f"{STUDY}def h():\n"
        + "    x = 1\n" * n
        + "def main():\n"
        + "    h()\n" * n
        + "    study.optimize(t.f)\nmain()\n"
    },
    "a chain of partials": repeated("xM = partial(xN)\n", tail="study.optimize(x60)\n"),
    "two names each": repeated(
        "xN = xM; xN = yM; yN = xM; yN = yM\n", tail="study.optimize(x0)\n"
    ),
    "a chain of bases": repeated(
        "class BM(BN): pass\n", "BN().x()\n", tail="study.optimize(B0().x)\n"
    ),
    "methods of a class": repeated(
        "    def a(self): self.a()\n",
        head=f"{STUDY}class A:\n",
        tail="study.optimize(A().a)\n",
    ),
}


@pytest.mark.parametrize("files", CASES.values(), ids=CASES)
def test_twice_the_trials_are_twice_the_work(
    tmp_path: Path, files: Callable[[int], Files]
) -> None:
    """A little more where something is sorted."""
    assert growth(tmp_path, files, 150) <= 2.3

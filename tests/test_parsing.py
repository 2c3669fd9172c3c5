"""What counts as parsing a command line, and what only looks so."""

from __future__ import annotations

import ast

import pytest

from codemod.program.parsing import Module

PARSES = {
    "argparse": "import argparse\nx = argparse.ArgumentParser().parse_args()",
    "known arguments": "import argparse\nx = p.parse_known_args()[0]",
    "intermixed": "import argparse\nx = p.parse_intermixed_args()",
    "parser from elsewhere": (
        "from project.options import parser\nx = parser.parse_args()"
    ),
    "HfArgumentParser": (
        "from transformers import HfArgumentParser\n"
        "x = HfArgumentParser(A).parse_args_into_dataclasses()"
    ),
    "its JSON": (
        "from transformers import HfArgumentParser\nx = p.parse_json_file('a.json')"
    ),
    "its YAML": (
        "from transformers import HfArgumentParser\nx = p.parse_yaml_file('a.yaml')"
    ),
    "TrlParser": "from trl import TrlParser\nx = TrlParser(A).parse_args_and_config()",
    "simple_parsing": "from simple_parsing import parse\nx = parse(A)",
    "simple_parsing's module": "import simple_parsing as sp\nx = sp.parse(A)",
    "simple_parsing's parser": (
        "from simple_parsing import ArgumentParser\nx = ArgumentParser().parse_args()"
    ),
    "jsonargparse": (
        "from jsonargparse import ArgumentParser as P\nx = P().parse_args()"
    ),
    "its CLI": "from jsonargparse import CLI\nCLI(train)",
    "its objects": "import jsonargparse\nx = parser.parse_object({})",
    "tap": "from tap import Tap\nclass A(Tap): pass\nx = A().parse_args()",
    "tapify": "from tap import tapify\ntapify(train)",
    "configargparse": (
        "import configargparse\nx = configargparse.ArgParser().parse_args()"
    ),
    "optparse beside argparse": (
        "import argparse, optparse\nx = argparse.ArgumentParser().parse_args()"
    ),
    "helper": "def get():\n    return p.parse_args()\nx = get()",
    "helper of a helper": (
        "def a():\n    return b()\ndef b():\n    return p.parse_args()\nx = a()"
    ),
    "method": (
        "class O:\n    def parse(self):\n        return p.parse_args()\nx = O().parse()"
    ),
    "inherited method": (
        "class B:\n    def get(self):\n        return p.parse_args()\n"
        "class O(B): pass\nx = O().get()"
    ),
    "method of the same object": (
        "class O:\n    def parse(self):\n        return self.gather()\n"
        "    def gather(self):\n        return p.parse_args()\nx = O().parse()"
    ),
    "inherited method of the same object": (
        "class B:\n    def parse(self):\n        return self.gather()\n"
        "    def gather(self):\n        return p.parse_args()\n"
        "class O(B):\n    pass\nx = O().parse()"
    ),
    "method of the base class": (
        "class B:\n    def get(self):\n        return p.parse_args()\n"
        "class O(B):\n    def get(self):\n        return super().get()\nx = O().get()"
    ),
    "method of an object": (
        "class O:\n    def parse(self):\n        return p.parse_args()\n"
        "o = O()\nx = o.parse()"
    ),
    "method of an annotated object": (
        "class O:\n    def parse(self):\n        return p.parse_args()\n"
        "o: O = O()\nx = o.parse()"
    ),
    "constructor": (
        "class O:\n    def __init__(self):\n        self.args = p.parse_args()\nx = O()"
    ),
    "inherited constructor": (
        "class B:\n    def __init__(self):\n        self.args = p.parse_args()\n"
        "class O(B): pass\nx = O()"
    ),
    "another name for a helper": (
        "def get():\n    return p.parse_args()\nparse = get\nx = parse()"
    ),
    "another name for a method": "parse = p.parse_args\nx = parse()",
    "lambda that is called": "get = lambda: p.parse_args()\nx = get()",
    "partial helper": (
        "from functools import partial\ndef get(a):\n    return p.parse_args(a)\n"
        "parse = partial(get, None)\nx = parse()"
    ),
    "nested helper": (
        "def get():\n    def inner():\n        return p.parse_args()\n"
        "    return inner()\nx = get()"
    ),
    "parser that goes on to argparse's method": (
        "class P(argparse.ArgumentParser):\n    def parse_args(self):\n"
        "        return super().parse_args()\nx = P().parse_args()"
    ),
    "async helper": "async def get():\n    return p.parse_args()\nx = await_(get())",
}
LOOKS_SO = {
    "optparse": "import optparse\nx = optparse.OptionParser().parse_args()",
    "optparse beside argparse": (
        "import argparse, optparse\np = optparse.OptionParser()\nx = p.parse_args()"
    ),
    "absl": "from absl import app\napp.run(main)",
    "unknown function": "from somewhere import parse_args\nx = parse_args()",
    "module that is not ours": "import options\nx = options.parse_args()",
    "helper that does not parse": "def parse_args():\n    return {}\nx = parse_args()",
    "cycle of helpers": "def a():\n    return b()\ndef b():\n    return a()\nx = a()",
    "method of another object": (
        "class O:\n    def get(self):\n        return p.parse_args()\n"
        "    def other(self, that):\n        return that.get()\nx = O().other(y)"
    ),
    "method of no parser": (
        "class O:\n    def parse_args(self):\n        return {}\nx = O().parse_args()"
    ),
    "method of an object that is no parser": (
        "class O:\n    def parse_args(self):\n        return {}\n"
        "o = O()\nx = o.parse_args()"
    ),
    "constructor that keeps a parser": (
        "class O:\n    def __init__(self):\n        self.parser = p\nx = O()"
    ),
    "another name that is not called": (
        "def get():\n    return p.parse_args()\nparse = get\nx = parse"
    ),
    "another name for itself": "a = b\nb = a\nx = a()",
    "nested function that is not called": (
        "def get():\n    def inner():\n        return p.parse_args()\n"
        "    return inner\nx = get()"
    ),
    "methods that call each other": (
        "class O:\n    def a(self):\n        return self.b()\n"
        "    def b(self):\n        return self.a()\nx = O().a()"
    ),
    "reference without call": "x = p.parse_args",
    "string": "x = 'p.parse_args()'",
    "lambda": "x = lambda: p.parse_args()",
    "JSON without its parser": "import mine\nx = reader.parse_json_file('a')",
    "parse of something else": "from dateutil.parser import parse\nx = parse('now')",
    "XML": "x = etree.parse('a.xml')",
}


def parses(text: str) -> bool:
    """Whether a module parses when it runs."""
    return Module(ast.parse(text)).parses_at_module_level()


@pytest.mark.parametrize("text", PARSES.values(), ids=PARSES)
def test_parses(text: str) -> None:
    """Argparse and what derives from it, directly or through this file's helpers."""
    assert parses(text)


@pytest.mark.parametrize("text", LOOKS_SO.values(), ids=LOOKS_SO)
def test_only_looks_so(text: str) -> None:
    """A name proves nothing."""
    assert not parses(text)


@pytest.mark.parametrize(
    "text",
    [
        "if __name__ == '__main__':\n    p.parse_args()",
        "try:\n    p.parse_args()\nexcept E:\n    pass",
        "with a:\n    p.parse_args()",
        "for x in p.parse_args().files:\n    pass",
        "match p.parse_args():\n    case _:\n        pass",
    ],
)
def test_nested_statements_are_module_level_too(text: str) -> None:
    """What runs when the module does."""
    assert parses(text)


@pytest.mark.parametrize(
    "text", ["def f():\n    p.parse_args()", "class A:\n    x = p.parse_args()"]
)
def test_functions_and_classes_are_not_entered(text: str) -> None:
    """A function that nobody calls does not parse."""
    assert not parses(text)

"""Hypothesis strategies: scripts as people write them, and as nobody does.

A script is built from a grammar of entry points: shapes, decorators, docstrings,
comments, blank lines, semicolons, indentation, line endings, encodings.
"""

from __future__ import annotations

from hypothesis import strategies as st

from codemod.edits.guard import COMMENT, FUNCTION, render

__all__ = ["scripts"]

PARSES = [
    ["args = parser.parse_args()"],
    ["args, rest = parser.parse_known_args()"],
    ["args = get_args()"],
    ["config = vars(parser.parse_args())"],
    ["parser.parse_args(namespace=args)"],
    ["return run(parser.parse_args())"],
    ["score = run(get_args())"],
    ["try:", "@args = parser.parse_args()", "except SystemExit:", "@raise"],
    ["try:", "@args = parser.parse_args()", "finally:", "@close()"],
    ["with timer() as t:", "@args = parser.parse_args()", "@run(args)"],
    ["with timer() as t: args = parser.parse_args()"],
    ["if json:", "@args = load()", "else:", "@args = parser.parse_args()"],
    ["if args is None:", "@args = parser.parse_args()"],
    ["if args is None: args = parser.parse_args()"],
    ["if fast:", "@run(parser.parse_args())", "else:", "@pass"],
    ["for line in file:", "@run(parser.parse_args(line))"],
    ["args = parser.parse_args(  # first", "@[],", ")"],
    ["args = parser.parse_args(); run(args)"],
    ["a = 1; args = parser.parse_args();b = 2"],
    ["args = parser.parse_args();"],
    [
        "args = pre.parse_args()",
        "parser.set_defaults(a=1)",
        "args = parser.parse_args()",
    ],
    ["args = parser.parse_args() \\", "@or None"],
    ["args = \\", "@parser.parse_args(); \\", "run(args)"],
    ["parser.parse_args()  # ; not joined \\"],
    ["match x:", "@case 1:", "@@args = parser.parse_args()", "@case _: args = None"],
    ["if a:", "@args = parser.parse_args()", "elif b:", "@args = b", "# tail"],
    ["if a: pass", "else: args = parser.parse_args(); run(args)"],
    ["with a, b:", "@with c:", "@@args = parser.parse_args(); run(args)", "@# tail"],
    [
        "try:",
        "@try:",
        "@@args=parser.parse_args()",
        "@finally:",
        "@@x()",
        "except E: y",
    ],
    ["try:", "@args = parser.parse_args()", "except(E , F)  as  e :", "@raise"],
]
OTHERS = [
    ["seed(0)"],
    ["# a comment"],
    ["x = 1  # trailing"],
    ["print('a'); print('b')"],
    ["if x:", "@y = 1", "@# deeper", "else:", "@y = 2"],
    ['text = """', "not indented", '"""'],
    ["def nested():", "@return parser.parse_args()"],
    ["pass"],
    ["s = 'é ü'"],
    ["\f"],
    ["\0@cache", "def nested(): return 1"],
    ["x = 1;"],
    ["# joined; by nothing \\"],
    ['"""no docstring"""'],
    ["x = [", "", "# inside", "]"],
]
OURS = [line.replace("    ", "@") for line in render().splitlines()]
GUARDS = [
    [f"def {FUNCTION}():", "@import transformers"],
    [f"def {FUNCTION}(): pass"],
    ["\0@cache", f"def {FUNCTION}():", '@"""Doc."""', ""],
    ["try:", f"@from guards import {FUNCTION}", "except ImportError: x"],
    [f"from guards import {FUNCTION}"],
    [f"if x: {FUNCTION} = print"],
    [f"def {FUNCTION}(names): pass"],
    [f"{FUNCTION} = None"],
    [f"from guards import {FUNCTION}", f"del {FUNCTION}"],
    OURS,
    [*OURS, f"__all__ = ['{FUNCTION}']"],
]
CALLS = [
    [f"{FUNCTION}()"],
    ["if x:", f"@{FUNCTION}()"],
    [f"if x: {FUNCTION}()"],
    [f"a(); {FUNCTION}(); b()"],
    [f"a(); {FUNCTION}() # c"],
    ["# early", f"{FUNCTION}()", "# late"],
    [f"def nested(): {FUNCTION}()"],
    [f"global {FUNCTION}"],
    [COMMENT, f"{FUNCTION}()  # c"],
]
DOCSTRINGS = [[], ['"""Doc."""'], ['"""Doc.', "", "@More.", '"""'], ['"""D."""; z = 1']]
DECORATORS = [[], ["@record"], ["@record", "# why", "@cache(", "@size=1,", ")"]]
HEADERS = [
    "def main():",
    "def main(argv=None) -> int:  # runs",
    "async def main():",
    "def main(",
]
IMPORTS = [
    ["import argparse"],
    ["import hydra"],
    ["from hydra import main as hydra_main"],
    ["try:", "@import mlflow", "except ImportError:", "@mlflow = None"],
    ["X = 1"],
    ["# a section"],
    ["import os; import sys"],
]
HELPERS = [
    [],
    ["def get_args():", "@return argparse.ArgumentParser().parse_args()"],
    ["class Config:", "@lr = 1"],
    ["# ---", "# helpers", "# ---"],
]
ENDINGS = ["\n", "\n", "\r\n", "\r"]


BLANKS = ["", "", "", "", "", "", "\0   ", "\0\t", "\0\f"]


def _blank(most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(BLANKS), max_size=most)


@st.composite
def _body(draw: st.DrawFn, hydra: bool, others: list[list[str]]) -> list[str]:
    """The lines of a function's body, unindented; ``@`` is one level."""
    lines = list(draw(st.sampled_from(DOCSTRINGS)))
    groups = draw(st.lists(st.sampled_from(others), max_size=3))
    if not hydra or draw(st.booleans()):
        place = draw(st.integers(0, len(groups)))
        groups.insert(place, draw(st.sampled_from(PARSES)))
    for group in groups:
        lines += draw(_blank(2)) + group
    code = [line for line in lines if line.strip("\0 \t\f") and line[0] != "#"]
    return lines if code else [*lines, "pass"]


@st.composite
def _entry(draw: st.DrawFn, others: list[list[str]]) -> list[str]:
    """The lines of an entry point, unindented."""
    hydra = draw(st.booleans())
    decorators = list(draw(st.sampled_from(DECORATORS)))
    if hydra:
        decorators.append(
            draw(st.sampled_from(["@hydra.main(config_path='c')", "@hydra_main()"]))
        )
    decorators = [
        "\0" + line if line.startswith("@size") else line for line in decorators
    ]
    header = draw(st.sampled_from(HEADERS))
    if draw(st.integers(0, 9)) == 0:
        return [*_level0(decorators), header.partition("(")[0] + _one_line(draw)]
    signature = [header] if header.endswith((":", "runs")) else [header, "@a=1,", "):"]
    body = _nest(draw(_body(hydra, others)))
    return [*_level0(decorators), *signature, *body]


def _one_line(draw: st.DrawFn) -> str:
    return draw(
        st.sampled_from(
            [
                "(): run(parser.parse_args())",
                "():args = parser.parse_args()",
                "():  args = parser.parse_args();  # c",
                "():  args = parser.parse_args(); run(args)",
                "(): seed(); args = parser.parse_args() ;run(args); end()  # c",
            ]
        )
    )


def _level0(lines: list[str]) -> list[str]:
    """Decorators start with an at sign that is no level."""
    return ["\0" + line if line.startswith("@") else line for line in lines]


def _nest(lines: list[str]) -> list[str]:
    return ["@" + line if line else line for line in lines]


@st.composite
def _module(draw: st.DrawFn, guarded: bool) -> list[str]:
    lines: list[str] = []
    helpers, others = HELPERS, OTHERS
    if guarded:
        helpers, others = HELPERS + GUARDS * 2, OTHERS + CALLS * 2
    lines += draw(st.sampled_from([[], ["#!/usr/bin/env python"], ["# licence", ""]]))
    lines += draw(st.sampled_from([[], ['"""Module."""'], ['"""M."""', ""]]))
    for group in draw(st.lists(st.sampled_from(IMPORTS), max_size=4)):
        lines += group + draw(_blank(2))
    lines += draw(st.sampled_from(helpers)) + draw(_blank(3))
    for _ in range(draw(st.integers(1, 2))):
        entry = draw(_entry(others))
        wrapper = draw(st.sampled_from(["", "", "", "if x:", "try:"]))
        if wrapper:
            entry = [wrapper, *_nest(entry)]
            entry += ["except E:", "@pass"] if wrapper == "try:" else []
        lines += draw(_blank(2)) + entry + draw(_blank(3))
    lines += draw(
        st.sampled_from([[], ["main()"], ["if __name__ == '__main__':", "@main()"]])
    )
    if guarded:
        lines += draw(st.sampled_from([[], *GUARDS]))
    return lines


@st.composite
def scripts(draw: st.DrawFn, guarded: bool = False) -> bytes:
    """The bytes of a script; nearly all have an entry point, not all parse.

    Args:
        draw: Hypothesis gives it.
        guarded: Whether parts of a guard may be there, by whatever hand.
    """
    unit = draw(st.sampled_from(["    ", "    ", "  ", "\t", "        "]))
    lines = []
    in_string = False
    for line in draw(_module(guarded)):
        raw = line.lstrip("@")
        level = len(line) - len(raw)
        if in_string and "indented" in raw:
            level = 0
        lines.append(unit * level + raw.replace("\0", "") if raw else "")
        in_string ^= raw.count('"""') % 2 == 1
    ending = draw(st.sampled_from(ENDINGS))
    endings = [ending] * len(lines)
    if draw(st.integers(0, 5)) == 0:
        endings = [draw(st.sampled_from(["\n", "\r\n"])) for _ in lines]
    text = "".join(line + end for line, end in zip(lines, endings, strict=True))
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "latin-1"]))
    if encoding == "latin-1":
        text = f"# coding: latin-1{ending}{text}"
    return text.encode(encoding)

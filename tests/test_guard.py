"""The guard's text: rendering, order of names, recognition, upgrading."""

from __future__ import annotations

import ast

import pytest

from codemod.edits.apply import apply, inspect
from codemod.edits.guard import COMMENT, DEFAULT_NAMES, FUNCTION, extra_names, render
from codemod.edits.removal import Layout
from codemod.python.tree import Function
from codemod.settings import Settings

MAIN = f"""

def main():
    args = parser.parse_args()

    {COMMENT}
    {FUNCTION}()

    run(args)
"""
BY_HAND = f"""\
def {FUNCTION}():
    try:
        from transformers import (
            RobertaConfig, AutoConfig, BertConfig, DebertaV2Config,
        )
    except ImportError:
        pass
"""


def definition(text: str) -> Function:
    """The first function of a source text."""
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def upgraded(text: str, load: tuple[str, ...] = ()) -> str:
    """A script that starts with a definition, after a run with --upgrade."""
    settings = Settings(upgrade=True, load=load)
    return apply((text + MAIN).encode(), settings)[0].decode()


def test_default_names_are_what_section_two_says() -> None:
    """Four configurations and the mixin that four configurations leave racing."""
    assert DEFAULT_NAMES == (
        "AutoConfig",
        "BertConfig",
        "DebertaV2Config",
        "GenerationMixin",
        "RobertaConfig",
    )


def test_text_fits_flake8() -> None:
    """No line passes 79 columns, whatever the layout note says."""
    text = render(("A" * 60, "B" * 60), Layout(2, ("s1:j1",) * 30))
    assert max(map(len, text.splitlines())) <= 79


def test_extra_names_get_a_block_of_their_own() -> None:
    """An unknown name never keeps the default ones from loading."""
    function = definition(render(("ElectraConfig", "BertConfig")))
    blocks = [stmt for stmt in function.body if isinstance(stmt, ast.Try)]
    names = [
        [alias.name for alias in stmt.names]
        for block in blocks
        for stmt in block.body
        if isinstance(stmt, ast.ImportFrom)
    ]
    assert names == [list(DEFAULT_NAMES), ["ElectraConfig"]]


def test_extra_names_are_in_the_order_of_isort() -> None:
    """Constants, classes, functions; digits by their value."""
    text = render(("pipeline", "T10Config", "T5Config", "GGUF_CONFIG_MAPPING"))
    names = ["GGUF_CONFIG_MAPPING", "T5Config", "T10Config", "pipeline"]
    assert sorted(names, key=text.index) == names


def test_guard_runs_where_transformers_is_missing() -> None:
    """The function swallows the ImportError: it appears where a model is used."""
    import sys

    namespace: dict[str, object] = {}
    exec(render(), namespace)
    saved = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name == "transformers"
    }
    sys.modules["transformers"] = None  # type: ignore[assignment]
    try:
        namespace[FUNCTION]()  # type: ignore[operator]
    finally:
        del sys.modules["transformers"]
        sys.modules.update(saved)


def test_current_definition_is_recognised_as_the_tools() -> None:
    """Its extra names can be read back."""
    text = render(("ElectraConfig", "T5Config"))
    assert extra_names(definition(text)) == frozenset({"ElectraConfig", "T5Config"})


@pytest.mark.parametrize(
    "edit",
    [
        ("pass", "print()"),
        ("AutoConfig,", "AutoConfig, XLNetConfig,"),
        ("AutoConfig,", "AutoConfig as A,"),
        ("from transformers", "from .transformers"),
        ("(ImportError, RuntimeError)", "Exception"),
        ("def ", "@cache\ndef "),
        ("def ", "async def "),
        ("():", "(jobs=1):"),
    ],
)
def test_edited_definition_is_not_the_tools(edit: tuple[str, str]) -> None:
    """What a person edited stays, --upgrade or not."""
    text = render().replace(*edit)
    assert extra_names(ast.parse(text).body[0]) is None  # type: ignore[arg-type]
    assert upgraded(text) == text + MAIN


def test_current_definition_is_not_upgraded() -> None:
    """There is nothing to do."""
    assert upgraded(render()) == render() + MAIN


def test_hand_made_ancestor_is_upgraded() -> None:
    """Its four names do not stop the race on GenerationMixin."""
    assert upgraded(BY_HAND) == render() + MAIN


def test_plain_run_mentions_an_older_guard_and_leaves_it() -> None:
    """A finding that only --upgrade puts right."""
    inspection = inspect((BY_HAND + MAIN).encode(), Settings())
    (finding,) = inspection.findings
    assert (finding.rule, finding.fixable) == ("outdated-guard", False)
    assert "--upgrade" in finding.message
    assert not inspection.needs_change


def test_upgrade_adds_names_that_are_asked_for_now() -> None:
    """A --load that came later; the extra names that were there are kept."""
    text = upgraded(render(("T5Config",)), load=("ElectraConfig",))
    assert extra_names(definition(text)) == frozenset({"ElectraConfig", "T5Config"})


def test_upgrade_keeps_the_layout_note() -> None:
    """So that --remove still restores the original after an upgrade."""
    text = upgraded(render(("T5Config",), Layout(0, ("1",))), load=("ElectraConfig",))
    assert "(layout 1)" in text


def test_formatted_guard_is_recognised() -> None:
    """The default profile of isort wraps the import its own way."""
    wrapped = render().replace(
        "(  # noqa: F401\n            AutoConfig,\n            BertConfig,",
        "(AutoConfig, BertConfig,  # noqa: F401\n                                  ",
    )
    assert wrapped != render()
    assert apply((wrapped + MAIN).encode(), Settings())[0] == (wrapped + MAIN).encode()


def test_a_name_that_is_asked_for_now_is_named() -> None:
    """The guard is not old; it lacks what this run wants."""
    script = (render() + MAIN).encode()
    (finding,) = inspect(script, Settings(load=("T5Config", "BertConfig"))).findings
    assert finding.message == f"{FUNCTION} does not load T5Config; --upgrade adds it"

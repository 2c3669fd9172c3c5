"""The guard's text: rendering, order of names, recognition, upgrading."""

from __future__ import annotations

import ast
import builtins
from typing import Any

import pytest

from codemod.edits.guard import COMMENT, DEFAULT_NAMES, FUNCTION, extra_names, render
from codemod.python.tree import Function
from codemod.settings import Settings
from tests.editing import changed, found

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
    return changed((text + MAIN).encode(), settings).decode()


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
    """No line passes 79 columns."""
    text = render(("A" * 60, "B" * 60))
    assert max(map(len, text.splitlines())) <= 79


def test_extra_names_get_a_block_of_their_own() -> None:
    """An unknown name never keeps the default ones from loading."""
    function = definition(render(("ElectraConfig", "BertConfig")))
    blocks = [stmt for stmt in function.body if isinstance(stmt, ast.With)]
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


def test_current_definition_is_recognised_as_the_tools() -> None:
    """Its extra names can be read back."""
    text = render(("ElectraConfig", "T5Config"))
    assert extra_names(definition(text)) == frozenset({"ElectraConfig", "T5Config"})


@pytest.mark.parametrize(
    "edit",
    [
        ("with ", "print()\n    with "),
        ("AutoConfig,", "AutoConfig, XLNetConfig,"),
        ("AutoConfig,", "AutoConfig as A,"),
        ("from transformers", "from .transformers"),
        ("(Exception)", "(ImportError)"),
        ("def ", "@cache\ndef "),
        ("def ", "async def "),
        ("before any thread", "before each thread"),
        ("() ->", "(jobs=1) ->"),
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
    (finding,) = found((BY_HAND + MAIN).encode())
    assert (finding.rule, finding.fixable) == ("outdated-guard", False)
    assert finding.message.endswith(
        "does not load GenerationMixin; --upgrade rewrites it"
    )


def test_names_that_are_asked_for_now_are_added() -> None:
    """By a plain run; the extra names that were there are kept."""
    script = (render(("T5Config",)) + MAIN).encode()
    asked = Settings(load=("ElectraConfig", "BertConfig"))
    (finding,) = found(script, asked)
    assert finding.message == f"{FUNCTION} does not load ElectraConfig"
    assert finding.fixable
    expected = (render(("ElectraConfig", "T5Config")) + MAIN).encode()
    assert changed(script, asked) == expected
    assert found(script) == ()


def test_what_an_edited_guard_lacks_is_said() -> None:
    """It stays as it is, with --upgrade as well."""
    script = (BY_HAND.replace("pass", "raise") + MAIN).encode()
    for upgrade in (False, True):
        settings = Settings(load=("T5Config",), upgrade=upgrade)
        (finding,) = found(script, settings)
        assert not finding.fixable
        assert finding.message == (
            f"{FUNCTION} does not load GenerationMixin, T5Config; "
            "left alone: a person wrote or edited it"
        )
        assert changed(script, settings) == script


@pytest.mark.parametrize("error", [OSError, AttributeError, ValueError, ImportError])
def test_a_script_that_ran_before_goes_on(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a broken transformers raises."""

    def broken(name: str, *arguments: Any) -> Any:
        if name == "transformers":
            raise error("broken")
        return original(name, *arguments)

    original = builtins.__import__
    namespace: dict[str, Any] = {}
    exec(render(("T5Config",)), namespace)
    monkeypatch.setattr(builtins, "__import__", broken)
    namespace[FUNCTION]()


def test_formatted_guard_is_recognised() -> None:
    """The default profile of isort wraps the import its own way."""
    wrapped = render().replace(
        "(  # noqa: F401\n            AutoConfig,\n            BertConfig,",
        "(AutoConfig, BertConfig,  # noqa: F401\n                                  ",
    )
    assert wrapped != render()
    assert changed((wrapped + MAIN).encode(), Settings()) == (wrapped + MAIN).encode()

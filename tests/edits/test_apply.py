"""The edits as a whole: what is present, what is missing, what is refused."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from codemod.edits.apply import apply, inspect
from codemod.edits.base import Finding
from codemod.edits.guard import COMMENT, FUNCTION, GUARD
from codemod.python.equivalence import equivalent
from codemod.python.source import SourceError, Splice, parse
from codemod.settings import Settings
from tests.invariants import only_inserts, same_program, violations

SCRIPT = """\
import argparse


def main():
    args = argparse.ArgumentParser().parse_args()
    run(args)
"""
DEFINITION = f"def {FUNCTION}():\n    import transformers\n\n\n"
CALL = f"    {FUNCTION}()\n"


def script(definition: str = "", call: str = "") -> str:
    """The script with parts of a guard in it."""
    text = SCRIPT.replace("def main", f"{definition}def main")
    return text.replace("    run(", f"{call}    run(")


def rules(text: str, settings: Settings | None = None) -> list[tuple[str, str, bool]]:
    """What an inspection finds."""
    found = inspect(text.encode(), settings or Settings()).findings
    return [(finding.rule, finding.message, finding.fixable) for finding in found]


def patched(text: str, settings: Settings | None = None) -> str:
    """The script after a run; everything that must hold is checked as well."""
    settings = settings or Settings()
    assert violations(text.encode(), settings) == []
    return apply(text.encode(), settings)[0].decode()


class TestPresence:
    """Definition and call are recognised independently."""

    def test_both_missing(self) -> None:
        """One finding an entry point, at its place."""
        findings = inspect(script().encode(), Settings()).findings
        message = f"main() does not call {FUNCTION}"
        assert findings == (Finding("missing-guard", message, 4, 1, "main"),)

    @pytest.mark.parametrize(
        "definition",
        [
            DEFINITION,
            f"def {FUNCTION}(): pass\n\n\n",
            f"@cache\ndef {FUNCTION}(x=1):\n    pass\n\n\n",
            f"if x:\n    def {FUNCTION}(): pass\n\n\n",
            f"from guards import {FUNCTION}\n\n\n",
            f"from guards import load as {FUNCTION}\n\n\n",
            f"try:\n    from guards import {FUNCTION}\nexcept E: pass\n\n\n",
            f"{FUNCTION} = guards.load\n\n\n",
            f"{FUNCTION}: Callable[[], None] = guards.load\n\n\n",
            f"class {FUNCTION}: pass\n\n\n",
        ],
    )
    def test_definition_is_there(self, definition: str) -> None:
        """However the name is bound at module level; only the call is added."""
        text = script(definition)
        assert rules(text) == [
            ("missing-guard", f"main() does not call {FUNCTION}", True)
        ]
        after = patched(text)
        assert after.count(f"def {FUNCTION}") == text.count(f"def {FUNCTION}")
        assert after.count(COMMENT) == 1

    @pytest.mark.parametrize(
        "definition",
        [
            f"class A:\n    def {FUNCTION}(self): pass\n\n\n",
            f"def outer():\n    def {FUNCTION}(): pass\n\n\n",
            f"# def {FUNCTION}(): pass\n\n\n",
            f"from guards import {FUNCTION} as load\n\n\n",
            f"{FUNCTION}: Callable[[], None]\n\n\n",
        ],
    )
    def test_definition_only_looks_so(self, definition: str) -> None:
        """Another scope, another name."""
        after = patched(script(definition))
        assert after.count(f"\ndef {FUNCTION}():  # type") == 1

    @pytest.mark.parametrize(
        "call",
        [
            CALL,
            f"    if args.jobs > 1:\n    {CALL}",
            f"    with timer():\n    {CALL}",
            f"    try:\n    {CALL}    finally:\n        end()\n",
            f"    for _ in [0]:\n    {CALL}",
            f"    x = {FUNCTION}()\n",
            f"    seed(); {FUNCTION}(); end()\n",
            f"    {FUNCTION}() if args.x else None\n",
        ],
    )
    def test_call_is_there(self, call: str) -> None:
        """Anywhere in the body, nested statements included: nothing to do."""
        text = script(DEFINITION, call)
        assert rules(text) == []
        assert patched(text) == text

    @pytest.mark.parametrize(
        "call",
        [
            f"    def nested():\n    {CALL}",
            f"    nested = lambda: {FUNCTION}()\n",
            f"    nested = {FUNCTION}\n",
            f"    # {FUNCTION}()\n",
            f"    class A:\n    {CALL}",
        ],
    )
    def test_call_only_looks_so(self, call: str) -> None:
        """It does not run when the entry point does, as far as one can see."""
        assert COMMENT in patched(script(DEFINITION, call))

    def test_definition_is_missing(self) -> None:
        """A call alone would fail at run time."""
        text = script(call=CALL)
        assert rules(text) == [
            ("missing-guard", f"main() lacks the definition of {FUNCTION}", True)
        ]
        after = patched(text)
        assert f"def {FUNCTION}():" in after
        assert after.count(f" {FUNCTION}()\n") == 1

    def test_call_by_module_needs_no_definition(self) -> None:
        """``guards._eager...()`` brings its own."""
        text = script(call=f"    guards.{FUNCTION}()\n")
        assert rules(text) == []
        assert patched(text) == text

    @pytest.mark.parametrize(
        "binding",
        [
            f"    from guards import {FUNCTION}\n",
            f"    if x:\n        from guards import x as {FUNCTION}\n",
            f"    def {FUNCTION}(): pass\n",
        ],
    )
    def test_call_by_a_name_of_the_entry_point_needs_no_definition(
        self, binding: str
    ) -> None:
        """An import in ``main()`` binds the name as well as one at the top."""
        text = script(call=binding + CALL)
        assert rules(text) == []
        assert patched(text) == text

    def test_each_entry_point_is_looked_at(self) -> None:
        """One has its call, the other gets one; the definition stays one."""
        other = "\n\n@hydra.main()\ndef run(cfg):\n    go()\n"
        text = "import hydra\n" + script(DEFINITION, CALL) + other
        found = inspect(text.encode(), Settings()).findings
        assert [finding.entry for finding in found] == ["run"]
        after = patched(text)
        assert after.count(f"def {FUNCTION}") == 1
        assert after.count(f"{FUNCTION}()\n") == 2


class TestDefinitionPlace:
    """Before the first definition at module level."""

    @pytest.mark.parametrize(
        "first",
        [
            "def helper():\n    pass\n",
            "class Helper:\n    pass\n",
            "@decorated(\n    by=1,\n)\n@twice\ndef helper():\n    pass\n",
            "async def helper():\n    pass\n",
            "# about the helper\ndef helper():\n    pass\n",
        ],
    )
    def test_before_decorators_and_comments(self, first: str) -> None:
        """Those belong to what follows."""
        text = f"import argparse\n\n\n{first}\n\n{SCRIPT.partition('argparse')[2][3:]}"
        after = patched(text)
        assert f"        pass\n\n\n{first}" in after
        assert after.startswith(f"import argparse\n\n\ndef {FUNCTION}")

    def test_not_into_a_block(self) -> None:
        """Import-like ``try`` and ``if`` blocks stay whole."""
        block = (
            "try:\n    import mlflow\nexcept ImportError:\n"
            "    def log(): pass\nelse:\n    def log(): mlflow.log()\n"
        )
        after = patched(script(f"{block}\n\n"))
        assert block in after
        assert after.index(block) < after.index(f"def {FUNCTION}")

    def test_before_a_block_with_the_first_entry_point(self) -> None:
        """The name must be bound when the entry point runs."""
        text = "import argparse\nif x:\n    def main():\n        p.parse_args()\n"
        after = patched(text)
        assert after.index(f"def {FUNCTION}") < after.index("if x:")

    @pytest.mark.parametrize("section", ["# main\n", "# ---\n# main\n\n\n"])
    def test_comments_in_the_gap_belong_to_what_follows(self, section: str) -> None:
        """The heading of a section stays above its section."""
        after = patched(script(section))
        assert f"        pass\n\n\n{section}def main" in after

    @pytest.mark.parametrize("header", ["#!/usr/bin/env python\n", "# coding: utf-8\n"])
    def test_first_line_stays_first(self, header: str) -> None:
        """Shebang and cookie only work there."""
        text = f"{header}def main():\n    p.parse_args()\n"
        assert patched(text).startswith(header)


class TestUndoing:
    """``--remove``."""

    def test_what_a_person_put_between_stays(self) -> None:
        """Statements and comments that came later."""
        after = patched(SCRIPT)
        edited = after.replace(
            f"    {FUNCTION}()\n", f"    {FUNCTION}()\n    # mine\n    mine()\n"
        )
        removed = apply(edited.encode(), Settings(remove=True))[0].decode()
        assert "    # mine\n    mine()\n" in removed
        assert FUNCTION not in removed
        assert same_program(script(call="    mine()\n").encode(), removed.encode())

    @pytest.mark.parametrize(
        "body",
        [
            f"    {FUNCTION}()\n",
            f"    {FUNCTION}()\n    {FUNCTION}()\n",
            f"    {FUNCTION}(); {FUNCTION}()\n",
            f"    # why\n    {FUNCTION}()\n\n    {FUNCTION}()  # again\n",
            f"    if x:\n        {FUNCTION}()\n    else:\n        {FUNCTION}()\n",
        ],
    )
    def test_emptied_block_gets_a_pass(self, body: str) -> None:
        """One, however many calls there were."""
        text = f"def main():\n{body}"
        removed = apply(text.encode(), Settings(remove=True))[0].decode()
        assert FUNCTION not in removed
        assert ast.parse(removed)
        assert removed.count("pass") == (2 if "else" in body else 1)

    def test_block_of_definition_and_call_gets_a_pass(self) -> None:
        """Decorators go with the definition."""
        text = f"if x:\n    @cache\n    def {FUNCTION}(): y\n    {FUNCTION}()\nz = 1\n"
        removed = apply(text.encode(), Settings(remove=True))[0]
        assert removed == b"if x:\n    pass\nz = 1\n"

    def test_definition_that_calls_itself(self) -> None:
        """What is in it goes with it, once."""
        text = script(f"def {FUNCTION}():\n    try:\n    {CALL}    except E: x\n\n\n")
        assert apply(text.encode(), Settings(remove=True))[0].decode() == SCRIPT

    def test_nothing_to_take_out(self) -> None:
        """The very same object comes back."""
        data = SCRIPT.encode()
        assert apply(data, Settings(remove=True))[0] is data


class TestChecks:
    """An edit that went wrong is an error, and the script stays as it is."""

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (Splice(0, 0, b"("), "does not parse"),
            (Splice(0, 6, b"import"), "would be changed again"),
            (Splice(0, 1, b""), "loses bytes"),
            (Splice(0, 0, b"import os\n"), "would be changed again"),
        ],
    )
    def test_wrong_change_is_refused(
        self, change: Splice, message: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever the mistake."""
        monkeypatch.setattr(type(GUARD), "insert", lambda *_: [change])
        text = SCRIPT if change.end != 1 else f" \n{SCRIPT}"
        with pytest.raises(SourceError, match=f"left alone.*{message}"):
            apply(text.encode(), Settings())

    def test_another_program_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The guard is there, and so is something else."""
        insert = GUARD.insert
        more = Splice(len(SCRIPT), len(SCRIPT), b"more()\n")
        monkeypatch.setattr(
            type(GUARD), "insert", lambda _, *arguments: [*insert(*arguments), more]
        )
        with pytest.raises(SourceError, match="differs in more than the edit"):
            apply(SCRIPT.encode(), Settings())

    def test_all_is_well_with_the_real_edit(self) -> None:
        """The checks are not the reason for an error."""
        after = patched(SCRIPT).encode()
        assert only_inserts(SCRIPT.encode(), after)
        assert same_program(SCRIPT.encode(), after)


class TestEquivalence:
    """Two scripts that are the same program but for an edit."""

    @pytest.mark.parametrize(
        ("before", "after", "same"),
        [
            ("a()", "a()", True),
            ("a()", "a( )  # comment", True),
            ("a()", f"a()\n{FUNCTION}()", True),
            ("if x:\n    a()", f"if x:\n    a()\n    {FUNCTION}()", True),
            ("try: a\nexcept E: b", f"try: a\nexcept E:\n  b\n  {FUNCTION}()", True),
            ("match x:\n case 1: a", f"match x:\n case 1:\n  a\n  {FUNCTION}()", True),
            ("def f(): pass", f"def f():\n    {FUNCTION}()", True),
            ("a()", "b()", False),
            ("a()", "a()\nb()", False),
            ("a()\nb()", "b()\na()", False),
            ("if x:\n    a()\n    b()", "if x:\n    a()\nb()", False),
            ("@a\ndef f(): x", "def f(): x", False),
            ("def f(a): x", "def f(b): x", False),
            ("async def f(): x", "def f(): x", False),
            ("try: a\nexcept E: b", "try: a\nexcept F: b", False),
            ("match x:\n case 1: a", "match x:\n case 2: a", False),
            ("x = 1", "x = 1.0", False),
            ("x = 'a'", "x = b'a'", False),
        ],
    )
    def test_same(self, before: str, after: str, same: bool) -> None:
        """In both directions; the independent check agrees."""
        old, new = parse(before.encode()), parse(after.encode())
        assert equivalent(old, new, GUARD.owns) is same
        assert equivalent(new, old, GUARD.owns) is same
        assert same_program(before.encode(), after.encode(), fillers=True) is same


def test_settings_choose_the_edits() -> None:
    """None chosen, nothing found."""
    assert rules(SCRIPT, Settings(edits=())) == []


def test_older_guard_is_no_reason_for_a_change() -> None:
    """Unless ``--upgrade`` is given."""
    ancestor = (
        f"def {FUNCTION}():\n    try:\n        from transformers import (\n"
        "            AutoConfig, BertConfig, RobertaConfig, DebertaV2Config)\n"
        "    except ImportError:\n        pass\n\n\n"
    )
    text = script(ancestor, CALL)
    (finding,) = inspect(text.encode(), Settings()).findings
    assert (finding.rule, finding.fixable) == ("outdated-guard", False)
    assert not inspect(text.encode(), Settings()).needs_change
    upgrade = replace(Settings(), upgrade=True)
    assert inspect(text.encode(), upgrade).needs_change
    assert "GenerationMixin" in patched(text, upgrade)

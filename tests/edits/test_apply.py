"""The edits as a whole: what is present, what is missing, what is refused."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace

import pytest

from codemod.edits import binding, called_function, insertion
from codemod.edits.base import Finding
from codemod.edits.guard import COMMENT, FUNCTION, render
from codemod.edits.registry import all_edits
from codemod.python.equivalence import equivalent
from codemod.python.source import SourceError, Splice, parse
from codemod.settings import Settings
from tests.editing import changed, found
from tests.invariants import only_inserts, same_program, violations

SCRIPT = """\
import argparse


def main():
    args = argparse.ArgumentParser().parse_args()
    run(args)
"""
DEFINITION = f"def {FUNCTION}():\n    guards.load()\n\n\n"
MISSING = ("missing-guard", f"main() does not call {FUNCTION}", True)
CALL = f"    {FUNCTION}()\n"


def script(definition: str = "", call: str = "") -> str:
    """The script with parts of a guard in it."""
    text = SCRIPT.replace("def main", f"{definition}def main")
    return text.replace("    run(", f"{call}    run(")


REMOVE = Settings(remove=True)
NOTHING = Splice(0, 0, b"")


def undone(text: str) -> str:
    """The script after --remove."""
    return changed(text.encode(), REMOVE).decode()


def owns(stmt: ast.stmt) -> bool:
    """Whether a statement belongs to an edit."""
    return any(edit.owns(stmt) for edit in all_edits())


def rules(text: str, settings: Settings | None = None) -> list[tuple[str, str, bool]]:
    """What an inspection finds."""
    problems = found(text.encode(), settings or Settings())
    return [(finding.rule, finding.message, finding.fixable) for finding in problems]


def patched(text: str, settings: Settings | None = None) -> str:
    """The script after a run; everything that must hold is checked as well."""
    settings = settings or Settings()
    assert violations(text.encode(), settings) == []
    return changed(text.encode(), settings).decode()


class TestPresence:
    """Definition and call are recognised independently."""

    def test_both_missing(self) -> None:
        """One finding an entry point, at its place."""
        findings = found(script().encode(), Settings())
        message = f"main() does not call {FUNCTION}"
        assert findings == (Finding("missing-guard", message, 4, 1, "main"),)

    @pytest.mark.parametrize(
        "definition",
        [
            DEFINITION,
            render() + "\n\n",
            f"def {FUNCTION}(): pass\n\n\n",
            f"@cache\ndef {FUNCTION}(x=1):\n    pass\n\n\n",
            f"if x:\n    def {FUNCTION}(): pass\n"
            f"else:\n    from guards import {FUNCTION}\n\n\n",
            f"from guards import {FUNCTION}\n\n\n",
            f"from guards import load as {FUNCTION}\n\n\n",
            f"try:\n    from guards import {FUNCTION}\n"
            f"except E:\n    def {FUNCTION}(): pass\n\n\n",
            f"{FUNCTION} = guards.load\n\n\n",
            f"class {FUNCTION}: pass\n\n\n",
        ],
    )
    def test_definition_is_there(self, definition: str) -> None:
        """However the name is bound at module level; only the call is added."""
        text = script(definition)
        assert MISSING in rules(text)
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
            f"if TYPE_CHECKING:\n    from guards import {FUNCTION}\n\n\n",
            f"try:\n    from guards import {FUNCTION}\nexcept E: pass\n\n\n",
            f"if x:\n    def {FUNCTION}(): pass\n\n\n",
            f"with suppress(E):\n    from guards import {FUNCTION}\n\n\n",
        ],
    )
    def test_definition_only_looks_so(self, definition: str) -> None:
        """Another scope, another name, or not on every way to the call."""
        after = patched(script(definition))
        assert after.count(f"\ndef {FUNCTION}() -> None:") == 1

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
        assert f"def {FUNCTION}() -> None:" in after
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
        problems = found(text.encode(), Settings())
        assert [finding.entry for finding in problems] == ["run"]
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
        assert f"        )\n\n\n{first}" in after
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
        assert f"        )\n\n\n{section}def main" in after

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
        removed = undone(edited)
        assert "    # mine\n    mine()\n" in removed
        assert FUNCTION not in removed
        assert same_program(script(call="    mine()\n").encode(), removed.encode())

    @pytest.mark.parametrize(
        "body",
        [
            f"    {FUNCTION}()\n",
            f"    {FUNCTION}()\n    {FUNCTION}()\n",
            f"    {FUNCTION}(); {FUNCTION}()\n",
            f"    # why\n    {FUNCTION}()\n\n    {FUNCTION}()\n    # again\n",
            f"    {COMMENT}\n    {FUNCTION}()\n",
            f"    if x:\n        {FUNCTION}()\n    else:\n        {FUNCTION}()\n",
        ],
    )
    def test_emptied_block_gets_a_pass(self, body: str) -> None:
        """One, however many calls there were."""
        removed = undone(f"{render()}\n\ndef main():\n{body}")
        assert FUNCTION not in removed
        assert COMMENT not in removed
        assert ast.parse(removed)
        assert removed.count("pass") == (2 if "else" in body else 1)

    @pytest.mark.parametrize(
        "definition",
        [
            f"def {FUNCTION}():\n    import transformers\n",
            render().replace("AutoConfig", "XLNetConfig"),
            render().replace("Exception", "ImportError"),
            f"@cache\n{render()}",
        ],
    )
    def test_a_definition_of_a_person_stays(self, definition: str) -> None:
        """And so does a call of it; the tool's own call goes."""
        text = f"{definition}\n\ndef main():\n    {FUNCTION}()\n    run()\n"
        assert undone(text) == text
        (finding,) = found(text.encode(), REMOVE)
        assert finding.message == f"{FUNCTION} stays: a person wrote or edited it"
        ours = text.replace("    run", f"    {COMMENT}\n    {FUNCTION}()\n    run")
        assert undone(ours) == text

    def test_a_definition_that_is_still_used_stays(self) -> None:
        """Without it, what uses it would fail."""
        use = f"with ProcessPoolExecutor(initializer={FUNCTION}) as pool: run(pool)\n"
        after = patched(SCRIPT) + use
        removed = undone(after)
        assert removed.count(FUNCTION) == 2
        assert COMMENT not in removed
        (finding,) = found(after.encode(), REMOVE)
        line = after.count("\n")
        assert finding.message == f"{FUNCTION} stays: line {line} still uses it"

    def test_nothing_to_take_out(self) -> None:
        """The same bytes come back."""
        assert undone(SCRIPT) == SCRIPT


class TestBinding:
    """The name must be the guard's where the call stands."""

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (f"def main({FUNCTION}=None):\n    run()\n", "a parameter"),
            (f"def main():\n    global {FUNCTION}\n    run()\n", "global"),
            (
                f"def main():\n    run()\n    import a as {FUNCTION}\n",
                "a local",
            ),
            (f"def main():\n    for {FUNCTION} in x: run()\n", "a local"),
            (f"def main():\n    run()\n    ({FUNCTION} := 1)\n", "a local"),
            ("def main(): run()\n", "the line of its header"),
            ('def main():\n    """D."""; run()\n', "in line 6 a line of its own"),
        ],
    )
    def test_a_script_where_it_is_not_is_left_alone(
        self, body: str, reason: str
    ) -> None:
        """A finding says why."""
        text = f"import hydra\n\n\n@hydra.main()\n{body}"
        (finding,) = found(text.encode())
        assert not finding.fixable
        assert reason in finding.message
        assert changed(text.encode()) == text.encode()

    def test_a_global_in_front_of_the_call_binds_nothing(self) -> None:
        """A call alone would raise NameError; the message says what to do."""
        text = SCRIPT.replace("    args", f"    global {FUNCTION}\n    args")
        (finding,) = found(text.encode())
        assert not finding.fixable
        assert finding.message.endswith("or a global of its own there; rename it")
        assert changed(text.encode()) == text.encode()
        assigned = text.replace("    args", f"    {FUNCTION} = guards.load\n    args")
        assert f"def {FUNCTION}" not in patched(assigned)

    @pytest.mark.parametrize(
        ("head", "line", "flaw"),
        [
            (
                f"try:\n    from guards import {FUNCTION}\nexcept E:\n"
                f"    {FUNCTION} = None\n",
                7,
                "is no function",
            ),
            (f"{FUNCTION}: Any = None\n", 4, "is no function"),
            (f"if x: {FUNCTION} = None\n", 4, "is no function"),
            (f"def {FUNCTION}(names): pass\n", 4, "needs arguments"),
            (f"def {FUNCTION}(*, names): pass\n", 4, "needs arguments"),
            (f"def {FUNCTION}(a, /, b=1): pass\n", 4, "needs arguments"),
            (f"async def {FUNCTION}(): pass\n", 4, "is async"),
            (f"{DEFINITION}del {FUNCTION}\n", 8, "is deleted"),
        ],
    )
    def test_what_cannot_be_called_without_arguments(
        self, head: str, line: int, flaw: str
    ) -> None:
        """A call would crash: a finding says why, and what to do."""
        text = script(f"{head}\n\n").encode()
        (finding,) = [f for f in found(text) if f.rule == "missing-guard"]
        assert not finding.fixable
        assert finding.message.endswith(
            f"; left alone: {FUNCTION} {flaw} in line {line}; "
            "rename it, or make it callable without arguments"
        )
        assert changed(text) == text

    @pytest.mark.parametrize(
        "head",
        [
            f"def {FUNCTION}(a=1, /, b=2, *rest, c=3, **more): pass\n",
            f"{FUNCTION} = None\n{DEFINITION}",
            f"try:\n    from guards import {FUNCTION}\nexcept E:\n"
            f"    def {FUNCTION}(): pass\n",
        ],
    )
    def test_what_can_be_called_without_arguments(self, head: str) -> None:
        """With defaults, or when the last one that binds the name will do."""
        text = script(f"{head}\n\n")
        assert patched(text).count("def ") == text.count("def ")

    def test_what_is_deleted_when_the_trials_have_run_will_do(self) -> None:
        """The entry point has run by then."""
        text = script(f"from guards import {FUNCTION}\n\n\n")
        text = text.replace("    run(args)", "    optuna.create_study().optimize(args)")
        text = f"import optuna\n{text}\n\nmain()\ndel {FUNCTION}\n"
        assert COMMENT in patched(text)

    def test_a_local_that_cannot_be_called(self) -> None:
        """As at module level."""
        text = SCRIPT.replace("    args", f"    {FUNCTION} = None\n    args")
        (finding,) = found(text.encode())
        assert f"{FUNCTION} is no function in line 5" in finding.message
        assert changed(text.encode()) == text.encode()

    def test_a_local_import_in_front_of_the_call_will_do(self) -> None:
        """Only the call is added."""
        text = SCRIPT.replace(
            "    args", f"    from guards import {FUNCTION}\n    args"
        )
        assert f"def {FUNCTION}" not in patched(text)

    def test_it_may_stand_in_the_block_that_ends_with_the_call(self) -> None:
        """The block behind that one is another way."""
        text = SCRIPT.replace(
            "    args = ",
            f"    try:\n        from guards import {FUNCTION}\n        args = ",
        ).replace("    run", "    except E:\n        raise\n    run")
        assert f"def {FUNCTION}" not in patched(text)


def test_nothing_stands_between_a_docstring_and_a_call_below_it() -> None:
    """Also where the function has no other line, and blank lines behind it."""
    text = 'import hydra\n\n\n@hydra.main()\ndef f(c):\n    """Run."""\n\n\nf()\n'
    after = patched(text)
    assert f'    """Run."""\n    {COMMENT}\n    {FUNCTION}()\n\n\nf()\n' in after
    assert changed(after.encode(), Settings(remove=True)) == text.encode()


class TestChecks:
    """An edit that went wrong is an error, and the script stays as it is."""

    @pytest.mark.parametrize(
        ("edit", "message"),
        [
            (lambda text: text + b"(", "does not parse"),
            (lambda _: b"import argparse\n", "loses bytes"),
            (lambda text: text + b"more()\n", "differs in more than the edit"),
            (lambda text: b"import os\n" + text, "--remove would not give"),
            (lambda text: text.replace(COMMENT.encode(), b"#"), "--remove would not"),
            (lambda _: SCRIPT.encode(), "would change the result again"),
        ],
    )
    def test_wrong_change_is_refused(
        self,
        edit: Callable[[bytes], bytes],
        message: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Whatever the mistake."""
        insert = insertion.insert
        monkeypatch.setattr(insertion, "insert", lambda *args: edit(insert(*args)))
        with pytest.raises(SourceError, match=f"left alone.*{message}"):
            changed(SCRIPT.encode(), Settings())

    def test_a_result_that_does_not_compile_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """`ast.parse` takes a call in front of `global`; a compiler does not."""
        monkeypatch.setattr(binding, "has_own", lambda *_: False)
        text = f"import hydra\n@hydra.main()\ndef f(c):\n    global {FUNCTION}\n"
        text = text.replace("    global", "    run()\n    global")
        with pytest.raises(SourceError, match="does not compile"):
            changed(text.encode())

    def test_a_future_that_does_not_come_first_is_refused(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Only the definition may be where it is, and a compiler still minds."""
        insert, above = insertion.insert, f"def {FUNCTION}(): pass\n".encode()
        monkeypatch.setattr(insertion, "insert", lambda *args: above + insert(*args))
        with pytest.raises(SourceError, match="does not compile"):
            changed(b"from __future__ import annotations\n" + SCRIPT.encode())

    def test_wrong_removal_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Here, of all that follows the definition."""
        after = patched(SCRIPT)
        monkeypatch.setattr(
            called_function,
            "remove_definition",
            lambda source, spot: Splice(source.start(spot.stmt), len(source.text), b""),
        )
        monkeypatch.setattr(called_function, "remove_statement", lambda *_: NOTHING)
        with pytest.raises(SourceError, match="differs in more than the edit"):
            undone(after)

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
        assert equivalent(old, new, owns) is same
        assert equivalent(new, old, owns) is same
        assert same_program(before.encode(), after.encode(), fillers=True) is same


@pytest.mark.parametrize("header", ["", "def f():\n    ", "class A:\n    "])
def test_a_docstring_must_stay_one(header: str) -> None:
    """A string behind a call is none; that a string becomes one does no harm."""
    old = parse(f'{header}"""D."""; a()'.encode())
    new = parse(f'{header}{FUNCTION}(); """D."""; a()'.encode())
    assert not equivalent(old, new, owns)
    assert equivalent(new, old, owns)


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
    (finding,) = found(text.encode(), Settings())
    assert (finding.rule, finding.fixable) == ("outdated-guard", False)
    upgrade = replace(Settings(), upgrade=True)
    assert found(text.encode(), upgrade)[0].fixable
    assert "GenerationMixin" in patched(text, upgrade)

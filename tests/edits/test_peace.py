"""Peace with other tools: what they accept in a script, they accept in the patched one.

Every fixture, and scripts that load further names, are first brought into the shape
that a tool wants, then patched; the tool must have nothing to add.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from codemod.edits.registry import all_edits
from codemod.settings import Settings
from tests.fixture_cases import CASES, NO_DEFINITION_FOLLOWS, Case, patch
from tests.formatters import FORMATTERS, REWRAPPERS, read, run, write
from tests.invoke import TUNE

NAMES = (
    ("ElectraConfig",),
    ("ElectraConfig", "T5Config"),
    ("BartConfig", "DistilBertConfig", "ElectraConfig", "LlamaConfig", "T5Config"),
    ("is_torch_available", "CONFIG_MAPPING", "T5Config", "GPT2Config", "Aimv2Config"),
)


def _sample(name: str, text: str, settings: Settings) -> Case:
    data = text.encode()
    return Case(name, data, data, settings, newer_syntax=False)


LOADS = [
    _sample(f"load-{len(names)}-{index}-{layout}", text, Settings(load=names))
    for index, names in enumerate(NAMES)
    for layout, text in (
        ("spaces", TUNE),
        ("tabs", TUNE.replace("    ", "\t")),
        ("crlf", TUNE.replace("\n", "\r\n")),
        ("tabs-crlf", TUNE.replace("    ", "\t").replace("\n", "\r\n")),
    )
]
OTHER_EDITS = [
    _sample(f"edit-{edit.name}", TUNE, Settings(edits=("guard", edit.name)))
    for edit in all_edits()
    if edit.name != "guard"
]
SAMPLES = [case for case in CASES if not case.newer_syntax] + LOADS

# Left alone, until a formatter gives their bodies lines of their own.
_ONE_LINE = {
    *("docstring-with-semicolon", "one-line-body", "one-line-body-brackets"),
    "one-line-parse",
}
# isort indents by its settings, whatever the script does.
_INDENTED_OTHERWISE = re.compile(r"two-space-indent|.*tabs.*")
# What a person wrote shows once the script has the call: a semicolon that ends a line
# since the line was broken there, a definition of their own without types; and of the
# script's white space there is more now.
_THEIRS = {
    (name, rule)
    for case in CASES
    for trait, name, rules in (
        (b";", case.name, ("E703", "W293")),
        (b"def _eager_", case.name.replace("-", "_"), ("no-untyped-call",)),
    )
    for rule in rules
    if trait in case.before
}
_WHITE_SPACE = {"W191", "E101"}


def patched(cases: list[Case], texts: dict[str, bytes]) -> dict[str, bytes]:
    """Patch scripts with the settings of their cases."""
    return {case.name: _patched(case, texts[case.name]) for case in cases}


# Most formatters leave most scripts as they are.
_patched = cache(patch)


@pytest.mark.parametrize("name", FORMATTERS)
def test_what_was_formatted_stays_formatted(name: str, tmp_path: Path) -> None:
    """A formatter has nothing to do for a script that it formatted before the patch."""
    reformat, cases = FORMATTERS[name], SAMPLES + OTHER_EDITS
    cases = [case for case in cases if case.name not in NO_DEFINITION_FOLLOWS]
    if "order" in name or name.startswith("isort"):
        cases = [case for case in cases if case.name != "form-feeds"]  # 3 blank lines
    if name.startswith("isort"):
        cases = [it for it in cases if not _INDENTED_OTHERWISE.fullmatch(it.name)]
    write(tmp_path, {case.name: case.before for case in cases})
    reformat(tmp_path)
    reformat(tmp_path)  # not all of them are done in one go
    expected = patched(cases, read(tmp_path))
    write(tmp_path, expected)
    reformat(tmp_path)
    assert _differing(read(tmp_path), expected) == {}


@pytest.mark.parametrize("name", REWRAPPERS)
def test_whatever_a_formatter_makes_of_it_is_recognised(
    name: str, tmp_path: Path
) -> None:
    """However a patched script is rewrapped, the next run changes nothing."""
    cases = [case for case in SAMPLES + OTHER_EDITS if case.name not in _ONE_LINE]
    if name == "yapf":  # it drops the semicolon of a line that a backslash continues
        cases = [case for case in cases if case.name != "backslashes"]
    write(tmp_path, patched(cases, {case.name: case.before for case in cases}))
    REWRAPPERS[name](tmp_path)
    rewrapped = read(tmp_path)
    assert _differing(patched(cases, rewrapped), rewrapped) == {}


@pytest.mark.parametrize("name", ["isort", "black, 40 columns"])
def test_a_rewrapped_guard_can_be_taken_out(name: str, tmp_path: Path) -> None:
    """`--remove` finds all of a guard that a formatter has been at."""
    from codemod import unpatch

    fresh = [c for c in SAMPLES if b"_eager_load" not in c.before]
    write(tmp_path, patched(fresh, {case.name: case.before for case in fresh}))
    REWRAPPERS[name](tmp_path)
    for script, data in read(tmp_path).items():
        source = unpatch(data).source
        assert isinstance(source, bytes)
        assert b"def _eager_load_transformers_configs" not in source, script


def _differing(
    found: dict[str, bytes], expected: dict[str, bytes]
) -> dict[str, tuple[bytes, bytes]]:
    return {
        name: (found[name], expected[name])
        for name in expected
        if found[name] != expected[name]
    }


# -- Linters ---------------------------------------------------------------------------

Findings = Counter[tuple[str, str]]  # of a script, by rule


def ruff(*rules: str) -> Callable[[Path], Findings]:
    """Findings of `ruff check`."""

    def check(folder: Path) -> Findings:
        options = ["--isolated", "--output-format", "json", "--exit-zero", "--no-cache"]
        found = json.loads(run("ruff", "check", *options, *rules, ".", folder=folder))
        return Counter((Path(f["filename"]).stem, str(f["code"])) for f in found)

    return check


def flake8(folder: Path) -> Findings:
    """Findings of flake8 with its default settings."""
    output = run("flake8", "--isolated", ".", folder=folder)
    return Counter(re.findall(r"^\./([^:]+)\.py:\d+:\d+: (\w+) ", output, re.MULTILINE))


def mypy(folder: Path) -> Findings:
    """Findings of mypy, strict; nothing is asked of other people's packages."""
    findings: Findings = Counter()
    for file in sorted(folder.glob("*.py")):  # names like "a-b" are no modules
        file.rename(folder / f"{file.stem.replace('-', '_')}.py")
    output = run(
        "mypy",
        "--strict",
        "--follow-imports=skip",
        "--ignore-missing-imports",
        "--config-file=",
        "--cache-dir=",
        "--no-error-summary",
        ".",
        folder=folder,
    )
    for script, rule in re.findall(r"^(.+)\.py:\d+: error: .*\[(.+)\]$", output, re.M):
        findings[script, rule] += 1
    return findings


def pyright(folder: Path) -> Findings:
    """Findings of pyright, without packages: to read transformers takes minutes."""
    packages = f"empty/lib/python3.{sys.version_info.minor}/site-packages"
    (folder / packages).mkdir(parents=True)
    config = {"venvPath": ".", "venv": "empty", "exclude": ["empty"]}
    (folder / "pyrightconfig.json").write_text(json.dumps(config))
    output = run("pyright", "--outputjson", folder=folder)
    if not output.startswith("{"):
        pytest.skip("pyright does not start here")
    found = json.loads(output)["generalDiagnostics"]
    return Counter(
        (Path(f["file"]).stem, f.get("rule", f["message"]))
        for f in found
        if f.get("rule") != "reportMissingImports"
    )


LINTERS = {
    "ruff": ruff(),
    "ruff, many rules": ruff("--select", "F,E,W,I,UP,SIM,B"),
    "flake8": flake8,
}


def more(check: Callable[[Path], Findings], folder: Path) -> Findings:
    """What a linter finds in the patched scripts, and did not find before."""
    findings = []
    texts = {case.name: case.before for case in SAMPLES}
    for name, state in (("before", texts), ("after", patched(SAMPLES, texts))):
        (folder / name).mkdir()
        write(folder / name, state)
        findings.append(check(folder / name))
    before, after = findings
    new = after - before
    known = {key for key in before if key[1] in _WHITE_SPACE} | _THEIRS
    known |= {(name, "I001") for name in NO_DEFINITION_FOLLOWS}
    return Counter({key: count for key, count in new.items() if key not in known})


@pytest.mark.parametrize("name", LINTERS)
def test_linters_find_nothing_more(name: str, tmp_path: Path) -> None:
    """No finding comes with the guard."""
    assert more(LINTERS[name], tmp_path) == {}


def test_ruff_accepts_the_other_edits(tmp_path: Path) -> None:
    """What `--with` inserts brings no finding either."""
    write(tmp_path, {case.name: patch(case, case.before) for case in OTHER_EDITS})
    assert ruff("--select", "F,E,W,I,UP,SIM,B")(tmp_path) == {}


@pytest.mark.slow
@pytest.mark.parametrize("check", [mypy, pyright])
def test_type_checkers_find_nothing_more(
    check: Callable[[Path], Findings], tmp_path: Path
) -> None:
    """The guard is typed as strictly as the strictest script."""
    assert more(check, tmp_path) == {}


def test_linters_do_find_something(tmp_path: Path) -> None:
    """The comparisons above would notice a guard that is not fit to be seen."""
    write(tmp_path, {"a-b": b"import os\n\n\ndef f():\n    import sys\n"})
    assert ruff()(tmp_path) == {("a-b", "F401"): 2}
    assert flake8(tmp_path) == {("a-b", "F401"): 2}

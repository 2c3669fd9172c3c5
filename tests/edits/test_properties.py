"""What must hold of every edit, on generated scripts.

``HYPOTHESIS_PROFILE=thorough pytest tests/edits/test_properties.py`` tries many more.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from codemod.edits.registry import all_edits
from codemod.python.source import SourceError, parse
from codemod.settings import Settings
from tests.corpus import RUNS
from tests.invariants import violations
from tests.strategies import scripts

GUARD = Settings()
EVERYTHING = Settings(edits=tuple(edit.name for edit in all_edits()))
SETTINGS = [
    GUARD,
    EVERYTHING,
    Settings(entry="any"),
    Settings(load=("ElectraConfig",)),
    Settings(upgrade=True),
]

settings.register_profile(
    "suite",
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "thorough",
    max_examples=10_000,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


def refusal(data: bytes) -> str:
    """What is wrong with a script; nothing where it is Python."""
    try:
        parse(data)
    except SourceError as error:
        return error.message
    return ""


def wrong(data: bytes, chosen: Settings) -> list[str]:
    """What does not hold; nothing where the script is left alone, which is safe."""
    try:
        return violations(data, chosen)
    except SourceError as error:
        if not error.message.startswith("left alone: "):
            raise
        return []


def parses(data: bytes) -> bool:
    """Whether a generated script is Python at all."""
    return not refusal(data)


FOUND = {
    "a function that is called in front of its definition": (
        b'if __name__ == "__main__":\n    main()\ndef main():\n    if args.jobs > 1:\n'
        b"        _eager_load_transformers_configs()\n    study.optimize(f, n_jobs=2)\n"
    ),
    "a call in front of the first definition": (
        b"_eager_load_transformers_configs()\ndef main():\n    if args.parallel: main\n"
    ),
    "a line feed behind a carriage return": (
        b"import argparse\rdef main():\n\targparse.ArgumentParser().parse_args()\r"
    ),
    "a line that a backslash continues, and nothing on it": (
        b"def main():\n    pass ;\\\n\t\ndef _eager_load_transformers_configs(): pass\n"
    ),
    "a backslash that joins nothing to a line": (
        b"import time\n\\\ndef main():\n    run(time)\n"
    ),
    "a line to be broken behind a docstring": (
        b"@hydra.main()\ndef main():\n    '''D.\n    ''' ;\\\n    run()"
    ),
    "a form feed in front of the first indented line": (
        b"def first():\n\f    x = 1\n    y = 2\ndef main():\n    run()\n"
    ),
    "a backslash that joins nothing to a comment": (
        b"import time\n \\\n#\ndef main():\n    run(time)\n"
    ),
    "our comment in a line that a backslash continues": (
        b"def _eager_load_transformers_configs(): pass\ndef main():\n    x;\\\n    # "
        b"Eagerly load transformers configs to prevent lazy loading race conditions\n"
        b"    _eager_load_transformers_configs()"
    ),
    "a string behind the imports, on their last line": (
        b'import os, sys; """\n"""\ndef main(): pass\n'
    ),
    "our statement by hand, behind another one": (
        b'import os\n1;os.environ.setdefault("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", '
        b'"python")\n\ndef main(): pass\n'
    ),
    "our call at the end, behind a backslash and a blank line": (
        b"def _eager_load_transformers_configs(): pass\n"
        b"x ;\\\n\n_eager_load_transformers_configs()"
    ),
    "blanks behind a backslash, at the end": (
        b"def main():\n\targs = parser.parse_args() \\\n  "
    ),
    "a backslash in front of a definition at the end": (
        b"def main(): pass\n\\\ndef _eager_load_transformers_configs(): pass\n"
    ),
    "a backslash in front of all that is ours": (
        b"\\\ndef _eager_load_transformers_configs(): pass\n"
        b"_eager_load_transformers_configs()"
    ),
    "an annotation that parses": (b"def main():\n    args: run(parser.parse_args())\n"),
    "blank lines with white space at the end": (
        b"@hydra.main()\ndef main():\n    pass\n\n   \n"
    ),
    "a backslash that joins nothing to a blank line": (
        b"import argparse\n \\\r\n\ndef main():\n\targs = parser.parse_args()\n"
    ),
    "a guard's call that is none of the entry point's": (
        b"def main():\n    pass\n_eager_load_transformers_configs()\n"
    ),
    "an import that shares its line, behind our own": (
        b"pass\npass; import optuna\ndef main():\n  run()\n"
    ),
    "a docstring that shares its line, and no import": (
        b'"""D.""" ; x = 1\ndef main():\n    args = parser.parse_args()\n'
    ),
    "os without an import": b"def main():\n    os.cpu_count()\n",
    "a line that is only a backslash, and an empty one, at the end": (
        b"def main():\n    args = parser.parse_args()\n\n\\\n\n"
    ),
    "a backslash and an empty line in front of a definition": (
        b"import time\n\\\n\ndef main():\n    run(time)\n"
    ),
    "another line ending at the end": (
        b"def main():\n    args = parser.parse_args()\r\n"
    ),
    "lines in brackets in a body that has to be broken": (
        b"def main():  args = parser.parse_args(); run(#\nargs)\r"
    ),
}


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("chosen", RUNS.values(), ids=RUNS)
def test_what_fuzzing_found(name: str, chosen: Settings) -> None:
    """Scripts on which tests/fuzz.py saw something go wrong."""
    assert wrong(FOUND[name], chosen) == []


@given(scripts())
def test_guard(data: bytes) -> None:
    """Insertion only, the same program, stable, removable, as announced."""
    assume(parses(data))
    assert wrong(data, GUARD) == []


@given(scripts(), st.sampled_from(SETTINGS))
def test_other_edits(data: bytes, chosen: Settings) -> None:
    """The same of all edits together, of other entry points and other names."""
    assume(parses(data))
    assert wrong(data, chosen) == []


@given(scripts(guarded=True), st.sampled_from(SETTINGS))
def test_guarded_scripts(data: bytes, chosen: Settings) -> None:
    """The same where parts of a guard are there already."""
    assume(parses(data))
    assert wrong(data, chosen) == []


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_is_read_is_accepted_or_refused(data: bytes) -> None:
    """Nothing but SourceError comes out, with one line of text."""
    assert "\n" not in refusal(data)

"""Names that are strings: whatever they may mean counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.judging import MODEL, Files, check_call, verdict

FILES: Files = {
    "model.py": MODEL,
    "tasks/__init__.py": "from .first import tune",
    "tasks/first.py": """
        import optuna
        from model import objective

        def tune():
            optuna.create_study().optimize(objective)
        """,
    "tasks/deep/second.py": "from tasks.first import tune\ndef run():\n    tune()\n",
}
LEADS = {
    "import_module": (
        "from importlib import import_module\nimport_module('tasks.first').tune()"
    ),
    "dotted": "import importlib\nm = importlib.import_module('tasks.first')\nm.tune()",
    "relative": (
        "import importlib\nm = importlib.import_module('.first', 'tasks')\nm.tune()"
    ),
    "__import__": "__import__('tasks').tune()",
    "name in a variable": (
        "import importlib\nNAME = 'tasks.first'\nimportlib.import_module(NAME).tune()"
    ),
    "part of a name": (
        "import importlib\nimportlib.import_module('tasks.' + name).tune()"
    ),
    "f-string": "import importlib\nimportlib.import_module(f'tasks.{name}').run()",
    "table of names": (
        "import importlib\n"
        "TASKS = {'go': 'tasks.first'}\n"
        "importlib.import_module(TASKS[name]).tune()"
    ),
    "local variable": (
        "import importlib\n"
        "def f(n):\n"
        "    name = 'tasks.' + n\n"
        "    importlib.import_module(name).run()\n"
        "f('x')"
    ),
    "getattr of a module": "import tasks\ngetattr(tasks, name)()",
    "getattr of a module, alias": "import tasks.first as t\ngetattr(t, name)()",
    "getattr of what is imported": (
        "import importlib\n"
        "m = importlib.import_module('tasks.first')\n"
        "getattr(m, 'tune')()"
    ),
}
NOWHERE = {
    "another module": "import importlib\nimportlib.import_module('json').loads('1')",
    "a module that is not there": (
        "import importlib\nimportlib.import_module('nothing').run()"
    ),
    "nothing known": "import importlib\nimportlib.import_module(name).run()",
    "getattr of an object": "getattr(object(), 'tune')()",
    "a string alone": "name = 'tasks.first'\nprint(name)",
}


@pytest.mark.parametrize("text", LEADS.values(), ids=LEADS)
def test_strings_lead(tmp_path: Path, text: str) -> None:
    """A literal name, a part of one, any attribute of a module."""
    head = "import sys\nname = sys.argv[1]\n"
    text = f"{head}if len(sys.argv) > 9:\n    import optuna\n{text}\n"
    assert verdict(tmp_path, {**FILES, "tune.py": text}) == "affected"


@pytest.mark.parametrize("text", NOWHERE.values(), ids=NOWHERE)
def test_strings_that_lead_nowhere(tmp_path: Path, text: str) -> None:
    """What cannot be resolved is followed nowhere."""
    head = "import sys\nname = sys.argv[1]\n"
    assert verdict(tmp_path, {**FILES, "tune.py": f"{head}{text}\n"}) == "none"


def test_the_call_in_front_of_what_a_string_leads_to(tmp_path: Path) -> None:
    """The place is sought by the same knowledge."""
    text = """
        import importlib
        import optuna

        def main():
            CALL
            print(1)
            importlib.import_module("tasks.first").tune()

        main()
        """
    assert check_call(tmp_path, text, FILES).verdict.name == "affected"

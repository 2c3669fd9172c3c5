"""Ways to call `main`, and functions that are themselves the trial."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.judging import check_call, judge
from tests.program.test_entry import FILES, HEAD

MAIN = "def main():\n    CALL\n    print(1)\n    tune(None)\n\n\n"
CALLED = {
    "main block": 'if __name__ == "__main__":\n    main()',
    "main block the other way round": 'if "__main__" == __name__:\n    main()',
    "main block of two names": (
        'if __name__ in {"__main__", "__mp_main__"}:\n    main()'
    ),
    "main block, tuple": 'if __name__ in ("__main__", "__mp_main__"):\n    main()',
    "main block and more": 'if __name__ == "__main__" and not sys.flags.x:\n    main()',
    "bare": "main()",
    "assigned": "result = main()",
    "exit": "sys.exit(main())",
    "exit or": "sys.exit(main() or 0)",
    "raise": "raise SystemExit(main())",
    "in try": "try:\n    main()\nexcept KeyboardInterrupt:\n    pass",
    "in with": "with open('x'):\n    main()",
    "nobody": "print(1)",
}


@pytest.mark.parametrize("end", CALLED.values(), ids=CALLED)
def test_ways_to_call_main(tmp_path: Path, end: str) -> None:
    """One call each, in ``main``."""
    check_call(tmp_path, f"{HEAD}{MAIN}{end}\n", FILES)


def test_main_with_arguments_that_is_called_twice(tmp_path: Path) -> None:
    """A test calls it as well, and a helper: the call stays in ``main``."""
    text = f"""{HEAD}def main(argv=None):
    args = argparse.ArgumentParser().parse_args(argv)
    CALL
    tune(args)


def again():
    main(["--jobs", "2"])


if __name__ == "__main__":
    main()
    main(["--jobs", "1"])
"""
    check_call(tmp_path, text, FILES)


HELPER = (
    "def search():\n    args = parse()\n    CALL\n    tune(args)\n    return args\n\n\n"
)


@pytest.mark.parametrize("line", ["search()", "args = search()", "return search()"])
def test_inside_a_helper_that_parses_and_works(tmp_path: Path, line: str) -> None:
    """``main`` only calls it: so on inside it."""
    main = f"def main():\n    print(1)\n    {line}\n\n\nmain()\n"
    check_call(tmp_path, f"{HEAD}{HELPER}{main}", FILES)


class TestHandedOver:
    """A function that is the trial itself is never entered."""

    TRIAL = "def main(trial=None):\n    return objective(trial)\n\n\n"
    LINES = (
        "optuna.create_study().optimize(main)",
        "optuna.create_study().optimize(func=main, n_trials=3)",
        "wandb.agent('id', function=main)",
        "wandb.agent('id', main, count=3)",
        "ThreadPoolExecutor().submit(main)",
        "ThreadPoolExecutor().map(main, range(3))",
    )

    @pytest.mark.parametrize("line", LINES)
    def test_in_a_main_block(self, tmp_path: Path, line: str) -> None:
        """In front of the statement that hands it over."""
        end = f'if __name__ == "__main__":\n    print(1)\n    CALL\n    {line}\n'
        check_call(tmp_path, f"{HEAD}{self.TRIAL}{end}", FILES)

    @pytest.mark.parametrize("line", LINES)
    def test_flat(self, tmp_path: Path, line: str) -> None:
        """The same at module level."""
        check_call(tmp_path, f"{HEAD}{self.TRIAL}CALL\n{line}\n", FILES)

    def test_main_is_run_once_as_well(self, tmp_path: Path) -> None:
        """What comes first decides."""
        end = "CALL\noptuna.create_study().optimize(main)\nmain()\n"
        check_call(tmp_path, f"{HEAD}{self.TRIAL}{end}", FILES)


def test_names_kinds_and_lines(tmp_path: Path) -> None:
    """What reports say of an entry point."""
    text = f"{HEAD}def main():\n    args = parse()\n    tune(args)\n\n\nmain()\n"
    (entry,) = judge(tmp_path, {**FILES, "tune.py": text}).entries
    assert (entry.name, entry.kind) == ("main", "argparse")
    assert entry.position == (text.splitlines().index("def main():") + 1, 1)
    assert entry.place.gap == 1

"""Which functions are entry points, and which only look so."""

from __future__ import annotations

import pytest

from codemod.program.entrypoints import read

HYDRA = {
    "import hydra": "@hydra.main()",
    "import hydra ": "@hydra.main(version_base=None, config_path='conf')",
    "import hydra as h": "@h.main()",
    "from hydra import main as hydra_main": "@hydra_main()",
    "from hydra import main": "@main()",
    "from hydra.main import main as start": "@start()",
    "import hydra; start = hydra.main": "@start()",
    "import hydra; app = hydra.main(config_path='conf')": "@app",
    "import functools, hydra; start = functools.partial(hydra.main)": "@start()",
    "import hydra\nfrom torch import no_grad": "@no_grad()\n@hydra.main()",
    "try:\n    import hydra\nexcept ImportError:\n    hydra = None": "@hydra.main()",
}
NO_HYDRA = {
    "called outside": "import hydra\ndef run(cfg): pass\nhydra.main()(run)",
    "other decorator": "import hydra\n@hydra.utils.call()\ndef run(cfg): pass",
    "other module's main": "import click\n@click.main()\ndef run(cfg): pass",
    "decorator without call": "import hydra\n@hydra.main\ndef run(cfg): pass",
    "commented out": "import hydra\n# @hydra.main()\ndef run(cfg): pass",
    "method": "import hydra\nclass A:\n    @hydra.main()\n    def run(cfg): pass",
    "nested": "import hydra\ndef a():\n    @hydra.main()\n    def run(cfg): pass",
}
PARSE = "p.parse_args()"
MAINS = {
    "def": f"def main():\n    {PARSE}",
    "async": f"async def main():\n    {PARSE}",
    "arguments": f"def main(argv=None, *, x: int = 1) -> int:\n    {PARSE}",
    "decorated": f"@record\ndef main():\n    {PARSE}",
    "one line": f"def main(): {PARSE}",
    "if": f"if x:\n    def main():\n        {PARSE}",
    "else": f"if x:\n    pass\nelse:\n    def main():\n        {PARSE}",
    "try": f"try:\n    def main():\n        {PARSE}\nfinally:\n    pass",
    "handler": f"try:\n    pass\nexcept E:\n    def main():\n        {PARSE}",
    "with": f"with a:\n    def main():\n        {PARSE}",
    "match": f"match a:\n    case 1:\n        def main():\n            {PARSE}",
    "parse in a branch": f"def main():\n    if x:\n        {PARSE}",
    "parse in a loop": f"def main():\n    for x in y:\n        {PARSE}",
    "module parses": f"args = {PARSE}\ndef main():\n    run()",
    "module parses later": f"def main():\n    run()\nargs = {PARSE}",
    "main block": f"def main(a): run(a)\nif __name__ == '__main__':\n    main({PARSE})",
    "turned round": f"def main(a): run(a)\nif '__main__' == __name__: main({PARSE})",
}
NO_MAINS = {
    "does not parse": "def main():\n    run()",
    "method": f"class A:\n    def main(self):\n        {PARSE}",
    "nested": f"def run():\n    def main():\n        {PARSE}",
    "other name": f"def train():\n    {PARSE}",
    "lambda": f"main = lambda: {PARSE}",
    "class": f"class main:\n    x = {PARSE}",
    "parse in a nested function": f"def main():\n    def get(): {PARSE}\n    run(get)",
    "parse in a lambda": f"def main():\n    run(lambda: {PARSE})",
    "parse in a comment": f"def main():\n    # {PARSE}\n    run()",
    "parse in a string": f"def main():\n    run('{PARSE}')",
    "parse in another function": f"def other():\n    {PARSE}\ndef main():\n    run()",
    "imported": "from project import main\nmain()",
}


def entries(text: str, any_main: bool = False) -> list[tuple[str, str]]:
    """The kinds and names of a script's entry points."""
    return [(e.kind, e.name) for e in read(text.encode(), any_main).entries]


@pytest.mark.parametrize(("imports", "decorator"), HYDRA.items())
def test_hydra_under_any_alias(imports: str, decorator: str) -> None:
    """The function may have any name."""
    text = f"{imports}\n{decorator}\ndef run(cfg):\n    pass\n"
    assert entries(text) == [("hydra", "run")]


@pytest.mark.parametrize("text", NO_HYDRA.values(), ids=NO_HYDRA)
def test_no_hydra(text: str) -> None:
    """Not decorated with ``hydra.main(...)``, or not at module level."""
    assert entries(text) == []


@pytest.mark.parametrize("text", MAINS.values(), ids=MAINS)
def test_argparse_main(text: str) -> None:
    """At module level, blocks included; the parse anywhere it runs."""
    assert entries(text) == [("argparse", "main")]


@pytest.mark.parametrize("text", NO_MAINS.values(), ids=NO_MAINS)
def test_no_argparse_main(text: str) -> None:
    """Nothing is changed without a reason."""
    assert entries(text) == []


def test_all_of_several_in_source_order() -> None:
    """A hydra function beside an argparse one, two alternatives of one name."""
    text = (
        "import hydra\n@hydra.main()\ndef b(cfg): pass\n"
        "if x:\n    def main(): p.parse_args()\n"
        "else:\n    def main(): p.parse_args()\n"
        "@hydra.main()\ndef a(cfg): pass\n"
    )
    found = [("hydra", "b"), ("argparse", "main"), ("argparse", "main"), ("hydra", "a")]
    assert entries(text) == found


def test_hydra_function_called_main_counts_once() -> None:
    """Even if it parses as well."""
    text = "import hydra\n@hydra.main()\ndef main(cfg):\n    p.parse_args()\n"
    assert entries(text) == [("hydra", "main")]


class TestEntryAny:
    """``--entry any``."""

    def test_main_without_argparse(self) -> None:
        """Whatever else it does."""
        text = "def main():\n    run()\nif __name__ == '__main__':\n    main()\n"
        assert entries(text, any_main=True) == [("any", "main")]

    def test_main_with_argparse_stays_what_it_is(self) -> None:
        """The kind decides where the call goes."""
        assert entries("def main():\n    p.parse_args()\n", any_main=True) == [
            ("argparse", "main")
        ]

    def test_main_block_where_there_is_no_main(self) -> None:
        """Failing a function."""
        text = "import x\nif __name__ == '__main__':\n    run()\n"
        assert entries(text, any_main=True) == [("any", "__main__")]

    def test_no_main_block_where_there_is_an_entry_point(self) -> None:
        """One call is enough."""
        text = "def main():\n    run()\nif __name__ == '__main__':\n    run()\n"
        assert entries(text, any_main=True) == [("any", "main")]

    @pytest.mark.parametrize(
        "test",
        [
            "__name__ != '__main__'",
            "__name__ == 'main'",
            "name == '__main__'",
            "__name__ == '__main__' == x",
            "__name__",
            "True",
        ],
    )
    def test_other_conditions_are_no_main_block(self, test: str) -> None:
        """Only the idiom, either way round."""
        assert entries(f"if {test}:\n    run()\n", any_main=True) == []

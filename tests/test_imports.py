"""What a module imports, where first-party modules are, and the trails through them."""

from __future__ import annotations

import os
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemod.program.filepaths import ConfigFile, configs
from codemod.program.imports import Project
from codemod.program.scan import Sign, Watch, scan
from tests.import_oracle import imported
from tests.layouts import layout

WATCH = Watch(
    frozenset({"optuna", "ray.tune", "wandb.agent", "concurrent.futures.thread"}),
    (
        Sign("search", b"hyper", rb"\.hyperparameter_search\("),
        Sign("threads", b"thread", rb"prefer='threads'", needs="joblib"),
    ),
)


def imports(source: str) -> list[str]:
    """Return what the scan of a text finds, in order."""
    return list(scan(source.encode()).imports)


def evidence(source: str) -> list[str]:
    """Return what the scan of a text sees of ``WATCH``."""
    return list(scan(source.encode(), WATCH).evidence)


# Statements


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a", ["a"]),
        ("import a.b.c", ["a.b.c"]),
        ("import a as b, c.d as e", ["a", "c.d"]),
        ("from a import b", ["a.b"]),
        ("from a.b import c as d, e", ["a.b.c", "a.b.e"]),
        ("from a import *", ["a"]),
        ("from . import a", [".a"]),
        ("from .. import *", [".."]),
        ("from ..a.b import c", ["..a.b.c"]),
        ("from.a import b", [".a.b"]),
        ("from . a import(b)", [".a.b"]),
        ("from .import a", [".a"]),
        ("from a import (\n    b,\n    c as d,\n)", ["a.b", "a.c"]),
        ("from a import (  # (noqa)\n    b,  # :)\n)", ["a.b"]),
        ("from a \\\n    import b, \\\n    c", ["a.b", "a.c"]),
        ("import a \\\n    , b", ["a", "b"]),
        ("import a; import b", ["a", "b"]),
        ("try: import a\nexcept ImportError: import b", ["a", "b"]),
        ("def f():\n\timport a\n\treturn a", ["a"]),
        ("class A:\n    from a import b", ["a.b"]),
        ("import a  # import b", ["a"]),
        ("lazy import a\nlazy from b import c", ["a", "b.c"]),
        ("\ufeffimport a", ["a"]),
        ("import a\r\nimport b\rimport c", ["a", "b", "c"]),
        ("\fimport a", ["a"]),
        ("import größe", ["größe"]),
        ("import a\nimport a", ["a"]),
    ],
)
def test_import_statement(source: str, names: list[str]) -> None:
    """Every form of the statement is read, in the order of the text."""
    assert imports(source) == names


@pytest.mark.parametrize(
    "source",
    [
        '"""\nimport a\n"""',
        "'''\nimport a\n'''",
        'x = """\n\\"""\nimport a\n"""',
        '"import a; import b"',
        "x = 'a: import b'",
        "# import a",
        "x = '''\nimport a",
        "x = 'a \\\n; import b'",
        "# '''\n'''\nimport a\n'''",
        "x = '\"\"\"'; '''\nimport a\n'''",
        "raise A from b",
        "important = 1",
        "self.import_ = 2",
        "xfrom = 1\nfrom x",
        "",
        "\n",
        "import",
        "from a import",
    ],
)
def test_no_import(source: str) -> None:
    """Strings, comments, and what only looks like an import are none."""
    assert imports(source) == []


def test_import_behind_a_string_that_looks_open() -> None:
    """Quotes inside a comment or another string open nothing."""
    source = '# it\'s """ here\nx = \'"""\'\nimport a\ny = "\'\'\'"\nimport b\n'
    assert imports(source) == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("importlib.import_module('a.b')", ["a.b"]),
        ('import_module("a")', ["a"]),
        ("import_module(\n    'a'\n)", ["a"]),
        ("__import__('a', globals())", ["a"]),
        ("import_module('.b', __package__)", [".b"]),
        ("import_module('.b', 'a')", ["a.b"]),
        ("import_module('..c', package='a.b')", ["a.c"]),
        ("import_module(name='a')", ["a"]),
        ("import_module('a.' + name)", []),
        ("import_module(f'a')", []),
        ("import_module('not a name')", []),
        ("'import_module(\"a\")'", []),
        ("my_import_module('a')", []),
    ],
)
def test_dynamic_import(source: str, names: list[str]) -> None:
    """A literal argument of import_module or __import__ is an import."""
    assert imports(source) == names


# Functions that are passed over


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(): import a\nimport b\n", ["b"]),
        ("def f():\n    import a\n\n# c\n    import c\nimport b\n", ["b"]),
        ("def f(\n    x=(1),\n) -> None:\n    import a\nimport b\n", ["b"]),
        ("if x:\n    async def f():\n        import a\n    import b\n", ["b"]),
        ("def f():\r\n\timport a\r\nimport b\r\n", ["b"]),
        ("def ff():\n    import a\nf()\n", ["a"]),
        ('"""\ndef f():\n"""\nif x:\n    import a\n', ["a"]),
    ],
)
def test_function_that_is_passed_over(source: str, names: list[str]) -> None:
    """What such a function imports is left out, and nothing around it."""
    watch = Watch(passed_over=("f",))
    assert list(scan(source.encode(), watch).imports) == names


# TYPE_CHECKING


@pytest.mark.parametrize(
    "test",
    [
        "TYPE_CHECKING",
        "typing.TYPE_CHECKING",
        "t.TYPE_CHECKING",
        "(TYPE_CHECKING)",
        "TYPE_CHECKING and x",
        "x and TYPE_CHECKING",
        "(\n    TYPE_CHECKING\n    and x\n)",
        "not (not TYPE_CHECKING or x)",
    ],
)
def test_type_checking_block_is_left_out(test: str) -> None:
    """What only a type checker sees is not imported; the else branch is."""
    source = f"if {test}:\n    import a\nelse:\n    import b\nimport c\n"
    assert imports(source) == ["b", "c"]


@pytest.mark.parametrize(
    "test", ["not TYPE_CHECKING", "not typing.TYPE_CHECKING", "x or not TYPE_CHECKING"]
)
def test_not_type_checking(test: str) -> None:
    """A block that only a run sees is in; its else and elif branches are out."""
    source = (
        f"if {test}:\n    import a\nelif x:\n    import b\nelse:\n    import c\n"
        "import d\n"
    )
    assert imports(source) == ["a", "d"]


@pytest.mark.parametrize("test", ["TYPE_CHECKING or x", "x", "x == TYPE_CHECKING"])
def test_condition_that_may_hold(test: str) -> None:
    """A condition that a run may fulfil leaves both branches in."""
    source = f"y = TYPE_CHECKING\nif {test}:\n    import a\nelse:\n    import b\n"
    assert imports(source) == ["a", "b"]


def test_alias_of_type_checking() -> None:
    """The constant is known under its alias."""
    source = "from typing import TYPE_CHECKING as TC\nif TC:\n    import a\nimport b\n"
    assert imports(source) == ["typing.TYPE_CHECKING", "b"]


def test_type_checking_on_one_line() -> None:
    """A block may stand behind its colon."""
    assert imports("if TYPE_CHECKING: import a\nimport b\n") == ["b"]


def test_elif_type_checking() -> None:
    """An elif has a block of its own."""
    source = "if x:\n  import a\nelif TYPE_CHECKING:\n  import b\nelse:\n  import c\n"
    assert imports(source) == ["a", "c"]


def test_type_checking_block_with_less_indented_lines() -> None:
    """Brackets, comments, strings and blank lines do not end a block."""
    source = (
        "if TYPE_CHECKING:\n    from a import (\nb,\n)\n# comment\n\n"
        '    x = """\ntext\n"""\n    import c\nimport d\n'
    )
    assert imports(source) == ["d"]


def test_type_checking_in_a_function() -> None:
    """The block ends where its own indentation does."""
    source = "def f():\n\tif TYPE_CHECKING:\n\t\timport a\n\timport b\n"
    assert imports(source) == ["b"]


def test_type_checking_in_a_string() -> None:
    """Text that talks of TYPE_CHECKING guards nothing."""
    assert imports('"""\nif TYPE_CHECKING:\n"""\nimport a\n') == ["a"]


# Evidence


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import optuna", ["optuna"]),
        ("from optuna.samplers import TPESampler", ["optuna"]),
        ("import optuna_dashboard", []),
        ("import ray.tune", ["ray.tune"]),
        ("from ray import tune", ["ray.tune"]),
        ("from ray.tune.schedulers import ASHAScheduler", ["ray.tune"]),
        ("import ray\nray.tune.run(f)", ["ray.tune"]),
        ("import ray as r\nr . tune.run(f)", ["ray.tune"]),
        ("import ray\nray.data.range(1)", []),
        ("import ray\n'ray.tune'", []),
        ("import ray\nself.ray.tune", []),
        ("import ray\nray.tuner", []),
        ("ray.tune.run(f)", []),
        ("import wandb\nwandb.agent(x)", ["wandb.agent"]),
        ("from wandb import agent", ["wandb.agent"]),
        ("import wandb\nwandb.log(x)", []),
        (
            "from concurrent import futures as f\nf.thread",
            ["concurrent.futures.thread"],
        ),
        ("t.hyperparameter_search(n=1)", ["search"]),
        ("def hyperparameter_search(n): ...", []),
        ("# t.hyperparameter_search(n)", []),
        ("import joblib\njoblib.Parallel(prefer='threads')", ["threads"]),
        ("f(prefer='threads')", []),
    ],
)
def test_evidence(source: str, names: list[str]) -> None:
    """A watched name is seen where it is imported or used, and nowhere else."""
    assert evidence(source) == names


# Against ast


def _modules() -> Iterator[Path]:
    """Yield the modules of the standard library and of what the tests need."""
    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")]
    for folder in folders:
        yield from sorted(Path(folder).glob("*.py"))
    for name in ("asyncio", "concurrent", "importlib", "json", "email", "unittest"):
        yield from sorted(Path(folders[0], name).rglob("*.py"))
    for name in ("click", "_pytest", "hypothesis", "libcst", "pathspec"):
        yield from sorted(Path(folders[1], name).rglob("*.py"))


@pytest.mark.slow
def test_same_names_as_ast_in_real_packages() -> None:
    """The scan finds what ast finds, no more and no less, in real modules."""
    compared, different = 0, []
    for path in _modules():
        source = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = imported(source)
            except (SyntaxError, ValueError, RecursionError):
                continue
        compared += 1
        if set(scan(source).imports) != expected:
            different.append(str(path))
    assert different == []
    assert compared > 500


_LINES = st.sampled_from(
    [
        "import a",
        "import a.b as c, d",
        "from a import b, c",
        'from .a import (\n    b,  # ) \' """\n    c,\n)',
        "x = 'it''s' + \"\"  # don't",
        'x = """\nimport hidden\n"""',
        "x = r'''\\'''",
        "x = ['''\n''', \"\"\"'''\"\"\", '\"']",
        "x = 1; import e",
        "if x: import f",
        'x = \'a \\\n""" import b\'',
        "import_module('g.h')",
        "y = {1: 'import b; import c'}",
        "# import i '''",
        "",
    ]
)
_HEADERS = st.sampled_from(
    [
        "if TYPE_CHECKING:",
        "if not TYPE_CHECKING:",
        "if TYPE_CHECKING and x:",
        "if x:",
        "def f():",
        "while x:  # TYPE_CHECKING:",
        "with x as TYPE_CHECKING:",
    ]
)


def _block(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def build(header: str, body: list[str], last: list[str] | None) -> str:
        indented = [_indent(line) for line in body]
        lines = [header, *indented, "    pass"]
        if last is not None and header.startswith("if"):
            lines += ["else:", *(_indent(line) for line in last), "    pass"]
        return "\n".join(lines)

    several = st.lists(children, max_size=4)
    return st.builds(build, _HEADERS, several, st.none() | several)


def _indent(text: str) -> str:
    """Indent the first line of a simple statement, every line of a compound one."""
    if text.split(" ")[0] in ("if", "def", "while", "with"):
        return "\n".join("    " + line if line else "" for line in text.split("\n"))
    return "    " + text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.recursive(_LINES, _block, max_leaves=12), max_size=8))
def test_same_names_as_ast_in_generated_modules(statements: list[str]) -> None:
    """Strings, comments, blocks and imports in any order are told apart as ast does."""
    source = "\n".join([*statements, ""]).encode()
    try:
        expected = imported(source)
    except SyntaxError:
        return
    assert set(scan(source).imports) == expected


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=80) | st.text(alphabet="import from.'\"\\\n#:;(x,)", max_size=80)
)
def test_scan_takes_any_bytes(source: bytes | str) -> None:
    """Nothing is an error, and whatever is found is a name."""
    raw = source.encode() if isinstance(source, str) else source
    for name in scan(b"TYPE_CHECKING " + raw).imports:
        assert name


@pytest.mark.parametrize(
    "piece",
    [
        b"from a import (#",
        b"import a\\\n",
        b'"\\',
        b"if TYPE_CHECKING:\n",
        b'\'"""',
        b"(",
    ],
)
def test_scan_of_hostile_text_ends(piece: bytes) -> None:
    """Text made to confuse the patterns is no trap: this would take hours in one."""
    names = scan(piece * 50_000).imports
    assert all(name.startswith("a") for name in names)


# Paths from __file__


@pytest.mark.parametrize(
    ("expression", "folder"),
    [
        ("os.path.dirname(__file__)", "."),
        ("os.path.dirname(os.path.abspath(__file__))", "."),
        ("os.path.dirname(os.path.dirname(__file__))", ".."),
        ("os.path.join(os.path.dirname(__file__), '..', 'src')", "../src"),
        ("osp.join(osp.dirname(__file__), os.pardir)", ".."),
        ("dirname(__file__) + '/lib'", "lib"),
        ("f'{dirname(__file__)}/lib'", "lib"),
        ("str(Path(__file__).parent)", "."),
        ("str(Path(__file__).resolve().parent.parent / 'src')", "../src"),
        ("str(Path(__file__).parents[1])", ".."),
        ("pathlib.Path(__file__).parent.joinpath('src').as_posix()", "src"),
        (
            "os.fspath(Path(os.path.realpath(__file__)).parents[2] / 'a' / 'b')",
            "../../a/b",
        ),
    ],
)
def test_sys_path_addition(expression: str, folder: str) -> None:
    """The usual ways to write a folder near the module are understood."""
    for call in ("insert(0, {})", "append({})", "extend([{}])"):
        source = f"import sys\nsys.path.{call.format(expression)}\n"
        assert scan(source.encode()).search_path == (folder,)


def test_sys_path_addition_through_constants() -> None:
    """A constant stands for what it was assigned."""
    source = (
        b"HERE = Path(__file__).parent\nROOT: Path = HERE.parent\n"
        b"SRC = ROOT / 'src'\nsys.path += [str(SRC)]\n"
    )
    assert scan(source).search_path == ("../src",)


@pytest.mark.parametrize(
    "source",
    [
        b"x = __file__\nsys.path.append('..')",
        b"x = __file__\nsys.path.append(os.getcwd())",
        b"sys.path.append(find(__file__))",
        b"HERE = HERE or __file__\nsys.path.append(HERE)",
        b"A = B\nB = A\nsys.path.append(os.path.join(A, __file__))",
        b"sys.path.append(Path(__file__).parents[n])",
        b"sys.path.append()  # __file__",
    ],
)
def test_unknown_sys_path_addition(source: bytes) -> None:
    """What is not built from __file__ with known functions is left out."""
    assert scan(source).search_path == ()


def test_sys_path_addition_in_a_file_that_does_not_parse() -> None:
    """Single lines are still understood."""
    source = b"print 'old'\nsys.path.append(os.path.dirname(__file__) + '/lib')\n"
    assert scan(source).search_path == ("lib",)


@pytest.mark.parametrize(
    ("call", "config"),
    [
        ("hydra.main(config_path='conf', config_name='tune')", ("conf", "tune")),
        ("hydra.main('conf', 'tune.yaml')", ("conf", "tune")),
        ("hydra.main(version_base=None, config_path='../conf')", ("../conf", "")),
        ("hydra.main(config_path='conf/config.yaml')", ("conf", "config")),
        ("main(config_path=str(ROOT / 'conf'), config_name=NAME)", ("../conf", "tune")),
        ("hydra.main(config_path='pkg://a.conf')", ("pkg://a.conf", "")),
        ("aliased(config_path='conf', config_name=name())", ("conf", "")),
    ],
)
def test_hydra_configuration(call: str, config: tuple[str, str]) -> None:
    """The configuration's folder and name are read from the decorator."""
    source = (
        "import hydra  # config_path\nROOT = Path(__file__).parent.parent\n"
        f"NAME = 'tune'\n\n@{call}\ndef main(cfg): ...\n"
    )
    assert configs(source.encode()) == (ConfigFile(*config),)


@pytest.mark.parametrize("folder", ["None", "'/etc/conf'", "find()"])
def test_no_hydra_configuration(folder: str) -> None:
    """No folder, an absolute one, and an unknown one are left out."""
    source = f"import hydra\n@hydra.main(config_path={folder})\ndef main(cfg): ...\n"
    assert configs(source.encode()) == ()


# Resolution


def resolve(root: Path, importer: str, name: str) -> list[str]:
    """Return the files that an import runs, relative to the repository."""
    found = Project().resolve(str(root / importer), name)
    return [Path(os.path.relpath(path, root)).as_posix() for path in found]


def test_import_runs_the_packages_above(tmp_path: Path) -> None:
    """Importing a.b.c runs a/__init__.py and a/b/__init__.py first."""
    root = layout("packages", tmp_path)
    assert resolve(root, "scripts/tune_max.py", "psy_agents.hpo.runner") == [
        "psy_agents/__init__.py",
        "psy_agents/hpo/__init__.py",
        "psy_agents/hpo/runner.py",
    ]


def test_imported_name_that_is_no_module(tmp_path: Path) -> None:
    """The last part of a from-import may be a function: its module is run."""
    root = layout("packages", tmp_path)
    assert resolve(root, "scripts/tune_max.py", "psy_agents.models.build") == [
        "psy_agents/__init__.py",
        "psy_agents/models.py",
    ]


def test_third_party_import(tmp_path: Path) -> None:
    """What no folder holds is not first-party."""
    root = layout("packages", tmp_path)
    assert resolve(root, "scripts/tune_max.py", "numpy.linalg") == []


@pytest.mark.parametrize(
    ("name", "script", "files"),
    [
        (
            "src_layout",
            "scripts/tune.py",
            ["src/agents/__init__.py", "src/agents/hpo.py"],
        ),
        (
            "lib_layout",
            "experiments/deep/tune.py",
            ["lib/agents/__init__.py", "lib/agents/hpo.py"],
        ),
    ],
)
def test_src_and_lib(name: str, script: str, files: list[str], tmp_path: Path) -> None:
    """The src and lib folders of the folders above are searched."""
    assert resolve(layout(name, tmp_path), script, "agents.hpo") == files


def test_namespace_package(tmp_path: Path) -> None:
    """A folder without __init__.py is a package, and may lie in several places."""
    root = layout("namespace", tmp_path)
    assert resolve(root, "tune.py", "company.hpo.search") == ["company/hpo/search.py"]
    assert resolve(root, "tune.py", "company.models") == ["src/company/models.py"]


def test_folder_with_the_name_of_a_library(tmp_path: Path) -> None:
    """A folder without __init__.py is no first-party module by itself."""
    assert resolve(layout("namespace", tmp_path), "study.py", "optuna.samplers") == []


def test_relative_import(tmp_path: Path) -> None:
    """The dots are counted from the importing module; its packages have run."""
    root = layout("relative", tmp_path)
    assert resolve(root, "pkg/cli/tune.py", "..hpo.study") == [
        "pkg/__init__.py",
        "pkg/hpo/__init__.py",
        "pkg/hpo/study.py",
    ]
    assert resolve(root, "pkg/cli/sibling.py", ".tune") == [
        "pkg/__init__.py",
        "pkg/cli/__init__.py",
        "pkg/cli/tune.py",
    ]


def test_relative_import_out_of_the_repository(tmp_path: Path) -> None:
    """More dots than folders lead nowhere."""
    root = layout("relative", tmp_path)
    assert resolve(root, "pkg/cli/too_far.py", "....hpo") == []


def test_nothing_above_the_root(tmp_path: Path) -> None:
    """A module beside the repository is not first-party."""
    root = layout("flat", tmp_path)
    (tmp_path / "beside.py").write_text("import optuna\n")
    assert resolve(root, "tune.py", "beside") == []


def test_package_beats_module_and_nearer_beats_farther(tmp_path: Path) -> None:
    """The import system's order: folder by folder, a package before a module."""
    for path in (".git/x", "a.py", "a/__init__.py", "deep/b.py", "b.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    assert resolve(tmp_path, "deep/s.py", "a") == ["a/__init__.py"]
    assert resolve(tmp_path, "deep/s.py", "b") == ["deep/b.py"]


def test_root_without_a_repository(tmp_path: Path) -> None:
    """A packaging file marks the root where there is no .git."""
    (tmp_path / "project" / "scripts").mkdir(parents=True)
    (tmp_path / "project" / "setup.py").touch()
    (tmp_path / "project" / "helper.py").touch()
    script = "project/scripts/tune.py"
    assert resolve(tmp_path, script, "helper") == ["project/helper.py"]


def test_root_without_any_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The working directory is the root of the scripts below it."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "helper.py").touch()
    monkeypatch.chdir(tmp_path)
    assert Project().root("scripts/tune.py") == os.path.realpath(tmp_path)
    monkeypatch.chdir(tmp_path.parent.parent)
    assert resolve(tmp_path, "scripts/tune.py", "helper") == ["helper.py"]


# Trails

LIBRARIES = frozenset(
    {
        "optuna",
        "hyperopt",
        "ray.tune",
        "nevergrad",
        "peft",
        "smac",
        "flaml",
        "transformers",
    }
)


def trail(
    root: Path, script: str, *libraries: str, project: Project | None = None
) -> list[str] | None:
    """Return the trail from a script of a repository, relative to it."""
    project = project or Project(Watch(LIBRARIES), closed=LIBRARIES)
    found = project.trail(str(root / script), libraries or LIBRARIES)
    if found is None:
        return None
    paths = [Path(os.path.relpath(path, root)).as_posix() for path in found[:-1]]
    return [*paths, found[-1]]


@pytest.mark.parametrize(
    ("name", "script", "expected"),
    [
        ("flat", "tune.py", ["tune.py", "runner.py", "optuna"]),
        (
            "src_layout",
            "scripts/tune.py",
            ["scripts/tune.py", "src/agents/hpo.py", "hyperopt"],
        ),
        (
            "lib_layout",
            "experiments/deep/tune.py",
            ["experiments/deep/tune.py", "lib/agents/hpo.py", "ray.tune"],
        ),
        ("namespace", "tune.py", ["tune.py", "company/hpo/search.py", "nevergrad"]),
        ("namespace", "train.py", ["train.py", "src/company/models.py", "peft"]),
        ("namespace", "study.py", ["study.py", "optuna"]),
        (
            "relative",
            "pkg/cli/tune.py",
            ["pkg/cli/tune.py", "pkg/hpo/__init__.py", "smac"],
        ),
        ("relative", "pkg/cli/too_far.py", None),
        ("cycle", "tune.py", ["tune.py", "a.py", "b.py", "optuna"]),
        ("cycle", "alone.py", None),
        ("shortest", "tune.py", ["tune.py", "near.py", "optuna"]),
        ("type_checking", "typed.py", None),
        ("type_checking", "else_branch.py", ["else_branch.py", "optuna"]),
        ("does_not_parse", "tune.py", ["tune.py", "old.py", "optuna"]),
        ("does_not_parse", "template.py", ["template.py", "hyperopt"]),
    ],
)
def test_trail(
    name: str, script: str, expected: list[str] | None, tmp_path: Path
) -> None:
    """The shortest way from a script to a library, module by module."""
    assert trail(layout(name, tmp_path), script) == expected


def test_trail_through_the_packages_above(tmp_path: Path) -> None:
    """What a package's __init__.py imports counts for each of its modules."""
    root = layout("packages", tmp_path)
    assert trail(root, "scripts/tune_max.py", "transformers") == [
        "scripts/tune_max.py",
        "psy_agents/hpo/__init__.py",
        "psy_agents/models.py",
        "transformers",
    ]
    assert trail(root, "scripts/no_hpo.py") is None


@pytest.mark.parametrize("script", ["pathlib_parents", "pathlib_parent", "os_path"])
def test_trail_over_an_extended_search_path(script: str, tmp_path: Path) -> None:
    """A folder that the script adds to sys.path is searched."""
    root = layout("sys_path", tmp_path)
    path = f"tools/scripts/{script}.py"
    assert trail(root, path) == [path, "code/search.py", "flaml"]


def test_trail_over_a_search_path_that_a_module_extends(tmp_path: Path) -> None:
    """So is one that a module adds which the script imports; no other script's."""
    root = layout("sys_path", tmp_path)
    project = Project(Watch(LIBRARIES))
    for _ in range(2):
        assert trail(root, "tools/scripts/nothing_added.py", project=project) is None
        assert trail(root, "tools/scripts/through_helper.py", project=project) == [
            "tools/scripts/through_helper.py",
            "code/search.py",
            "flaml",
        ]


def test_library_in_its_own_repository(tmp_path: Path) -> None:
    """The modules of a library are not followed."""
    root = layout("libraries_own", tmp_path)
    assert trail(root, "examples/train.py", "optuna") is None
    assert trail(root, "examples/train.py", "transformers") is not None


def test_trail_is_relative_as_the_script_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trails are shown from where the user stands."""
    root = layout("src_layout", tmp_path)
    monkeypatch.chdir(root / "scripts")
    project = Project(Watch(LIBRARIES))
    found = project.trail("tune.py", LIBRARIES)
    module = os.path.join("..", "src", "agents", "hpo.py")
    assert found == ("tune.py", module, "hyperopt")
    absolute = project.trail(os.path.abspath("tune.py"), LIBRARIES)
    assert absolute is not None
    assert all(os.path.isabs(path) for path in absolute[:-1])


def test_trail_of_bytes_that_are_in_no_file(tmp_path: Path) -> None:
    """The given source counts, not what is on disk."""
    root = layout("flat", tmp_path)
    script = str(root / "tune.py")
    project = Project(Watch(LIBRARIES))
    assert project.trail(script, LIBRARIES, b"import json\n") is None
    found = project.trail(str(root / "new.py"), LIBRARIES, b"import runner\n")
    assert found is not None
    assert found[-1] == "optuna"


def test_modules_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many scripts reach a module, and however often they are asked about."""
    root = layout("packages", tmp_path)
    project = Project(Watch(LIBRARIES))
    read: list[str] = []
    original = project.read

    def recording(path: str) -> bytes | None:
        read.append(path)
        return original(path)

    monkeypatch.setattr(project, "read", recording)
    for _ in range(2):
        for library in ("optuna", "transformers", "nevergrad"):
            trail(root, "scripts/tune_max.py", library, project=project)
            trail(root, "scripts/no_hpo.py", library, project=project)
    assert len(read) == len(set(read)) == 8


def test_unreadable_module_imports_nothing(tmp_path: Path) -> None:
    """A module that cannot be read is no error."""
    root = layout("flat", tmp_path)
    (root / "runner.py").unlink()
    (root / "runner.py").symlink_to(root / "runner.py")
    assert trail(root, "tune.py") is None


@st.composite
def _graphs(draw: st.DrawFn) -> dict[int, list[int]]:
    """Draw an import graph; module 9 is the one that imports the library."""
    return {
        module: draw(st.lists(st.integers(0, 9), max_size=3, unique=True))
        for module in range(9)
    }


def _distance(graph: dict[int, list[int]], start: int) -> int | None:
    """Return how many imports lead from a module to module 9, by plain search."""
    reached, front, steps = {start}, {start}, 0
    while front:
        if 9 in front:
            return steps
        front = {to for module in front for to in graph.get(module, [])} - reached
        reached |= front
        steps += 1
    return None


@settings(max_examples=150, deadline=None)
@given(graph=_graphs(), order=st.permutations(range(9)))
def test_trails_are_shortest_whatever_was_asked_before(
    graph: dict[int, list[int]], order: list[int]
) -> None:
    """What earlier searches learnt makes later ones shorter, not wrong."""

    class Graph(Project):
        def read(self, path: str) -> bytes | None:
            number = int(Path(path).stem[1:])
            names = [f"import m{to}" for to in graph.get(number, [])]
            return "\n".join([*names, "import optuna" * (number == 9)]).encode()

        def _listing(self, folder: str) -> dict[str, int]:
            return {f"m{number}": 1 for number in range(10)}

    project = Graph(Watch(LIBRARIES), closed=LIBRARIES)
    for start in order:
        found = project.trail(f"m{start}.py", LIBRARIES)
        steps = _distance(graph, start)
        assert (len(found) - 2 if found else None) == steps


def test_scan_needs_neither_click_nor_libcst() -> None:
    """The room knows the standard library only."""
    import subprocess

    code = (
        "import sys, codemod.program.imports, codemod.program.selection;"
        "import codemod.search.discovery;"
        "print([name for name in ('click', 'libcst', 'pathspec', 'subprocess')"
        " if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"

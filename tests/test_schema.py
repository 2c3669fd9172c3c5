"""The JSON Schema of the settings: it allows what the command allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest

import codemod
from codemod.cli import main
from codemod.schema import tool_schema
from codemod.settings import EDITS, KEYS

ROOT = Path(codemod.__file__).parent.parent


def test_the_schema_has_every_key() -> None:
    """A key that the command knows is in the schema, and the other way round."""
    schema = tool_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    assert set(schema["properties"]) == set(KEYS)
    assert all("description" in value for value in schema["properties"].values())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("select", "threaded"),
        ("select", "hpo-scripts"),
        ("entry", "any"),
        ("entry", True),
        ("load", ["ElectraConfig", "_x"]),
        ("load", ["Electra-Config"]),
        ("load", "ElectraConfig"),
        ("with", ["thread-safety", "protobuf-env"]),
        ("with", ["thread-safe-loading"]),
        ("upgrade", True),
        ("upgrade", "yes"),
        ("exclude", ["legacy/", "*_old.py"]),
        ("exclude", "legacy/"),
        ("force-exclude", False),
        ("hpo-libraries", ["our.tuner"]),
        ("transformers-libraries", [1]),
        ("jobs", 2),
        ("jobs", 0),
        ("output-format", "gitlab"),
        ("output-format", "xml"),
        ("quiet", True),
        ("verbose", 1),
        ("color", False),
    ],
)
def test_the_schema_agrees_with_the_command(key: str, value: Any) -> None:
    """What one refuses, the other does."""
    is_valid = jsonschema.Draft7Validator(tool_schema()).is_valid({key: value})
    assert is_valid is (KEYS[key](value) is None)


def test_what_lists_may_hold_is_what_the_command_takes() -> None:
    """The values that the schema lists are the ones that there are."""
    for key, entry in tool_schema()["properties"].items():
        for value in entry.get("enum", ()):
            assert KEYS[key](value) is None
        for value in entry.get("items", {}).get("enum", ()):
            assert KEYS[key]([value]) is None


def test_what_the_command_takes_is_in_the_schema() -> None:
    """The choices of the options, those of lists too."""
    properties = tool_schema()["properties"]
    options = {option.name.strip("_"): option for option in main.params if option.name}
    for name in ("select", "entry", "output_format"):
        choice = options[name].type
        assert isinstance(choice, click.Choice)
        assert properties[name.replace("_", "-")]["enum"] == list(choice.choices)
    assert properties["with"]["items"]["enum"] == list(EDITS)


def test_validate_pyproject_takes_it() -> None:
    """Its plug-in mechanism accepts the schema, and finds what is wrong by it."""
    pytest.importorskip("validate_pyproject")
    from validate_pyproject import api, errors, plugins

    plugin = plugins.PluginWrapper("eager-codemod", tool_schema)
    validator = api.Validator(extra_plugins=[plugin])
    validator({"tool": {"eager-codemod": {"select": "affected", "jobs": 2}}})
    with pytest.raises(errors.ValidationError, match="must not contain"):
        validator({"tool": {"eager-codemod": {"selct": "affected"}}})


def test_the_entry_point_is_the_function() -> None:
    """The metadata of the package names it where validate-pyproject looks."""
    tomllib = pytest.importorskip("tomllib")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["validate_pyproject.tool_schema"] == {
        "eager-codemod": f"{tool_schema.__module__}:{tool_schema.__name__}"
    }

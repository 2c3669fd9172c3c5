"""A small package that behaves as transformers does, for what no library can show.

It replaces itself in ``sys.modules`` and has packages that do so too. Its models need
``transformers.shared``, which no configuration loads, as transformers' models need
``transformers.generation``. What a real transformers does is shown in test_real.py;
this one is quick, needs no installation, and crashes, hangs or prints when asked to.
"""

from __future__ import annotations

from pathlib import Path

from codemod.edits.guard import DEFAULT_NAMES
from codemod.verify.names import DEFAULT_TRIALS

VERSION = "9.9"

_LAZY = """\
import importlib
import sys
import types

{quirk}


class Lazy(types.ModuleType):
    homes = {homes}

    def __dir__(self):
        return [*super().__dir__(), *self.homes]

    def __getattr__(self, name):
        if name not in self.homes:
            raise AttributeError(name)
        return getattr(importlib.import_module(self.homes[name]), name)


lazy = Lazy(__name__)
lazy.__dict__.update(__path__=__path__, __spec__=__spec__, __version__="{version}")
sys.modules[__name__] = lazy
"""


def write(folder: Path, quirk: str = "", torch: bool = False) -> Path:
    """Write the package into a folder that is going to be on ``PYTHONPATH``.

    Args:
        folder: Where to.
        quirk: Code that runs when ``transformers`` is imported.
        torch: Whether it says that it found torch.
    """
    top = folder / "transformers"
    names = {*DEFAULT_NAMES, *DEFAULT_TRIALS}
    homes = {name: f"transformers.of_{name.lower()}" for name in names}
    homes["ElectraConfig"] = "transformers.models.electra"
    for name in names - {"ElectraConfig"}:
        needs = "" if name.endswith("Config") else "from .shared import helper\n"
        _file(top / f"of_{name.lower()}.py", f"{needs}class {name}: pass\n")
    _file(top / "shared/impl.py", "helper = 1\n")
    _file(top / "models/electra/configuration_electra.py", "class ElectraConfig(): 0\n")
    _file(top / "models/electra/modeling_electra.py", "class ElectraModel(object): 0\n")
    _file(top / "models/__init__.py", "")
    _file(top / "utils.py", f"def is_torch_available(): return {torch}\n")
    electra = "transformers.models.electra.configuration_electra"
    lazy = {
        "": homes,
        "shared": {"helper": "transformers.shared.impl"},
        "models/electra": {"ElectraConfig": electra},
    }
    for package, inside in lazy.items():
        code = _LAZY.format(
            homes=inside, version=VERSION, quirk="" if package else quirk
        )
        _file(top / package / "__init__.py", code)
    metadata = f"Metadata-Version: 2.1\nName: transformers\nVersion: {VERSION}\n"
    _file(folder / f"transformers-{VERSION}.dist-info/METADATA", metadata)
    return folder


def _file(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")

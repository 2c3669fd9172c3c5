"""Starts the probe from its folder, whatever else is importable."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import Any

_NAME = "_eager_codemod_probe"


def main() -> None:
    """Load this folder as a package of its own name, and let it answer.

    No module of it is importable by the target: neither its short names, which could
    be those of the target's modules, nor what lies beside them. Nor does the target's
    interpreter leave its bytecode in a folder of ours.
    """
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    path = os.path.join(here, "__init__.py")
    spec: Any = importlib.util.spec_from_file_location(_NAME, path)
    package = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = package
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    spec.loader.exec_module(package)
    answer: Any = importlib.import_module(_NAME + ".answer")
    sys.dont_write_bytecode = before
    answer.main(sys.argv)


if __name__ == "__main__":
    main()

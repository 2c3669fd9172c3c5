"""The repairs of ``codemod.runtime``: this interpreter's own, or those of the tool."""

from __future__ import annotations

import importlib.util
import os
import sys

__all__ = ["are_installed", "make"]

_INSTALLED = "codemod.runtime"
_NAME = "_eager_codemod_runtime"


def are_installed() -> bool:
    """Whether scripts that this interpreter runs can import the repairs."""
    try:
        return importlib.util.find_spec(_INSTALLED) is not None
    except Exception:  # There is no codemod, or another package of that name.
        return False


def make(folder: str | None) -> None:
    """Make the repairs: those of this interpreter, or of a folder, under a name apart.

    Nothing else of eager-codemod is imported, which need not work here.

    Args:
        folder: Where they are; ``None`` for those that are installed.
    """
    if folder is None:
        importlib.import_module(_INSTALLED).make_thread_safe()
        return
    spec = importlib.util.spec_from_file_location(
        _NAME,
        os.path.join(folder, "__init__.py"),
        submodule_search_locations=[folder],
    )
    if spec is None or spec.loader is None:
        raise ImportError("no repairs in " + folder)
    module = importlib.util.module_from_spec(spec)
    sys.modules[_NAME] = module
    # The folder is the tool's: another interpreter's bytecode is not left there.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
        module.make_thread_safe()
    finally:
        sys.dont_write_bytecode = before

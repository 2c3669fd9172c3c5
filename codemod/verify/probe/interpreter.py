"""Whether this interpreter's import statement is affected (gh-143650)."""

from __future__ import annotations

import sys
import threading
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["interpreter_is_affected"]

#: How long the check waits for its second thread, in seconds. It takes less than a
#: millisecond; the limit only keeps an unknown interpreter from hanging.
PATIENCE_SECONDS = 2.0

_PACKAGE = "_eager_codemod_package"


class _Announcing:
    """A module's ``__spec__`` that tells when an import statement looks at it.

    The statement asks ``__spec__._initializing`` right after it took the module from
    ``sys.modules``, to find out whether it has to wait.
    """

    def __init__(self, spec: ModuleSpec, event: threading.Event) -> None:
        self._spec = spec
        self._event = event

    @property
    def _initializing(self) -> bool:
        self._event.set()
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spec, name)


class _SelfReplacing(Loader):
    """Finder and loader of a package that replaces itself, as transformers does."""

    def __init__(self) -> None:
        self.raw_is_taken = threading.Event()
        self.was_taken = False
        self.thread = threading.Thread(target=self.second, daemon=True)
        self.error: ImportError | None = None

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> ModuleSpec | None:
        if name == _PACKAGE:
            return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        spec: Any = module.__spec__
        announcing: Any = _Announcing(spec, self.raw_is_taken)
        module.__spec__ = announcing
        self.thread.start()
        # The second thread holds the raw module from here on.
        self.was_taken = self.raw_is_taken.wait(PATIENCE_SECONDS)
        replacement = type(module)(_PACKAGE)
        vars(replacement).update(__spec__=spec, __path__=[], answer=42)
        sys.modules[_PACKAGE] = replacement

    def second(self) -> None:
        try:
            exec(f"from {_PACKAGE} import answer", {})
        except ImportError as error:
            self.error = error


def interpreter_is_affected() -> bool | None:
    """Whether an import statement can hand out a module that was replaced.

    Certain, because two threads are led into the critical moment.

    Returns:
        True or False; ``None`` when the interpreter could not be led there, as one
        whose import statement works in another way.
    """
    package = _SelfReplacing()
    sys.meta_path.insert(0, package)
    try:
        exec(f"import {_PACKAGE}", {})
        package.thread.join(PATIENCE_SECONDS)
    finally:
        sys.meta_path.remove(package)
        sys.modules.pop(_PACKAGE, None)
    if package.thread.is_alive() or not package.was_taken:
        return None
    return package.error is not None

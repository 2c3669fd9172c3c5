"""A package that puts a lazy object in its own place, the way transformers does."""

import sys
from types import ModuleType


class _Lazy(ModuleType):
    """A module whose only name appears when somebody asks for it."""

    def __getattr__(self, name: str) -> str:
        if name != "answer":
            raise AttributeError(name)
        return "from the lazy object"


_lazy = _Lazy(__name__)
_lazy.__spec__ = __spec__
_lazy.__path__ = __path__
sys.modules[__name__] = _lazy

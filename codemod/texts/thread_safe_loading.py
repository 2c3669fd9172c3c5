def _make_transformers_loading_thread_safe():  # type: () -> None
    """Keep model loading in one thread from breaking models of others.

    While transformers builds a model, it replaces functions in the whole
    process: torch.nn.init's, and Module.register_parameter (version 4) or
    PreTrainedModel.tie_weights (5.1 and later). What other threads build then
    lacks values, memory or tied weights. After this call, which belongs
    before the threads start, only the loading thread sees the replacements.
    """
    import contextlib
    import functools
    import inspect
    import sys
    import threading
    import warnings
    from typing import Any

    try:
        from torch import nn, no_grad
        from transformers import __version__, modeling_utils
    except (ImportError, RuntimeError):
        # Missing or incomplete: the error appears where a model is used.
        return

    class Here(threading.local):
        replaced = frozenset()  # type: frozenset[str]

        def __bool__(self) -> bool:  # read as version 4's _init_weights
            return "no_init_weights" not in self.replaced

    def choose(name: str, usual: Any, other: Any) -> Any:
        @functools.wraps(usual)
        def call(*args: Any, **kwargs: Any) -> Any:
            return (other if name in here.replaced else usual)(*args, **kwargs)

        return call

    def confine(module: Any, manager: str, owner: Any, *names: str) -> None:
        @contextlib.contextmanager
        def confined(_enable: bool = True) -> Any:
            before = here.replaced
            if _enable:
                here.replaced = before.union(names, [manager])
            try:
                yield
            finally:  # no_init_weights ends an outer one's for torch.nn.init
                ends = _enable and manager == "no_init_weights"
                here.replaced = before.difference(names if ends else ())

        usual = {name: getattr(owner, name) for name in names}
        with getattr(module, manager)():
            other = {name: getattr(owner, name) for name in names}
        if usual != other:  # else it replaces nothing: some settings do that
            setattr(module, manager, confined)
            for name in names:
                setattr(owner, name, choose(name, usual[name], other[name]))

    here = Here()
    library = modeling_utils  # type: Any
    try:
        if hasattr(library, "_loads_in_threads"):
            return
        if __version__.startswith("4."):
            names = library.TORCH_INIT_FUNCTIONS
            confine(library, "no_init_weights", nn.init, *names)
            if library._init_weights:
                library._init_weights = here
            if hasattr(library, "init_empty_weights"):
                meta = ("init_empty_weights", nn.Module, "register_parameter")
                confine(library, *meta)
        else:
            init, model = library.init, library.PreTrainedModel
            names = init.TORCH_INIT_FUNCTIONS
            confine(init, "guard_torch_init_functions", nn.init, *names)
            # It guards what these modules imported from torch.nn.init as well.
            for place in map(sys.modules.get, init.TORCH_MODULES_TO_PATCH):
                for name in (n for n in names if hasattr(place, n)):
                    setattr(place, name, getattr(nn.init, name))
            # Its decorator holds on to what was replaced.
            plain = inspect.unwrap(model.initialize_weights)
            guarded = init.guard_torch_init_functions()(plain)
            model.initialize_weights = no_grad()(guarded)
            if hasattr(init, "no_tie_weights"):
                confine(init, "no_tie_weights", model, "tie_weights")
        library._loads_in_threads = True
    except Exception as error:  # noqa: BLE001, RUF100
        warnings.warn(f"Loading in threads is unsafe: {error!r}", stacklevel=2)

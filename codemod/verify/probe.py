"""What runs in the interpreter under test: ``python probe.py REQUEST ANSWER``.

One stand-alone file of the standard library, Python 3.8 to 3.14, because it is run by
the interpreter that runs the user's trials, which knows nothing of eager-codemod. It
imports transformers and nothing else, reads its request from one JSON file and writes
its answer to another: what the target prints cannot spoil it.

Requests: ``look`` says what this interpreter is, whether its import statement is
affected, and which transformers it would import, without importing it. ``race`` imports
names in threads, and says which imports failed; ``alone`` does without threads.
``load`` builds models beside one that another thread is loading, and trains in threads.

The race is not left to luck. CPython's import statement takes a module from
``sys.modules``, waits until its import is over, and goes on with the object it took
before the wait (gh-143650). A package that puts another object in its own place is
open to that between its first and its last line. So each thread is stopped on the
first line of such a package, and goes on when no other thread can: when all the
others have come as far as they get. Nothing else is changed, no failure is added:
the operating system could have stopped the threads in the same places.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import sys
import tempfile
import threading
import time
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, SourceFileLoader
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from types import CodeType, FrameType, ModuleType

    # A name, and what is wrong with it.
    Outcome = tuple[str, "dict[str, Any] | None"]

#: How often the conductor looks at the threads, in seconds.
TICK_SECONDS = 0.001
#: When no thread got on for this long, those that run are taken to wait for one that
#: is stopped, in a way the conductor cannot see. In seconds.
STALL_SECONDS = 5.0
#: How long the interpreter check waits for its second thread, in seconds. It takes
#: less than a millisecond; the limit only keeps an unknown interpreter from hanging.
PATIENCE_SECONDS = 2.0
#: How long a load that is stopped half way waits for the others, and they for it.
LOAD_SECONDS = 60.0

_REPLACES_ITSELF = re.compile(rb"\bmodules\s*\[\s*__name__\s*\]\s*=[^=]")
_PACKAGE = "_eager_codemod_probe"


# --- look ---------------------------------------------------------------------------


def look(request: dict[str, Any]) -> dict[str, Any]:
    """Describe this interpreter and the transformers that it would import.

    Args:
        request: ``checkpoints``: model names as given to ``from_pretrained``.
    """
    folder = _folder("transformers")
    return {
        "executable": sys.executable,
        "python": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "affected": interpreter_is_affected(),
        "transformers": _version("transformers", folder),
        "torch": _version("torch", _folder("torch")),
        "checkpoints": {
            name: classes_of_checkpoint(name, folder)
            for name in request.get("checkpoints", ())
            if folder
        },
    }


def _folder(package: str) -> str | None:
    """The folder of an installed package, ``None`` without one; imports nothing."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or not spec.origin or not spec.submodule_search_locations:
        return None  # Missing, or a folder that merely has the same name.
    return spec.submodule_search_locations[0]


def _version(package: str, folder: str | None) -> str | None:
    """The version of an installed package, ``None`` without one."""
    if folder is None:
        return None
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


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


def classes_of_checkpoint(checkpoint: str, folder: str) -> list[str]:
    """What transformers imports for a checkpoint's name, read from its file names.

    Args:
        checkpoint: Such as ``google/electra-small-discriminator``.
        folder: Where transformers is installed.

    Returns:
        Names of configuration, model and tokenizer classes, such as
        ``ElectraConfig``; none when the name tells no known model.
    """
    text = re.sub(r"[^a-z0-9]", "", checkpoint.rpartition("/")[2].lower())
    models = os.path.join(folder, "models")
    try:
        kinds = sorted(os.listdir(models), key=len, reverse=True)
    except OSError:
        return []
    for kind in kinds:
        if kind.replace("_", "") in text and kind.isidentifier():
            return sorted(_classes(os.path.join(models, kind), kind))
    return []


def _classes(folder: str, kind: str) -> Iterator[str]:
    """The main classes that a model's folder defines: at most one of a sort."""
    patterns = {
        "configuration_": r"^class (\w+Config)\(",
        "modeling_": r"^class (\w+(?:Model|For\w+))\(",
        "tokenization_": r"^class (\w+Tokenizer)\(",
    }
    for start, pattern in patterns.items():
        path = os.path.join(folder, start + kind + ".py")
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found = re.findall(pattern, file.read(), re.M)
        except OSError:
            continue
        public = [name for name in found if "PreTrained" not in name]
        if public:
            yield min(public, key=len)


# --- race ---------------------------------------------------------------------------


class Conductor:
    """Decides which of the threads goes on.

    A thread that is about to import the next name, or stands on the first line of a
    package that replaces itself, stops. When no thread runs (all stand, wait for
    another's import, or are over), one goes on: first those that have something to
    import, so that all of them come as far as they get while the packages stand
    open, then the thread that entered its package last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: dict[int | None, threading.Thread] = {}
        self._at_gate: list[tuple[int, threading.Event]] = []
        self._in_window: list[tuple[int, threading.Event]] = []

    def run(self, threads: list[threading.Thread]) -> None:
        """Start the threads and return when all are over."""
        for thread in threads:
            thread.start()
        self._threads = {thread.ident: thread for thread in threads}
        ticks, since, last = 0, time.monotonic(), None
        while any(thread.is_alive() for thread in threads):
            time.sleep(TICK_SECONDS)
            running = self._running()
            if running != last:
                last, since = running, time.monotonic()
            # Twice in a row: a lock that is free is passed in less than a tick.
            ticks = 0 if running else ticks + 1
            if ticks >= 2 or time.monotonic() - since > STALL_SECONDS:
                ticks, since = 0, time.monotonic()
                self._next()

    def gate(self) -> None:
        """Stop the calling thread until it is its turn to import something."""
        self._stop(self._at_gate)

    def window(self) -> None:
        """Stop the calling thread inside a package that replaces itself."""
        if threading.get_ident() in self._threads:
            self._stop(self._in_window)

    def _stop(self, place: list[tuple[int, threading.Event]]) -> None:
        turn = threading.Event()
        with self._lock:
            place.append((threading.get_ident(), turn))
        turn.wait()

    def _next(self) -> None:
        with self._lock:
            if self._at_gate:
                _, turn = self._at_gate.pop(0)
            elif self._in_window:
                _, turn = self._in_window.pop()
            else:
                return
            turn.set()

    def _running(self) -> list[tuple[int, CodeType, int]]:
        """The threads that neither stand nor wait, and what each is about to do."""
        with self._lock:
            stopped = {ident for ident, _ in self._at_gate + self._in_window}
        return [
            (ident, frame.f_code, frame.f_lasti)
            for ident, frame in sys._current_frames().items()
            if ident in self._threads
            and ident not in stopped
            and not _waits_for_an_import(frame)
        ]


def _waits_for_an_import(frame: FrameType) -> bool:
    """Whether a thread whose innermost frame this is waits for another's import."""
    code = frame.f_code
    return code.co_name == "acquire" and "importlib._bootstrap" in code.co_filename


def open_windows(conductor: Conductor) -> None:
    """Let threads stop where a module that replaces itself begins to run."""
    execute = SourceFileLoader.exec_module

    def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
        if _replaces_itself(loader, module.__name__):
            conductor.window()
        execute(loader, module)

    SourceFileLoader.exec_module = exec_module  # type: ignore


def _replaces_itself(loader: SourceFileLoader, name: str) -> bool:
    try:
        source = loader.get_data(loader.get_filename(name))
    except (OSError, ImportError):
        return False
    return _REPLACES_ITSELF.search(source) is not None


def import_name(name: str) -> None:
    """Import one name the way a script does.

    Args:
        name: ``BertModel`` from transformers, or ``transformers.onnx.OnnxConfig``
            from that package.
    """
    module, _, attribute = name.rpartition(".")
    exec("from {} import {}".format(module or "transformers", attribute), {})


def run_guard(
    source: str | None, extra: Sequence[str]
) -> tuple[float, dict[str, Any] | None]:
    """Run a guard in the main thread, as a script's ``main`` does.

    Args:
        source: The definition; ``None`` for no guard.
        extra: Names that the guard loads in a block of their own.

    Returns:
        How many seconds it took, and the error that left it or ``None``.
    """
    start = time.perf_counter()
    try:
        if source is not None:
            call_defined(source)
        for name in extra:
            import_name(name)
    except BaseException as error:  # A guard may raise anything, SystemExit too.
        return time.perf_counter() - start, describe(error)
    return time.perf_counter() - start, None


def call_defined(source: str) -> None:
    """Call the function that is all that a source defines."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<script>", "exec"), namespace)
    (name,) = set(namespace) - {"__builtins__"}
    namespace[name]()


def race(request: dict[str, Any]) -> dict[str, Any]:
    """Import names in threads, and say which imports failed.

    Args:
        request: ``names`` to import, in order; ``guard``: the source of a definition
            to run first, or ``None``; ``guard_names``: what it imports; ``extra``:
            names to load with it.
    """
    seconds, guard_error = run_guard(request["guard"], request["extra"])
    # Twice each, side by side: two trials of one study import the same things.
    results = import_in_threads([name for name in request["names"] for _ in range(2)])
    failures = [(name, error) for name, error in results if error is not None]
    return {
        "broken": _outcome("transformers.__version__"),
        "guarded": request["guard"] is not None,
        "guard_seconds": seconds,
        "guard_error": guard_error,
        "imports": len(results),
        # A name that cannot be imported now either has nothing to do with threads.
        "failures": [
            dict(error, name=name, alone=_outcome(name)) for name, error in failures
        ],
        "missing": _errors(request["guard_names"]),
        "cures": cures({error["package"] for _, error in failures} - {None}),
        "torch": _uses_torch(),
    }


def import_in_threads(names: Sequence[str]) -> list[Outcome]:
    """Import names in threads that are led into every window they come by."""
    conductor = Conductor()
    open_windows(conductor)
    results: list[Outcome] = []

    def work(name: str) -> None:
        conductor.gate()
        results.append((name, _outcome(name)))

    # A thread for each: with fewer, all could be waiting for one import when the
    # window opens that only another name's import leads to.
    conductor.run(
        [threading.Thread(target=work, args=(name,), daemon=True) for name in names]
    )
    return results


def alone(request: dict[str, Any]) -> dict[str, Any]:
    """Import ``names`` one after the other, in this thread; the errors by name."""
    return {"errors": _errors(request["names"])}


def _errors(names: Iterable[str]) -> dict[str, Any]:
    outcomes = {name: _outcome(name) for name in names}
    return {name: error for name, error in outcomes.items() if error is not None}


def _outcome(name: str) -> dict[str, Any] | None:
    """Import one name; its error, described, or ``None``."""
    try:
        import_name(name)
    except BaseException as error:  # Of the target's code, whatever it is.
        return describe(error)
    return None


def describe(error: BaseException) -> dict[str, Any]:
    """The innermost cause of an error, since transformers wraps what it catches."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = error.__cause__
        if inner is None and not error.__suppress_context__:
            inner = error.__context__
        if inner is None:
            break
        error = inner
    return {
        "type": type(error).__name__,
        # Without "(/path/of/the/module.py)", which says nothing more.
        "message": re.sub(r" \([^()]*\)$", "", str(error).strip())[:500],
        "package": getattr(error, "name", None),
    }


def cures(packages: Iterable[str]) -> dict[str, list[str]]:
    """Names whose import from transformers loads a package, cheapest first.

    Args:
        packages: Modules that imports failed on.

    Returns:
        For each package a few names that it and transformers both have.
    """
    top = sys.modules.get("transformers")
    public = set(dir(top)) - set(dir(type(top)))
    found = {}
    for package in packages:
        names = public & set(dir(sys.modules.get(package)))
        names = {name for name in names if name[:1].isupper()}
        order = sorted(
            names, key=lambda name: (not name.endswith("Config"), len(name), name)
        )
        found[package] = order[:5]
    return found


def _uses_torch() -> bool:
    try:
        utils = importlib.import_module("transformers.utils")
        return bool(utils.is_torch_available())
    except Exception:
        return False


# --- load ---------------------------------------------------------------------------


def load(request: dict[str, Any]) -> dict[str, Any]:
    """Build and train beside another thread that is in the middle of doing so.

    Nothing is left to luck here either: the model that is loaded waits, half built,
    until the others are done, and the threads that train go on in step.

    Args:
        request: ``runtime``: the folder of this tool's ``codemod/runtime``, whose
            repairs are made before; ``None`` for none.

    Returns:
        ``checks``: what was done and when, with what is wrong with it or ``None``; none
        where transformers does not use torch. ``installed``: whether this interpreter
        has eager-codemod itself, whose repairs are taken then.
    """
    installed = _has_runtime()
    if not _uses_torch():
        return {"checks": {}, "installed": installed}
    torch: Any = importlib.import_module("torch")
    # New memory is filled with NaN, so that a forgotten initialisation always shows.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        bench = _Bench(torch, importlib.import_module("transformers"), folder)
        if request["runtime"] is not None:
            _repair(None if installed else request["runtime"])
        checks = dict(_training_checks(torch))
        # Last, since loads that overlap may leave the process broken.
        checks.update(bench.checks())
    return {"checks": checks, "installed": installed}


def _has_runtime() -> bool:
    try:
        return importlib.util.find_spec("codemod.runtime") is not None
    except Exception:  # There is no codemod, or another package of that name.
        return False


def _repair(folder: str | None) -> None:
    """Make the repairs: those of this interpreter, or of a folder, under a name apart.

    Nothing else of eager-codemod is imported, which need not work here.
    """
    name = "codemod.runtime"
    if folder is not None:
        name = "_eager_codemod_runtime"
        spec = importlib.util.spec_from_file_location(
            name,
            os.path.join(folder, "__init__.py"),
            submodule_search_locations=[folder],
        )
        if spec is None or spec.loader is None:
            raise ImportError("no repairs in " + folder)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    importlib.import_module(name).make_thread_safe()


def _training_checks(torch: Any) -> Iterator[tuple[str, str | None]]:
    """What threads that use accelerate do to each other, where it is installed."""
    try:
        accelerate: Any = importlib.import_module("accelerate")
    except Exception:  # Missing or broken: nobody trains with it here.
        return
    for name, check in (
        ("a layer, beside an empty model", _beside_empty),
        ("gradient accumulation, in two threads", _accumulating),
    ):
        try:
            yield name, check(accelerate, torch)
        except Exception as error:
            yield name, "{type}: {message}".format(**describe(error))


def _beside_empty(accelerate: Any, torch: Any) -> str | None:
    """What is wrong with a layer when another thread builds an empty model."""
    inside, release = threading.Event(), threading.Event()

    def build() -> None:
        with accelerate.init_empty_weights():
            inside.set()
            release.wait(LOAD_SECONDS)

    thread = threading.Thread(target=build, daemon=True)
    thread.start()
    inside.wait(LOAD_SECONDS)
    device = torch.nn.Linear(2, 2).weight.device.type
    release.set()
    thread.join(LOAD_SECONDS)
    return "on the meta device" if device == "meta" else None


def _accumulating(accelerate: Any, torch: Any) -> str | None:
    """What is wrong when one thread steps at each batch, and one at every fourth."""
    barrier = threading.Barrier(2, timeout=LOAD_SECONDS)
    steps: dict[int, int] = {}
    errors: list[Exception] = []

    def train(count: int) -> None:
        try:
            steps[count] = _steps(accelerate, torch, count, barrier.wait)
        except Exception as error:
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=train, args=(n,), daemon=True) for n in (1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LOAD_SECONDS)
    if errors:
        raise errors[0]
    wanted = {1: 8, 4: 2}
    return None if steps == wanted else "another number of optimizer steps"


def _steps(accelerate: Any, torch: Any, count: int, meet: Callable[[], object]) -> int:
    """The steps of an optimizer in a loop over 8 batches, in step with another one."""
    accelerator = accelerate.Accelerator(gradient_accumulation_steps=count, cpu=True)
    meet()
    taken = []

    class Counting(torch.optim.SGD):  # type: ignore[misc]
        def step(self, closure: Any = None) -> Any:
            taken.append(closure)
            return super().step(closure)

    model = torch.nn.Linear(8, 1)
    optimizer = Counting(model.parameters(), lr=0.01)
    data = torch.utils.data.DataLoader(list(torch.rand(8, 8)), batch_size=1)
    model, optimizer, data = accelerator.prepare(model, optimizer, data)
    for batch in data:
        with accelerator.accumulate(model):
            meet()  # Both have decided whether this is a step.
            accelerator.backward(model(batch).mean())
            optimizer.step()
            meet()
    return len(taken)


class _Bench:
    """A small saved model, and what is built while it is loaded.

    Args:
        torch: The module.
        transformers: The module.
        folder: Where the model is saved.
    """

    WIDTH = 8
    KEPT = 7.0  # a value that no initialisation gives

    def __init__(self, torch: Any, transformers: Any, folder: str) -> None:
        self.torch = torch
        self.base = transformers.BertModel
        self.tied = transformers.BertForMaskedLM
        self.folder = folder
        self.config = transformers.BertConfig(
            hidden_size=self.WIDTH,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=self.WIDTH,
            vocab_size=self.WIDTH,
        )
        self.base(self.config).save_pretrained(folder)
        self._loaded: Any = None

    def checks(self) -> Iterator[tuple[str, str | None]]:
        """What was built and when, with what is wrong with it."""
        self._loaded = self.base.from_pretrained(self.folder)
        builds = {
            "a layer": self._layer,
            "a model with tied weights": self._tied_model,
            "a loaded layer's new values": self._new_values,
        }
        for stage in ("construction", "initialisation"):
            for name, build in builds.items():
                yield "{}, during {}".format(name, stage), self._beside(stage, build)
        half = self._beside("construction", self._layer, half=True)
        yield "a layer, during a load in half precision", half
        yield "a layer, after loads that overlapped", self._after_overlap()

    def _layer(self) -> str | None:
        return self._fault(self.torch.nn.Linear(self.WIDTH, self.WIDTH))

    def _tied_model(self) -> str | None:
        model = self.tied(self.config)
        ends = model.get_input_embeddings(), model.get_output_embeddings()
        if ends[0].weight is not ends[1].weight:
            return "weights not tied"
        return self._fault(model)

    def _new_values(self) -> str | None:
        weight = self._loaded.pooler.dense.weight
        with self.torch.no_grad():
            weight.fill_(self.KEPT)
        self.torch.nn.init.normal_(weight)
        return "not initialised" if (weight == self.KEPT).any() else None

    def _fault(self, module: Any) -> str | None:
        for parameter in module.parameters():
            if parameter.device.type == "meta":
                return "on the meta device"
            if parameter.isnan().any():
                return "not initialised"
            if parameter.dtype != self.torch.float32:
                return "in half precision"
        return None

    def _beside(
        self, stage: str, build: Callable[[], str | None], half: bool = False
    ) -> str | None:
        """What is wrong with something that is built while a load stands still."""
        held = _HeldLoad(self, stage, half)
        try:
            fault = build()
        except Exception as error:
            fault = "{type}: {message}".format(**describe(error))
        return held.finish() or fault

    def _after_overlap(self) -> str | None:
        """What is wrong with a layer when the load that began first has ended first."""
        loads = [_HeldLoad(self, "construction") for _ in range(2)]
        faults = [held.finish() for held in loads]
        return faults[0] or faults[1] or self._layer()


class _HeldLoad:
    """A thread that loads a model and stops half way.

    Args:
        bench: Has the saved model.
        stage: Where to stop: ``construction`` or ``initialisation``.
        half: Whether it loads in half precision.
    """

    def __init__(self, bench: _Bench, stage: str, half: bool = False) -> None:
        self._stage = stage
        # Version 5 knows the old name as well, and warns of it.
        self._dtype = {"torch_dtype": bench.torch.bfloat16} if half else {}
        self._inside = threading.Event()
        self._release = threading.Event()
        self._fault: str | None = None
        model: Any = type(bench.base.__name__, (bench.base,), self._methods(bench))
        self._thread = threading.Thread(
            target=self._load, args=(model, bench.folder), daemon=True
        )
        self._thread.start()
        if not self._inside.wait(LOAD_SECONDS):
            raise TimeoutError("a model was never half loaded")

    def finish(self) -> str | None:
        """Let the load go on, and wait for its end; the error it ended with."""
        self._release.set()
        self._thread.join(LOAD_SECONDS)
        return self._fault

    def _load(self, model: Any, folder: str) -> None:
        try:
            model.from_pretrained(folder, **self._dtype)
        except Exception as error:
            self._fault = "{type}: {message}".format(**describe(error))

    def _methods(self, bench: _Bench) -> dict[str, Any]:
        """A model that has a layer which its checkpoint lacks, and waits there."""
        base, width = bench.base, bench.WIDTH

        def construct(model: Any, config: Any, *args: Any, **kwargs: Any) -> None:
            base.__init__(model, config, *args, **kwargs)
            model.extra = bench.torch.nn.Linear(width, width)
            self._wait("construction")

        def initialise(model: Any, module: Any) -> None:
            if module is getattr(model, "extra", None):
                self._wait("initialisation")
            base._init_weights(model, module)

        return {"__init__": construct, "_init_weights": initialise}

    def _wait(self, stage: str) -> None:
        if stage == self._stage:
            self._inside.set()
            self._release.wait(LOAD_SECONDS)


# --- the process --------------------------------------------------------------------


def main(argv: list[str]) -> None:
    """Answer the request in ``argv[1]`` in the file ``argv[2]``."""
    here = os.path.dirname(os.path.abspath(__file__))
    # The other modules of this folder must not be found as top-level ones.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    with open(argv[1], encoding="utf-8") as file:
        request = json.load(file)
    actions = {"look": look, "race": race, "alone": alone, "load": load}
    answer = actions[request["do"]](request)
    with open(argv[2], "w", encoding="utf-8") as file:
        json.dump(answer, file)
    sys.stdout.flush()
    # Threads, hooks and atexit handlers of the target can no longer do harm.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv)

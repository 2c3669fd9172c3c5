"""What starts trials, and how they run then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.judging import judge

HEAD = """\
import concurrent.futures
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import Pool
from multiprocessing.dummy import Pool as DummyPool
from multiprocessing.pool import ThreadPool

import ax
import bayes_opt
import flaml
import hyperopt
import joblib
import nni
import optuna
import optuna_integration
import ray
import skopt
import wandb
from ax.service.ax_client import AxClient
from dehb import DEHB
from flaml import AutoML
from hyperopt import fmin
from joblib import Parallel, delayed
from nni.experiment import Experiment
from optuna.integration import OptunaSearchCV
from ray import tune
from ray.tune import Tuner
from skopt import BayesSearchCV, gp_minimize
from syne_tune import Tuner as SyneTuner
from transformers import AutoModel, Trainer

import model

study = optuna.create_study()
options = {"n_jobs": 4}


def f(trial):
    return AutoModel.from_pretrained("tiny")


"""

HOW = {
    "study.optimize(f)": "sequential optuna",
    "study.optimize(f, n_jobs=1)": "sequential n_jobs=1",
    "study.optimize(f, n_jobs=4)": "threads n_jobs=4",
    "study.optimize(f, n_jobs=-1)": "threads n_jobs=-1",
    "study.optimize(f, n_jobs=args.jobs)": "threads n_jobs=args.jobs",
    "study.optimize(f, **options)": "threads perhaps: **options",
    "trial = study.ask(); f(trial)": "sequential optuna",
    "OptunaSearchCV(f, {})": "sequential optuna",
    "OptunaSearchCV(f, {}, n_jobs=2)": "threads n_jobs=2",
    "optuna_integration.OptunaSearchCV(f, {})": "sequential optuna_integration",
    "ray.tune.run(f)": "processes ray.tune",
    "tune.run(f)": "processes ray.tune",
    "Tuner(f).fit()": "processes ray.tune",
    "tune.Tuner(tune.with_resources(f, {})).fit()": "processes ray.tune",
    "fmin(f, {}, max_evals=3)": "sequential hyperopt",
    "hyperopt.fmin(fn=f)": "sequential hyperopt",
    "gp_minimize(f, [])": "sequential skopt",
    "BayesSearchCV(f, {}, n_jobs=3)": "threads n_jobs=3",
    "ax.optimize([], f)": "sequential ax",
    "client = AxClient(); client.get_next_trial(); f(1)": "sequential ax",
    "AutoML().fit(f)": "sequential flaml",
    "flaml.tune.run(f)": "sequential flaml.tune",
    "bayes_opt.BayesianOptimization(f, {}).maximize()": "sequential bayes_opt",
    "DEHB(f=f).run()": "processes dehb",
    "import nevergrad; nevergrad.optimizers.OnePlusOne(1).minimize(f)": (
        "sequential nevergrad"
    ),
    "trainer = Trainer(); trainer.hyperparameter_search()": "sequential ",
    "wandb.agent('id', function=f)": "sequential wandb",
    "wandb.agent('id', f, count=3)": "sequential wandb",
    "ThreadPoolExecutor().submit(f, 1)": (
        "threads concurrent.futures.ThreadPoolExecutor"
    ),
    "with ThreadPoolExecutor() as pool:\n    pool.map(f, [1])": (
        "threads concurrent.futures.ThreadPoolExecutor"
    ),
    "with concurrent.futures.ThreadPoolExecutor(4) as pool:\n    pool.submit(f)": (
        "threads concurrent.futures.ThreadPoolExecutor"
    ),
    "pool = ThreadPool(4); pool.starmap(f, [])": (
        "threads multiprocessing.pool.ThreadPool"
    ),
    "DummyPool(2).imap_unordered(f, [])": "threads multiprocessing.dummy.Pool",
    "Parallel(n_jobs=2, prefer='threads')(delayed(f)(x) for x in [1])": (
        'threads prefer="threads"'
    ),
    "Parallel(backend='threading')(delayed(f)(x) for x in [1])": (
        'threads backend="threading"'
    ),
    "joblib.Parallel(require='sharedmem')(delayed(f)(x) for x in [1])": (
        'threads require="sharedmem"'
    ),
    "for x in [1, 2]:\n    threading.Thread(target=f, args=(x,)).start()": (
        "threads threading.Thread"
    ),
    "ts = [threading.Thread(target=f) for _ in range(2)]": "threads threading.Thread",
    "while True:\n    threading.Thread(target=f).start()": "threads threading.Thread",
    "with ThreadPoolExecutor() as p:\n    p.submit(study.optimize, f)": (
        "threads p.submit is given .optimize"
    ),
    "threading.Thread(target=study.optimize, args=(f,)).start()": (
        "threads threading.Thread is given .optimize"
    ),
}
SUBPROCESS = {
    "wandb.agent('id')": "no function is given: the sweep's program is run",
    "wandb.agent(sweep_id='id', count=2)": (
        "no function is given: the sweep's program is run"
    ),
    "Experiment('local').run(8080)": "nni.experiment",
    "SyneTuner(f).run()": "syne_tune",
}
NOTHING = [
    "isinstance(f, optuna.Trial)",
    "isinstance(f, optuna.study.Study)",
    "optuna.load_study(study_name='a', storage='b').best_params",
    "optuna.delete_study(study_name='a')",
    "optuna.visualization.plot_param_importances(study)",
    "optuna.logging.set_verbosity(1)",
    "raise optuna.TrialPruned()",
    "study.enqueue_trial({})",
    "study.optimize()",
    "ray.init()",
    "ray.tune.report(x=1)",
    "ray.tune.loguniform(1, 2)",
    "nni.get_next_parameter()",
    "nni.report_final_result(1)",
    "wandb.init()",
    "wandb.log({})",
    "wandb.sweep({})",
    "flaml.tune.choice([1])",
    "hyperopt.hp.choice('x', [])",
    "skopt.space.Real(1, 2)",
    "threading.Thread(target=f).start()",
    "t = threading.Thread(target=f, daemon=True)",
    "ThreadPoolExecutor().submit(print, 1)",
    "for x in [1]:\n    threading.Thread(target=print).start()",
    "ProcessPoolExecutor().submit(f, 1)",
    "Pool().map(f, [1])",
    "Parallel(n_jobs=2)(delayed(f)(x) for x in [1])",
    "Parallel(n_jobs=2, prefer='processes')(delayed(f)(x) for x in [1])",
    "model.optimize(f)",
    "map(f, [1])",
    "list(map(f, [1]))",
]


@pytest.mark.parametrize(("line", "how"), HOW.items(), ids=HOW)
def test_how_trials_run(tmp_path: Path, line: str, how: str) -> None:
    """In threads, in processes, one after the other, and what says so."""
    (tmp_path / "model.py").write_text("def optimize(f): pass\n")
    found = judge(tmp_path, f"{HEAD}{line}\n").verdict
    assert (found.name, f"{found.how} {found.why}") == ("affected", how)


@pytest.mark.parametrize(("line", "why"), SUBPROCESS.items(), ids=SUBPROCESS)
def test_trials_that_are_programs(tmp_path: Path, line: str, why: str) -> None:
    """They share nothing with this process, whatever they load."""
    found = judge(tmp_path, f"{HEAD}{line}\n").verdict
    assert (found.name, found.how, found.why) == ("hpo", "subprocess", why)


@pytest.mark.parametrize("line", NOTHING)
def test_what_starts_no_trials(tmp_path: Path, line: str) -> None:
    """Reading, plotting, reporting, spaces; processes; one thread more."""
    (tmp_path / "model.py").write_text("def optimize(f): pass\n")
    head = HEAD.replace("study = optuna.create_study()", "study = None")
    assert judge(tmp_path, f"{head}{line}\n").verdict.name == "none"


class TestMethods:
    """A method's name says little: the module must know its library, or a keyword."""

    TRIAL = "from transformers import AutoModel\ndef f(t):\n    return AutoModel()\n"

    @pytest.mark.parametrize(
        "line",
        [
            "scipy_thing.optimize(f)",
            "study.minimize(f)",
            "queue.ask()",
            "torch.ask(f)",
        ],
    )
    def test_without_the_library(self, tmp_path: Path, line: str) -> None:
        """Others have methods of the name too."""
        text = (
            f"{self.TRIAL}def go(study, queue, scipy_thing):\n    {line}\ngo(1, 2, 3)"
        )
        assert judge(tmp_path, text).verdict.name == "none"

    def test_with_a_keyword_of_its_own(self, tmp_path: Path) -> None:
        """The study comes from elsewhere."""
        text = f"{self.TRIAL}def go(study):\n    study.optimize(f, n_trials=9)\ngo(1)"
        assert judge(tmp_path, text).verdict.name == "affected"

    def test_of_another_package(self, tmp_path: Path) -> None:
        """Whatever the module imports beside it."""
        text = f"import optuna\nimport scipy\n{self.TRIAL}scipy.optimize(f)\n"
        assert judge(tmp_path, text).verdict.name == "none"

    def test_a_tuner_behind_a_method_of_the_authors_own(self, tmp_path: Path) -> None:
        """What the study is, nobody need know."""
        text = f"""
import optuna
{self.TRIAL}
class Tuner:
    def __init__(self, objective):
        self.study = optuna.create_study()
        self.objective = objective

    def search(self, count):
        self.study.optimize(self.objective, n_trials=count)

class Experiment:
    tuner_class = Tuner

    def run(self):
        self.tuner = self.tuner_class(f)
        self.tuner.search(3)

Experiment().run()
"""
        assert judge(tmp_path, text).verdict.name == "affected"


def test_a_library_that_the_settings_name(tmp_path: Path) -> None:
    """Whatever is called of it starts trials."""
    from codemod.program.verdict import Judge
    from codemod.python.source import parse

    text = f"import ourhpo\n{TestMethods.TRIAL}ourhpo.search(f)\n"
    source = parse(text.encode())
    path = str(tmp_path / "tune.py")
    assert Judge(None).judge(path, source).verdict.name == "none"
    found = Judge(None, ("ourhpo",)).judge(path, source).verdict
    assert (found.name, found.how) == ("affected", "unknown")


def test_a_library_on_transformers_that_the_settings_name(tmp_path: Path) -> None:
    """Built-in ones know nothing of it."""
    from codemod.program.verdict import Judge
    from codemod.python.source import parse

    text = (
        "import optuna\nimport ourmodels\noptuna.create_study().optimize(ourmodels.f)\n"
    )
    source = parse(text.encode())
    path = str(tmp_path / "tune.py")
    assert Judge(None).judge(path, source).verdict.name == "hpo"
    judged = Judge(None, (), ("ourmodels",)).judge(path, source)
    assert judged.verdict.name == "affected"

"""The command: options -> settings -> run -> exit status. No logic of its own.

Nothing but click is imported before the options are known to be right, and nothing
that a run does not need is imported at all: start-up is most of what a hook costs.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from codemod import __version__
from codemod.report.terminal import Terminal

if TYPE_CHECKING:
    from codemod.report.text import Report
    from codemod.run.runner import Plan
    from codemod.settings import Settings

__all__ = ["main"]

_EPILOG = """\b
Exit status:
  0  done, or nothing to do
  1  --check or --diff found something, or --verify saw the guard fail
  2  wrong usage, or a file could not be read, parsed or written

\b
Examples:
  eager-codemod scripts/                 patch the HPO scripts in a folder
  eager-codemod --diff train.py          show what would change
  eager-codemod --explain scripts/       why a script is patched, or not
  eager-codemod --verify scripts/        prove that the guard holds here

Settings are read from [tool.eager-codemod] in pyproject.toml; the keys are named
like the options. A line `# eager-codemod: skip` leaves a file alone.
"""


def _identifier(
    context: click.Context, parameter: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    from codemod.settings import is_identifier

    for name in value:
        if not is_identifier(name):
            raise click.BadParameter(f"{name!r} is no identifier")
    return value


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
    epilog=_EPILOG,
)
@click.argument("paths", nargs=-1, metavar="[PATHS]...", type=click.Path())
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if anything would.")
@click.option(
    "--diff",
    is_flag=True,
    help="Change nothing, print a unified diff; exit 1 if anything would change.",
)
@click.option("--remove", is_flag=True, help="Take the guard and its call out again.")
@click.option(
    "--upgrade", is_flag=True, default=None, help="Also rewrite an older guard."
)
@click.option(
    "--verify",
    is_flag=True,
    help="Prove in fresh processes that imports fail without the guard, not after it.",
)
@click.option(
    "--python",
    metavar="INTERPRETER",
    help="For --verify: a Python, or a virtual environment's folder.",
)
@click.option(
    "--explain",
    is_flag=True,
    help="Change nothing; print why each script is, or is not, an HPO script.",
)
@click.option(
    "--select",
    type=click.Choice(["affected", "hpo", "all"]),
    help="Which scripts: HPO with transformers, HPO, or all. "
    "Default: all for files, hpo for what is found in folders.",
)
@click.option(
    "--entry",
    type=click.Choice(["argparse", "any"]),
    help="'any' takes any main(), or the __main__ block, without argparse too.",
)
@click.option(
    "--load",
    multiple=True,
    metavar="NAME",
    callback=_identifier,
    help="Also load this name from transformers; repeatable.",
)
@click.option(
    "--with",
    "with_",
    multiple=True,
    metavar="EDIT",
    help="Also apply this edit; repeatable. See the README for the list.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave out matching files, as in .gitignore; repeatable.",
)
@click.option(
    "--force-exclude",
    is_flag=True,
    default=None,
    help="Exclude files even if they are named, as pre-commit does.",
)
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), metavar="N", help="Worker processes."
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "github", "sarif"]),
    help="How findings are printed.",
)
@click.option(
    "--stdin-filename", metavar="PATH", help="The name of the script on standard input."
)
@click.option(
    "-q", "--quiet", is_flag=True, default=None, help="Print nothing but errors."
)
@click.option(
    "-v", "--verbose", is_flag=True, default=None, help="Say something of every file."
)
@click.option(
    "--color/--no-color",
    default=None,
    help="Colour, or not; by default on terminals, unless NO_COLOR is set.",
)
@click.version_option(__version__, "-V", "--version", prog_name="eager-codemod")
@click.pass_context
def main(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Make HPO scripts safe to run with parallel trials.

    Inserts a guard into main() that loads transformers' shared lazy packages before
    trials start in threads. PATHS are files or folders, "." by default; "-" reads a
    script from standard input and prints the result.
    """
    from codemod.settings import SettingsError

    try:
        status = _main(paths or (".",), options)
    except SettingsError as error:
        from codemod.report.text import printable

        raise click.UsageError(printable(str(error))) from None
    except BrokenPipeError:  # whoever read our output has gone, and knows why
        _drop_output()
        status = 2
    except OSError as error:
        _drop_output()
        reason = (error.strerror or type(error).__name__).lower()
        click.echo(f"output cannot be written: {reason}", err=True)
        status = 2
    except KeyboardInterrupt:
        click.echo("interrupted; files are either done or untouched", err=True)
        status = 130
    context.exit(status)


def _drop_output() -> None:
    """Let Python not complain at exit about what could not be written."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
            continue
        with contextlib.suppress(AttributeError, OSError, ValueError):
            os.dup2(nowhere, stream.fileno())


def _main(paths: tuple[str, ...], options: dict[str, Any]) -> int:
    _refuse_contradictions(paths, options)
    table = _merge(paths, options)
    settings = _settings(table, remove=options["remove"])
    terminal = Terminal(table.get("color"))
    if options["verify"]:
        from codemod import verify

        return verify.run(paths, settings, options["python"], table, terminal)
    from codemod.report.text import make_report

    if paths == ("-",) and not _dry(options):
        table["output-format"] = "text"  # whatever the settings file says for files
    plan = _plan(settings, options, table.get("output-format", "text") != "text")
    report = make_report(plan, table, terminal)
    if paths == ("-",):
        return _stdin(options["stdin_filename"], plan, report)
    return _files(paths, plan, report, terminal)


def _refuse_contradictions(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    if "-" in paths and len(paths) > 1:
        raise click.UsageError('"-" (standard input) goes without other paths')
    if options["stdin_filename"] and paths != ("-",):
        raise click.UsageError('--stdin-filename goes with "-"')
    prints_script = paths == ("-",) and not _dry(options)
    if prints_script and options["output_format"] not in (None, "text"):
        raise click.UsageError(
            f'"-" prints the script; --output-format {options["output_format"]} '
            "goes with --check, --diff or --explain there"
        )
    if options["python"] and not options["verify"]:
        raise click.UsageError("--python goes with --verify")
    if options["verify"] and options["output_format"] in ("github", "sarif"):
        raise click.UsageError(
            f"--verify prints text or json, not {options['output_format']}"
        )
    for name in ("check", "diff", "remove", "upgrade", "explain"):
        if options["verify"] and options[name]:
            raise click.UsageError(
                f"--verify changes nothing; it goes without --{name}"
            )


def _merge(paths: tuple[str, ...], options: dict[str, Any]) -> dict[str, Any]:
    """The settings file's table, with what the command line says on top."""
    from codemod import settings

    where = paths if paths != ("-",) else (options["stdin_filename"] or os.curdir,)
    file = settings.find_pyproject(where)
    table = settings.read(file) if file else {}
    given = {name.strip("_").replace("_", "-"): options[name] for name in options}
    for name, value in given.items():
        if name in settings.KEYS and value is not None and value != ():
            table[name] = value
    table["root"] = os.path.dirname(file) if file else None
    return table


def _settings(table: dict[str, Any], remove: bool) -> Settings:
    from codemod.settings import Settings

    if table.get("with"):
        _check_edits(table["with"])
    return Settings(
        select=table.get("select"),
        entry=table.get("entry", "argparse"),
        load=tuple(table.get("load", ())),
        edits=("guard", *table.get("with", ())),
        upgrade=table.get("upgrade", False),
        remove=remove,
        exclude=tuple(table.get("exclude", ())),
        force_exclude=table.get("force-exclude", False),
        jobs=table.get("jobs"),
        hpo_libraries=tuple(table.get("hpo-libraries", ())),
        transformers_libraries=tuple(table.get("transformers-libraries", ())),
        root=table["root"],
    )


def _dry(options: dict[str, Any]) -> bool:
    return bool(options["check"] or options["diff"] or options["explain"])


def _plan(settings: Settings, options: dict[str, Any], machine: bool) -> Plan:
    from codemod.run.runner import Plan

    write = not _dry(options)
    fixes = machine and not options["explain"] and (settings.remove or not write)
    return Plan(
        settings,
        write=write,
        contents=options["diff"] or fixes,
        explain=options["explain"],
        verdicts=machine,
    )


def _check_edits(names: Sequence[str]) -> None:
    from codemod.edits.registry import all_edits

    known = [edit.name for edit in all_edits()]
    for name in names:
        if name not in known:
            raise click.UsageError(f"unknown edit {name!r}; one of: {', '.join(known)}")


def _files(
    paths: tuple[str, ...], plan: Plan, report: Report, terminal: Terminal
) -> int:
    from codemod.run.runner import run
    from codemod.search.discovery import discover

    candidates = list(discover(paths, plan.settings, report.fail))
    for result in terminal.progress(run(candidates, plan), len(candidates)):
        report.add(result)
    report.finish()
    return report.status


def _stdin(name: str | None, plan: Plan, report: Report) -> int:
    from codemod.run.runner import run_bytes
    from codemod.search.discovery import excluded

    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    data = sys.stdin.buffer.read()
    if name and excluded(name, plan.settings):
        if plan.write:
            report.sink.output(data)
        return 0
    result = run_bytes(name or "<stdin>", data, plan)
    if plan.write and result.status != "error":
        report.sink.output(data if result.after is None else result.after)
    report.add(result)
    report.finish(summary=False)
    return report.status

"""The command: options -> settings -> run -> exit status. No logic of its own.

Nothing but click is imported before the options are known to be right, and nothing
that a run does not need is imported at all: start-up is most of what a hook costs.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from codemod import __version__
from codemod.help import Command, Complaint
from codemod.report.terminal import Terminal, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from codemod.report.text import Report
    from codemod.run.result import Plan
    from codemod.settings import Lookup, Settings

__all__ = ["main"]


def _checked(key: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """What refuses on the command line what a settings file may not say either."""

    def check(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        if value:
            from codemod.settings import KEYS

            complaint = KEYS[key](value)
            if complaint:
                raise click.BadParameter(printable(complaint))
        return value

    return check


@click.command(
    cls=Command,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)
@click.argument("paths", nargs=-1, metavar="PATHS...", type=click.Path(readable=False))
@click.option(
    "--check", is_flag=True, help="Change nothing; exit 1 where something is missing."
)
@click.option(
    "--diff",
    is_flag=True,
    help="Like --check, and print a diff (git apply -p0 takes it).",
)
@click.option("--remove", is_flag=True, help="Take out again what was put in.")
@click.option(
    "--explain",
    is_flag=True,
    help="Change nothing; print why each script is taken, or is not.",
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
    "--select",
    type=click.Choice(["affected", "threaded", "hpo", "all"]),
    metavar="WHICH",
    help="affected: those whose trials lead to transformers; threaded: of these, where "
    "trials run in threads; hpo: any with trials; all: any with an entry point. "
    "Default: all for a file that is named, affected for what is found in a folder.",
)
@click.option(
    "--entry",
    type=click.Choice(["argparse", "any"]),
    metavar="KIND",
    help="argparse (the default), or any: any main(), or the __main__ block.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    callback=_checked("exclude"),
    help="Leave out matching files, as in .gitignore; repeatable.",
)
@click.option(
    "--force-exclude",
    is_flag=True,
    default=None,
    help="Exclude files even if they are named, as a hook names them.",
)
@click.option(
    "--load",
    multiple=True,
    metavar="NAME",
    callback=_checked("load"),
    help="Also load this name from transformers; repeatable.",
)
@click.option(
    "--with",
    "with_",
    multiple=True,
    metavar="EDIT",
    callback=_checked("with"),
    help="Also apply this edit: thread-safety, protobuf-env; repeatable.",
)
@click.option(
    "--upgrade",
    is_flag=True,
    default=None,
    help="Also rewrite the guard that people wrote by hand before this tool.",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "github", "gitlab", "sarif"]),
    metavar="FORMAT",
    help="How findings are printed: text, json, github, gitlab or sarif.",
)
@click.option("-q", "--quiet", is_flag=True, default=None, help="Print errors only.")
@click.option(
    "-v", "--verbose", is_flag=True, default=None, help="Say something of every file."
)
@click.option(
    "--color/--no-color",
    default=None,
    help="By default on terminals, unless NO_COLOR is set.",
)
@click.option(
    "--stdin-filename", metavar="PATH", help='The name of the script that "-" reads.'
)
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), metavar="N", help="Worker processes."
)
@click.version_option(__version__, "-V", "--version", prog_name="eager-codemod")
@click.pass_context
def main(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Make scripts safe that run hyper-parameter trials on transformers models.

    Finds them in the files and folders given, and puts in a guard that loads
    transformers' shared lazy packages before trials start in threads. "-" reads a
    script from standard input and prints the result.
    """
    if not paths:
        _explain_paths(context)
    status = 2
    try:
        status = _main(paths, options)
    except KeyboardInterrupt:
        click.echo("interrupted; files are either done or untouched", err=True)
        status = 130
    except (click.ClickException, click.exceptions.Exit):
        raise
    except BrokenPipeError:  # whoever read our output has gone, and knows why
        _drop_output()
    except OSError as error:
        _drop_output()
        from codemod.errors import reason

        click.echo(f"output cannot be written: {reason(error)}", err=True)
    context.exit(status)


def _explain_paths(context: click.Context) -> None:
    """Show the help to who types the command alone; what CI runs must not pass so."""
    sources = map(context.get_parameter_source, context.params.keys() - {"paths"})
    if click.core.ParameterSource.COMMANDLINE in sources:
        raise click.UsageError('no path given; "." is the current folder')
    click.echo(context.get_help())
    context.exit(0)


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
    from codemod.settings import Lookup, SettingsError

    try:
        os.getcwd()
    except FileNotFoundError:
        raise Complaint("the current folder is not there any more") from None
    _refuse_contradictions(paths, options)
    _refuse_missing(paths, options)
    lookup = Lookup(_given(options))
    where = paths if paths != ("-",) else (options["stdin_filename"] or os.curdir,)
    try:
        settings, table = lookup.for_run(where)
    except SettingsError as error:
        raise Complaint(printable(str(error))) from None
    terminal = Terminal(table.get("color"))
    if options["verify"]:
        from codemod import verify

        return verify.run(paths, lookup, options["python"], table, terminal)
    from codemod.report.text import make_report

    if paths == ("-",) and not _dry(options):
        table["output-format"] = "text"  # whatever the settings file says for files
    plan = _plan(settings, options, table.get("output-format", "text") != "text")
    report = make_report(plan, table, terminal)
    if paths == ("-",):
        return _stdin(options["stdin_filename"], plan, report)
    return _files(paths, lookup, plan, report)


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
    if options["verify"] and options["output_format"] not in (None, "text", "json"):
        raise click.UsageError(
            f"--verify prints text or json, not {options['output_format']}"
        )
    if options["verify"]:
        _refuse_beside_verify(paths, options)


def _refuse_beside_verify(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    for name in ("check", "diff", "remove", "upgrade", "explain", "load", "with_"):
        if options[name]:
            raise click.UsageError(
                "--verify takes scripts as they are and changes nothing; "
                f"it goes without --{name.strip('_')}"
            )
    if paths == ("-",):
        raise click.UsageError(
            "--verify needs a file's place, to find what it imports; "
            'name the file instead of "-"'
        )


def _refuse_missing(paths: tuple[str, ...], options: dict[str, Any]) -> None:
    """Refuse a run over paths of which one is not there, before anything is done."""
    for path in paths:
        try:
            if path != "-":
                os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            shown = printable(path) or "an empty path"
            if path in options:
                hint = f"; there is no subcommand {shown}: use --{shown}"
            elif path in ("apply", "fix", "patch", "run"):
                hint = "; there are no subcommands: PATHS alone patches"
            else:
                hint = ""
            raise click.UsageError(f"{shown}: no such file or folder{hint}") from None
        except (OSError, ValueError):
            continue  # one line when its turn comes, like any other


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """What the command line says, by the names that settings files have for it."""
    from codemod.settings import KEYS

    given = {name.strip("_").replace("_", "-"): options[name] for name in options}
    kept = {k: v for k, v in given.items() if k in KEYS and v is not None and v != ()}
    for one, other in (("quiet", "verbose"), ("verbose", "quiet")):
        if one in kept:  # a table may ask for the opposite
            kept.setdefault(other, False)
    return {**kept, "remove": options["remove"]}


def _dry(options: dict[str, Any]) -> bool:
    return bool(options["check"] or options["diff"] or options["explain"])


def _plan(settings: Settings, options: dict[str, Any], machine: bool) -> Plan:
    from codemod.run.result import Plan

    write = not _dry(options)
    fixes = machine and not options["explain"] and (settings.remove or not write)
    return Plan(
        settings,
        write=write,
        contents=options["diff"] or fixes,
        explain=options["explain"],
        fails=options["check"] or options["diff"],
    )


def _files(paths: tuple[str, ...], lookup: Lookup, plan: Plan, report: Report) -> int:
    from codemod.run.runner import run
    from codemod.search.discovery import Discovery

    discovery = Discovery(lookup.for_folder, report.fail, report.note)
    candidates = list(discovery.files(paths))
    for result in report.sink.progress(run(candidates, plan), len(candidates)):
        report.add(result)
    left = "exclude leaves no file" if discovery.excluded else "no Python file"
    report.finish(nothing="" if candidates else left)
    return report.status


def _stdin(name: str | None, plan: Plan, report: Report) -> int:
    from codemod.python.source import MAX_BYTES
    from codemod.run.runner import run_bytes
    from codemod.search.discovery import Discovery

    if sys.stdin is None:
        raise click.UsageError("standard input is closed")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)  # what is larger is an error anyway
    discovery = Discovery(lambda folder: plan.settings, report.fail)
    if name and discovery.leaves_out(name):
        if plan.write:
            report.sink.output(data)
        return 0
    result = run_bytes(name or "<stdin>", data, plan)
    if plan.write and result.status != "error":
        report.sink.output(data if result.after is None else result.after)
    report.add(result)
    report.finish(summary=False)
    return report.status

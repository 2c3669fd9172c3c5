"""``python -m codemod``, and the command ``eager-codemod``.

Whatever happens is one line and an exit status, while Python still imports too.
"""

import gc
import sys

__all__ = ["command"]

_INTERRUPTED = "interrupted; files are either done or untouched"


def command() -> None:
    """Run the command, with a garbage collector that fits it.

    What a run learns it keeps, so that a look for garbage finds none: it costs an
    eighth of a hook's time, and a sixth of a long run's. The runner looks itself, where
    a file was changed.
    """
    gc.disable()
    status = 2
    try:
        import signal  # not before the current folder is out of the way, see below

        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), _end)
        from codemod.cli import main

        main(prog_name="eager-codemod")
    except KeyboardInterrupt:
        status = 130
        _say(_INTERRUPTED)
    except OSError as error:  # the help, on a disk that is full
        from codemod.errors import reason

        _say(f"output cannot be written: {reason(error)}")
    except Exception as error:
        from codemod.errors import unforeseen

        text = unforeseen(error)
        shown = text if text.isprintable() else ascii(text)[1:-1]
        _say(f"internal error, please report: {shown}")
    finally:
        gc.freeze()  # nothing is looked at again
    sys.exit(status)


def _end(number: int, frame: object) -> None:
    """End in order when told to: processes that were started end with this one."""
    raise SystemExit(128 + number)


def _say(text: str) -> None:
    if sys.stderr is not None:
        print(text, file=sys.stderr)


if __name__ == "__main__":
    # Python looks into the current folder first here, where a script of the user's may
    # be called `click.py`; the command `eager-codemod` does not look there at all.
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        del sys.path[0]
    command()

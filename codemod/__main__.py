"""``python -m codemod``, and the command ``eager-codemod``."""

import gc
import sys

__all__ = ["command"]


def command() -> None:
    """Run the command, with a garbage collector that fits it.

    A run is short, and syntax trees have no cycles. Python's default, a look at what
    is new each 700 objects, and one at everything before it exits, costs an eighth of
    a hook's time.
    """
    gc.set_threshold(100_000)
    from codemod.cli import main

    try:
        main(prog_name="eager-codemod")
    finally:
        gc.freeze()  # nothing is looked at again


if __name__ == "__main__":
    # Python looks into the current folder first here, where a script of the user's may
    # be called `click.py`; the command `eager-codemod` does not look there at all.
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        del sys.path[0]
    command()

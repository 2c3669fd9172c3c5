"""``python -m codemod``."""

import sys

if __name__ == "__main__":
    # Python looks into the current folder first here, where a script of the user's may
    # be called `click.py`; the command `eager-codemod` does not look there at all.
    if not getattr(sys.flags, "safe_path", sys.flags.isolated):
        del sys.path[0]

    from codemod.cli import main

    main(prog_name="eager-codemod")

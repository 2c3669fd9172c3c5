"""The least that a search costs a Python program whose command line is click's.

    python benchmarks/floor.py FOLDER

Imports click, reads every ``*.py`` and looks for what a script with an entry point
contains; nothing is decided and nothing said of a file.
"""

from __future__ import annotations

import os
import sys

import click

NEEDLES = (b"def main", b"hydra")


def main(folder: str) -> None:
    """Print how many files contain a needle."""
    count = 0
    for here, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                file = os.open(os.path.join(here, name), os.O_RDONLY)
                data = os.read(file, os.fstat(file).st_size)
                os.close(file)
                count += any(needle in data for needle in NEEDLES)
    click.echo(count)


if __name__ == "__main__":
    main(sys.argv[1])

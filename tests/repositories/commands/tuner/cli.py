import click

from .report import report
from .search import tune


@click.group()
def cli():
    """Tune models."""


@cli.command()
@click.option("--jobs", type=int, default=1)
def search(jobs):
    """Run the trials."""
    tune(jobs)


cli.add_command(report)

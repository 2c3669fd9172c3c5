import click
import optuna


@click.command()
@click.argument("storage")
def report(storage):
    """Show what was found."""
    print(optuna.load_study(study_name="s", storage=storage).best_params)

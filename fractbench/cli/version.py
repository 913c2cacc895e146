"""``fractbench --version``."""

from importlib.metadata import version

import typer


def show_version(wanted: bool) -> None:
    """Print the version and stop, if it is wanted."""
    if wanted:
        print(f"fractbench {version('fractbench')}")
        raise typer.Exit

"""The options that the commands share, their values, and how an error ends a command."""

import sys
from collections.abc import Callable
from typing import Any

import click

from actot.errors import ActotError, BadInput
from actot.output import terminal
from actot.profile_schema import VALUES


class Commands(click.Group):
    """A group whose errors are one line on stderr and an exit code, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; our own errors and click's become their exit codes."""
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except ActotError as e:
            terminal.complain(str(e))
            sys.exit(e.exit_code)
        except click.exceptions.Abort:
            sys.exit(130)
        except click.ClickException as e:
            terminal.complain(" ".join(e.format_message().split()))
            sys.exit(2)
        except BrokenPipeError:
            sys.stderr.close()
            sys.exit(0)
        sys.exit(code if isinstance(code, int) else 0)


FAR = click.option(
    "--cluster",
    "address",
    envvar="ACTOT_CLUSTER",
    help="Read on the workers of a Dask scheduler, e.g. tcp://scheduler:8786.",
)


def everywhere(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every command takes."""
    options = [
        click.argument("source"),
        click.option(
            "--profile",
            "profile_file",
            help="A profile: its name, or a file; default: what fits the configs.",
        ),
        click.option("--no-cache", is_flag=True, help="Read the source itself, keep nothing."),
        click.option("--verbose", is_flag=True, help="Say on stderr what is read."),
        click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def picks(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that pick runs and baselines."""
    options = [
        click.option(
            "--runs",
            "run_ids",
            multiple=True,
            help="Ids or names of runs; a list, or the option again.",
        ),
        click.option("--latest", type=click.IntRange(1), help="The newest N runs instead."),
        click.option(
            "--baselines",
            multiple=True,
            required=True,
            help="Ids or names, as for --runs; the first is the reference.",
        ),
        click.option(
            "--alone", is_flag=True, help="Only the picked baselines, not their other seeds."
        ),
        click.option("--metric", help="What decides: a metric of the profile, or a logged key."),
        click.option(
            "--direction", type=click.Choice(["lower", "higher"]), help="Which way it is better."
        ),
        click.option("--value", type=click.Choice(VALUES), help="What is judged of a run."),
        click.option("--tail", help="SHARE,LEAST,MOST of the points, e.g. 0.1,5,100."),
        FAR,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def names_in(text: str, what: str) -> list[str]:
    """The names in a list with commas. Raises: BadInput for none."""
    names = [part.strip() for part in text.split(",") if part.strip()]
    if not names:
        raise BadInput(f"no {what} given; separate them by commas")
    return names


def condition_in(condition: str) -> tuple[str, str]:
    """(key, value) of a filter. Raises: BadInput."""
    key, sign, value = condition.partition("=")
    if not sign:
        raise BadInput(f"--filter {condition}: write it as KEY=VALUE, e.g. state=finished")
    return key, value

"""The command that goes on with a plan: what has run, what that says, and the next round's files."""

from pathlib import Path
from typing import Any

import click

from actot.cli_options import FAR, everywhere
from actot.cli_reading import study_of
from actot.errors import BadInput
from actot.experiments import plan as plans
from actot.experiments import progress
from actot.experiments.progress import Progress
from actot.output import experiment_files, json_documents, plan_words, terminal
from actot.output.messages import texts
from actot.study import Study


@click.command("next")
@click.argument("file", metavar="PLAN", type=click.Path(path_type=Path))
@everywhere
@FAR
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the next round's files; default: one beside the plan.",
)
def next_round(file: Path, out: Path | None, as_json: bool, **options: Any) -> None:
    """What the runs of a plan say: the answer, or the next round's files."""
    plan = plans.read(_text(file), file.name)
    study = study_of(
        run_ids=[plan.regressed],
        baselines=[plan.anchor],
        anchor=plan.anchor,
        metric=plan.metric,
        direction=plan.direction,
        latest=None,
        alone=False,
        value=None,
        tail=None,
        **options,
    )
    context = study.plan_context
    if context is None:
        raise BadInput(f"{plan.anchor}: no usable value in {plan.metric}; the plan has no anchor")
    found = progress.follow_up(plan, context)
    folder, written = _write(found, study, file.parent, out)
    if as_json:
        terminal.print_json(json_documents.plan(found, written))
        return
    _print(found)
    if folder is not None:
        click.echo(f"start them where you train: bash {folder / 'run_all.sh'}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as e:
        raise BadInput(f"{file}: cannot be read ({e.strerror}); name a {plans.FILE}") from e


def _write(
    found: Progress, study: Study, beside: Path, out: Path | None
) -> tuple[Path | None, list[str]]:
    """The folder that holds the runs to be started, and what was written there; files that stand there already stay."""
    context = study.plan_context
    experiment = progress.next_experiment(found, context) if context else None
    if experiment is None or not experiment.runs:
        return None, []
    configs = {
        f"configs/{r.name}.json": experiment_files.as_json(r.config) for r in experiment.runs
    }
    places = [out] if out else [beside, beside / f"round_{len(found.rounds)}"]
    for place in places:
        if all(_holds(place / name, text) for name, text in configs.items()):
            return place, []
    texts_of = experiment_files.files([experiment], study.profile, folder=places[-1].as_posix())
    del texts_of[plans.FILE]
    return places[-1], experiment_files.save(texts_of, places[-1])


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8", errors="replace") == text


def _print(found: Progress) -> None:
    click.echo(plan_words.question(found.plan, "en"))
    click.echo(plan_words.standing(found, "en"))
    rows = [
        (line.round, line.run, line.what, line.came_out, line.reading)
        for line in plan_words.lines(found, "en")
    ]
    if rows:
        terminal.print_table(texts("en").plan_head, rows)
    for surprise in found.surprises:
        click.echo(plan_words.surprise(surprise, found, "en"))

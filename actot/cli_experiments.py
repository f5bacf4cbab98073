"""The commands that write what to run: the next experiments, and the config of a run."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from actot.analysis import picking
from actot.cli_options import everywhere, names_in, picks
from actot.cli_reading import listed, loaded_summaries, profile_for, study_of
from actot.errors import BadInput
from actot.experiments import proposals, screens, typed_values
from actot.experiments.experiment import Experiment
from actot.facts import Mistyped
from actot.foreign_text import few
from actot.output import experiment_files, json_documents, plan_words, render, terminal
from actot.study import Study

SHOWN_KNOBS = 20  # of the known ones, where one is unknown


@click.command()
@everywhere
@picks
@click.option("--anchor", help="The run to start from; default: the best baseline.")
@click.option(
    "--set",
    "typed",
    multiple=True,
    help="KNOB=VALUE,VALUE: the anchor at these instead of the proposals; the option again for another knob.",
)
@click.option(
    "--override", is_flag=True, help="Also values of --set that the guard refuses; its words stay."
)
@click.option(
    "--only", multiple=True, help="Only the experiments of these names; a list, or again."
)
@click.option("--recipes", is_flag=True, help="Also what of the recipes can be tried alone.")
@click.option(
    "--screen", "steps", type=click.IntRange(1), help="All of it at so many steps first, to screen."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
def suggest(
    as_json: bool,
    out: Path,
    typed: tuple[str, ...],
    override: bool,
    only: tuple[str, ...],
    recipes: bool,
    steps: int | None,
    **options: Any,
) -> None:
    """Write the next experiments: W&B sweeps and complete train configs."""
    if override and not typed:
        raise BadInput("--override: goes with --set; the proposals keep to the guard")
    found = study_of(**options)
    if typed:
        found = replace(found, experiments=tuple(_typed(found, typed, override)))
    context = found.plan_context
    if recipes and context is not None:
        more = proposals.recipes(context, found.experiments)
        found = replace(found, experiments=(*found.experiments, *more))
    proposed = found.experiments
    found = replace(found, experiments=tuple(_chosen(proposed, only)))
    if steps is not None and context is not None:
        found = replace(found, experiments=screens.in_place(context, found.experiments, steps))
    texts = experiment_files.files(found.experiments, found.profile, folder=out.as_posix())
    written = experiment_files.save(texts, out)
    if as_json:
        terminal.print_json(json_documents.suggest(found, written))
        return
    _print(found.experiments)
    for one in proposed:
        if not (only or typed or steps) and one not in found.experiments:
            cost = plan_words.cost(one, "en")
            click.echo(f"{one.name} asks the same ({cost}); --only {one.name} writes it instead")
    click.echo(f"{len(written)} files in {out}")


def _chosen(found: Sequence[Experiment], only: Sequence[str]) -> list[Experiment]:
    """The experiments of these names, else what is usual. Raises: BadInput for a name that is none."""
    if not only:
        return proposals.usual(found)
    names = [name for text in only for name in names_in(text, "experiments")]
    known = [one.name for one in found]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(
            f"--only {', '.join(unknown)}: no such experiment; there are {', '.join(known) or 'none'}"
        )
    return [one for one in found if one.name in names]


def _print(found: Sequence[Experiment]) -> None:
    rows = [
        (
            e.name,
            str(len(e.runs)),
            _what(e),
            ", ".join(r.name for r in e.runs),
        )
        for e in found
    ]
    terminal.print_table(("experiment", "runs", "what", "configs"), rows)
    for experiment in found:
        if experiment.kind == screens.PROMOTE:
            for why in experiment.refused:
                terminal.complain(render.guard(why, "en"))


def _what(experiment: Experiment) -> str:
    title, cost = render.experiment(experiment, "title", "en"), plan_words.cost(experiment, "en")
    return f"{title} ({cost})" if cost else title


def _typed(found: Study, texts: Sequence[str], override: bool) -> Iterator[Experiment]:
    """An experiment for each knob that --set names. Raises: BadInput for what no run can be made from."""
    context = found.plan_context
    if context is None or not context.anchor.run.config:
        raise BadInput("--set: no anchor with a config to start from; name one with --anchor")
    known = context.anchor.settings.knobs
    for text in texts:
        knob, sign, values = text.partition("=")
        if not sign or not values.strip():
            raise BadInput(f"--set {text}: write it as KNOB=VALUE or KNOB=VALUE,VALUE")
        if knob not in known and knob not in found.profile.knobs:
            names = few(tuple(known), SHOWN_KNOBS)
            raise BadInput(f"--set {text}: the anchor has no knob {knob}; it has {names}")
        read = typed_values.read(context, knob, values)
        if isinstance(read, Mistyped):
            raise BadInput(f"--set {render.mistyped(read, 'en')}")
        experiment = proposals.typed(context, knob, read, override=override)
        said = [f"--set {render.guard(why, 'en')}" for why in experiment.refused]
        said += [f"--set {knob}={v}: {', '.join(ids)} ran it" for v, ids in experiment.have]
        if not experiment.runs:
            raise BadInput("; ".join(said))
        for line in said:
            terminal.complain(line)
        yield experiment


@click.command()
@everywhere
@click.argument("run")
@click.option("--out", type=click.Path(path_type=Path), help="Write it there instead of to stdout.")
def config(
    source: str,
    run: str,
    out: Path | None,
    profile_file: str | None,
    verbose: bool,
    no_cache: bool,
    as_json: bool,
) -> None:
    """The config of a run as a file to train with, its bookkeeping reset."""
    listing = listed(source, no_cache)
    ids = picking.resolve([run], listing.runs)
    picking.check_picks(ids, (), dict.fromkeys(r.id for r in listing.runs))
    infos = [r for r in listing.runs if r.id in ids]
    chosen = profile_for(profile_file, infos)
    (loaded,) = loaded_summaries(listing, infos, chosen, no_cache, verbose, None, ids)
    text = experiment_files.config_of(loaded, chosen)
    if out is None:
        click.echo(text, nl=False)
        return
    written = experiment_files.save({out.name: text}, out.parent)
    if as_json:
        terminal.print_json({"run": loaded.id, "files": written})
    else:
        click.echo(f"the config of {loaded.id} is in {out}")

"""The command line: `python -m actot` or `actot`. Thin: it loads, calls the line, and prints."""

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from actot import __version__, profile, report, sources, study
from actot.analysis import run_summary, train_config
from actot.analysis.run_summary import RunSummary
from actot.errors import ActotError, BadInput
from actot.files import run_cache
from actot.loading import dask_executor, parallel
from actot.output import experiment_files, json_documents, render, svg_figures, terminal
from actot.profile import Profile
from actot.records import Listing, RunInfo
from actot.sources import Catalogue
from actot.study import Study
from actot.verdicts.judging import REGRESSED


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


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Are the new runs better, what made them worse, what to run next.

    \b
    SOURCE is one of
      sample                    the bundled runs
      wandb://entity/project    a W&B project (WANDB_API_KEY, WANDB_BASE_URL)
      a folder or .wandb file   W&B offline runs, at any depth
      a folder or a table       exported runs: CSV, TSV, JSONL, Parquet;
                                TABLE?step=COLUMN chooses the step
    """


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
        click.option("--profile", "profile_file", default=profile.DEFAULT, help="A profile file."),
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
        click.option("--runs", "run_ids", help="Run ids, separated by commas."),
        click.option("--latest", type=click.IntRange(1), help="The newest N runs instead."),
        click.option("--baselines", required=True, help="Run ids; the first is the reference."),
        click.option("--metric", help="The metric that decides; default: the profile's."),
        click.option("--value", type=click.Choice(profile.VALUES), help="What is judged of a run."),
        click.option("--tail", help="SHARE,LEAST,MOST of the points, e.g. 0.1,5,100."),
        FAR,
    ]
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@everywhere
@click.option(
    "--filter",
    "filters",
    multiple=True,
    help="KEY=VALUE: name, state, tag, group, since, a knob or a config path.",
)
def runs(source: str, filters: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """List the runs of a source, newest first."""
    wanted = [_split(f) for f in filters]
    listing = _list(source, options["no_cache"], dict(wanted))
    chosen = profile.load(options["profile_file"])
    kept = [r for r in listing.runs if all(_matches(r, k, v, chosen) for k, v in wanted)]
    if as_json:
        terminal.print_json(json_documents.runs(Listing(tuple(kept), listing.problems)))
        return
    rows = [(r.id, r.name, r.state, r.created, r.group, ",".join(r.tags)) for r in kept]
    terminal.print_table(("id", "name", "state", "created", "group", "tags"), rows)


@main.command()
@everywhere
@click.option("--runs", "run_ids", help="Run ids, separated by commas; default: all.")
@click.option("--latest", type=click.IntRange(1), help="The newest N runs instead.")
@click.option("--csv", "as_csv", is_flag=True, help="One line per run and metric.")
@FAR
def summary(
    source: str,
    run_ids: str | None,
    latest: int | None,
    as_json: bool,
    as_csv: bool,
    profile_file: str,
    verbose: bool,
    no_cache: bool,
    address: str | None,
) -> None:
    """Every figure of every metric of the runs."""
    listing, chosen = _list(source, no_cache), profile.load(profile_file)
    ids = _picked(listing, run_ids, latest, ()) if run_ids or latest else None
    infos = [r for r in listing.runs if ids is None or r.id in ids]
    with _workers(address) as pool:
        loaded = _load(listing, infos, chosen, no_cache, verbose, pool, ids or ())
    document = json_documents.summary(loaded, chosen)
    if as_json:
        terminal.print_json(document)
        return
    if as_csv:
        terminal.print_csv(document)
    else:
        terminal.print_summary(document)


@main.command()
@everywhere
@picks
@click.option("--fail-on", type=click.Choice([REGRESSED]), help="Exit with 1 where a run is so.")
def compare(as_json: bool, fail_on: str | None, **options: Any) -> int:
    """Runs against baselines: verdicts, findings, causes."""
    found = _study(**options)
    if as_json:
        terminal.print_json(json_documents.compare(found))
    else:
        terminal.print_compare(found)
    regressed = any(v.word == REGRESSED and v.against == "picked" for v in found.verdicts)
    return 1 if fail_on and regressed else 0


@main.command()
@everywhere
@picks
@click.option("--all", "every", is_flag=True, help="Also knobs without an effect on the policy.")
def diff(as_json: bool, every: bool, **options: Any) -> None:
    """What was changed in each run against the reference."""
    found = _study(**options)
    reference = found.summaries[found.groups[0][0]]
    moved = {
        i: train_config.changes(reference.settings, found.summaries[i].settings, every=every)
        for i in (*found.runs, *(g[0] for g in found.groups[1:]))
    }
    if as_json:
        terminal.print_json(json_documents.diff(found, moved))
        return
    rows = []
    for run, some in moved.items():
        rivals = train_config.uncontrolled(
            reference.run.versions, found.summaries[run].run.versions
        )
        rows += [
            (
                run,
                c.group,
                c.knob,
                train_config.show(c.base),
                train_config.show(c.value),
                render.ratio(c.ratio),
            )
            for c in (*some, *rivals)
        ] or [(run, "", "(no knob differs)", "", "", "")]
    terminal.print_table(
        ("run", "group", "knob", f"reference {reference.id}", "run's", "ratio"), rows
    )


@main.command()
@everywhere
@picks
@click.option("--anchor", help="The run to start from; default: the best baseline.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder for the files.")
def suggest(as_json: bool, out: Path, **options: Any) -> None:
    """Write the next experiments: W&B sweeps and complete train configs."""
    found = _study(**options)
    written = experiment_files.save(experiment_files.files(found.experiments, found.profile), out)
    if as_json:
        terminal.print_json(json_documents.suggest(found, written))
        return
    rows = [
        (
            e.name,
            str(len(e.runs)),
            render.experiment(e, "title", "en"),
            ", ".join(r.name for r in e.runs),
        )
        for e in found.experiments
    ]
    terminal.print_table(("experiment", "runs", "what", "configs"), rows)
    click.echo(f"{len(written)} files in {out}")


@main.command("report")
@everywhere
@picks
@click.option("--lang", type=click.Choice(render.LANGUAGES), default="en")
@click.option("--sections", help="Section names, separated by commas; default: all.")
@click.option("--note", default="", help="A remark that stands in the update.")
@click.option("--time", default="", help="The report's time as ISO 8601; default: none.")
@click.option("--out", type=click.Path(path_type=Path), help="Write there instead of to stdout.")
@click.option("--append", type=click.Path(path_type=Path), help="Add an update to this file.")
@click.option(
    "--figures", "with_figures", is_flag=True, help="Also write SVG pictures beside --out."
)
def report_command(
    lang: str,
    sections: str | None,
    note: str,
    time: str,
    out: Path | None,
    append: Path | None,
    with_figures: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Write the report as Markdown."""
    if out and append:
        raise BadInput("--out and --append: give one of the two")
    if with_figures and not out:
        raise BadInput("--figures: give --out too, the pictures are written beside it")
    found = _study(**options)
    names = tuple(_ids(sections, "section")) if sections else None
    if append:
        added = report.append(found, append, lang, note, time)
        click.echo(
            f"{append}: {'update added' if added else 'holds this update already'}", err=True
        )
        if as_json:
            terminal.print_json({"added": added, **json_documents.report(found)})
        return
    pictures = svg_figures.draw(found, lang) if with_figures and out else {}
    paths = {name: f"{out.stem}_{name}" for name in pictures} if out else {}
    text = report.write(found, lang, sections=names, note=note, time=time, figures=paths)
    if out:
        for name, picture in pictures.items():
            report.save(picture, out.with_name(paths[name]))
        report.save(text, out)
    if as_json:
        terminal.print_json({"markdown": text, **json_documents.report(found)})
    elif not out:
        click.echo(text, nl=False)


@main.command("clear-cache")
def clear_cache() -> None:
    """Remove what was kept of earlier looks; the sources stay as they are."""
    folder = run_cache.default_folder()
    freed = run_cache.clear(folder)
    click.echo(f"{freed / 1e6:.1f} MB freed in {folder}")


def _study(
    source: str,
    run_ids: str | None,
    latest: int | None,
    baselines: str,
    metric: str | None,
    value: str | None,
    tail: str | None,
    profile_file: str,
    verbose: bool,
    no_cache: bool,
    address: str | None,
    anchor: str | None = None,
) -> Study:
    chosen, listing = profile.load(profile_file), _list(source, no_cache)
    window = profile.tail(tail) if tail else chosen.tail
    if window is None:
        raise BadInput(f"--tail {tail}: write it as SHARE,LEAST,MOST, e.g. 0.1,5,100")
    chosen = replace(chosen, value=value or chosen.value, tail=window)
    bases = tuple(dict.fromkeys(_ids(baselines)))
    ids = _picked(listing, run_ids, latest, bases)
    study.check_picks(ids, bases, dict.fromkeys(r.id for r in listing.runs))
    with _workers(address) as pool:
        needed = (*ids, *bases, anchor or "")
        loaded = _load(listing, listing.runs, chosen, no_cache, verbose, pool, needed)
        return study.study_summaries(
            loaded, ids, bases, chosen, source=source, metric=metric, anchor=anchor, pool=pool
        )


def _workers(address: str | None) -> AbstractContextManager[Executor | None]:
    """The workers of the cluster at an address; None without one."""
    return dask_executor.Workers(address) if address else nullcontext()


def _folder(no_cache: bool) -> Path | None:
    return None if no_cache else run_cache.default_folder()


def _list(source: str, no_cache: bool, filters: Mapping[str, str] | None = None) -> Catalogue:
    listing = sources.list_runs(source, filters, _folder(no_cache))
    for problem in listing.problems:
        terminal.complain(problem)
    return listing


def _load(
    listing: Catalogue,
    infos: Sequence[RunInfo],
    chosen: Profile,
    no_cache: bool,
    verbose: bool,
    pool: Executor | None,
    needed: Collection[str],
) -> list[RunSummary]:
    """The readings of the runs that can be read. Raises: ActotError for one that is needed and cannot."""
    with click.progressbar(
        length=len(infos),
        label=f"Reading {len(infos)} runs",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        loaded, problems = parallel.load_all(
            listing,
            infos,
            _folder(no_cache),
            lambda n: bar.update(1),
            then=partial(run_summary.summarize, profile=chosen),
            pool=pool,
            needed=needed,
        )
    for problem in problems:
        terminal.complain(problem)
    for run in (summary.run for summary in loaded):
        for warning in run.warnings:
            terminal.complain(f"{run.id}: {warning}")
        if verbose:
            click.echo(f"{run.id}: {len(run.series)} keys, last step {run.last_step}", err=True)
    return loaded


def _picked(
    listing: Catalogue, run_ids: str | None, latest: int | None, baselines: Sequence[str]
) -> tuple[str, ...]:
    if (run_ids is None) == (latest is None):
        raise BadInput("give either --runs ID,ID or --latest N")
    if latest is not None:
        return tuple(r.id for r in listing.runs if r.id not in baselines)[:latest]
    ids = tuple(dict.fromkeys(_ids(run_ids)))
    study.check_picks(ids, (), dict.fromkeys(r.id for r in listing.runs))
    return ids


def _ids(text: str | None, what: str = "run id") -> list[str]:
    ids = [part.strip() for part in (text or "").split(",") if part.strip()]
    if not ids:
        raise BadInput(f"no {what} given; separate them by commas")
    return ids


def _split(condition: str) -> tuple[str, str]:
    key, sign, value = condition.partition("=")
    if not sign:
        raise BadInput(f"--filter {condition}: write it as KEY=VALUE, e.g. state=finished")
    return key, value


def _matches(run: RunInfo, key: str, value: str, chosen: Profile) -> bool:
    """Whether a run has this value; a config value is compared as the trainer reads it."""
    if key == "tag":
        return value in run.tags
    if key == "since":
        return run.created[: len(value)] >= value
    if key in ("id", "name", "state", "group"):
        return value in getattr(run, key) if key == "name" else getattr(run, key) == value
    settings = train_config.read(run.config, chosen)
    known = {**settings.flat, **{k: v.value for k, v in settings.knobs.items()}}
    return key in known and train_config.show(known[key]) == train_config.show(
        train_config.plain(value)
    )


if __name__ == "__main__":
    main()

"""The command line: `python -m actot` or `actot`. Thin: it loads, calls the line, and prints."""

from pathlib import Path
from typing import Any

import click

from actot import __version__, cli_experiments, cli_plans, profile, report
from actot.analysis import config_changes
from actot.cli_options import FAR, Commands, condition_in, everywhere, names_in, picks
from actot.cli_reading import (
    listed,
    loaded_summaries,
    matches,
    picked,
    profile_for,
    study_of,
    workers,
)
from actot.errors import BadInput
from actot.files import run_cache
from actot.output import (
    change_words,
    json_documents,
    messages,
    noise_lines,
    svg_figures,
    terminal,
)
from actot.records import Listing
from actot.verdicts import noise_history
from actot.verdicts.verdict import PICKED, REGRESSED


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
    wanted = [condition_in(f) for f in filters]
    listing = listed(source, options["no_cache"], dict(wanted))
    chosen = profile_for(options["profile_file"], listing.runs)
    kept = [r for r in listing.runs if all(matches(r, k, v, chosen) for k, v in wanted)]
    if as_json:
        terminal.print_json(json_documents.runs(Listing(tuple(kept), listing.problems)))
        return
    rows = [(r.id, r.name, r.state, r.created, r.group, ",".join(r.tags)) for r in kept]
    terminal.print_table(("id", "name", "state", "created", "group", "tags"), rows)


@main.command()
@everywhere
@click.option("--runs", "run_ids", multiple=True, help="Ids or names of runs; default: all.")
@click.option("--latest", type=click.IntRange(1), help="The newest N runs instead.")
@click.option("--csv", "as_csv", is_flag=True, help="One line per run and metric.")
@FAR
def summary(
    source: str,
    run_ids: tuple[str, ...],
    latest: int | None,
    as_json: bool,
    as_csv: bool,
    profile_file: str | None,
    verbose: bool,
    no_cache: bool,
    address: str | None,
) -> None:
    """Every figure of every metric of the runs."""
    listing = listed(source, no_cache)
    ids = picked(listing, run_ids, latest, ()) if run_ids or latest else None
    infos = [r for r in listing.runs if ids is None or r.id in ids]
    chosen = profile_for(profile_file, infos)
    with workers(address) as pool:
        loaded = loaded_summaries(listing, infos, chosen, no_cache, verbose, pool, ids or ())
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
    found = study_of(**options)
    if as_json:
        terminal.print_json(json_documents.compare(found))
    else:
        terminal.print_compare(found)
    regressed = any(v.word == REGRESSED and v.against == PICKED for v in found.verdicts)
    return 1 if fail_on and regressed else 0


@main.command()
@everywhere
@picks
@click.option("--all", "every", is_flag=True, help="Also knobs without an effect on the policy.")
def diff(as_json: bool, every: bool, **options: Any) -> None:
    """What was changed in each run against the reference."""
    found = study_of(**options)
    reference = found.summaries[found.groups[0][0]]
    moved = {
        i: config_changes.changes(reference.settings, found.summaries[i].settings, every=every)
        for i in (*found.runs, *(g[0] for g in found.groups[1:]))
    }
    if as_json:
        terminal.print_json(json_documents.diff(found, moved))
        return
    rows = []
    for run, some in moved.items():
        rivals = config_changes.uncontrolled(
            reference.run.versions, found.summaries[run].run.versions
        )
        rows += [
            (
                run,
                c.group,
                c.knob,
                *change_words.sides(c, "en"),
                change_words.ratio(c.ratio),
            )
            for c in (*some, *rivals)
        ] or [(run, "", "(no knob differs)", "", "", "")]
    terminal.print_table(
        ("run", "group", "knob", f"reference {reference.id}", "run's", "ratio"), rows
    )


@main.command("report")
@everywhere
@picks
@click.option("--lang", type=click.Choice(messages.LANGUAGES), default="en")
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
    found = study_of(**options)
    names = tuple(names_in(sections, "section")) if sections else None
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


@main.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE ...")
@click.option(
    "--profile", "profile_file", default=profile.DEFAULT, help="A profile: its name, or a file."
)
@click.option("--no-cache", is_flag=True, help="Read the sources themselves, keep nothing.")
@click.option("--verbose", is_flag=True, help="Say on stderr what is read.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the profile's lines there.")
@FAR
def noise(
    sources: tuple[str, ...],
    profile_file: str,
    no_cache: bool,
    verbose: bool,
    out: Path | None,
    address: str | None,
) -> None:
    """What the replicates of these sources teach: how far seeds differ, as lines for a profile."""
    chosen = profile.load(profile_file)
    taught = []
    with workers(address) as pool:
        for source in sources:
            listing = listed(source, no_cache)
            loaded = loaded_summaries(listing, listing.runs, chosen, no_cache, verbose, pool, ())
            taught += noise_history.taught(source, loaded, chosen)
    terminal.print_noise(taught)
    learnt = noise_history.pooled(taught)
    if not learnt:
        raise BadInput("no config was run with two seeds; repeat one with another seed first")
    lines = noise_lines.write(learnt, chosen.noise)
    if out:
        report.save(lines, out)
    else:
        click.echo(f"\n{lines}", nl=False)


main.add_command(cli_experiments.suggest)
main.add_command(cli_experiments.config)
main.add_command(cli_plans.next_round)


@main.command("clear-cache")
def clear_cache() -> None:
    """Remove what was kept of earlier looks; the sources stay as they are."""
    folder = run_cache.default_folder()
    freed = run_cache.clear(folder)
    click.echo(f"{freed / 1e6:.1f} MB freed in {folder}")


if __name__ == "__main__":
    main()

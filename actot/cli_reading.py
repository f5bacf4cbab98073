"""What a command reads: the listing, the runs that it needs, their Study. Progress and problems go to stderr."""

import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from actot import profile, sources, study
from actot.analysis import config_values, knob_settings, picking, relevant_runs, run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import BadInput
from actot.files import run_cache
from actot.foreign_text import few
from actot.loading import dask_executor, parallel
from actot.output import terminal, wording
from actot.profile_schema import Profile
from actot.records import RunInfo, without_history
from actot.sources import Catalogue
from actot.study import Study


def study_of(
    source: str,
    run_ids: Sequence[str],
    latest: int | None,
    baselines: Sequence[str],
    alone: bool,
    metric: str | None,
    direction: str | None,
    value: str | None,
    tail: str | None,
    profile_file: str | None,
    verbose: bool,
    no_cache: bool,
    address: str | None,
    anchor: str | None = None,
) -> Study:
    """The Study that the options of a command ask for. Raises: ActotError."""
    listing = listed(source, no_cache)
    bases = picking.resolve(baselines, listing.runs)
    ids = picked(listing, run_ids, latest, bases)
    picking.check_picks(ids, bases, dict.fromkeys(r.id for r in listing.runs))
    chosen = profile_for(profile_file, (r for r in listing.runs if r.id in {*ids, *bases}))
    window = profile.tail(tail) if tail else chosen.tail
    if window is None:
        raise BadInput(f"--tail {tail}: write it as SHARE,LEAST,MOST, e.g. 0.1,5,100")
    chosen = replace(chosen, value=value or chosen.value, tail=window)
    anchor = anchor and picking.resolve([anchor], listing.runs)[0]
    needed = {*ids, *bases, anchor or ""}
    wanted = relevant_runs.select(listing.runs, needed, chosen, is_remote=listing.ref.is_remote)
    with workers(address) as pool:
        loaded = [
            *loaded_summaries(listing, wanted.picked, chosen, no_cache, verbose, pool, needed),
            *loaded_summaries(listing, wanted.others, chosen, no_cache, verbose, pool, ()),
            *(run_summary.summarize(without_history(i), chosen) for i in wanted.listed),
        ]
        if wanted.unread:
            terminal.complain(wording.unread(wanted.unread, "en"))
        return study.study_summaries(
            loaded,
            ids,
            bases,
            chosen,
            source=source,
            metric=metric,
            direction=direction,
            anchor=anchor,
            alone=alone,
            pool=pool,
            unread=wanted.unread,
        )


def profile_for(asked: str | None, runs: Iterable[RunInfo]) -> Profile:
    """The profile that was asked for, else the one that fits the configs of these runs. Raises: BadInput."""
    return profile.load(asked or profile.fitting(r.config for r in runs))


def workers(address: str | None) -> AbstractContextManager[Executor | None]:
    """The workers of the cluster at an address; None without one."""
    return dask_executor.Workers(address) if address else nullcontext()


def cache_folder(no_cache: bool) -> Path | None:
    """The cache, None where it is not wanted."""
    return None if no_cache else run_cache.default_folder()


def listed(source: str, no_cache: bool, filters: Mapping[str, str] | None = None) -> Catalogue:
    """The runs of a source; what could not be read is said on stderr. Raises: BadInput, Unreachable."""
    listing = sources.list_runs(source, filters, cache_folder(no_cache))
    for problem in listing.problems:
        terminal.complain(problem)
    return listing


def loaded_summaries(
    listing: Catalogue,
    infos: Sequence[RunInfo],
    chosen: Profile,
    no_cache: bool,
    verbose: bool,
    pool: Executor | None,
    needed: Collection[str],
) -> list[RunSummary]:
    """The summaries of the runs that can be read. Raises: ActotError for one that is needed and cannot."""
    with click.progressbar(
        length=len(infos),
        label=f"Reading {len(infos)} runs",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        loaded, problems = parallel.load_all(
            listing,
            infos,
            cache_folder(no_cache),
            lambda n: bar.update(1),
            then=partial(run_summary.summarize, profile=chosen),
            pool=pool,
            needed=needed,
        )
    for problem in problems:
        terminal.complain(problem)
    said: dict[str, list[str]] = {}
    for run in (summary.run for summary in loaded):
        for warning in run.warnings:
            said.setdefault(warning, []).append(run.id)
    for warning, ids in said.items():
        # What is wrong with a file is wrong with all of its runs: one line.
        terminal.complain(f"{few(ids, 3)}: {warning}")
    for run in (summary.run for summary in loaded):
        if verbose:
            click.echo(f"{run.id}: {len(run.series)} keys, last step {run.last_step}", err=True)
    return loaded


def picked(
    listing: Catalogue, run_ids: Sequence[str], latest: int | None, baselines: Sequence[str]
) -> tuple[str, ...]:
    """The ids of the runs that were asked for, else the run of a pasted address. Raises: BadInput."""
    if not run_ids and latest is None and listing.ref.run:
        run_ids = [listing.ref.run]
    if bool(run_ids) == (latest is not None):
        raise BadInput("give either --runs ID,ID or --latest N")
    if latest is not None:
        return tuple(r.id for r in listing.runs if r.id not in baselines)[:latest]
    ids = picking.resolve(run_ids, listing.runs)
    picking.check_picks(ids, (), dict.fromkeys(r.id for r in listing.runs))
    return ids


def matches(run: RunInfo, key: str, value: str, chosen: Profile) -> bool:
    """Whether a run has this value; a config value is compared as the trainer reads it."""
    if key == "tag":
        return value in run.tags
    if key == "since":
        return run.created[: len(value)] >= value
    if key in ("id", "name", "state", "group"):
        return value in getattr(run, key) if key == "name" else getattr(run, key) == value
    settings = knob_settings.read(run.config, chosen)
    known = {**settings.flat, **{k: v.value for k, v in settings.knobs.items()}}
    return key in known and config_values.show(known[key]) == config_values.show(
        config_values.plain(value)
    )

"""Runs in exported tables: a CSV, TSV, JSONL or Parquet file, a trainer's log, or a folder with such files at any depth.

Shapes: wide (a column per metric), long (step, key, value), a row a run, or as W&B's charts are exported (a column
`RUN - KEY` per run). A column `run`, `run_id`, `experiment`, ... tells several runs of a file apart; else a file is one
run, called after the file, or after its folder where a trainer gives each log one name. The step column is found by its
name (`_step`, `step`, `global_step`, ...), or is the only one that rises by whole numbers. A SOURCE that ends in
`?step=COLUMN`, `?run=COLUMN` or `?config=COLUMN,COLUMN` chooses them.
Success rates: columns `NAME_k` and `NAME_n`, or `NAME_successes` and `NAME_trials`, or cells like "17/20" become
the series `NAME/k` and `NAME/n` and, where no column has that name, the rate `NAME` = k/n.
Config: columns `config.PATH`, over a file beside the table: `NAME.config.json` (or .yaml), `NAME.yaml`, `NAME.json`,
NAME being the run or the table, or one that trainers write into the folder (`tables/config_files.py`).
Absent: empty cells are no points; NaN and Inf are. A run is "finished" where no column `state` says else.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from actot import step_axis
from actot.errors import BadInput
from actot.files import allowed_paths
from actot.records import Listing, Run, RunInfo, Series
from actot.source_ref import Choice, SourceRef
from actot.sources import Catalogue, for_all
from actot.tables import config_files, file_formats, run_ids
from actot.tables.file_formats import DISK, UPLOAD, iso_time, suffix
from actot.tables.run_ids import Place

if TYPE_CHECKING:
    from actot.tables.run_extraction import Found

ORDER = 20

who = for_all


_lock = Lock()


def claims(ref: SourceRef) -> bool:
    """An existing table, or a folder that holds tables and no W&B run file."""
    if ref.path is None:
        return False
    try:
        path, _ = _chosen(ref)
        return any(_tables(path)) and not any(p.is_file() for p in path.rglob("*.wandb"))
    except (OSError, ValueError):
        return False


def list_runs(ref: SourceRef, filters: Mapping[str, str]) -> Catalogue:
    """The runs of the tables. Raises: BadInput where no table can be read."""
    runs, problems = _index(ref)
    infos = [_info(run_id, places) for run_id, places in runs.items()]
    newest = sorted(infos, key=lambda r: (r.created, r.id), reverse=True)
    return Catalogue(ref, Listing(tuple(newest), problems), runs)


def load(catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
    """One run with its history, `known` itself where it has not changed. Raises: BadInput."""
    ref = catalogue.ref
    places: list[Place] = catalogue.places.get(run_id, [])
    # The id in a folder depends on all of its files, the run on its own alone.
    if not all(_is_same(p) for p in places) or not places:
        runs, _ = _index(ref)
        if run_id not in runs:
            raise BadInput(
                f"{ref.text}: no run {run_id}; `actot runs {ref.text}` lists what is there"
            )
        places = runs[run_id]
    info = _info(run_id, places)
    if known is not None and known.id == run_id and known.revision == info.revision:
        return known
    _, choice = _chosen(ref)
    series: dict[str, Series] = {}
    for place in places:
        whole = _parsed(place.path, place.name, place.revision, choice)
        series |= next(f.series for f in whole if f.id == place.found.id)
    origin = step_axis.CHOSEN if choice.step else ""
    axis = "" if choice.step == step_axis.OWN else choice.step
    return replace(_run(info, series), axis=axis, axis_origin=origin)


def from_bytes(name: str, data: bytes, step: str = "") -> tuple[Run, ...]:
    """The runs of a table that was handed over, not stored. Raises: BadInput, also for one too large."""
    from actot.tables import run_extraction

    revision = f"{hashlib.blake2b(data, digest_size=8).hexdigest()}-{len(data)}"
    return tuple(
        _run(
            RunInfo(id=f.id, config=f.config, revision=revision, warnings=f.warnings, **f.facts),
            f.series,
        )
        for f in run_extraction.read(name, data, Choice(step=step), UPLOAD)
    )


def _is_same(place: Place) -> bool:
    same = file_formats.revision(place.path) == place.revision
    return same and allowed_paths.admits(place.path)


def _run(info: RunInfo, series: Mapping[str, Series]) -> Run:
    clock = series["_runtime"].finite().values if "_runtime" in series else ()
    facts = vars(info) | {"runtime_s": float(max(clock)) if len(clock) else None}
    return Run(**facts, series=series)


def _chosen(ref: SourceRef) -> tuple[Path, Choice]:
    """(path, chosen columns) of a SOURCE: the first reading of it that is there."""
    found = (reading for reading in ref.readings if reading[0].exists())
    return next(found, ref.readings[-1])


def _tables(root: Path) -> Iterator[Path]:
    """The table itself, or those in a folder at any depth, hidden ones left out."""
    return filter(allowed_paths.admits, _named_as_tables(root))


def _named_as_tables(root: Path) -> Iterator[Path]:
    if root.is_file() and suffix(root.name):
        yield root
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(i for i in inner if not i.startswith("."))
        above = os.path.basename(folder)
        for name in sorted(names):
            path = Path(folder, name)
            is_table = suffix(f"{above}/{name}") and not name.startswith(".")
            if is_table and (folder == str(root) or run_ids.is_newest(path)):
                yield path


def _index(ref: SourceRef) -> tuple[dict[str, list[Place]], tuple[str, ...]]:
    """The places of every run by its id, and a sentence per file that cannot be read."""
    root, choice = _chosen(ref)
    paths = list(_tables(root))
    if not paths:
        raise BadInput(f"{ref.text}: holds no table; give a .csv, .tsv, .jsonl or .parquet file")
    places, problems = [], []
    for path in paths:
        name = path.name if path == root else path.relative_to(root).as_posix()
        try:
            revision, created = file_formats.revision(path), iso_time(path.stat().st_mtime)
            for found in _light(path, name, revision, choice):
                places.append(Place(path, name, revision, created, found))
        except BadInput as e:
            problems.append(str(e))
        except OSError as e:
            problems.append(f"{name}: cannot be read ({e.strerror}); check its permissions")
    if not places:
        raise BadInput("; ".join(problems))
    return run_ids.by_id(places), tuple(problems)


@lru_cache(maxsize=4)
def _cached(path: Path, name: str, revision: str, choice: Choice) -> "tuple[Found, ...]":
    # Loading Arrow takes three times as long as loading the core.
    from actot.tables import run_extraction

    try:
        with allowed_paths.opened(path) as file:
            file_formats.check_size(name, os.fstat(file.fileno()).st_size, DISK)
            data = file.read(DISK.file)
    except OSError as e:
        raise BadInput(f"{name}: cannot be read ({e.strerror}); check its permissions") from e
    return run_extraction.read(name, data, choice, DISK, path.parent.parts)


def _parsed(path: Path, name: str, revision: str, choice: Choice) -> "tuple[Found, ...]":
    # Many runs of one file are loaded at a time: the first parses it, the others wait.
    with _lock:
        return _cached(path, name, revision, choice)


@lru_cache(maxsize=10_000)
def _light(path: Path, name: str, revision: str, choice: Choice) -> "tuple[Found, ...]":
    """The runs of a file without their series."""
    return tuple(replace(f, series={}) for f in _parsed(path, name, revision, choice))


def _info(run_id: str, places: list[Place]) -> RunInfo:
    """What is listed of a run: the first file that says something counts."""
    facts: dict[str, Any] = {}
    config: dict[str, Any] = {}
    warnings, revisions = [], []
    for place in reversed(places):
        beside, warning, revision = config_files.sidecar(
            place.path, place.found.id, place.found.home
        )
        config |= config_files.nested(place.found.config, beside)
        warnings += [*place.found.warnings, *warning]
        revisions += [place.revision, *revision]
        facts |= {k: v for k, v in place.found.facts.items() if v}
    if facts["name"] == places[0].found.id:
        facts["name"] = run_id
    facts["created"] = facts.get("created") or min(p.created for p in places)
    lines = dict.fromkeys(warnings)
    return RunInfo(
        id=run_id, config=config, revision="+".join(revisions), warnings=tuple(lines), **facts
    )

"""Runs that the W&B client recorded offline: a folder with run-ID.wandb files at any depth.

A file that is still being written is read up to its last whole record; a later look reads on there.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.files import allowed_paths
from actot.records import Listing, Run, RunInfo, join_points
from actot.source_ref import SourceRef
from actot.sources import Catalogue, for_all
from actot.wandb_io import offline_file
from actot.wandb_io.offline_file import OPEN_END
from actot.wandb_io.protobuf_records import OWN_ENTRY, RunFile, is_changed

ORDER = 90  # the last of those that take a folder: the one that says what is missing in a folder without either

who = for_all


def claims(ref: SourceRef) -> bool:
    """A .wandb file, or any folder."""
    if ref.path is None:
        return False
    try:
        return ref.path.suffix == ".wandb" or ref.path.is_dir()
    except (OSError, ValueError):
        return False


def list_runs(ref: SourceRef, filters: Mapping[str, str]) -> Catalogue:
    """The runs below the folder, from the head and the end of each file; a resumed run is one.

    Raises: BadInput where the folder holds no run file, or none that can be read.
    """
    found: dict[str, list[tuple[Path, RunFile]]] = {}
    problems = []
    for path in _paths(ref):
        try:
            file = offline_file.read_ends(path)
        except BadInput as e:
            problems.append(str(e))
        else:
            found.setdefault(file.run_id, []).append((path, file))
    if not found:
        raise BadInput("; ".join(problems))
    runs = [RunInfo(**_info(_by_start(parts))) for parts in found.values()]
    newest = sorted(runs, key=lambda r: (r.created, r.id), reverse=True)
    places = {run_id: tuple(path for path, _ in parts) for run_id, parts in found.items()}
    return Catalogue(ref, Listing(tuple(newest), tuple(problems)), places)


def load(catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
    """One run with its history; `known` is what an earlier look found, only the rest is read.

    Raises: BadInput where no readable file is of that run.
    """
    ref, listed = catalogue.ref, catalogue.places.get(run_id, ())
    named = [p for p in listed if p.exists() and allowed_paths.admits(p)]
    named = named or [p for p in _paths(ref) if p.name == f"run-{run_id}.wandb"]
    if known is not None and (more := _read_on(named, known)) is not None:
        return more
    # The client names the file after the run; a renamed file is found by reading all of them.
    parts = [(p, f) for p, f in _read(named) if f.run_id == run_id]
    parts = parts or [(p, f) for p, f in _read(_paths(ref)) if f.run_id == run_id]
    if parts:
        return _merge(_by_start(parts))
    raise BadInput(f"{ref.text}: no run {run_id}; `actot runs {ref.text}` lists what is there")


def _paths(ref: SourceRef) -> list[Path]:
    root = ref.path or Path()
    paths = [root] if root.suffix == ".wandb" else sorted(root.rglob("*.wandb"))
    paths = [p for p in paths if allowed_paths.admits(p)]
    if not paths:
        raise BadInput(f"{ref.text}: holds no run-ID.wandb file; point at a folder with W&B runs")
    return paths


def _read(paths: Iterable[Path]) -> Iterable[tuple[Path, RunFile]]:
    """The files that can be read; the listing has named the others."""
    for path in paths:
        try:
            yield path, offline_file.read(path)
        except BadInput:
            continue


def _by_start(parts: list[tuple[Path, RunFile]]) -> list[tuple[Path, RunFile]]:
    return sorted(parts, key=lambda part: part[1].created)


def _info(parts: list[tuple[Path, RunFile]]) -> dict[str, Any]:
    """The listed facts of a run: the first start, the last word on everything else."""
    files = [file for _, file in parts]
    last = files[-1]
    config = {key: value for file in files for key, value in file.config.items()}
    config = _without_own(config)
    warnings = [f"part {i}: {w}" for i, file in enumerate(files, 1) for w in file.warnings]
    return {
        "id": last.run_id,
        "name": last.name or str(config.get("job_name") or last.run_id),
        "state": _state(last.exit_code),
        "config": config,
        "group": last.group,
        "tags": last.tags,
        "created": files[0].created,
        "versions": dict(last.versions),
        "warnings": tuple(warnings if len(files) > 1 else last.warnings),
        "revision": "+".join(_revision(path) for path, _ in parts),
    }


def _without_own(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != OWN_ENTRY}


def _state(exit_code: int | None) -> str:
    return "unfinished" if exit_code is None else "failed" if exit_code else "finished"


def _revision(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"


def _merge(parts: list[tuple[Path, RunFile]]) -> Run:
    """One run from its parts; where they overlap, the later part wins."""
    columns: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    runtime = []
    earlier: list[tuple[int, Mapping[str, Any]]] = []
    config: dict[str, Any] = {}
    reached = 0
    for _, file in parts:
        after = {**config, **(file.earlier[0][1] if file.earlier else file.config)}
        if is_changed(config, after):
            earlier.append((reached, config))
        earlier += file.earlier
        config = {**config, **file.config}
        reached = max([reached, *file.history.steps[-1:]])
        for key, column in file.history.columns().items():
            columns.setdefault(key, []).append(column)
            if key == "_runtime":
                runtime.append(float(column[1].max()))
    cursor = json.dumps({str(path): file.end for path, file in parts})
    return Run(
        **_info(parts) | {"runtime_s": sum(runtime) if runtime else None},
        series={key: join_points(key, some) for key, some in columns.items()},
        earlier=tuple((int(step), _without_own(config)) for step, config in earlier),
        cursor=cursor,
    )


def _read_on(paths: list[Path], known: Run) -> Run | None:
    """The known run with what its one file has grown by; None where it must be read anew."""
    ends = json.loads(known.cursor or "{}")
    if len(paths) != 1 or list(ends) != [str(paths[0])]:
        return None
    (path,) = paths
    start = ends[str(path)]
    head = offline_file.read_ends(path)
    if head.run_id != known.id or path.stat().st_size < start or head.created != known.created:
        return None
    rest = offline_file.read(path, start=start, config=known.config, reached=known.last_step)
    created = known.created
    rest.run_id, rest.name, rest.created = known.id, rest.name or known.name, created
    rest.group, rest.tags = rest.group or known.group, rest.tags or known.tags
    rest.versions = {**known.versions, **rest.versions}
    # What was damaged stays so; only the open end may have closed.
    rest.warnings = [w for w in known.warnings if OPEN_END not in w] + rest.warnings
    more = _merge([(path, rest)])
    series = {
        key: join_points(
            key, [(s.steps, s.values) for s in (known.series.get(key), more.series.get(key)) if s]
        )
        for key in {**known.series, **more.series}
    }
    clock = series.get("_runtime")
    return replace(
        more,
        series=series,
        earlier=(*known.earlier, *more.earlier),
        runtime_s=None if clock is None else float(clock.values.max()),
    )

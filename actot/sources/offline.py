"""Runs that the W&B client recorded offline: a folder with run-ID.wandb files at any depth.

A file that is still being written is read up to its last whole record; a later look reads on there.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from actot.errors import BadInput
from actot.files import allowed_paths
from actot.records import Listing, Run, RunInfo, join_points
from actot.source_ref import SourceRef
from actot.sources import Catalogue, for_all
from actot.wandb_io import offline_file, wandb_entry
from actot.wandb_io.offline_file import OPEN_END
from actot.wandb_io.protobuf_records import RunFile, is_changed
from actot.wandb_io.wandb_entry import OWN_ENTRY

ORDER = 90  # the last of those that take a folder: the one that says what is missing in a folder without either

who = for_all


@dataclass(frozen=True)
class Place:
    """The files of a run, and those of the runs that it was forked from, the nearest first."""

    paths: tuple[Path, ...] = ()
    trunks: tuple[tuple[Path, ...], ...] = ()


def claims(ref: SourceRef) -> bool:
    """A .wandb file, or any folder."""
    if ref.path is None:
        return False
    try:
        root = _root(ref)
        return root.suffix == ".wandb" or root.is_dir()
    except (OSError, ValueError):
        return False


def _root(ref: SourceRef) -> Path:
    """The file or folder, without the step that the text may choose."""
    whole, *shorter = ref.places or (Path(),)
    return shorter[0] if shorter and not whole.exists() else whole


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
    places = {
        run_id: Place(tuple(path for path, _ in parts), _trunks(run_id, found))
        for run_id, parts in found.items()
    }
    runs = [
        RunInfo(**_info(_by_start(parts), places[run_id].trunks)) for run_id, parts in found.items()
    ]
    newest = sorted(runs, key=lambda r: (r.created, r.id), reverse=True)
    return Catalogue(ref, Listing(tuple(newest), tuple(problems)), places)


def _trunks(
    run_id: str, found: Mapping[str, list[tuple[Path, RunFile]]]
) -> tuple[tuple[Path, ...], ...]:
    """The files of the run that a run was forked from, of that run's own trunk, and so on."""
    trunks: list[tuple[Path, ...]] = []
    seen = {run_id}
    while (fork := _fork(found[run_id][0][1])) and fork[0] in found and fork[0] not in seen:
        run_id = fork[0]
        seen.add(run_id)
        trunks.append(tuple(path for path, _ in found[run_id]))
    return tuple(trunks)


def _fork(file: RunFile) -> tuple[str, int] | None:
    return wandb_entry.fork(file.config.get(OWN_ENTRY), file.run_id)


def load(catalogue: Catalogue, run_id: str, known: Run | None) -> Run:
    """One run with its history; `known` is what an earlier look found, only the rest is read.

    Raises: BadInput where no readable file is of that run.
    """
    ref, listed = catalogue.ref, catalogue.places.get(run_id, Place())
    named = [p for p in listed.paths if p.exists() and allowed_paths.admits(p)]
    named = named or [p for p in _paths(ref) if p.name == f"run-{run_id}.wandb"]
    if known is not None and (more := _read_on(named, known, listed.trunks)) is not None:
        return more
    # The client names the file after the run; a renamed file is found by reading all of them.
    parts = [(p, f) for p, f in _read(named) if f.run_id == run_id]
    parts = parts or [(p, f) for p, f in _read(_paths(ref)) if f.run_id == run_id]
    if parts:
        return _on_trunk(_merge(_by_start(parts), listed.trunks), listed.trunks)
    raise BadInput(f"{ref.text}: no run {run_id}; `actot runs {ref.text}` lists what is there")


def _on_trunk(run: Run, trunks: Sequence[tuple[Path, ...]]) -> Run:
    """A run with the history of the run that it was forked from in front, up to the step that they share."""
    if run.fork is None:
        return run
    trunk, step = run.fork
    files = [p for p in trunks[0] if p.exists() and allowed_paths.admits(p)] if trunks else []
    parts = _by_start([*_read(files)])
    if not parts:
        lost = f"forked from {trunk} at step {step}, which is not in this source: what came before is missing"
        return replace(run, warnings=(*run.warnings, lost))
    before = _on_trunk(_merge(parts), trunks[1:])
    front = {key: s.window(-math.inf, step) for key, s in before.series.items()}
    series = {
        key: join_points(
            key, [(s.steps, s.values) for s in (front.get(key), run.series.get(key)) if s]
        )
        for key in {**front, **run.series}
        if front.get(key) or run.series.get(key)
    }
    is_other = is_changed(before.config, run.config)
    return replace(
        run,
        series=series,
        axes={**before.axes, **run.axes},
        earlier=(((step, before.config),) if is_other else ()) + run.earlier,
    )


def _paths(ref: SourceRef) -> list[Path]:
    root = _root(ref)
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


def _info(
    parts: list[tuple[Path, RunFile]], trunks: Iterable[tuple[Path, ...]] = ()
) -> dict[str, Any]:
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
        "revision": "+".join(
            _revision(path) for path in (*(p for p, _ in parts), *(p for t in trunks for p in t))
        ),
    }


def _without_own(config: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != OWN_ENTRY}


def _state(exit_code: int | None) -> str:
    return "unfinished" if exit_code is None else "failed" if exit_code else "finished"


def _revision(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"


def _merge(parts: list[tuple[Path, RunFile]], trunks: Iterable[tuple[Path, ...]] = ()) -> Run:
    """One run from its parts; a part that begins at a step ends those before it there."""
    columns: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
    runtime = []
    earlier: list[tuple[int, Mapping[str, Any]]] = []
    config: dict[str, Any] = {}
    rewinds: list[tuple[int, int]] = []
    reached, before = 0, RunFile()
    for _, file in parts:
        began = min(file.history.steps, default=reached + 1)
        is_copy = file.created == before.created and file.history.steps == before.history.steps
        if began <= reached and columns and not is_copy:
            rewinds.append((reached, began))
            columns = {key: [_up_to(began, part) for part in some] for key, some in columns.items()}
            reached = began
        before = file
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
        **_info(parts, trunks) | {"runtime_s": sum(runtime) if runtime else None},
        series={k: one for k, some in columns.items() if len(one := join_points(k, some))},
        fork=_fork(parts[0][1]),
        axes={name: axis for _, file in parts for name, axis in file.axes.items()},
        rewinds=tuple(rewinds),
        earlier=tuple((int(step), _without_own(config)) for step, config in earlier),
        cursor=cursor,
    )


def _up_to(step: int, part: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The points before a step."""
    steps, values = part
    kept = steps < step
    return steps[kept], values[kept]


def _read_on(paths: list[Path], known: Run, trunks: Sequence[tuple[Path, ...]]) -> Run | None:
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
    if rest.exit_code is None:
        rest.exit_code = head.exit_code
    # What was damaged stays so; only the open end may have closed.
    rest.warnings = [w for w in known.warnings if OPEN_END not in w] + rest.warnings
    more = _merge([(path, rest)], trunks)
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
        rewinds=known.rewinds,
        fork=known.fork,
        axes={**known.axes, **more.axes},
        runtime_s=None if clock is None else float(clock.values.max()),
    )

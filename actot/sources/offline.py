"""Runs that the W&B client recorded offline: a folder with run-ID.wandb files at any depth."""

from collections.abc import Iterable
from pathlib import Path

from actot import wandb_log
from actot.errors import BadInput
from actot.records import Listing, Run, RunInfo, make_series
from actot.wandb_log import RunFile

LABEL = {"en": "Folder of offline runs", "zh": "离线运行文件夹"}


def claims(where: str) -> bool:
    """Any folder or .wandb file that exists."""
    path = Path(where).expanduser()
    return where != "sample" and (path.is_dir() or path.suffix == ".wandb")


def list_runs(where: str) -> Listing:
    """The runs below the folder; the directories of a resumed run are one.

    Raises: BadInput where the folder holds no run file, or none that can be read.
    """
    files, problems = _read(_paths(where), history=False)
    if not files:
        raise BadInput("; ".join(problems))
    runs = [RunInfo(**_info(parts)) for parts in files.values()]
    return Listing(tuple(sorted(runs, key=lambda r: (r.created, r.id), reverse=True)), problems)


def load(where: str, run_id: str) -> Run:
    """One run with its history. Raises: BadInput where no readable file is of that run."""
    # The client names the file after the run; a renamed file is found by reading all of them.
    paths = _paths(where)
    named = [p for p in paths if p.name == f"run-{run_id}.wandb"]
    for some in (named, paths):
        files, _ = _read(some, history=True)
        if run_id in files:
            return _merge(files[run_id])
    raise BadInput(f"{where}: no run {run_id}; `actot runs {where}` lists what is there")


def _paths(where: str) -> list[Path]:
    root = Path(where).expanduser()
    paths = [root] if root.suffix == ".wandb" else sorted(root.rglob("*.wandb"))
    if not paths:
        raise BadInput(f"{where}: holds no run-ID.wandb file; point at a folder with W&B runs")
    return paths


def _read(
    paths: Iterable[Path], *, history: bool
) -> tuple[dict[str, list[RunFile]], tuple[str, ...]]:
    """The files of each run id in order of their start, and a sentence per unreadable file."""
    found: dict[str, list[RunFile]] = {}
    problems = []
    for path in paths:
        try:
            file = wandb_log.read(path, history=history)
            stat = path.stat()
        except BadInput as e:
            problems.append(str(e))
        else:
            file.revision = f"{stat.st_mtime_ns}-{stat.st_size}"
            found.setdefault(file.run_id, []).append(file)
    for parts in found.values():
        parts.sort(key=lambda f: f.created)
    return found, tuple(problems)


def _info(parts: list[RunFile]) -> dict[str, object]:
    """The listed facts of a run: the first start, the last word on everything else."""
    last = parts[-1]
    config = {key: value for part in parts for key, value in part.config.items()}
    config.pop("_wandb", None)
    code = last.exit_code
    warnings = [f"part {i}: {w}" for i, part in enumerate(parts, 1) for w in part.warnings]
    if len(parts) == 1:
        warnings = list(last.warnings)
    return {
        "id": last.run_id,
        "name": last.name or str(config.get("job_name") or last.run_id),
        "state": "unfinished" if code is None else "failed" if code else "finished",
        "config": config,
        "group": last.group,
        "tags": last.tags,
        "created": parts[0].created,
        "versions": dict(last.versions),
        "warnings": tuple(warnings),
        "revision": "+".join(part.revision for part in parts),
    }


def _merge(parts: list[RunFile]) -> Run:
    """One run from its parts; where they overlap, the later part wins."""
    columns: dict[str, tuple[list[int], list[float]]] = {}
    for part in parts:
        for key, (steps, values) in part.points.items():
            s, v = columns.setdefault(key, ([], []))
            s.extend(steps)
            v.extend(values)
    series = {key: make_series(key, *column) for key, column in columns.items()}
    clocks = [part.points["_runtime"][1] for part in parts if "_runtime" in part.points]
    runtime = sum(max(clock) for clock in clocks) if clocks else None
    return Run(**_info(parts) | {"runtime_s": runtime}, series=series)

"""Run files of ten versions of the W&B client, against what the script that recorded them logged."""

import importlib.util
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support import builders
from support.own_tables import only

from actot.records import Run

FOLDER = builders.ROOT / "tests" / "data" / "clients"
CORPUS = FOLDER.parent / "corpus"


def script(path: Path) -> ModuleType:
    """A recording script, loaded; its client is asked for in its functions alone."""
    spec = importlib.util.spec_from_file_location(f"recording_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RECORD = script(FOLDER / "record.py")
FILES = {p.stem.removeprefix("run-"): p for p in sorted(FOLDER.rglob("*.wandb"))}
WHOLE = [name for name in FILES if name.startswith(RECORD.WHOLE)]
KILLED = [name for name in FILES if name.startswith(RECORD.KILLED)]

# key -> step -> value
Points = dict[str, dict[int, float]]


def numbers(row: dict[str, Any], front: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of a logged row, those of a nested one under their paths."""
    for key, value in row.items():
        if isinstance(value, dict):
            yield from numbers(value, f"{front}{key}.")
        elif not isinstance(value, str):
            yield front + key, float(value)


def logged(name: str, last: int | None = None) -> Points:
    """What the script logged up to a step, each key on the steps that are declared for it."""
    by_step: Points = {}
    for step, row in RECORD.CALLS[name]:
        if last is None or step <= last:
            for key, value in numbers(row):
                by_step.setdefault(key, {})[step] = value
    counted = by_step[RECORD.AXIS]
    return {
        key: {int(counted[s]) if is_declared(key) else s: v for s, v in points.items()}
        for key, points in by_step.items()
    }


def is_declared(key: str) -> bool:
    """Whether the script declared a step metric for a key."""
    return any(fnmatchcase(key, pattern) for pattern in RECORD.AXES)


def read(run: Run) -> Points:
    """The points of a run, but for those that the client adds."""
    return {
        key: dict(zip(s.steps.tolist(), s.values.tolist(), strict=True))
        for key, s in run.series.items()
        if not key.startswith("_")
    }


def assert_equal(points: Points, wanted: Points) -> None:
    """Equal to the bit; NaN equals NaN."""
    assert {k: repr(sorted(p.items())) for k, p in points.items()} == {
        k: repr(sorted(p.items())) for k, p in wanted.items()
    }


def test_the_recorded_clients_are_many_and_far_apart() -> None:
    versions = {tuple(map(int, p.parent.name.split(".")[:2])) for p in FILES.values()}
    assert len(versions) >= 6
    assert (min(versions), max(versions)) == ((0, 12), (0, 31))
    assert {only(p).versions["wandb"] for p in FILES.values()} == {
        p.parent.name for p in FILES.values()
    }


@pytest.mark.parametrize("name", WHOLE)
def test_every_point_is_the_one_that_was_logged(name: str) -> None:
    assert_equal(read(only(FILES[name])), logged(RECORD.WHOLE))


@pytest.mark.parametrize("name", KILLED)
def test_a_killed_run_has_every_point_up_to_its_last_whole_row(name: str) -> None:
    run = only(FILES[name])
    last = int(run.series["train/loss"].steps[-1])
    assert last >= 40
    assert_equal(read(run), logged(RECORD.KILLED, last))


@pytest.mark.parametrize("name", FILES)
def test_name_state_group_tags_and_config_are_those_of_the_script(name: str) -> None:
    run = only(FILES[name])
    kind = name.partition("-")[0]
    version = FILES[name].parent.name
    assert (run.id, run.name) == (name, f"{kind} of {version}")
    assert run.state == {RECORD.WHOLE: "finished", RECORD.KILLED: "unfinished"}[kind]
    assert (run.group, run.tags) == ("versions", ("recorded", kind))
    assert run.config == {**RECORD.CONFIG, **RECORD.LATER}
    assert [dict(config) for _, config in run.earlier] == [RECORD.CONFIG]
    assert run.axis == RECORD.AXIS
    assert all("middle of a record" in warning for warning in run.warnings)


@pytest.mark.parametrize("folder", [FOLDER, CORPUS], ids=lambda folder: folder.name)
def test_no_recorded_file_names_the_machine_that_recorded_it(folder: Path) -> None:
    machine = re.compile(rb"/(?:home|root|tmp|Users|work|mnt)\b|\blocalhost\b")
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")]
    assert [p.name for p in files if machine.search(p.read_bytes())] == []

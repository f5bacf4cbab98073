"""Steps that stand more than once: a question, the seeds, the last start, or a sentence, and never silence."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from support.own_tables import only, points, read, said, table

from actot.errors import BadInput


def mixed(path: Path, column: str, values: Iterable[str]) -> Path:
    """A table in which each value of a column has the same steps and another loss."""
    rows = [f"{v},{10 * i},{i + k / 10}" for k, v in enumerate(values) for i in range(1, 7)]
    return table(path, f"{column},step,loss", *rows)


def logged(path: Path, *starts: tuple[range, float]) -> Path:
    """A log to which each start appended its steps, with one loss."""
    rows = [{"step": step, "loss": loss} for steps, loss in starts for step in steps]
    return table(path, *map(json.dumps, rows))


def test_a_table_of_several_runs_asks_for_the_column_that_tells_them_apart(tmp_path: Path) -> None:
    path = mixed(tmp_path / "all.csv", "robot", ["u", "v"])
    with pytest.raises(BadInput) as caught:
        read(path)
    assert str(caught.value) == (
        "all.csv: 6 step(s) stand more than once with other values, so it seems to hold several runs; "
        "choose the column that tells them apart behind the path: ?run=robot"
    )
    assert {i: points(run, "loss")[0] for i, run in read(f"{path}?run=robot").items()} == {
        "u": (10, 1.0),
        "v": (10, 1.1),
    }


def test_where_it_takes_two_columns_the_question_names_both(tmp_path: Path) -> None:
    cells = [(a, b) for a in "uv" for b in "xy"]
    rows = [f"{a},{b},{10 * i},{i + k / 10}" for k, (a, b) in enumerate(cells) for i in range(1, 7)]
    path = table(tmp_path / "all.csv", "robot,gripper,step,loss", *rows)
    with pytest.raises(BadInput, match=r"\?run=robot,gripper$"):
        read(path)
    assert set(read(f"{path}?run=robot,gripper")) == {"u/x", "u/y", "v/x", "v/y"}


def test_seeds_are_runs_of_one_name_without_a_question(tmp_path: Path) -> None:
    runs = read(mixed(tmp_path / "all.csv", "seed", ["1", "2"]))
    assert {i: (run.name, run.config["seed"]) for i, run in runs.items()} == {
        "all/seed1": ("all", 1),
        "all/seed2": ("all", 2),
    }


def test_seeds_within_named_runs_are_told_apart_as_well(tmp_path: Path) -> None:
    cells = [(run, seed) for run in "ab" for seed in (1, 2)]
    rows = [f"{r},{s},{10 * i},{i + k / 10}" for k, (r, s) in enumerate(cells) for i in range(1, 7)]
    runs = read(table(tmp_path / "all.csv", "run,seed,step,loss", *rows))
    assert sorted((run.name, run.config["seed"]) for run in runs.values()) == [
        *(("a", 1), ("a", 2)),
        *(("b", 1), ("b", 2)),
    ]


def test_rows_that_only_complete_each_other_are_one_step_without_a_word(tmp_path: Path) -> None:
    rows = [row for i in range(1, 7) for row in (f"{10 * i},{i},", f"{10 * i},,{-i}")]
    run = only(table(tmp_path / "a.csv", "step,loss,reward", *rows))
    assert (points(run, "loss")[0], points(run, "reward")[0]) == ((10, 1.0), (10, -1.0))
    assert not run.warnings


def test_repeated_steps_that_no_column_tells_apart_are_said(tmp_path: Path) -> None:
    rows = [f"{10 * (i // 2)},{i}" for i in range(2, 14)]
    run = only(table(tmp_path / "a.csv", "step,loss", *rows))
    assert points(run, "loss")[0] == (10, 3.0)
    assert "6 step(s) stand more than once with other values; the last row of each" in said(run)


def test_a_start_from_a_checkpoint_goes_on_with_what_lay_before_it(tmp_path: Path) -> None:
    run = only(logged(tmp_path / "a.jsonl", (range(0, 100, 10), 1.0), (range(50, 150, 10), 2.0)))
    assert points(run, "loss") == [(s, 1.0 if s < 50 else 2.0) for s in range(0, 150, 10)]
    assert "the step falls 1 time: 2 starts" in said(run)


def test_a_start_from_the_beginning_leaves_nothing_of_the_earlier_one(tmp_path: Path) -> None:
    run = only(logged(tmp_path / "a.jsonl", (range(0, 300, 10), 1.0), (range(0, 150, 10), 2.0)))
    assert points(run, "loss") == [(s, 2.0) for s in range(0, 150, 10)]
    assert "the last one counts" in said(run)

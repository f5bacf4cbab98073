"""Exported tables: what was planted in them is what is read, and damage costs no more than what it hit."""

import gzip
import io
import json
import math
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from support import builders
from support.by_text import exports, offline

from actot.errors import BadInput
from actot.records import Run, Series
from actot.study import study
from actot.tables import table_reader

NAN, INF = math.nan, math.inf
Points = dict[str, dict[int, float]]

# Keys on their own steps, odd values, and a later record of a step nowhere.
PLANTED: Points = {
    "train/loss": {10: 0.5, 20: 0.25, 30: NAN, 40: 1e-05},
    "eval/l1": {20: 7.0, 40: INF},
    "neg": {10: -INF, 30: -0.125},
}


def one(name: str, data: str | bytes, step: str = "") -> Run:
    """The only run of a table."""
    (run,) = many(name, data, step).values()
    return run


def many(name: str, data: str | bytes, step: str = "") -> dict[str, Run]:
    """The runs of a table by id."""
    raw = data if isinstance(data, bytes) else data.encode()
    found = exports.from_bytes(name, raw, step)
    assert len({r.id for r in found}) == len(found)
    return {r.id: r for r in found}


def points(run: Run) -> Points:
    """key -> step -> value."""
    return {
        k: dict(zip(s.steps.tolist(), s.values.tolist(), strict=True))
        for k, s in run.series.items()
    }


def same(a: Mapping[str, Series] | Points, b: Mapping[str, Series] | Points) -> bool:
    """Equal keys, steps and values, NaN equal to NaN."""

    def text(found: Mapping[str, Any]) -> dict[str, list[str]]:
        return {
            k: [f"{step} {value!r}" for step, value in s.items()]
            if isinstance(s, dict)
            else [f"{t} {v!r}" for t, v in zip(s.steps.tolist(), s.values.tolist(), strict=True)]
            for k, s in found.items()
        }

    return text(a) == text(b)


def rows_of(found: Points) -> list[dict[str, Any]]:
    """One row per step, as W&B keeps them."""
    steps = sorted({step for series in found.values() for step in series})
    return [{"_step": s, **{k: p[s] for k, p in found.items() if s in p}} for s in steps]


def cell(value: Any) -> str:
    """A cell of a CSV file; a blank for what is absent."""
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def as_csv(header: Sequence[str], rows: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    """A table with quotes where they are needed."""

    def quoted(text: str) -> str:
        odd = any(c in text for c in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if odd else text

    lines = [header, *([cell(c) for c in row] for row in rows)]
    return "".join(delimiter.join(map(quoted, line)) + "\n" for line in lines)


def wide_csv(found: Points, delimiter: str = ",") -> str:
    """A column per metric."""
    rows = [[row.get(c) for c in ("_step", *found)] for row in rows_of(found)]
    return as_csv(["_step", *found], rows, delimiter)


def long_csv(found: Points) -> str:
    """A row per point."""
    rows = [[s, k, v] for k, series in found.items() for s, v in series.items()]
    return as_csv(["step", "key", "value"], rows)


def json_lines(found: Points) -> str:
    """History lines as W&B writes them, NaN and Inf as text."""
    words = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    rows = [{k: words.get(str(v), v) for k, v in row.items()} for row in rows_of(found)]
    return "".join(json.dumps(row) + "\n" for row in rows)


def parquet(columns: Mapping[str, Any]) -> bytes:
    """A Parquet file."""
    out = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), out)
    return out.getvalue()


def wide_parquet(found: Points) -> bytes:
    """A column per metric, null where it is absent."""
    rows = rows_of(found)
    columns = {c: [row.get(c) for row in rows] for c in ("_step", *found)}
    return parquet({c: pa.array(v, from_pandas=False) for c, v in columns.items()})


def long_parquet(found: Points) -> bytes:
    """A row per point."""
    rows = [(s, k, v) for k, series in found.items() for s, v in series.items()]
    steps, keys, values = zip(*rows, strict=True)
    return parquet({"step": steps, "metric": keys, "value": values})


SHAPES: dict[str, Callable[[Points], str | bytes]] = {
    "wide.csv": wide_csv,
    "wide.tsv": lambda found: wide_csv(found, "\t"),
    "semicolon.csv": lambda found: wide_csv(found, ";"),
    "long.csv": long_csv,
    "lines.jsonl": json_lines,
    "lines.ndjson": json_lines,
    "wide.parquet": wide_parquet,
    "long.parquet": long_parquet,
    "wide.csv.gz": lambda found: gzip.compress(wide_csv(found).encode()),
    "lines.jsonl.gz": lambda found: gzip.compress(json_lines(found).encode()),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_holds_the_planted_points(name: str) -> None:
    run = one(name, SHAPES[name](PLANTED))
    assert same(run.series, PLANTED)
    assert (run.id, run.name, run.state) == (name.split(".")[0], name.split(".")[0], "finished")
    assert run.warnings == ()
    for series in run.series.values():
        assert series.steps.dtype == np.int64 and series.values.dtype == np.float64
        assert not series.values.flags.writeable


@pytest.mark.parametrize("name", SHAPES)
def test_a_recorded_run_and_its_export_have_equal_series(name: str, recorded: Path) -> None:
    real = offline.load(str(recorded), "lr20x")
    assert len(real.series) > 5 and "_runtime" in real.series
    again = one(name, SHAPES[name](points(real)))
    assert {k: s.key for k, s in again.series.items()} == {k: k for k in real.series}
    assert same({k: again.series[k] for k in real.series}, real.series)
    assert again.runtime_s == real.runtime_s


def test_odd_recorded_values_survive_their_export(odd: Path) -> None:
    real = offline.load(str(odd), "odd")
    for name in ("lines.jsonl", "long.csv", "wide.csv", "wide.parquet"):
        again = one(name, SHAPES[name](points(real)))
        assert same({k: again.series[k] for k in real.series}, real.series), name


def test_charts_exported_by_wandb_give_a_run_per_name() -> None:
    head = ["Step"]
    for run in ("act", "lr - 20x"):
        head += [f"{run} - {k}" for k in ("_step", "_step__MIN", "_step__MAX")]
        head += [f"{run} - train/loss{end}" for end in ("", "__MIN", "__MAX")]
    rows = [
        [10, 10, 10, 10, 0.5, 0.4, 0.6, 10, 10, 10, 0.75, 0.7, 0.8],
        [20] + [None] * 6 + [20, 20, 20, 0.25, 0, 1],
    ]
    runs = many("chart.csv", as_csv(head, rows))
    assert {i: points(r) for i, r in runs.items()} == {
        "act": {"train/loss": {10: 0.5}},
        "lr - 20x": {"train/loss": {10: 0.75, 20: 0.25}},
    }


def test_charts_over_time_are_read_on_the_steps_of_each_run() -> None:
    head = ["Relative Time (Process)", "a - _step", "a - loss", "b - _step", "b - loss"]
    runs = many("chart.csv", as_csv(head, [[0.5, 1, 0.5, 10, 3.0], [1.5, 2, 0.25, 20, 2.0]]))
    assert points(runs["a"]) == {"loss": {1: 0.5, 2: 0.25}}
    assert points(runs["b"]) == {"loss": {10: 3.0, 20: 2.0}}


def test_two_charted_runs_of_one_name_stay_two_runs() -> None:
    head = ["Step", *(f"act - loss{end}" for end in ("", "__MIN", "__MAX")), "act - loss"]
    runs = many("chart.csv", as_csv(head, [[1, 0.5, 0, 1, 9.0]]))
    assert {i: points(r)["loss"] for i, r in runs.items()} == {"act": {1: 0.5}, "act#2": {1: 9.0}}


@pytest.mark.parametrize("column", ["run", "run_id", "Run", "id", "ID", "_run"])
def test_a_run_column_tells_the_runs_of_a_table_apart(column: str) -> None:
    rows = [["b", 1, 0.5], ["a", 1, 0.1], ["b", 2, 0.25], ["a", 2, None], ["a", 3, 0.3]]
    want = {"b": {"x": {1: 0.5, 2: 0.25}}, "a": {"x": {1: 0.1, 3: 0.3}}}
    runs = many("t.csv", as_csv([column, "step", "x"], rows))
    assert {i: points(r) for i, r in runs.items()} == want
    lines = "".join(json.dumps({column: r, "_step": s, "x": v}) + "\n" for r, s, v in rows)
    assert {i: points(r) for i, r in many("t.jsonl", lines).items()} == want
    packed = parquet(dict(zip((column, "step", "x"), zip(*rows, strict=True), strict=True)))
    assert {i: points(r) for i, r in many("t.parquet", packed).items()} == want


def test_a_long_table_of_several_runs() -> None:
    rows = [["a", 1, "x", 1.0], ["b", 1, "x", 2.0], ["a", 1, "y", 3.0], ["a", 2, "x", 4.0]]
    runs = many("t.csv", as_csv(["run", "step", "metric", "value"], rows))
    assert points(runs["a"]) == {"x": {1: 1.0, 2: 4.0}, "y": {1: 3.0}}
    assert points(runs["b"]) == {"x": {1: 2.0}}


def test_numbers_as_run_ids_are_texts_as_written() -> None:
    assert list(many("t.csv", "run,step,x\n07,1,0.5\n7,1,0.25\n")) == ["07", "7"]
    assert list(
        many("t.parquet", parquet({"run": [3.0, 4.0], "step": [1, 1], "x": [1.0, 2.0]}))
    ) == ["3", "4"]


def test_an_id_that_counts_the_rows_is_no_run() -> None:
    run = one("t.csv", "id,step,x\n1,10,0.5\n2,20,0.25\n")
    assert points(run) == {"x": {10: 0.5, 20: 0.25}}


def test_rows_without_a_run_are_left_out_and_counted() -> None:
    run = one("t.csv", "run,step,x\na,1,0.5\n,2,0.25\n")
    assert points(run) == {"x": {1: 0.5}}
    assert any("1 row(s) name no run" in w for w in run.warnings)


# The step -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        "_step",
        "step",
        "Step",
        "steps",
        "global_step",
        "train/steps",
        "trainer/global_step",
        "iteration",
    ],
)
def test_the_step_column_is_found_by_its_name(column: str) -> None:
    assert points(one("t.csv", f"other,{column},x\n5,10,0.5\n5,20,0.25\n"))["x"] == {
        10: 0.5,
        20: 0.25,
    }


def test_the_step_of_wandb_goes_before_a_logged_one() -> None:
    run = one("t.csv", "train/steps,_step,x\n7,10,0.5\n8,20,0.25\n")
    assert points(run) == {"train/steps": {10: 7, 20: 8}, "x": {10: 0.5, 20: 0.25}}


def test_the_only_column_that_rises_by_whole_numbers_is_the_step() -> None:
    assert points(one("t.csv", "batch,x\n10,0.5\n20,0.25\n30.0,0.75\n")) == {
        "x": {10: 0.5, 20: 0.25, 30: 0.75}
    }
    long = "at,key,value\n10,x,0.5\n10,y,1.5\n20,x,0.25\n20,y,2.5\n"
    assert points(one("t.csv", long)) == {"x": {10: 0.5, 20: 0.25}, "y": {10: 1.5, 20: 2.5}}


def test_the_index_of_a_data_frame_is_neither_step_nor_metric() -> None:
    assert points(one("t.csv", ",step,x\n0,10,0.5\n1,20,0.25\n")) == {"x": {10: 0.5, 20: 0.25}}
    with pytest.raises(BadInput, match="no step column"):
        many("t.csv", ",x\n0,0.5\n1,0.25\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,x\na,0.5\na,0.25\n", "no step column; found name, x"),
        ("p,q,x\n1,2,0.5\n2,3,0.25\n", "several columns could be the step; found p, q, x"),
        ("hello world\nthis is no table\n", "found hello world"),
        ("step,x\na,0.5\nb,0.25\n", "no step column"),
    ],
)
def test_a_table_without_a_step_names_its_columns(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as e:
        many("t.csv", text)
    assert "t.csv" in str(e.value) and "?step=COLUMN" in str(e.value)


def test_the_step_column_can_be_chosen(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("step,frame,x\n1,100,0.5\n2,200,0.25\n")
    where = f"{file}?step=frame"
    assert exports.claims(where)
    assert [r.id for r in exports.list_runs(where).runs] == ["t"]
    assert points(exports.load(where, "t")) == {
        "step": {100: 1, 200: 2},
        "x": {100: 0.5, 200: 0.25},
    }
    assert points(exports.load(f"{tmp_path}?step=frame", "t"))["x"] == {100: 0.5, 200: 0.25}
    assert points(exports.load(str(file), "t"))["x"] == {1: 0.5, 2: 0.25}
    with pytest.raises(BadInput, match="no column fram; it has step, frame, x"):
        exports.list_runs(f"{file}?step=fram")
    with pytest.raises(BadInput, match="column x holds no whole numbers"):
        exports.list_runs(f"{file}?step=x")


def test_rows_without_a_whole_step_are_left_out_and_counted() -> None:
    run = one("t.csv", "step,x\n1,0.5\n,0.4\n2.5,0.3\nnan,0.2\n1e300,0.1\n3,0.6\n")
    assert points(run) == {"x": {1: 0.5, 3: 0.6}}
    assert any("4 row(s) have no whole number in the step column step" in w for w in run.warnings)


def test_a_later_row_of_a_step_wins() -> None:
    assert points(one("t.csv", "step,x\n1,0.5\n3,0.7\n2,0.6\n1,0.9\n")) == {
        "x": {1: 0.9, 2: 0.6, 3: 0.7}
    }


# Cells --------------------------------------------------------------------------------------------


def test_nan_and_inf_are_kept_blanks_are_absent_and_texts_are_counted() -> None:
    words = [
        "NaN",
        "nan",
        "NAN",
        "Infinity",
        "inf",
        "-inf",
        "+inf",
        "-Infinity",
        "",
        " ",
        "oops",
        "n/a",
        "1",
        " 2 ",
    ]
    run = one("t.csv", "step,x\n" + "".join(f"{i},{w}\n" for i, w in enumerate(words)))
    want = {0: NAN, 1: NAN, 2: NAN, 3: INF, 4: INF, 5: -INF, 6: INF, 7: -INF, 12: 1.0, 13: 2.0}
    assert same(run.series, {"x": want})
    assert [w for w in run.warnings if "2 cell(s) hold text (as 'oops')" in w]


def test_a_text_in_json_is_a_number_only_where_json_has_none() -> None:
    cells = [0.5, "NaN", "-Infinity", "12", True, None, [1], {"a": 1}, "oops", 10**400]
    lines = "".join(json.dumps({"_step": i, "x": c}) + "\n" for i, c in enumerate(cells))
    run = one("t.jsonl", lines + '{"_step": 20, "x": NaN}\n{"_step": 21, "x": -Infinity}\n')
    want = {0: 0.5, 1: NAN, 2: -INF, 9: INF, 20: NAN, 21: -INF}
    assert same({"x": run.series["x"]}, {"x": want})
    assert points(run)["x.a"] == {7: 1.0}


def test_a_column_of_texts_is_no_metric_and_needs_no_warning() -> None:
    run = one("t.csv", "step,x,note,flag\n1,0.5,a,True\n2,0.25,b,False\n")
    assert (list(run.series), run.warnings) == (["x"], ())


def test_texts_are_counted_for_the_run_that_holds_them() -> None:
    runs = many("t.csv", "run,step,x\na,1,oops\na,2,1\nb,1,2\n")
    assert (len(runs["a"].warnings), runs["b"].warnings) == (1, ())


def test_decimal_commas_are_read_where_the_delimiter_is_a_semicolon() -> None:
    assert points(one("t.csv", "step;x\n1;0,5\n2;-1,5e-3\n")) == {"x": {1: 0.5, 2: -0.0015}}


# Success rates --------------------------------------------------------------------------------------

RATE: Points = {
    "eval/pc": {10: 0.85, 20: 0.5},
    "eval/pc/k": {10: 17, 20: 5},
    "eval/pc/n": {10: 20, 20: 10},
}


@pytest.mark.parametrize(
    "text",
    [
        "step,eval/pc_k,eval/pc_n\n10,17,20\n15,,\n20,5,10\n",
        "step,eval/pc_successes,eval/pc_trials\n10,17,20\n20,5,10\n",
        "step,eval/pc\n10,17/20\n20,5 / 10\n",
        "step,key,value\n10,eval/pc_k,17\n10,eval/pc_n,20\n20,eval/pc_k,5\n20,eval/pc_n,10\n",
        "step,key,value\n10,eval/pc,17/20\n20,eval/pc,5/10\n",
    ],
)
def test_successes_of_trials_become_a_rate_and_its_two_counts(text: str) -> None:
    assert points(one("t.csv", text)) == RATE


def test_success_cells_are_read_in_json_and_parquet_too() -> None:
    lines = '{"_step": 10, "eval/pc": "17/20"}\n{"_step": 20, "eval/pc": "5/10"}\n'
    assert points(one("t.jsonl", lines)) == RATE
    packed = parquet({"step": [10, 20], "eval/pc": ["17/20", "5/10"]})
    assert points(one("t.parquet", packed)) == RATE


def test_metrics_that_only_end_like_counts_stay_what_they_are() -> None:
    run = one("t.csv", "step,top_k,top_n\n1,50,0.9\n2,50,0.8\n")
    assert set(run.series) == {"top_k", "top_n"}


def test_a_logged_rate_stays_beside_the_counts() -> None:
    run = one("t.csv", "step,pc,pc_k,pc_n\n1,85,17,20\n")
    assert points(run) == {"pc": {1: 85}, "pc/k": {1: 17}, "pc/n": {1: 20}}


def test_counts_that_cannot_be_are_left_out_and_counted() -> None:
    run = one("t.csv", "step,a_k,a_n\n1,3,4\n2,5,4\n3,1,4\n")
    assert points(run)["a"] == {1: 0.75, 3: 0.25}
    assert any("1 row(s) are no k of n" in w for w in run.warnings)
    mixed = one("t.csv", "step,x\n1,3/4\n2,5/4\n3,0/0\n4,0.5\n")
    assert points(mixed)["x"] == {1: 0.75, 4: 0.5}
    assert any("2 cell(s) hold text" in w for w in mixed.warnings)


# Config and facts -----------------------------------------------------------------------------------

TABLE = "step,x\n1,0.5\n2,0.25\n"
CONFIG = {"policy": {"type": "act", "optimizer_lr": 1e-05}, "steps": 2, "on": True, "none": None}


@pytest.mark.parametrize(
    "beside",
    [
        "t.config.json",
        "t.config.yaml",
        "t.config.yml",
        "t.yaml",
        "t.json",
        "config.json",
        "config.yaml",
    ],
)
def test_a_config_beside_the_table_is_the_config_of_the_run(beside: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    text = json.dumps(CONFIG) if beside.endswith("json") else yaml.safe_dump(CONFIG)
    (tmp_path / beside).write_text(text)
    assert exports.load(str(tmp_path), "t").config == CONFIG
    assert exports.list_runs(str(tmp_path / "t.csv")).runs[0].config == CONFIG


def test_a_config_as_wandb_writes_it_is_unwrapped(tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(TABLE)
    wrapped = {k: {"value": v, "desc": None} for k, v in CONFIG.items()}
    odd = {"wandb_version": 1, "_wandb": {"value": {"cli_version": "1"}}, **wrapped}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(odd))
    assert exports.load(str(tmp_path), "history").config == CONFIG


def test_each_run_of_a_table_may_have_a_config_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("run,step,x\na,1,0.5\nb,1,0.5\n../c,1,0.5\n")
    (tmp_path / "a.json").write_text('{"seed": 1}')
    (tmp_path / "t.config.json").write_text('{"seed": 2}')
    found = {r.id: r.config for r in exports.list_runs(str(tmp_path)).runs}
    assert found == {"a": {"seed": 1}, "b": {"seed": 2}, "../c": {"seed": 2}}


def test_config_columns_are_nested_typed_and_go_before_the_file_beside(tmp_path: Path) -> None:
    head = [
        "run",
        "step",
        "x",
        "config.policy.type",
        "config.lr",
        "config.betas",
        "config.on",
        "config.none",
    ]
    rows = [
        ["a", 1, 0.5, "act", "1e-05", "[0.9, 0.999]", "True", "null"],
        ["b", 1, 0.5, "dp", "8", None, "false", "x"],
    ]
    (tmp_path / "t.csv").write_text(as_csv(head, rows))
    (tmp_path / "config.json").write_text('{"policy": {"kl": 10.0, "type": "old"}, "lr": 1}')
    found = {r.id: r.config for r in exports.list_runs(str(tmp_path)).runs}
    policy = {"kl": 10.0, "type": "act"}
    assert found["a"] == {
        "policy": policy,
        "lr": 1e-05,
        "betas": [0.9, 0.999],
        "on": True,
        "none": None,
    }
    assert found["b"] == {"policy": {"kl": 10.0, "type": "dp"}, "lr": 8, "on": False, "none": "x"}
    assert list(exports.load(str(tmp_path), "a").series) == ["x"]


def test_a_config_that_changes_within_a_run_is_said() -> None:
    run = one("t.csv", "step,x,config.lr\n1,0.5,1e-05\n2,0.25,2e-05\n")
    assert run.config == {"lr": 2e-05}
    assert any("config.lr changes within the run" in w for w in run.warnings)


def test_a_whole_config_may_stand_in_json_lines_or_one_column() -> None:
    line = {
        "_step": 1,
        "x": 0.5,
        "config": {"policy": {"type": "act"}, "features": [{"term_name": "a"}]},
    }
    want = {"policy": {"type": "act"}, "features": [{"term_name": "a"}]}
    assert one("t.jsonl", json.dumps(line) + "\n").config == want
    text = as_csv(["step", "x", "config"], [[1, 0.5, json.dumps(want)]])
    assert one("t.csv", text).config == want


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[1, 2]",
        "just text",
        "",
        "\x00\x01",
        "a: &a\n  b: *a\n",
        "!!python/object:os.system {}",
        "!!bool x",
    ],
)
def test_a_broken_config_is_said_and_the_run_still_read(text: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "config.yaml").write_text(text)
    run = exports.load(str(tmp_path), "t")
    assert run.config == {} and len(run.warnings) == 1
    assert run.warnings[0].startswith("config.yaml: ")


def test_a_config_of_aliases_that_grow_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    (tmp_path / "config.yaml").write_text("\n".join(lines))
    start = time.monotonic()
    assert exports.load(str(tmp_path), "t").config == {}
    (tmp_path / "config.yaml").write_text("a: " + "x" * 1_000_001)
    assert "too large" in exports.list_runs(str(tmp_path)).runs[0].warnings[0]
    assert time.monotonic() - start < 5


def test_name_state_group_tags_and_time_come_from_their_columns() -> None:
    head = ["run_id", "step", "x", "name", "state", "group", "tags", "created"]
    rows = [["a", 1, 0.5, "Act 1", "crashed", "g", "one, two", "2025-01-02T03:04:05+01:00"]]
    rows += [["b", 1, 0.5, None, None, None, '["x,y"]', "1735689600"]]
    runs = many("t.csv", as_csv(head, rows))
    a, b = runs["a"], runs["b"]
    assert (a.name, a.state, a.group, a.tags) == ("Act 1", "crashed", "g", ("one", "two"))
    assert a.created == "2025-01-02T02:04:05+00:00"
    assert (b.name, b.state, b.group, b.tags) == ("b", "finished", "", ("x,y",))
    assert list(a.series) == ["x"]


def test_the_first_timestamp_is_when_the_run_was_created() -> None:
    run = one("t.jsonl", '{"_step": 1, "x": 1, "_timestamp": 1735689600.5, "_runtime": 12.5}\n')
    assert (run.created, run.runtime_s) == ("2025-01-01T00:00:00+00:00", 12.5)


# Folders --------------------------------------------------------------------------------------------


def test_a_folder_is_claimed_where_it_holds_tables_and_no_run_file(tmp_path: Path) -> None:
    assert not exports.claims(str(tmp_path))
    assert not exports.claims(str(tmp_path / "no.csv"))
    assert not any(
        exports.claims(w) for w in ("sample", "wandb://me/project", "", "a\0b", "x" * 5000)
    )
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "x.CSV").write_text(TABLE)
    assert exports.claims(str(tmp_path)) and exports.claims(str(deep / "x.CSV"))
    (tmp_path / "a" / "run-1.wandb").write_bytes(b"")
    assert not exports.claims(str(tmp_path))
    assert exports.claims(str(deep))
    (tmp_path / "notes.txt").write_text("x")
    assert not exports.claims(str(tmp_path / "notes.txt"))


def test_files_of_one_name_get_the_path_in_front(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "log.csv").write_text(TABLE)
    (tmp_path / "b" / "log.jsonl").write_text('{"_step": 1, "x": 9}\n')
    (tmp_path / "only.csv").write_text(TABLE)
    listing = exports.list_runs(str(tmp_path))
    assert {r.id for r in listing.runs} == {"a/log", "b/log.csv", "b/log.jsonl", "only"}
    assert {r.name for r in listing.runs} == {r.id for r in listing.runs}
    assert points(exports.load(str(tmp_path), "b/log.jsonl")) == {"x": {1: 9}}


def test_charts_of_one_run_in_several_files_are_one_run(tmp_path: Path) -> None:
    (tmp_path / "loss.csv").write_text("Step,act - loss,act - loss__MIN\n1,0.5,0\n")
    (tmp_path / "l1.csv").write_text("Step,act - l1,act - l1__MIN\n2,0.25,0\n")
    assert [r.id for r in exports.list_runs(str(tmp_path)).runs] == ["act"]
    assert points(exports.load(str(tmp_path), "act")) == {"loss": {1: 0.5}, "l1": {2: 0.25}}


def test_one_id_with_one_key_in_two_files_is_two_runs(tmp_path: Path) -> None:
    for name, value in (("old", 1.0), ("new", 2.0)):
        (tmp_path / f"{name}.csv").write_text(f"run,step,x\nact,1,{value}\n")
    assert {r.id for r in exports.list_runs(str(tmp_path)).runs} == {"old/act", "new/act"}
    assert points(exports.load(str(tmp_path), "new/act")) == {"x": {1: 2.0}}


def test_the_listing_is_newest_first_by_the_time_of_the_file(tmp_path: Path) -> None:
    for name, at in (("old", 1_600_000_000), ("new", 1_700_000_000), ("mid", 1_650_000_000)):
        (tmp_path / f"{name}.csv").write_text(TABLE)
        os.utime(tmp_path / f"{name}.csv", (at, at))
    listing = exports.list_runs(str(tmp_path))
    assert [r.id for r in listing.runs] == ["new", "mid", "old"]
    assert listing.runs[0].created == "2023-11-14T22:13:20+00:00"


def test_a_broken_file_is_one_sentence_and_the_others_are_listed(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text(TABLE)
    (tmp_path / "bad.csv").write_bytes(b"")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no more")
    listing = exports.list_runs(str(tmp_path))
    assert [r.id for r in listing.runs] == ["good"]
    assert [p.split(":")[0] for p in listing.problems] == ["bad.csv", "bad.parquet"]
    assert all("\n" not in p for p in listing.problems)
    (tmp_path / "good.csv").unlink()
    with pytest.raises(BadInput, match=r"bad\.csv: the file is empty"):
        exports.list_runs(str(tmp_path))


def test_a_changed_file_or_config_changes_the_revision(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text(TABLE)
    first = exports.load(str(file), "t")
    assert exports.load(str(file), "t", first) is first
    assert exports.list_runs(str(file)).runs[0].revision == first.revision
    file.write_text(TABLE + "3,0.125\n")
    second = exports.load(str(file), "t", first)
    assert second.revision != first.revision and second.last_step == 3
    (tmp_path / "t.json").write_text('{"seed": 1}')
    third = exports.load(str(file), "t", second)
    assert third.revision != second.revision and third.config == {"seed": 1}


def test_a_file_that_is_gone_is_no_run_any_more(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(TABLE)
    assert len(exports.list_runs(str(tmp_path)).runs) == 2
    (tmp_path / "a.csv").unlink()
    with pytest.raises(BadInput, match="no run a"):
        exports.load(str(tmp_path), "a")
    (tmp_path / "b.csv").unlink()
    with pytest.raises(BadInput, match="holds no table"):
        exports.load(str(tmp_path), "b")


def test_a_listed_run_is_the_loaded_run_without_its_history(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("run,step,x,_runtime\na,1,oops,1\na,2,0.5,2\n")
    (info,) = exports.list_runs(str(tmp_path)).runs
    run = exports.load(str(tmp_path), "a")
    same_facts = {k: v for k, v in vars(run).items() if k in vars(info) and k != "runtime_s"}
    assert same_facts == {k: v for k, v in vars(info).items() if k != "runtime_s"}
    assert run.runtime_s == 2


def test_an_unknown_run_says_how_to_see_the_others(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    with pytest.raises(BadInput, match="no run nope; `actot runs"):
        exports.load(str(tmp_path), "nope")


# Damage ---------------------------------------------------------------------------------------------


def survives(name: str, data: bytes) -> tuple[Run, ...]:
    """What is read of a damaged file; one line of refusal counts as nothing."""
    try:
        runs = exports.from_bytes(name, data)
    except BadInput as e:
        assert str(e).startswith(name) and "\n" not in str(e)
        return ()
    for run in runs:
        json.dumps(dict(run.config))
        for key, series in run.series.items():
            key.encode()
            assert (np.diff(series.steps) > 0).all()
    return runs


DAMAGED = {
    name: data if isinstance(data, bytes) else data.encode()
    for name, shape in SHAPES.items()
    for data in [shape(PLANTED)]
}
DAMAGED["utf16.csv"] = wide_csv(PLANTED).encode("utf-16")
DAMAGED["quoted.csv"] = as_csv(
    ["run", "step", 'a "b", c'], [["x, y", 1, 0.5], ["x\ny", 2, 0.25]]
).encode()
DAMAGED["config.jsonl"] = (
    b'{"_step":1,"x":0.5,"config":{"a":[1,{"b":"\\u00e9"}]},"run":"\xc3\xa9"}\n' * 2
)


@pytest.mark.parametrize("name", DAMAGED)
def test_every_cut_of_a_file_is_read_or_refused(name: str) -> None:
    data = DAMAGED[name]
    for end in range(len(data)):
        survives(name, data[:end])


@pytest.mark.parametrize("name", DAMAGED)
def test_random_damage_is_read_or_refused(name: str) -> None:
    rng = random.Random(3)
    for _ in range(300):
        data = bytearray(DAMAGED[name])
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        survives(name, bytes(data))


def test_random_bytes_are_refused() -> None:
    rng = random.Random(4)
    for name in ("t.csv", "t.jsonl", "t.parquet", "t.csv.gz"):
        for size in (1, 10, 1000, 100_000):
            assert survives(name, rng.randbytes(size)) == ()


@pytest.mark.parametrize("name", ["lines.jsonl", "lines.jsonl.gz"])
def test_what_is_whole_of_a_cut_file_is_what_was_planted(name: str) -> None:
    whole = DAMAGED[name]
    for end in range(len(whole)):
        for run in survives(name, whole[:end]):
            assert all(
                repr(PLANTED[k][s]) == repr(v) for k, p in points(run).items() for s, v in p.items()
            )
            text = whole[:end]
            assert run.warnings or text.endswith((b"\n", b"}"))


def test_a_cut_csv_says_that_its_last_cell_may_be_cut() -> None:
    run = one("t.csv", "step,x\n1,0.5\n2,0.2")
    assert points(run) == {"x": {1: 0.5, 2: 0.2}}
    assert any("the last line has no line break" in w for w in run.warnings)
    short = one("t.csv", "step,x\n1,0.5\n2")
    assert points(short) == {"x": {1: 0.5}}
    assert any("1 row(s) have another number of cells" in w for w in short.warnings)


def test_ragged_rows_are_left_out_and_counted() -> None:
    run = one("t.csv", "step,x,y\n1,0.5,1\n2,0.4\n3,0.3,2,9\n4,0.2,3\n")
    assert points(run) == {"x": {1: 0.5, 4: 0.2}, "y": {1: 1, 4: 3}}
    assert any("2 row(s) have another number of cells" in w for w in run.warnings)
    with pytest.raises(BadInput, match="header has 2 cells"):
        many("t.csv", "step,x\n1,0.5,\n2,0.25,\n")


def test_a_quote_that_does_not_close_costs_one_line() -> None:
    run = one("t.csv", 'step,x\n1,0.5\n2,"0.4\n3,0.3\n')
    assert {1: 0.5, 3: 0.3}.items() <= points(run)["x"].items()


def test_the_first_of_two_columns_of_one_name_is_read() -> None:
    run = one("t.csv", "step,x,x\n1,0.5,9\n")
    assert points(run) == {"x": {1: 0.5}}
    assert any("column x stands 2 times" in w for w in run.warnings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, line: str) -> None:
    text = "_step,训练/损失,é\n1,0.5,2\n2,0.25,3\n".replace("\n", line)
    run = one("t.csv", text.encode(encoding))
    assert points(run) == {"训练/损失": {1: 0.5, 2: 0.25}, "é": {1: 2, 2: 3}}
    assert run.warnings == ()


def test_latin_1_is_read_and_said() -> None:
    run = one("t.csv", "step,précision\n1,0.5\n".encode("latin-1"))
    assert points(run) == {"précision": {1: 0.5}}
    assert any("Latin-1" in w for w in run.warnings)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.txt", b"step,x\n1,2\n", "not a table that is read"),
        ("t.csv", b"\n\n \n", "the file is empty"),
        ("t.csv", b"step,x\n", "holds no row"),
        ("t.csv", b"step,x", "holds no row"),
        ("t.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9, "binary data"),
        ("t.csv", b"PK\x03\x04....", "a zip or Excel file"),
        ("t.csv", b"step,note\n1,a\n2,b\n", "no column of numbers"),
        ("t.jsonl", b"[1, 2]\n3\n", "no line is a JSON object"),
        ("t.parquet", b"step,x\n1,2\n", "not a whole Parquet file"),
        ("t.parquet", b"PAR1PAR1", "not a whole Parquet file"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(name: str, data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words) as e:
        exports.from_bytes(name, data)
    assert str(e.value).startswith(f"{name}: ")


# Limits ---------------------------------------------------------------------------------------------


def test_a_file_beyond_the_limit_is_refused_with_the_limit() -> None:
    with pytest.raises(BadInput, match="51 MB, larger than the 50 MB"):
        exports.from_bytes("t.csv", b"step,x\n" + b"1,0.25\n" * 7_300_000)


def test_a_gzip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"step,x\n" + b"\0" * 400_000_000)
    start = time.monotonic()
    with pytest.raises(BadInput, match="unpacks to more than 250 MB"):
        exports.from_bytes("t.csv.gz", bomb)
    assert time.monotonic() - start < 10


def test_a_parquet_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = parquet({"step": pa.nulls(60_000_000, pa.int8())})
    assert len(bomb) < 1_000_000
    with pytest.raises(BadInput, match="more than 50 million cells"):
        exports.from_bytes("t.parquet", bomb)


def test_a_long_text_repeated_in_parquet_stays_small() -> None:
    rows = 100_000
    note = pa.DictionaryArray.from_arrays(np.zeros(rows, dtype=np.int32), ["z" * 50_000])
    out = io.BytesIO()
    table = pa.table({"step": range(rows), "x": [0.5] * rows, "note": note, "config.note": note})
    pq.write_table(table, out, store_schema=False)
    assert len(out.getvalue()) < 2_000_000
    assert pq.read_schema(out).field("note").type == pa.string()
    run = one("t.parquet", out.getvalue())
    assert len(run.series["x"]) == rows
    assert run.config == {"note": "z" * 50_000}


def test_too_many_columns_runs_or_cells_are_refused() -> None:
    many_columns = ",".join(["step", *(f"m{i}" for i in range(10_001))])
    with pytest.raises(BadInput, match="more than 10000 columns"):
        exports.from_bytes("t.csv", f"{many_columns}\n{many_columns}\n".encode())
    lines = "".join(json.dumps({"_step": i, f"m{i}": 1}) + "\n" for i in range(10_001))
    with pytest.raises(BadInput, match="more than 10000 columns"):
        exports.from_bytes("t.jsonl", lines.encode())
    rows = "".join(f"r{i},1,0.5\n" for i in range(2_001))
    with pytest.raises(BadInput, match="column run names 2001 runs"):
        exports.from_bytes("t.csv", f"run,step,x\n{rows}".encode())
    with pytest.raises(BadInput, match="more than 50 million cells"):
        exports.from_bytes("t.csv", (",".join("abcdefghij") + "\n").encode() + b"\n" * 5_100_000)


def test_deep_json_is_no_crash() -> None:
    deep = '{"a":' * 3000 + "1" + "}" * 3000
    survives("t.jsonl", f'{{"_step": 1, "x": 1, "d": {deep}}}\n{{"_step": 2, "x": 2}}\n'.encode())
    survives("t.jsonl", b'{"_step": 1, "x": ' + b"[" * 100_000 + b'}\n{"_step": 2, "x": 2}\n')
    text = as_csv(["step", "x", "config.a"], [[1, 0.5, "[" * 5000]])
    assert one("t.csv", text).config == {"a": "[" * 5000}
    nested = as_csv(["step", "x", "config" + ".a" * 500], [[1, 0.5, 3]])
    assert len(one("t.csv", nested).config) == 1


# Names ------------------------------------------------------------------------------------------------

HOSTILE = [
    "a|b",
    "[x](javascript:1)",
    "<script>",
    "=cmd()",
    "../../etc/passwd",
    'q"u,o\nte',
    "训练",
    "\u202eabc",
    "a\x1b[31m",
    "%s {0}",
]


def test_hostile_names_survive_as_text(tmp_path: Path) -> None:
    rows = [[name, 1, *([0.5] * len(HOSTILE))] for name in HOSTILE]
    (tmp_path / "t.csv").write_text(as_csv(["run", "step", *HOSTILE], rows), newline="")
    lines = "".join(
        json.dumps({"run": n, "_step": 1, **dict.fromkeys(HOSTILE, 0.5)}) + "\n" for n in HOSTILE
    )
    assert {r.id for r in exports.list_runs(str(tmp_path)).runs} == set(HOSTILE)
    for run in (
        *many("t.jsonl", lines).values(),
        *(exports.load(str(tmp_path), n) for n in HOSTILE),
    ):
        assert set(run.series) == set(HOSTILE)
        assert run.id in HOSTILE


def test_half_a_surrogate_pair_does_not_reach_a_name() -> None:
    run = one(
        "t.jsonl",
        '{"_step": 1, "x\\ud800": 1, "run": "r\\udfff", "config": {"\\ud800": "\\ud800"}}\n',
    )
    for text in (run.id, run.name, *run.series, *run.config, *run.config.values()):
        text.encode()


def test_a_message_shows_foreign_names_on_one_short_line() -> None:
    with pytest.raises(BadInput) as e:
        exports.from_bytes("t.csv", as_csv(["a\nb\x1b[0m", "c" * 500], [["x", "y"]]).encode())
    assert "\n" not in str(e.value) and "\x1b" not in str(e.value) and len(str(e.value)) < 300


# The line -----------------------------------------------------------------------------------------------


def test_a_verdict_from_exports_is_the_verdict_from_the_runs(
    tmp_path: Path, recorded: Path
) -> None:
    real = [offline.load(str(recorded), r.id) for r in builders.planted()]
    shapes = [n for n in SHAPES if n.startswith(("wide", "long", "lines"))]
    for at, run in enumerate(real):
        kind = shapes[at % len(shapes)]
        data = SHAPES[kind](points(run))
        file = tmp_path / f"{run.id}.{kind.partition('.')[2]}"
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
        (tmp_path / f"{run.id}.config.json").write_text(json.dumps(run.config))
    listing = exports.list_runs(str(tmp_path))
    again = {r.id: exports.load(str(tmp_path), r.id) for r in listing.runs}
    assert set(again) == {r.id for r in real} and listing.problems == ()
    ordered = [again[r.id] for r in real]
    picks = (builders.REGRESSED, builders.BASELINES, builders.PROFILE)
    a, b = study(real, *picks), study(ordered, *picks)
    assert a.verdicts == b.verdicts
    assert a.causes == b.causes
    assert [f.rule for f in a.findings] == [f.rule for f in b.findings]


def test_a_million_rows_are_read_in_seconds() -> None:
    steps = np.arange(1_000_000)
    out = io.BytesIO()
    import pyarrow.csv

    table = pa.table({"_step": steps, **{f"m{i}": steps * (i + 0.5) for i in range(4)}})
    pyarrow.csv.write_csv(table.slice(0, 700_000), out)
    start = time.monotonic()
    run = one("t.csv", out.getvalue())
    assert time.monotonic() - start < 10
    assert run.series["m3"].values[-1] == 699_999 * 3.5
    assert table_reader.UPLOAD.file == 50_000_000


def test_a_parquet_column_of_lists_is_left_out_before_it_is_read(tmp_path: Path) -> None:
    """A file of a kilobyte may hold a list of a hundred million."""
    many = pa.ListArray.from_arrays([0, 0, 3_000_000], pa.nulls(3_000_000, pa.int64()))
    table = pa.table({"_step": [1, 2], "loss": [0.5, 0.25], "many": many})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    assert len(buffer.getvalue()) < 20_000
    found = table_reader.read("x.parquet", buffer.getvalue())
    assert set(found.columns) == {"_step", "loss"}
    assert found.warnings == ("column many holds lists; left out",)

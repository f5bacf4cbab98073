"""Tables of runs, and what is config in a table: by names, by what was chosen, by files beside it."""

import math
from pathlib import Path

import pandas as pd
import pytest
from support.own_tables import STEPS, only, points, read, said, table, written

from actot.errors import BadInput

HEAD = "Name,State,Created,foo,val/loss"
# `foo` is a name that tells nothing: of four runs, two have 0 and two have 1.
ROWS = [f"r{i},finished,2026-01-0{i}T00:00:00Z,{i % 2},{1 + i / 10}" for i in range(1, 5)]


def two_runs(path: Path) -> Path:
    """Two runs over steps, with lr apart and wd alike."""
    lines = [f"{run},{lr},0.1,{line}" for run, lr in (("a", 0.1), ("b", 0.2)) for line in STEPS]
    return table(path, "run,lr,wd,step,loss", *lines)


def test_a_column_of_no_telling_name_is_taken_by_its_values_and_that_is_said(
    tmp_path: Path,
) -> None:
    runs = read(table(tmp_path / "wandb_export.csv", HEAD, *ROWS))
    assert [runs[f"r{i}"].config["foo"] for i in range(1, 5)] == [1, 0, 1, 0]
    assert all("foo as a setting; choose with ?config=" in said(run) for run in runs.values())


def test_chosen_settings_need_no_word_and_all_else_is_a_metric(tmp_path: Path) -> None:
    path = table(
        tmp_path / "wandb_export.csv",
        HEAD.replace("foo", "foo,lr"),
        *(row.replace(f",{i % 2},", f",{i % 2},0.{i},") for i, row in enumerate(ROWS, 1)),
    )
    runs = read(f"{path}?config=foo")
    assert {tuple(sorted(run.series)) for run in runs.values()} == {("lr", "val/loss")}
    assert all("lr" not in run.config and not run.warnings for run in runs.values())


def test_runs_of_other_names_are_no_replicates_where_the_columns_do_not_tell_them_apart(
    tmp_path: Path,
) -> None:
    runs = read(f"{table(tmp_path / 'wandb_export.csv', HEAD, *ROWS)}?config=foo")
    assert len({str(run.config) for run in runs.values()}) == 4


def test_the_step_that_a_run_had_reached_is_the_step_of_its_values(tmp_path: Path) -> None:
    head = HEAD.replace("foo", "global_step")
    rows = [row.replace(f",{i % 2},", f",{i}000,") for i, row in enumerate(ROWS, 1)]
    runs = read(table(tmp_path / "wandb_export.csv", head, *rows))
    assert points(runs["r3"], "val/loss") == [(3000, 1.3)]


@pytest.mark.parametrize("choice", ["?config=nope", "?run=nope", "?step=nope"])
def test_a_chosen_column_that_is_not_there_is_named_beside_those_that_are(
    choice: str, tmp_path: Path
) -> None:
    path = two_runs(tmp_path / "all.csv")
    with pytest.raises(
        BadInput, match=r"^all\.csv: no column nope; it has run, lr, wd, step, loss$"
    ):
        read(f"{path}{choice}")


def test_what_stays_the_same_within_each_run_is_a_setting(tmp_path: Path) -> None:
    runs = read(two_runs(tmp_path / "all.csv"))
    assert {i: run.config for i, run in runs.items()} == {
        "a": {"lr": 0.1, "wd": 0.1},
        "b": {"lr": 0.2, "wd": 0.1},
    }
    assert all(list(run.series) == ["loss"] for run in runs.values())


def test_a_setting_that_moves_within_a_run_stays_a_metric(tmp_path: Path) -> None:
    path = two_runs(tmp_path / "all.csv")
    path.write_text(path.read_text(encoding="utf-8") + "b,0.3,0.1,70,0.1\n", encoding="utf-8")
    runs = read(path)
    assert points(runs["b"], "lr")[-2:] == [(60, 0.2), (70, 0.3)]
    assert all("lr" not in run.config for run in runs.values())


def test_a_constant_column_of_a_table_of_one_run_is_no_config(tmp_path: Path) -> None:
    run = only(table(tmp_path / "a.csv", "lr,step,loss", *(f"0.1,{line}" for line in STEPS)))
    assert run.config == {}
    assert len(run.series["lr"]) == len(STEPS)


def test_the_settings_of_a_table_of_steps_can_be_chosen(tmp_path: Path) -> None:
    runs = read(f"{two_runs(tmp_path / 'all.csv')}?config=wd")
    assert all(run.config["wd"] == 0.1 and "lr" in run.series for run in runs.values())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train_config.json", '{"optimizer": {"lr": 0.5}}'),
        ("hparams.yaml", "optimizer:\n  lr: 0.5\n"),
        ("params.json", '{"optimizer": {"lr": 0.5}}'),
        (".hydra/config.yaml", "optimizer: {lr: 0.5}\n"),
    ],
)
def test_the_config_that_a_trainer_leaves_beside_a_table_is_that_of_its_run(
    name: str, text: str, tmp_path: Path
) -> None:
    written(tmp_path / name, text)
    run = only(table(tmp_path / "table.csv", "step,loss", *STEPS))
    assert run.config == {"optimizer": {"lr": 0.5}}


@pytest.mark.parametrize("name", ["hparams.yaml", "params.json", "train_config.json"])
def test_a_broken_config_beside_a_table_costs_the_config_alone(name: str, tmp_path: Path) -> None:
    written(tmp_path / name, '{"lr": [')
    run = only(table(tmp_path / "table.csv", "step,loss", *STEPS))
    assert run.warnings == (f"{name}: cannot be read as a config; it is left out",)
    assert len(run.series["loss"]) == len(STEPS)


def test_an_apostrophe_that_guards_a_sign_is_no_part_of_a_number(tmp_path: Path) -> None:
    head = "Run ID,Name,Status,User,depth,eval_return"
    rows = ["a,first,FINISHED,me,'-1,'-2.5", "b,second,FINISHED,me,'-1,3"]
    runs = read(table(tmp_path / "runs.csv", head, *rows))
    found = {i: float(run.series["eval_return"].values[0]) for i, run in runs.items()}
    assert found == {"a": -2.5, "b": 3}
    assert [run.config["depth"] for run in runs.values()] == [-1, -1]


def test_a_column_run_beside_the_ids_holds_the_names(tmp_path: Path) -> None:
    rows = [f"{name},{i},{step},{step}" for i, name in enumerate(("a", "b")) for step in (1, 2)]
    runs = read(table(tmp_path / "steps.csv", "Run,Run ID,step,loss", *rows))
    assert {i: run.name for i, run in runs.items()} == {"0": "a", "1": "b"}
    runs = read(table(tmp_path / "end.csv", "Run,Run ID,loss", "a,x,1.5", "b,y,2.5"))
    assert {i: run.name for i, run in runs.items()} == {"x": "a", "y": "b"}


def test_a_config_and_a_summary_in_one_cell_each_are_settings_and_metrics(tmp_path: Path) -> None:
    picture = {"_type": "image-file", "width": 9}
    summary = {"val/loss": 1.5, "best": {"loss": -1}, "odd": math.nan, "far": -math.inf}
    config = {"lr": 0.1, "net": {"dims": [64, 32], "act": "it's"}, "amp": True}
    row = {"summary": {**summary, "_step": 30, "pic": picture}, "config": config, "name": "a"}
    run = only(written(tmp_path / "project.csv", pd.DataFrame([row]).to_csv()))
    assert (run.name, run.config) == ("a", config)
    assert points(run, "val/loss") == [(30, 1.5)]
    assert points(run, "best.loss") == [(30, -1)]
    assert sorted(run.series) == ["best.loss", "far", "odd", "val/loss"]


@pytest.mark.parametrize(
    "cell", ["{'a': open('x')}", "{'a': 1", "{" * 300, "{'a': b'x'}", "{**{'a': 1}}", "{1: {}.x}"]
)
def test_a_cell_that_is_no_dictionary_of_plain_values_is_text(cell: str, tmp_path: Path) -> None:
    path = table(tmp_path / "project.csv", "summary,name,step,loss", f'"{cell}",a,1,2', "{},a,2,2")
    assert list(only(path).series) == ["loss"]


def test_the_config_of_a_model_is_not_that_of_its_training(tmp_path: Path) -> None:
    path = table(tmp_path / "table.csv", "step,loss", *STEPS)
    written(tmp_path / "config.json", '{"model_type": "bert", "transformers_version": "5.0.0"}')
    assert only(path).config == {}
    written(tmp_path / "params.json", '{"lr": 0.5}')
    assert only(path).config == {"lr": 0.5}


def test_how_far_a_run_came_is_no_setting_of_it(tmp_path: Path) -> None:
    head = HEAD.replace("foo", "epoch,global_step")
    ends = ("99,990", "99,990", "57,570", "99,990")
    rows = [r.replace(f",{i % 2},", f",{ends[i - 1]},") for i, r in enumerate(ROWS, 1)]
    runs = read(table(tmp_path / "wandb_export.csv", head, *rows))
    assert [points(runs[f"r{i}"], "epoch") for i in (1, 3)] == [[(990, 99)], [(570, 57)]]
    assert all("epoch" not in run.config and not run.warnings for run in runs.values())


def test_what_stays_the_same_within_each_run_of_a_long_table_is_a_setting(tmp_path: Path) -> None:
    rows = [f"{r},{lr},{k},{s}" for r, lr in (("a", 0.1), ("b", 0.2)) for k in "xy" for s in STEPS]
    runs = read(table(tmp_path / "long.csv", "run,lr,metric,step,value", *rows))
    assert {i: run.config for i, run in runs.items()} == {"a": {"lr": 0.1}, "b": {"lr": 0.2}}
    assert sorted(runs["a"].series) == ["x", "y"]

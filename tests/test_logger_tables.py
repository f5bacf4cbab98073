"""Tables as loggers, dashboards and spreadsheets write them: read as what they are, or the one thing to say is named."""

import json
from pathlib import Path

import pytest
from support.own_tables import points, read, said, written

from actot.errors import BadInput

RUNS_TABLE = """Name,State,Created,learning_rate,seed,net.width,val/loss
base,finished,2026-01-02T00:00:00Z,0.001,1,64,1.5
base,finished,2026-01-01T00:00:00Z,0.001,2,64,1.4
wide,crashed,2026-01-03T00:00:00Z,0.001,1,128,1.2
"""


def test_a_table_of_runs_is_a_run_a_row_with_settings_apart_from_metrics(tmp_path: Path) -> None:
    runs = read(written(tmp_path / "wandb_export.csv", RUNS_TABLE))
    assert sorted(run.name for run in runs.values()) == ["base", "base", "wide"]
    wide = next(run for run in runs.values() if run.name == "wide")
    assert wide.config == {"learning_rate": 0.001, "seed": 1, "net": {"width": 128}}
    assert list(wide.series) == ["val/loss"]
    assert wide.series["val/loss"].values.tolist() == [1.2]


STEPS = "".join(f"{10 * i},{1 / i}\n" for i in range(1, 7))


@pytest.mark.parametrize("column", ["run", "experiment", "trial_id", "exp_name"])
def test_a_column_that_usually_names_runs_tells_them_apart(column: str, tmp_path: Path) -> None:
    lines = [f"{run},{line}" for run in ("a", "b") for line in STEPS.splitlines()]
    runs = read(written(tmp_path / "all.csv", "\n".join([f"{column},step,loss", *lines])))
    assert {i: len(run.series["loss"]) for i, run in runs.items()} == {"a": 6, "b": 6}


def test_a_column_with_a_name_of_its_own_is_chosen_behind_the_path(tmp_path: Path) -> None:
    lines = [f"{run},{line}" for run in ("a", "b") for line in STEPS.splitlines()]
    path = written(tmp_path / "all.csv", "\n".join(["robot,step,loss", *lines]))
    assert set(read(f"{path}?run=robot")) == {"a", "b"}


def test_a_chart_over_time_says_to_export_it_over_steps(tmp_path: Path) -> None:
    lines = [f"{i}.5,{1 / i},{1 / i},{1 / i}" for i in range(1, 7)]
    head = "Relative Time (Process),a - loss,a - loss__MIN,a - loss__MAX"
    path = written(tmp_path / "chart.csv", "\n".join([head, *lines]))
    with pytest.raises(BadInput, match="x axis of this chart is time"):
        read(path)


def test_a_grouped_chart_keeps_its_bounds_and_says_that_its_lines_are_means(tmp_path: Path) -> None:
    lines = [f"{10 * i},{2 / i},{1 / i},{3 / i}" for i in range(1, 7)]
    head = "Step,group: a - loss,group: a - loss__MIN,group: a - loss__MAX"
    (run,) = read(written(tmp_path / "chart.csv", "\n".join([head, *lines]))).values()
    assert [run.series[f"loss{end}"].values[0] for end in ("", "__MIN", "__MAX")] == [2, 1, 3]
    assert "means over a group" in said(run)


def test_marks_between_thousands_lose_no_row(tmp_path: Path) -> None:
    lines = [f'"{step:,}",{1 / step}' for step in range(250, 2_500, 250)]
    (run,) = read(written(tmp_path / "a.csv", "\n".join(["step,loss", *lines]))).values()
    assert run.series["loss"].steps.tolist() == list(range(250, 2_500, 250))


def test_a_comment_on_top_is_no_header(tmp_path: Path) -> None:
    (run,) = read(written(tmp_path / "a.csv", f"# made by hand\nstep,loss\n{STEPS}")).values()
    assert len(run.series["loss"]) == 6


def test_a_header_in_between_is_left_out_with_one_line(tmp_path: Path) -> None:
    (run,) = read(written(tmp_path / "a.csv", f"step,loss\n5,5\nstep,loss\n{STEPS}")).values()
    assert len(run.warnings) == 1
    assert "header" in said(run)


def test_a_table_without_a_header_is_steps_and_values_called_after_the_file(tmp_path: Path) -> None:
    written(tmp_path / "run_a" / "train_loss.csv", STEPS)
    written(tmp_path / "run_a" / "reward.csv", STEPS)
    runs = read(tmp_path)
    assert [sorted(run.series) for run in runs.values()] == [["reward", "train_loss"]]
    assert len(next(iter(runs.values())).series["reward"]) == 6


def test_a_log_with_several_starts_counts_the_last_and_says_so(tmp_path: Path) -> None:
    rows = [{"global_step": s, "loss": 1.0 + start} for start in range(3) for s in range(0, 30, 3)]
    text = "\n".join(map(json.dumps, rows))
    (run,) = read(written(tmp_path / "mine" / "logs.json.txt", text).parent).values()
    assert run.name == "mine"
    assert set(run.series["loss"].values) == {3.0}
    assert "3 starts" in said(run)


def test_the_export_of_a_tensorboard_scalar_is_a_metric_over_its_steps(tmp_path: Path) -> None:
    lines = [f"{1e9 + i},{10 * i},{1 / i}" for i in range(1, 7)]
    path = written(
        tmp_path / "run_b-tag-eval_loss.csv", "\n".join(["Wall time,Step,Value", *lines])
    )
    (run,) = read(path).values()
    (key,) = (k for k in run.series if "loss" in k)
    assert points(run, key)[0] == (10, 1.0)


def test_a_hugging_face_trainer_s_state_is_a_run_of_its_folder(tmp_path: Path) -> None:
    history = [{"step": 10 * i, "epoch": i / 2, "loss": 1 / i} for i in range(1, 7)]
    history += [{"step": 60, "epoch": 3.0, "eval_loss": 0.5}]
    text = json.dumps({"log_history": history, "global_step": 60, "best_metric": None})
    (run,) = read(written(tmp_path / "out" / "trainer_state.json", text).parent).values()
    assert points(run, "loss")[0] == (10, 1.0)
    assert points(run, "eval_loss") == [(60, 0.5)]


def test_a_monitor_of_episodes_counts_the_steps_of_its_episodes(tmp_path: Path) -> None:
    text = '#{"t_start": 1.0, "env_id": "X"}\nr,l,t\n1.5,10,0.1\n2.5,20,0.2\n3.5,5,0.3\n'
    (run,) = read(written(tmp_path / "ppo" / "monitor.csv", text).parent).values()
    assert points(run, "r") == [(10, 1.5), (30, 2.5), (35, 3.5)]


def test_lightning_s_versions_are_runs_with_the_hyperparameters_beside_them(tmp_path: Path) -> None:
    for n in range(2):
        folder = tmp_path / "lightning_logs" / f"version_{n}"
        rows = [f"{i // 3},{10 * i},{1 / i}" for i in range(1, 7)]
        written(folder / "metrics.csv", "\n".join(["epoch,step,val_loss", *rows]))
        written(folder / "hparams.yaml", f"lr: {n + 1}\n")
    runs = read(tmp_path)
    assert len(runs) == 2
    assert sorted(run.config["lr"] for run in runs.values()) == [1, 2]
    assert all(len(run.series["val_loss"]) == 6 for run in runs.values())


def test_mlflow_s_table_of_runs_is_parameters_and_metrics(tmp_path: Path) -> None:
    text = "run_id,status,params.lr,params.random_seed,metrics.val_loss,tags.mlflow.runName\n"
    text += "aa,FINISHED,0.1,1,0.5,first\nbb,FINISHED,0.2,2,0.6,second\n"
    runs = read(written(tmp_path / "runs.csv", text))
    assert {run.name: run.config for run in runs.values()} == {
        "first": {"lr": 0.1, "random_seed": 1},
        "second": {"lr": 0.2, "random_seed": 2},
    }
    assert sorted(float(run.series["val_loss"].values[0]) for run in runs.values()) == [0.5, 0.6]


def test_the_index_that_pandas_writes_is_no_metric(tmp_path: Path) -> None:
    lines = [f"{i},{line}" for i, line in enumerate(STEPS.splitlines())]
    (run,) = read(written(tmp_path / "a.csv", "\n".join([",step,loss", *lines]))).values()
    assert list(run.series) == ["loss"]
    assert run.series["loss"].steps.tolist() == [10, 20, 30, 40, 50, 60]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("trainer_state.json", "{"),
        ("trainer_state.json", '{"log_history": 3}'),
        ("logs.json.txt", "\x00\x01\x02"),
        ("monitor.csv", "r,l,t\n"),
        ("metrics.csv", ""),
        ("wandb_export.csv", "Name,State\n"),
        ("a.csv", "<script>alert(1)</script>\n"),
    ],
)
def test_what_holds_no_figures_is_one_sentence(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read(written(tmp_path / "x" / name, text))
    assert "\n" not in str(caught.value)

"""Logs as trainers leave them in their folders: whose they are, over which steps, and what hostile ones cost."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support.own_tables import STEPS, only, points, read, table, written

from actot.__main__ import main


def rollout(epoch: int) -> str:
    """What robomimic prints of an epoch."""
    train = json.dumps({"Loss": 1 / epoch, "Time_Epoch": 0.1}, indent=4)
    rates = json.dumps({"Success_Rate": epoch / 10, "Horizon": 400.0}, indent=4)
    return (
        f"Train Epoch {epoch}\n{train}\n\n"
        f"Epoch {epoch} Rollouts took 3.1s (avg) with results:\nEnv: Lift\n{rates}\n"
    )


def test_the_progress_of_stable_baselines_counts_its_timesteps(tmp_path: Path) -> None:
    rows = [f"{2048 * i},{i},{1 / i if i > 1 else ''}" for i in range(1, 7)]
    head = "time/total_timesteps,rollout/ep_rew_mean,train/loss"
    run = only(table(tmp_path / "ppo" / "progress.csv", head, *rows).parent)
    assert run.name == "ppo"
    assert points(run, "rollout/ep_rew_mean")[:2] == [(2048, 1.0), (4096, 2.0)]
    assert points(run, "train/loss")[0] == (4096, 0.5)


def test_the_monitors_of_one_run_are_one_run(tmp_path: Path) -> None:
    for part in ("0", "1"):
        table(tmp_path / "ppo" / f"{part}.monitor.csv", '#{"t_start": 1.0}', "r,l,t", "1,10,1")
    assert sorted(only(tmp_path).series.keys() - {"_runtime"}) == ["0/l", "0/r", "1/l", "1/r"]


def test_what_robomimic_prints_is_metrics_over_epochs_with_the_config_above(
    tmp_path: Path,
) -> None:
    text = "a line before\n" + "".join(map(rollout, range(1, 5)))
    written(tmp_path / "bc" / "20260101" / "logs" / "log.txt", text)
    written(tmp_path / "bc" / "20260101" / "config.json", '{"algo": {"lr": 0.1}}')
    run = only(tmp_path)
    assert points(run, "Train/Loss")[:2] == [(1, 1.0), (2, 0.5)]
    assert points(run, "Rollout/Success_Rate/Lift")[-1] == (4, 0.4)
    assert run.config == {"algo": {"lr": 0.1}}


def test_a_run_in_a_folder_that_is_a_time_is_called_after_the_folder_above(tmp_path: Path) -> None:
    for day in range(2):
        path = tmp_path / "bc" / f"lift_{day}" / f"2026030{day}120000" / "logs" / "log.txt"
        written(path, "".join(map(rollout, range(1, 3))))
    assert set(read(tmp_path / "bc")) == {"lift_0/20260300120000", "lift_1/20260301120000"}
    for day in ("2026-03-01", "2026-03-02"):
        table(tmp_path / "hydra" / day / "12-30-00" / "progress.csv", "step,loss", "1,1", "2,1")
    found = read(tmp_path / "hydra")
    assert set(found) == {"2026-03-01/12-30-00", "2026-03-02/12-30-00"}


def test_a_trial_that_tells_its_id_is_called_after_its_folder(tmp_path: Path) -> None:
    rows = [f"{i},{i / 2},ab12_00000" for i in range(1, 7)]
    head = "training_iteration,episode_reward_mean,trial_id"
    table(tmp_path / "PPO_lr=0.1" / "progress.csv", head, *rows)
    run = only(tmp_path)
    assert (run.id, run.name) == ("ab12_00000", "PPO_lr=0.1")


def test_an_epoch_that_robomimic_did_not_print_to_its_end_is_counted(tmp_path: Path) -> None:
    text = "".join(map(rollout, range(1, 5))) + 'Train Epoch 5\n{\n    "Loss": 0.'
    run = only(written(tmp_path / "bc" / "logs" / "log.txt", text).parent)
    assert run.warnings == ("the values of 1 epoch(s) are cut or damaged; left out",)
    assert len(run.series["Train/Loss"]) == 4


def test_diffusion_policy_s_log_has_its_config_in_the_folder_of_hydra(tmp_path: Path) -> None:
    rows = [{"global_step": 2 * i, "epoch": 0, "train_loss": 1 / i} for i in range(1, 7)]
    table(tmp_path / "push_t" / "logs.json.txt", *map(json.dumps, rows))
    written(tmp_path / "push_t" / ".hydra" / "config.yaml", "optimizer: {lr: 0.1}\n")
    run = only(tmp_path)
    assert (run.name, run.config) == ("push_t", {"optimizer": {"lr": 0.1}})
    assert points(run, "train_loss")[:2] == [(2, 1.0), (4, 0.5)]


def test_of_the_checkpoints_of_a_run_the_furthest_holds_its_log(tmp_path: Path) -> None:
    for last in (10, 20, 100):
        history = [{"step": step, "loss": 1 / step} for step in range(10, last + 1, 10)]
        folder = tmp_path / "out" / f"checkpoint-{last}"
        written(folder / "trainer_state.json", json.dumps({"log_history": history}))
    run = only(tmp_path)
    assert run.name == "out"
    assert len(run.series["loss"]) == 10


def test_mlflow_s_metrics_are_keys_and_values_of_their_runs(tmp_path: Path) -> None:
    rows = [f"{run},loss,{1 / i},{10 * i},{1_700_000_000_000 + i}" for run in "ab" for i in (1, 2)]
    runs = read(table(tmp_path / "metrics.csv", "run_uuid,key,value,step,timestamp", *rows))
    assert {i: points(run, "loss") for i, run in runs.items()} == {
        "a": [(10, 1.0), (20, 0.5)],
        "b": [(10, 1.0), (20, 0.5)],
    }


def test_an_epoch_is_the_step_only_where_nothing_finer_counts(tmp_path: Path) -> None:
    coarse = only(table(tmp_path / "coarse.csv", "epoch,loss", *STEPS))
    assert points(coarse, "loss")[:2] == [(10, 1.0), (20, 0.5)]
    rows = [f"{i // 4},{line}" for i, line in enumerate(STEPS)]
    fine = only(table(tmp_path / "fine.csv", "epoch,step,loss", *rows))
    assert points(fine, "loss")[:2] == [(10, 1.0), (20, 0.5)]


def test_a_table_without_a_header_of_three_columns_asks_for_names(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", *(f"{line},1" for line in STEPS))
    refused(path, "a.csv: has no header")


NAME = "<script>alert(1)</script>"


def test_markup_in_names_is_text_like_any_other(tmp_path: Path) -> None:
    path = table(tmp_path / "a.csv", f"run,step,{NAME}", *(f"{NAME},{line}" for line in STEPS))
    run = only(path)
    assert (run.id, run.name, list(run.series)) == (NAME, NAME, [NAME])


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.csv", bytes(range(256)) * 20, "binary data, not text"),
        ("a.csv", b"", "the file is empty"),
        ("a.csv", b"step,loss\n", "holds no row of data"),
        ("a.jsonl", b"{broken\n[1, 2\n", "no line is a JSON object"),
        ("a.jsonl", b"[" * 100_000, "no line is a JSON object"),
        ("a.parquet", b"PAR1 and no more", "not a whole Parquet file"),
        ("trainer_state.json", b'{"log_history": [', "holds no log_history"),
        ("trainer_state.json", b"[1, 2, 3]", "holds no log_history"),
        ("logs.json.txt", b"\x00\x01\x02" * 100, "binary data, not text"),
        ("logs/log.txt", b"Train Epoch 1\n{", "holds no epochs"),
        ("monitor.csv", b"r,l,t\nx,y,z\n", "holds no lengths of episodes"),
        ("progress.csv", b"<script>alert(1)</script>\n1\n", "no step column"),
    ],
)
def test_a_damaged_or_foreign_file_is_one_sentence(
    name: str, data: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "run" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    refused(path, words)
    refused(tmp_path, words)


def refused(path: Path, words: str) -> None:
    """The command ends with 2 and one line that holds these words."""
    result = CliRunner().invoke(main, ["runs", str(path), "--no-cache"])
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("actot: ")
    assert words in line
    assert "Traceback" not in line

"""Metrics that no profile names: which way they are better, on which scale, and which of them decides."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from support import builders

from actot import profile, study
from actot.__main__ import main
from actot.analysis import open_metrics, run_summary
from actot.errors import BadInput
from actot.study import Study
from actot.verdicts.verdict import Measured

GENERIC = profile.load(profile.GENERIC)


@pytest.mark.parametrize(
    ("key", "direction"),
    [
        ("eval/loss", "lower"),
        ("val_loss", "lower"),
        ("Valid/Loss", "lower"),
        ("valLoss", "lower"),
        ("test/avg_l1", "lower"),
        ("train/approx_kl", "lower"),
        ("rollout/ep_rew_mean", "higher"),
        ("Rollout/Success_Rate/Lift-mean", "higher"),
        ("test_mean_score", "higher"),
        ("eval/episode_return", "higher"),
        ("accuracy", "higher"),
        ("r", "higher"),
        ("eval/r", "higher"),
        ("val_loss_epoch", "lower"),
        ("val/mIoU", "higher"),
        ("test/R2", "higher"),
        ("AUROC", "higher"),
        ("eval/wer", "lower"),
        ("train_step", None),
        ("reward_loss", "lower"),
        ("train/lr", None),
        ("loss_weight", None),
        ("reward_std", None),
        ("grad_norm", None),
        ("epoch", None),
        ("time/fps", None),
        ("temperature", None),
        ("", None),
        ("评估/损失", None),
    ],
)
def test_a_name_tells_its_direction_by_its_words_or_not_at_all(
    key: str, direction: str | None
) -> None:
    assert open_metrics.direction_of(key) == direction


def logged(name: str, end: float, config: Mapping[str, Any], keys: Mapping[str, Any]) -> Any:
    return builders.run(name, dict(config), keys={k: v(end) for k, v in keys.items()})


def falling(seed: int = 0) -> Any:
    def curve(end: float) -> np.ndarray:
        steps = np.linspace(0, 5, 40)
        noise = 1 + 0.005 * np.random.default_rng(seed).normal(size=40)
        return (end + np.exp(-steps)) * noise

    return curve


def compared(keys: Mapping[str, Any], used: Any = GENERIC, **asked: Any) -> Study:
    def runs(keys: Mapping[str, Any]) -> list[Any]:
        made = [
            logged(f"base{i}", 1.0 + 0.004 * i, {"learning_rate": 1e-4, "random_seed": i}, keys)
            for i in range(3)
        ]
        return [*made, logged("new", 1.6, {"learning_rate": 1e-3, "random_seed": 0}, keys)]

    return study.study(runs(keys), ["new"], ["base0", "base1", "base2"], used, **asked)


def word(found: Study) -> str:
    return found.verdicts[0].word


def test_a_stranger_s_loss_decides_and_its_cause_is_named_without_a_file() -> None:
    found = compared(
        {"val/loss": falling(), "train/loss": falling(), "train/lr": lambda _: np.full(40, 1e-4)}
    )
    assert (found.metric, found.proposed) == ("val/loss", True)
    assert word(found).startswith("regressed")
    assert [c.knobs for c in found.suspects] == [("lr",)]


def test_what_a_policy_does_decides_before_a_loss_and_an_evaluation_before_training() -> None:
    keys = {k: falling() for k in ("train/loss", "rollout/ep_rew_mean", "train/success")}
    assert compared(keys).metric == "train/success"
    assert compared(keys | {"eval/mse": falling()}).metric == "eval/mse"


def test_the_success_of_a_policy_decides_before_a_held_out_loss_unless_it_is_training_s_own() -> (
    None
):
    keys = {k: falling() for k in ("Valid/Loss", "Rollout/Success_Rate/Lift", "Rollout/Return")}
    assert compared(keys).metric == "Rollout/Success_Rate/Lift"
    assert compared({k: falling() for k in ("val/loss", "train/success")}).metric == "val/loss"


def test_a_figure_of_all_episodes_decides_before_that_of_one() -> None:
    keys = ("test/sim_max_reward_100000", "test/sim_max_reward_7", "test/mean_score", "val_loss")
    assert compared({k: falling() for k in keys}).metric == "test/mean_score"
    keys = ("eval/success/0", "val_loss")
    assert compared({k: falling() for k in keys}).metric == "eval/success/0"


def test_an_average_over_an_epoch_decides_before_that_of_a_step() -> None:
    keys = {k: falling() for k in ("val_loss_step", "val_loss_epoch", "train_loss_epoch")}
    assert compared(keys).metric == "val_loss_epoch"


def test_what_a_run_is_called_and_where_it_writes_is_no_setting_at_any_depth() -> None:
    def config(name: str, seed: int) -> dict[str, Any]:
        trained = {"output_dir": f"out/{name}", "seed": seed}
        written = {"save_dir": name, "tensorboard_log": f"runs/{name}"}
        called = {"name": name, "wandb_name_base": name}
        return {"experiment": called, "train": trained, "log": written, "logging_dir": name}

    keys = {"val/loss": falling()}
    runs = [logged(f"s{i}", 1.0 + 0.004 * i, config(f"s{i}", i), keys) for i in range(4)]
    found = study.study(runs, ["s3"], ["s0", "s1", "s2"], GENERIC)
    assert len(found.groups) == 1


def test_seeds_under_another_name_are_replicates() -> None:
    assert len(compared({"val/loss": falling()}).groups[0]) == 3


def test_a_key_without_a_telling_name_is_judged_once_its_direction_is_given() -> None:
    keys = {"wobble": falling()}
    found = compared(keys)
    assert (word(found), found.verdicts[0].why.name) == ("not comparable", "no_direction")
    assert word(compared(keys, metric="wobble", direction="lower")).startswith("regressed")
    assert word(compared(keys, metric="wobble", direction="higher")).startswith("improved")


def test_a_metric_that_changes_its_sign_is_compared_in_its_own_units() -> None:
    keys = {"eval/reward": lambda end: np.linspace(-5, -3 * end, 40)}
    found = compared(keys)
    row = found.verdicts[0]
    assert isinstance(row, Measured)
    assert (row.scale, found.metric) == ("absolute", "eval/reward")


def test_a_rate_near_one_is_compared_by_what_it_lacks() -> None:
    keys = {"eval/accuracy": lambda end: np.full(40, 1 - 0.05 * end)}
    assert compared(keys).profile.metrics["eval/accuracy"].scale == "complement"


def test_under_a_profile_an_unknown_evaluation_decides_and_an_unknown_loss_of_training_does_not() -> (
    None
):
    used = builders.PROFILE
    assert compared({"val/loss": falling()}, used).metric == "val/loss"
    found = compared({"train/other_loss": falling(), "train/l1_loss": falling()}, used)
    assert word(found) == "not comparable"
    assert found.choices == ("train/other_loss", "train_l1")
    assert word(compared({"train/l1_loss": falling()}, used, metric="train_l1")) != "not comparable"


def test_a_logged_key_of_the_profile_is_the_profile_s_metric() -> None:
    found = compared({"train/l1_loss": falling()}, builders.PROFILE, metric="train/l1_loss")
    assert found.metric == "train_l1"


def test_a_key_that_nobody_logged_is_refused_with_those_like_it() -> None:
    with pytest.raises(BadInput, match=r"metric val/los: neither .* val/loss"):
        compared({"val/loss": falling()}, metric="val/los")


def test_nothing_logged_is_no_verdict_and_no_error() -> None:
    assert word(compared({})) == "not comparable"
    assert compared({}).choices == ()


@pytest.mark.parametrize(
    ("configs", "name"),
    [
        ([{"policy": {"type": "act"}}], "lerobot"),
        ([{"policy.type": "act"}], "lerobot"),
        ([{"a": 1}, {"dataset": {"repo_id": "x/y"}}], "lerobot"),
        ([{"policy.type": "act"}, {"ot": {"enable": True}}], "act_ot"),
        ([{"policy.type": "act", "ot": {"enable": False}}], "lerobot"),
        ([{"lr": 1e-4}], "generic"),
        ([{"policy": "MlpPolicy"}], "generic"),
        ([{}], "generic"),
        ([], "generic"),
    ],
)
def test_the_configs_choose_the_profile(configs: list[dict[str, Any]], name: str) -> None:
    assert profile.fitting(configs) == name


THREE_LINES = "name: own\njudge: [mine]\nmetrics: {mine: {keys: [val/loss], direction: lower}}\n"


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Runs of a trainer that no profile knows, as the client wrote them."""
    for n, (name, lr, end) in enumerate(
        [("base1", 1e-4, 1.0), ("base2", 1e-4, 1.004), ("base3", 1e-4, 0.996), ("new", 1e-3, 1.6)]
    ):
        values = falling(n)(end)
        builders.record(
            tmp_path / "runs",
            [
                {
                    "id": name,
                    "name": name,
                    "config": {"learning_rate": lr, "random_seed": n, "net": {"width": 64}},
                    "rows": [
                        {"train": {"loss": float(v)}, "val/loss": float(v), "ok": i > 2}
                        for i, v in enumerate(values, 1)
                    ],
                }
            ],
        )
    return tmp_path / "runs"


def test_a_key_with_the_name_of_a_metric_that_was_not_logged_is_shown() -> None:
    run = builders.run("run", {}, keys={"train_loss": falling()(1.0)})
    shown = open_metrics.figures(run_summary.summarize(run, builders.PROFILE), builders.PROFILE)
    assert shown["train_loss"].n == 40


def test_the_profile_of_ten_lines_in_the_docs_is_one() -> None:
    text = (builders.ROOT / "docs" / "profiles.md").read_text()
    lines = text.partition("```yaml\n")[2].partition("```")[0]
    found = profile.parse(lines, "docs")
    assert len(lines.splitlines()) == 10
    assert found.metrics["reward"].scale == "absolute"


PICKS = ("--runs", "new", "--baselines", "base1,base2,base3")


@pytest.mark.parametrize("own", [False, True])
def test_every_command_answers_for_a_stranger_with_and_without_a_profile_of_three_lines(
    own: bool, foreign: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.yaml").write_text(THREE_LINES)
    more = ("--profile", str(tmp_path / "own.yaml")) if own else ()
    for command in (
        ("runs",),
        ("summary",),
        ("compare", *PICKS),
        ("diff", *PICKS),
        ("report", *PICKS),
        ("suggest", *PICKS, "--out", str(tmp_path / "next")),
    ):
        result = CliRunner().invoke(main, [command[0], str(foreign), *command[1:], *more])
        assert result.exit_code == 0, result.output
        if command[0] in ("compare", "report"):
            assert "regressed" in result.output
            assert "learning_rate" in result.output or " lr" in result.output
        if command[0] == "report":
            assert ("mine" if own else "val/loss") in result.output


def test_the_summary_shows_what_was_logged_and_not_what_was_not(foreign: Path) -> None:
    shown = CliRunner().invoke(main, ["summary", str(foreign), "--runs", "new"]).output
    assert "val/loss" in shown
    assert "train.loss" in shown
    assert "ok" in shown.split()
    assert "not logged" not in shown
    document = json.loads(
        CliRunner().invoke(main, ["summary", str(foreign), "--runs", "new", "--json"]).output
    )
    assert document["runs"]["new"]["metrics"]["ok"]["last"] == 1.0

"""What lerobot-eval writes is read as counts of rollouts, and its checkpoint's config comes with it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import builders

from actot import profile, sources, study
from actot.errors import BadInput
from actot.records import Run
from actot.tables import eval_info
from actot.verdicts.verdict import JudgedRates

RATE = "success"


def episodes(k: int, n: int) -> list[dict[str, Any]]:
    """The episodes of one task, of which so many succeed."""
    return [
        {"episode_ix": i, "sum_reward": 2.0, "max_reward": 1.0, "success": i < k, "seed": 1000 + i}
        for i in range(n)
    ]


def task(group: str, number: int, successes: list[Any]) -> dict[str, Any]:
    """A task of several."""
    rewards = [1.0] * len(successes)
    metrics = {"sum_rewards": rewards, "max_rewards": rewards, "successes": successes}
    return {"task_group": group, "task_id": number, "metrics": metrics}


ONE = {"per_episode": episodes(0, 50), "aggregated": {"pc_success": 0.0, "eval_s": 3.0}}
SEVERAL = {
    "per_task": [task("spatial", 0, [True, False]), task("spatial", 1, [1, 1, 0])],
    "per_group": {"spatial": {"pc_success": 60.0}},
    "overall": {"pc_success": 60.0, "n_episodes": 5},
}
STATED = {"overall": {"pc_success": 33.333333, "n_episodes": 30}}
COUNTED = {"overall": {"n_success": 7, "pc_success": 14.0, "n_episodes": 50}}


@pytest.mark.parametrize(
    ("tree", "k", "n"),
    [(ONE, 0, 50), (SEVERAL, 3, 5), (STATED, 10, 30), (COUNTED, 7, 50)],
    ids=["one task", "several tasks", "a rate and a number", "a count"],
)
def test_every_form_gives_successes_and_rollouts(tree: dict[str, Any], k: int, n: int) -> None:
    found = eval_info.row("eval_info.json", json.dumps(tree))
    assert (found[f"{RATE}_k"], found[f"{RATE}_n"]) == (k, n)


def test_several_tasks_are_counted_one_by_one_too() -> None:
    found = eval_info.row("eval_info.json", json.dumps(SEVERAL))
    assert (found[f"{RATE}/spatial.0_k"], found[f"{RATE}/spatial.0_n"]) == (1, 2)
    assert (found[f"{RATE}/spatial.1_k"], found[f"{RATE}/spatial.1_n"]) == (2, 3)
    assert found["avg_sum_reward"] == 1.0
    assert f"{RATE}/._k" not in eval_info.row("eval_info.json", json.dumps(ONE))


BROKEN = {
    "no json": "{",
    "a list": "[]",
    "nothing": "{}",
    "lists of something else": json.dumps({"per_episode": [3, None, {"success": "yes"}]}),
    "more successes than episodes": json.dumps({"overall": {"n_success": 9, "n_episodes": 3}}),
    "no episode": json.dumps({"overall": {"pc_success": 50.0, "n_episodes": 0}}),
    "deep": "[" * 100_000,
    "episodes without end": '{"overall": {"pc_success": 50, "n_episodes": 1e999}}',
    "more episodes than a float holds": json.dumps(
        {"overall": {"n_success": 1, "n_episodes": 10**400}}
    ),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_file_that_holds_no_outcome_is_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=r"^eval_info\.json: ") as raised:
        eval_info.row("eval_info.json", text)
    assert "\n" not in str(raised.value)


def test_rewards_that_are_no_numbers_are_left_out_of_their_mean() -> None:
    rewards = (float("nan"), float("inf"), 10**400, True, "much", 3.0)
    tree = {"per_episode": [{"success": True, "sum_reward": r} for r in rewards]}
    found = eval_info.row("eval_info.json", json.dumps(tree))
    assert (found["avg_sum_reward"], found["success_n"]) == (3.0, len(rewards))


# A folder of them.


@pytest.fixture
def evaluated(tmp_path: Path) -> Path:
    """Two configs in two seeds each, evaluated beside their checkpoints."""
    for name, seed, lr, k in (
        ("base_s1", 1, 1e-5, 41),
        ("base_s2", 2, 1e-5, 38),
        ("hot_s1", 1, 2e-4, 9),
        ("hot_s2", 2, 2e-4, 12),
    ):
        paths = ("policy.optimizer_lr", "policy.optimizer_lr_backbone")
        config = builders.config(dict.fromkeys(paths, lr), seed=seed)
        folder = tmp_path / name / "checkpoints" / "002000"
        write(folder / "eval" / "eval_info.json", {"per_episode": episodes(k, 50)})
        write(folder / "pretrained_model" / "train_config.json", config)
    return tmp_path


def write(path: Path, tree: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(tree), encoding="utf-8")


def loaded(folder: Path) -> dict[str, Run]:
    listed = sources.list_runs(str(folder))
    assert listed.problems == ()
    return {r.id: sources.load(listed, r.id) for r in listed.runs}


def test_a_run_is_called_after_its_folder_and_has_its_checkpoints_config_and_step(
    evaluated: Path,
) -> None:
    runs = loaded(evaluated)
    assert set(runs) == {"base_s1", "base_s2", "hot_s1", "hot_s2"}
    run = runs["hot_s1"]
    assert run.config["policy"]["optimizer_lr"] == 2e-4
    assert run.series[f"{RATE}/k"].values.tolist() == [9.0]
    assert run.series[f"{RATE}/n"].steps.tolist() == [2000]
    assert run.series[RATE].values == pytest.approx([0.18])


def test_evaluations_alone_give_a_verdict_over_the_seeds_of_each_config(evaluated: Path) -> None:
    runs = list(loaded(evaluated).values())
    chosen = profile.load(profile.fitting(r.config for r in runs))
    found = study.study(runs, ("hot_s1", "hot_s2"), ("base_s1",), chosen)
    (row,) = found.headlines
    assert isinstance(row, JudgedRates)
    assert (row.word, row.seeds, row.base_seeds) == ("regressed", 2, 2)
    assert (row.rollouts.k, row.rollouts.n, row.rollouts.base_k) == (21, 100, 79)
    assert row.change == pytest.approx(-0.58)


def test_no_success_of_fifty_is_measured(tmp_path: Path) -> None:
    write(tmp_path / "zero" / "eval_info.json", ONE)
    (run,) = loaded(tmp_path).values()
    assert (run.id, run.series[RATE].values.tolist()) == ("zero", [0.0])
    assert np.isfinite(run.series[RATE].values).all()

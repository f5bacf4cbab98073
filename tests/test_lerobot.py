"""Configs as LeRobot 0.4 to 0.6 note them, of every policy: what was in force, what a planned run holds."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from support import builders

from actot import profile
from actot.analysis import config_changes, knob_settings
from actot.analysis.knob_settings import Settings
from actot.experiments import guard
from actot.experiments.guard import PlanContext, PlanResult, RunRequest
from actot.output import messages, render, row_words
from actot.report import write
from actot.study import Study, study

PROFILE = profile.load("lerobot")
FILES = sorted((builders.ROOT / "tests" / "data" / "lerobot").glob("*.json"))
NOTED: Mapping[str, Mapping[str, Any]] = {f.stem: json.loads(f.read_text("utf-8")) for f in FILES}
NEWEST = NOTED["0.6.0"]
EACH = [(version, name) for version, configs in NOTED.items() for name in configs]
KNOBS = ("lr", "weight_decay", "grad_clip_norm", "adam_betas", "adam_eps", "optimizer_type")


def read(config: Mapping[str, Any]) -> Settings:
    return knob_settings.read(config, PROFILE)


def changed(base: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {c.knob: (c.base, c.value) for c in config_changes.changes(read(base), read(new))}


def of(
    policy: str, changes: Mapping[str, Any] | None = None, *, preset: bool = True, **top: Any
) -> Any:
    """The newest trainer's config of a policy with changes at dotted paths."""
    return builders.config(changes, NEWEST[f"{policy} preset {'on' if preset else 'off'}"], **top)


def studied(
    config: Mapping[str, Any], *more: Mapping[str, Any], levels: tuple[float, ...] = ()
) -> Study:
    """Two seeds of a config as baselines, and a run of each other config."""
    runs = [
        builders.healthy(f"base{seed}", 0.4, {**config, "seed": seed}, seed=seed) for seed in (1, 2)
    ]
    runs += [
        builders.healthy(f"run{at}", level, {**c, "seed": 3 + at}, seed=3 + at)
        for at, (c, level) in enumerate(zip(more, levels or (0.4,) * len(more), strict=True))
    ]
    picked = [r.id for r in runs[2:]] or ["base2"]
    return study(runs, picked, [r.id for r in runs[:2] if r.id not in picked], PROFILE)


def planned(config: Mapping[str, Any], knob: str, value: Any) -> PlanResult:
    context = studied(config).plan_context
    assert isinstance(context, PlanContext)
    return guard.plan_runs(context, [RunRequest(knob, value)], override=True)


@pytest.mark.parametrize(("version", "name"), EACH)
def test_what_the_trainer_noted_is_what_the_knobs_say(version: str, name: str) -> None:
    config = NOTED[version][name]
    found, noted = read(config), config["optimizer"]
    assert profile.fitting([config]) == "lerobot"
    wanted = [noted[k] for k in ("lr", "weight_decay", "grad_clip_norm", "betas", "eps", "type")]
    held = [list(v) if isinstance(v := found.value(k), tuple) else v for k in KNOBS]
    assert held == wanted
    kind = (config["scheduler"] or {}).get("type", "none")
    is_constant = name in ("act preset off", "tdmpc preset off")
    assert found.value("scheduler") == ("none" if is_constant else kind)
    warmup = (config["scheduler"] or {}).get("num_warmup_steps")
    assert found.value("lr_warmup_steps") == ("absent" if is_constant or not warmup else warmup)


@pytest.mark.parametrize("version", NOTED)
@pytest.mark.parametrize("policy", ["act", "diffusion", "smolvla", "pi0", "pi05", "tdmpc"])
def test_a_bare_file_under_the_preset_has_the_values_that_the_trainer_would_note(
    version: str, policy: str
) -> None:
    noted = NOTED[version][f"{policy} preset on"]
    bare = {"policy": {"type": policy}, "dataset": noted["dataset"], "steps": noted["steps"]}
    known, full = read(bare), read(noted)
    for knob in (*KNOBS, "scheduler", "lr_warmup_steps", "lr_decay_steps"):
        assert known.value(knob) == full.value(knob), knob


@pytest.mark.parametrize("policy", ["act", "tdmpc"])
def test_the_same_values_with_the_preset_on_or_off_are_one_config(policy: str) -> None:
    assert changed(of(policy), of(policy, preset=False)) == {}


def test_twins_of_the_policy_are_shadowed_where_the_preset_is_off() -> None:
    found = read(of("smolvla", preset=False))
    shadowed = {"policy.optimizer_lr", "policy.optimizer_betas", "policy.scheduler_warmup_steps"}
    assert shadowed <= found.shadowed
    assert (
        changed(
            of("smolvla", preset=False), of("smolvla", {"policy.optimizer_lr": 1.0}, preset=False)
        )
        == {}
    )


def test_runs_whose_code_had_another_preset_differ_in_their_schedule_and_are_no_replicates() -> (
    None
):
    cosine = {
        "type": "cosine_decay_with_warmup",
        "num_warmup_steps": 500,
        "num_decay_steps": 20_000,
        "peak_lr": 1e-5,
        "decay_lr": 1e-6,
    }
    old, new = of("act"), of("act", scheduler=cosine)
    assert changed(old, new)["scheduler"] == ("none", "cosine_decay_with_warmup")
    found = studied(old, new)
    assert found.changes["run0"] != ()
    assert found.headlines[0].runs == ("run0",)


def test_seeds_that_ran_on_two_machines_are_replicates() -> None:
    """The trainer resolves `eval.batch_size` from the processors."""
    elsewhere = {"eval.batch_size": 12, "num_workers": 16, "job.target": "a100", "ema.power": 0.9}
    assert changed(of("act"), of("act", elsewhere)) == {}
    assert studied(of("act"), of("act", elsewhere)).headlines[0].baselines == ("base1", "base2")


def test_another_evaluation_split_is_not_comparable() -> None:
    split = studied(of("act"), of("act", {"dataset.eval_split": 0.2}), levels=(0.5,))
    row = split.headlines[0]
    assert row.word == "not comparable"
    assert "eval_split" in row_words.reason(row, PROFILE, "en")


@pytest.mark.parametrize("factor", [1, 2])
def test_gathered_gradients_are_part_of_the_batch_and_grow_where_memory_is_bounded(
    factor: int,
) -> None:
    start = of("act", {"accelerator.gradient_accumulation.steps": factor})
    assert read(start).value("batch_size") == 8 * factor
    (run,) = planned(start, "batch_size", 16 * factor).runs
    assert run.config["accelerator"]["gradient_accumulation"]["steps"] == 2 * factor
    assert run.config["batch_size"] == 8
    (run,) = planned(start, "batch_size", 4 * factor).runs
    assert run.settings.value("batch_size") == 4 * factor


@pytest.mark.parametrize(("version", "name"), EACH)
def test_a_rate_is_written_only_where_the_policy_has_it(version: str, name: str) -> None:
    start = NOTED[version][name]
    found = planned(start, "lr", read(start).value("lr") * 2)
    (run,) = found.runs
    assert run.config["policy"].keys() == start["policy"].keys()
    assert (run.config["scheduler"] or {}).keys() == (start["scheduler"] or {}).keys()
    assert [*changed(start, run.config)] == ["lr"]
    assert (run.config["policy"]["push_to_hub"], run.config["policy"]["repo_id"]) == (False, None)


@pytest.mark.parametrize("version", NOTED)
def test_what_a_preset_fixes_is_turned_with_everything_else_as_it_was(version: str) -> None:
    start = NOTED[version]["diffusion preset on"]
    (run,) = planned(start, "grad_clip_norm", 1.0).runs
    assert [*changed(start, run.config)] == ["grad_clip_norm"]
    assert run.config["scheduler"] == {
        "type": "diffuser",
        "name": "cosine",
        "num_warmup_steps": 500,
    }
    assert run.config["use_policy_training_preset"] is False


def test_a_policy_with_a_second_rate_does_not_leave_its_preset() -> None:
    found = planned(NEWEST["vqbet preset on"], "grad_clip_norm", 1.0)
    assert (found.runs, len(found.refused)) == ((), 1)


def test_what_is_tied_moves_along_and_what_the_trainer_refuses_says_so() -> None:
    (run,) = planned(of("act"), "chunk_size", 40).runs
    assert (run.config["policy"]["chunk_size"], run.config["policy"]["n_action_steps"]) == (40, 40)
    apart = of("act", {"policy.n_action_steps": 50})
    assert read(apart).value("n_action_steps") == 50
    (refused,) = planned(apart, "chunk_size", 40).refused
    assert "policy.n_action_steps 50 above policy.chunk_size 40" in render.guard(refused, "en")
    (refused,) = planned(of("diffusion"), "policy.horizon", 68).refused
    assert "no multiple of 8" in render.guard(refused, "en")


@pytest.mark.parametrize("policy", ["act", "diffusion", "smolvla", "pi0", "pi05", "vqbet", "tdmpc"])
def test_nobody_is_left_without_an_experiment(policy: str) -> None:
    found = studied(of(policy))
    swept = {e.knobs[0] for e in found.experiments if e.kind == "sweep"}
    assert {"lr", "batch_size"} <= swept
    assert not any(e.kind == "template" for e in found.experiments)


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_a_stock_report_speaks_of_no_transport_and_has_columns_for_what_was_logged(
    lang: str,
) -> None:
    worse = of("act", {"policy.optimizer_lr": 2e-4, "optimizer.lr": 2e-4})
    text = write(studied(of("act"), worse, levels=(0.6,)), lang)
    assert "OT" not in text.replace("ACTOT", "")
    assert "ot_" not in text
    head = next(line for line in text.splitlines() if line.startswith("| run_id"))
    assert "eval_l1" in head
    assert "success" not in head

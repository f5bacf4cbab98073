"""Corners where a careless comparison, plan or report would go wrong."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from support import builders
from support.rows import QUIET, judged
from test_experiments import with_runs

from actot import report
from actot.__main__ import main
from actot.analysis import config_changes, knob_settings, nearest_configs, run_summary
from actot.errors import BadInput
from actot.experiments import guard
from actot.experiments.guard import RunRequest
from actot.output import messages, row_words
from actot.study import Study
from actot.verdicts import replicates, seed_noise

SPLIT = {"policy.optimizer_lr": 1e-5, "policy.optimizer_lr_backbone": 1e-6}


def read(*runs: Any) -> list[run_summary.RunSummary]:
    return [run_summary.summarize(r, builders.PROFILE) for r in runs]


def anchored(anchor: Any, *more: Any) -> Study:
    return builders.planted_study(
        builders.REGRESSED, (anchor.id,), [*builders.planted(), anchor, *more]
    )


# Plans.


def test_the_guard_looks_at_the_part_of_a_split_rate_that_moves_farthest() -> None:
    found = anchored(builders.healthy("split", 0.3, builders.config(SPLIT), seed=81))
    assert found.anchor == "split"
    for value, times in ((1.0, 1e6), (2e-4, 200.0), (5e-6, 5.0)):
        why = guard.check_value(found.plan_context, "lr", value)
        assert (why.name, why.times) == ("refuses", pytest.approx(times))
    assert not any(
        r.knob == "lr" for e in found.experiments for r in e.runs if e.kind == "template"
    )


@pytest.mark.parametrize("knob", ["lr", "lambda_ot"])
def test_a_knob_of_a_log_scale_is_not_turned_off_unguarded(knob: str) -> None:
    why = guard.check_value(builders.planted_study().plan_context, knob, 0.0)
    assert why.name == "refuses"


def test_a_whole_number_stays_one_and_a_part_of_one_is_refused() -> None:
    found = builders.planted_study()
    run = guard.plan_run(found.plan_context, RunRequest("batch_size", 16))
    assert (run.config["batch_size"], type(run.config["batch_size"])) == (16, int)
    for knob, value in (("batch_size", 6.4), ("topk_src_episodes", 12.5)):
        with pytest.raises(BadInput, match="whole numbers"):
            guard.plan_run(found.plan_context, RunRequest(knob, value))


def test_a_run_that_goes_on_is_not_proposed_again() -> None:
    going = builders.healthy("going", 0.4, builders.config({builders.REG: 0.08}), state="running")
    have = {
        v: ids for e in with_runs(going).experiments if e.knobs == ("reg",) for v, ids in e.have
    }
    assert have.get(0.08, ("going",)) == ("going",)
    planned = {r.name for e in with_runs(going).experiments for r in e.runs}
    assert "base1_reg_0.08" not in planned


def test_what_would_move_a_second_knob_is_not_planned_as_one() -> None:
    # With the preset off a policy with a rate of its own for one part would train that part otherwise.
    own = {"policy.type": "vqbet", "policy.optimizer_vqvae_lr": 1e-3}
    anchor = builders.diffusion({**own, "scheduler": {"type": "vqbet", "num_warmup_steps": 500}})
    found = anchored(builders.healthy("diff", 0.3, anchor, seed=83))
    context = guard.PlanContext(
        found.summaries["diff"],
        tuple(found.summaries.values()),
        (),
        "eval_l1",
        QUIET,
        found.profile,
    )
    with pytest.raises(BadInput, match="a rate of its own"):
        guard.plan_run(context, RunRequest("grad_clip_norm", 5.0))


def test_seeds_that_crashed_do_not_stand_for_replicates() -> None:
    base = [r for r in builders.planted() if r.id not in ("base2", "base3")]
    crashed = [
        builders.healthy(f"c{i}", 0.4, builders.config(seed=i), seed=i, state="failed", n=38)
        for i in (5, 6)
    ]
    found = builders.planted_study(runs=[*base, *crashed])
    again = next(e for e in found.experiments if e.name == "replicate_anchor")
    assert len(again.runs) == 2


def diverged(run_id: str = "dv") -> Any:
    values = builders.curve(0.4)
    values[-3:] = np.nan
    return builders.healthy(run_id, settings=builders.config(seed=9), eval_l1=values)


def test_a_diverged_run_is_neither_anchor_nor_healthy() -> None:
    with pytest.raises(BadInput, match="anchor dv: diverged"):
        with_runs(diverged(), anchor="dv")
    found = builders.planted_study(("lr20x",), ("dv", "base1"), [*builders.planted(), diverged()])
    assert "dv" not in found.healthy


@pytest.mark.parametrize("metric", ["ot_diag_share", "ot_cost_action_lbl_unweighted", "grad_norm"])
@pytest.mark.parametrize("command", ["report", "suggest", "compare"])
def test_a_metric_that_cannot_decide_plans_nothing_and_breaks_nothing(
    metric: str, command: str, tmp_path: Path
) -> None:
    picks = ["sample", "--runs", "lr20x", "--baselines", "base_a_s1", "--metric", metric]
    more = ["--out", str(tmp_path / "next")] if command == "suggest" else []
    result = CliRunner().invoke(main, [command, *picks, *more])
    assert result.exit_code == 0, result.output
    assert not list(tmp_path.rglob("*.yaml"))


# Comparisons.


def test_runs_that_were_evaluated_on_other_sets_are_not_pooled() -> None:
    sets = {1: 10.0, 2: 50.0}
    runs = [
        builders.healthy(
            f"b{i}", level, builders.config(seed=i), seed=i, eval_batches=np.full(40, n)
        )
        for (i, n), level in zip(sets.items(), (0.4, 0.48), strict=True)
    ]
    found = read(*runs)
    assert seed_noise.measure(found, "eval_l1", builders.PROFILE).origin == "assumed"
    assert len(replicates.by_config(found, builders.PROFILE)) == 2


def test_one_short_member_does_not_spoil_a_baseline() -> None:
    whole = builders.healthy("whole", 0.4, seed=1)
    short = builders.healthy("short", 0.4, builders.config(seed=2), seed=2, n=12)
    run = builders.healthy("run", 0.6, builders.config({builders.REG: 0.2}), seed=3)
    row = judged([run], [whole, short])
    assert (row.word, row.baselines) == ("regressed", ("whole",))


def test_an_unusable_baseline_says_why() -> None:
    empty = builders.run("empty", train_l1=[0.5] * 9)
    row = judged([builders.healthy("run")], [empty])
    for lang in messages.LANGUAGES:
        assert "eval/offline_eval/avg_l1" in row_words.reason(row, builders.PROFILE, lang)


def test_a_diverged_run_is_regressed_whatever_the_baseline() -> None:
    empty = builders.run("empty", train_l1=[0.5] * 9)
    assert judged([diverged()], [empty]).word == "regressed"


def test_a_neighbour_of_another_dataset_is_none() -> None:
    other = builders.healthy(
        "other_data", 0.4, builders.config({**builders.A_STABLE, "dataset.repo_id": "x"}), seed=84
    )
    found = with_runs(other)
    assert "other_data" not in {v.baseline for v in found.verdicts}
    mine, base = read(other, builders.planted()[0])
    assert nearest_configs.nearest([mine], [base], builders.PROFILE) == {}


@pytest.mark.parametrize(("values", "last"), [([0.5, 0.85], 85.0), ([1.0, 0.93], 93.0)])
def test_a_success_rate_logged_as_a_fraction_is_read_as_one(
    values: list[float], last: float
) -> None:
    run = builders.run("r", builders.config({"eval.n_episodes": 100}), keys={"success": values})
    (found,) = read(run)
    assert found.stats["success"].last == pytest.approx(last)
    per_cent = builders.run("p", keys={"eval/pc_success": [0.93]})
    assert read(per_cent)[0].stats["success"].last == pytest.approx(0.93)


# The report.


def test_json_beside_a_file_is_one_document_and_the_file_is_written(tmp_path: Path) -> None:
    picks = ["report", "sample", "--runs", "lr20x", "--baselines", "base_a_s1", "--json"]
    out, added = tmp_path / "r.md", tmp_path / "a.md"
    first = CliRunner().invoke(main, [*picks, "--out", str(out)])
    assert json.loads(first.stdout)["markdown"] == out.read_text(encoding="utf-8")
    second = CliRunner().invoke(main, [*picks, "--append", str(added)])
    assert json.loads(second.stdout)["added"] is True
    assert added.exists()


def test_the_same_update_in_another_order_of_runs_is_the_same() -> None:
    found = [
        builders.planted_study(order, ("base1",))
        for order in (("lr20x", "lr30x"), ("lr30x", "lr20x"))
    ]
    once = report.appended(b"", found[0], "en")
    assert report.appended(once, found[1], "en") is None


def test_jitter_points_to_the_optimizer_only_where_a_symptom_does() -> None:
    from test_report import section

    calm = {"train_l1": builders.curve(0.1, seed=101)}
    bad = builders.healthy("bad", 0.9, builders.config({builders.REG: 0.5}), seed=85, **calm)
    text = section(with_runs(bad, picked=("bad",)), "differences")
    assert "Jitter did not explode" in text
    assert "optimization rather than OT noise" not in text


def test_the_anchor_of_every_plan_differs_in_one_knob_alone() -> None:
    found = builders.planted_study()
    for experiment in found.experiments:
        plan = experiment.plan if experiment.kind == "isolate" else None
        start = found.summaries[plan.regressed if plan else experiment.anchor]
        for run in experiment.runs:
            new = knob_settings.read(run.config, found.profile)
            knobs = set(run.knob.split(" + "))
            hanging = {k.name for k in found.profile.knobs.values() if knobs & {*k.disabled_when}}
            moved = {c.knob for c in config_changes.changes(start.settings, new)}
            assert moved - hanging <= knobs


def test_the_last_line_carries_profile_and_window_and_gives_the_same_bytes(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    text = (builders.ROOT / "actot" / "profiles" / "act_ot.yaml").read_text(encoding="utf-8")
    mine.write_text(text.replace("smallest_effect: 0.02", "smallest_effect: 0.5"), encoding="utf-8")
    picks = ["report", "sample", "--runs", "lr20x", "--baselines", "base_a_s1"]
    more = ["--profile", str(mine), "--tail", "0.3,5,100"]
    first = CliRunner().invoke(main, [*picks, *more])
    assert first.exit_code == 0
    command = shlex.split(first.stdout.splitlines()[-1].rsplit("`", 2)[1])
    assert "--tail" in command
    assert CliRunner().invoke(main, command[1:]).stdout == first.stdout


@pytest.mark.parametrize("text", ["0", "a,b,c", "2,5,100", "0.1,9,3"])
def test_a_window_that_is_none_is_bad_input(text: str) -> None:
    picks = ["compare", "sample", "--runs", "lr20x", "--baselines", "base_a_s1", "--tail", text]
    result = CliRunner().invoke(main, picks)
    assert result.exit_code == 2
    assert "SHARE,LEAST,MOST" in result.stderr


def test_a_config_that_is_none_costs_its_run_the_config_and_no_other_run_anything() -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(500):
        deep = {"a": deep}
    runs = [replace(r, config=deep) if r.id == "upd_reg" else r for r in builders.planted()]
    found = builders.planted_study(runs=runs)
    (warning,) = found.summaries["upd_reg"].run.warnings
    assert "nested deeper" in warning and "read without it" in warning
    assert found.summaries["upd_reg"].stats["eval_l1"].n
    for run in builders.REGRESSED:
        assert found.headline(run).word == "regressed"

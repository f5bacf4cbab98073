"""The bundled runs, against what their trainer logged and against W&B's own reader."""

import csv
import gzip
import io
import json
import math
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support import builders, independent, slow_verdict
from support.by_text import unlisted

from actot import sources
from actot.__main__ import main
from actot.sources import sample
from actot.wandb_io import offline_file

AS_LOGGED = Path(__file__).parent / "data" / "as_logged"
FILES = sorted(sample.RUNS.rglob("*.wandb"))
REGRESSED = ("lr20x", "lr30x", "lr25x")
OPTIMIZER = {"lr", "weight_decay", "grad_clip_norm", "scheduler"}

# The keys of each metric, the newest name first; read off the trainer, not off the profile.
KEYS = {
    "eval_l1": ["eval/offline_eval/avg_l1"],
    "eval_loss": ["eval/offline_eval/avg_loss"],
    "eval_batches": ["eval/offline_eval/n_batches"],
    "train_loss": ["train/loss"],
    "train_l1": ["train/l1_loss"],
    "train_kld": ["train/kld_loss"],
    "grad_norm": ["train/grad_norm"],
    "lr": ["train/lr"],
    "ot_loss": ["train/ot_loss"],
    "ot_pi_sum": ["train/ot_pi_sum", "train/ot_ot_pi_sum"],
    "ot_pi_diag": ["train/ot_pi_diag", "train/ot_ot_pi_diag"],
    "ot_cost_action_lbl": ["train/ot_cost/action_lbl", "train/ot_ot_cost/action"],
    "ot_cost_img_third_person": ["train/ot_cost/img_third_person"],
    "ot_cost_img_ee": ["train/ot_cost/img_ee"],
    "ot_cost_img_side": ["train/ot_cost/img_side"],
    "ot_cost_state": ["train/ot_ot_cost/observation.state"],
    "update_s": ["train/update_s"],
    "dataloading_s": ["train/dataloading_s"],
}
LOWER = {"eval_l1", "eval_loss", "train_loss", "train_l1", "train_kld"}
WEIGHT = {"lr25x": 0.05}  # weight_label of the action feature; 0.02 in the others

Columns = dict[str, dict[int, float]]


def as_logged(run_id: str) -> Columns:
    """key -> step -> value as the trainer handed it to the client; the later part wins."""
    found: Columns = {}
    for path in sorted(AS_LOGGED.glob(f"{run_id}.*csv.gz")):
        with gzip.open(path, "rt", newline="") as file:
            for row in csv.DictReader(file):
                found.setdefault(row["key"], {})[int(row["step"])] = float(row["value"])
    return found


def in_file(run_id: str) -> Columns:
    """The trainer's values as far as the file of the run reaches."""
    logged = as_logged(run_id)
    if run_id != "killed":
        return logged
    series = sources.load(unlisted("sample"), run_id).series
    return {k: {s: v for s, v in c.items() if s <= series[k].steps[-1]} for k, c in logged.items()}


def derived(run_id: str, logged: Columns) -> dict[str, list[tuple[int, float]]]:
    """The points of every metric that the run has."""
    found = {}
    for metric, keys in KEYS.items():
        for key in keys:
            if any(math.isfinite(v) for v in logged.get(key, {}).values()):
                found[metric] = sorted(logged[key].items())
                break
    if "ot_pi_sum" in found and "ot_pi_diag" in found:
        mass = dict(found["ot_pi_sum"])
        found["ot_diag_share"] = [(s, v / mass[s]) for s, v in found["ot_pi_diag"] if s in mass]
    if "ot_cost_action_lbl" in found:
        weight = WEIGHT.get(run_id, 0.02)
        found["ot_cost_action_lbl_unweighted"] = [
            (s, v / weight) for s, v in found["ot_cost_action_lbl"]
        ]
    return found


def call(*args: str) -> dict[str, Any]:
    result = CliRunner().invoke(main, [*args, "--json"])
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def stats() -> dict[str, Any]:
    """`summary sample --json`."""
    return call("summary", "sample")["runs"]


@pytest.fixture(scope="module")
def compared() -> dict[str, Any]:
    """`compare` of the three regressed runs, two seeds of the baseline and the faulty runs."""
    runs = [*REGRESSED, "base_a_s2", "base_a_s3"]
    return call("compare", "sample", "--runs", ",".join(runs), "--baselines", "base_a_s1,base_b_s1")


@pytest.fixture(scope="module")
def faulty() -> dict[str, Any]:
    """`compare` of the runs with a planted fault."""
    runs = "diverged,collapse,killed,repeat,oldkeys,no_ot,resumed,base_b_s2"
    return call("compare", "sample", "--runs", runs, "--baselines", "base_a_s1")


IDS = sorted({p.name.split(".")[0] for p in AS_LOGGED.glob("*.csv.gz")})


def test_every_bundled_run_has_the_trainers_own_record(stats: Mapping[str, Any]) -> None:
    assert sorted(stats) == IDS
    assert len(IDS) >= 15


@pytest.mark.parametrize("run_id", IDS)
def test_every_figure_equals_a_plain_computation_on_what_the_trainer_logged(
    run_id: str, stats: Mapping[str, Any]
) -> None:
    points = derived(run_id, in_file(run_id))
    metrics = builders.PROFILE.metrics.values()
    named = {key for metric in metrics for key in (*metric.keys, *metric.proxies)}
    points |= {k: sorted(c.items()) for k, c in in_file(run_id).items() if k not in named}
    metrics = stats[run_id]["metrics"]
    assert {m for m, figures in metrics.items() if figures["n"]} == set(points)
    for metric, curve in points.items():
        direction = "lower" if metric in LOWER else None
        theirs = independent.plain_figures(curve, direction)
        for name, value in theirs.items():
            if name not in metrics[metric]:
                continue
            mine = metrics[metric][name]
            if value is None:
                assert mine is None, (metric, name)
            else:
                # A constant's spread is rounding, not a figure.
                noise = (
                    1e-12 * abs(theirs["max"])
                    if name in ("last_std", "slope_last", "jitter")
                    else 0
                )
                assert mine == pytest.approx(value, rel=1e-9, abs=noise), (metric, name)


def test_every_missing_figure_says_why(stats: Mapping[str, Any]) -> None:
    for run_id, run in stats.items():
        for metric, figures in run["metrics"].items():
            if not figures["n"]:
                assert figures["missing"], (run_id, metric)
                assert figures["last_mean"] is None


def test_the_rows_are_those_that_wandbs_own_reader_prints() -> None:
    def theirs(path: Path) -> Columns:
        return builders.rows_as_series(builders.inspected_rows(path))

    with ThreadPoolExecutor(2) as pool:
        for path, expected in zip(FILES, pool.map(theirs, FILES), strict=True):
            series = offline_file.read(path).series()
            assert series.keys() == expected.keys(), path.name
            for key, column in expected.items():
                found = dict(
                    zip(series[key].steps.tolist(), series[key].values.tolist(), strict=True)
                )
                assert found.keys() == column.keys()
                for step, value in column.items():
                    assert found[step] == value or (
                        math.isnan(found[step]) and math.isnan(value)
                    ), (path.name, key, step)


def test_the_rows_of_the_killed_run_are_a_prefix_and_the_number_lost_is_said() -> None:
    logged, run = as_logged("killed"), sources.load(unlisted("sample"), "killed")
    assert run.state == "unfinished"
    own = {k: s for k, s in run.series.items() if not k.startswith("_")}
    assert own.keys() == logged.keys()
    rows = sorted({s for column in logged.values() for s in column})
    last = max(int(s.steps[-1]) for s in own.values())
    for key, series in own.items():
        kept = {s: v for s, v in logged[key].items() if s <= last}
        assert dict(zip(series.steps.tolist(), series.values.tolist(), strict=True)) == kept
    kept_rows = [s for s in rows if s <= last]
    assert len(kept_rows) < len(rows)
    total = sum(len(c) for c in logged.values())
    there = sum(len(s) for s in own.values())
    text = " ".join((sample.RUNS.parent / "README.md").read_text(encoding="utf-8").split())
    for number in (len(rows), len(kept_rows), total, there):
        assert f"{number:,}" in text
    assert any("middle of a record" in w for w in run.warnings)


def test_the_resumed_run_is_one_and_whole() -> None:
    logged = as_logged("resumed")
    run = sources.load(unlisted("sample"), "resumed")
    assert len([p for p in FILES if p.name == "run-resumed.wandb"]) == 2
    assert run.state == "finished"
    for key, column in logged.items():
        assert run.series[key].steps.tolist() == sorted(column)


def test_the_files_say_nothing_of_the_machine_that_recorded_them() -> None:
    assert FILES
    host = socket.gethostname().encode()
    # Spelled in parts, so that this file does not name them itself.
    words = [b"/work" + b"/", b"/root" + b"/", b"/tmp" + b"/", b"/home" + b"/"]
    words += [host] if len(host) > 3 else []
    for path in FILES:
        data = path.read_bytes()
        assert [w for w in words if w in data] == [], path.name
    for path in AS_LOGGED.glob("*.csv.gz"):
        data = gzip.GzipFile(fileobj=io.BytesIO(path.read_bytes())).read()
        assert [w for w in words if w in data] == [], path.name


# Verdicts and causes.


def headline(document: Mapping[str, Any], run: str) -> Mapping[str, Any]:
    return next(p for p in document["pairs"] if p["run"] == run and p["against"] == "picked")


def rules(document: Mapping[str, Any], run: str) -> dict[str, Mapping[str, Any]]:
    return {f["rule"]: f for f in document["findings"] if f["run"] == run}


def test_the_three_runs_regressed_against_every_baseline(compared: Mapping[str, Any]) -> None:
    for pair in compared["pairs"]:
        if pair["run"] in REGRESSED and pair["against"] == "picked":
            assert pair["verdict"] == "regressed"
            assert pair["ci_low_pct"] > 0


def test_seeds_of_the_baseline_are_no_better_and_no_worse(compared: Mapping[str, Any]) -> None:
    for run in ("base_a_s2", "base_a_s3"):
        assert headline(compared, run)["verdict"] in ("same", "within noise")


def curve(run: str) -> slow_verdict.Curve:
    return derived(run, in_file(run))["eval_l1"]


def test_the_seed_noise_is_measured_on_the_baselines_and_equals_a_plain_computation(
    compared: Mapping[str, Any],
) -> None:
    found = compared["seed_noise"]
    assert found["origin"] == "measured"
    groups = [g["runs"] for g in found["groups"]]
    assert any({"base_a_s2", "base_a_s3"} <= set(g) for g in groups)
    curves = {g[0]: [curve(i) for i in g] for g in groups}
    known = slow_verdict.group_variances(curves, "ratio")
    for group in found["groups"]:
        variance, df = known[group["runs"][0]]
        assert (group["spread"] ** 2, group["df"]) == (pytest.approx(variance, rel=1e-9), df)
    whole = slow_verdict.centre(known, [], "ratio")
    assert whole is not None
    assert found["relative"] ** 2 == pytest.approx(whole.v, rel=1e-9)
    for group in groups:
        assert not {"killed", "diverged"} & set(group)
        assert not {"base_a_s1", "repeat"} <= set(group)


def slow_row(document: Mapping[str, Any], row: Mapping[str, Any]) -> slow_verdict.Row:
    """A row of the command once more: the pair series, and the noise of each side's config."""
    groups = {g["runs"][0]: g["runs"] for g in document["seed_noise"]["groups"]}
    known = slow_verdict.group_variances(
        {name: [curve(r) for r in runs] for name, runs in groups.items()}, "ratio"
    )
    names = [
        next((n for n, runs in groups.items() if set(row[side]) & set(runs)), None)
        for side in ("runs", "baselines")
    ]
    own = [slow_verdict.noise_of(name, known, "ratio") if name else None for name in names]
    # Two sides of one config have one estimate, not two.
    are_both = all(own) and names[0] != names[1]
    found = slow_verdict.pair(
        *([curve(r) for r in row[side]] for side in ("runs", "baselines")), "ratio"
    )
    mine, theirs = own[0] or own[1], own[1] or own[0]
    assert mine and theirs
    return slow_verdict.Row.of(
        found, mine, theirs, len(row["runs"]), len(row["baselines"]), are_both=are_both
    )


def test_every_change_and_interval_equals_the_independent_computation(
    compared: Mapping[str, Any],
) -> None:
    picked = [r for r in compared["rows"] if r["against"] == "picked"]
    families: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in picked:
        families.setdefault(tuple(row["baselines"]), []).append(row)
    assert len(families) == 2
    for rows in families.values():
        judged = slow_verdict.judge([slow_row(compared, r) for r in rows])
        for row, slow in zip(rows, judged, strict=True):
            assert row["change_pct"] == pytest.approx(100 * math.expm1(slow.d), rel=1e-9)
            assert row["low_pct"] == pytest.approx(100 * math.expm1(slow.low), rel=1e-4)
            assert row["high_pct"] == pytest.approx(100 * math.expm1(slow.high), rel=1e-4)
            assert row["p"] == pytest.approx(slow.p, abs=1e-6)


def test_the_first_cause_is_the_optimizer_as_one_confounded_group() -> None:
    found = call(
        "compare", "sample", "--runs", ",".join(REGRESSED), "--baselines", "base_a_s1,base_b_s1"
    )
    first = found["causes"][0]
    assert set(first["knobs"]) == OPTIMIZER
    assert (first["word"], first["confounded"]) == ("likely", True)


def test_the_diverged_run_is_regressed_with_its_step(faulty: Mapping[str, Any]) -> None:
    pair = headline(faulty, "diverged")
    logged = as_logged("diverged")
    starts = []
    for key in ("train/loss", "eval/offline_eval/avg_l1"):
        bad = [s for s, v in sorted(logged[key].items()) if not math.isfinite(v)]
        last_good = max(s for s, v in logged[key].items() if math.isfinite(v))
        starts.append(min(s for s in bad if s > last_good))
    assert pair["verdict"] == "regressed"
    assert pair["reason"] == f"diverged at step {min(starts)}"
    assert pair["change_pct"] is None
    assert rules(faulty, "diverged")["diverged"]["steps"][0] == min(starts)


def test_the_planted_faults_are_found_by_their_rules(faulty: Mapping[str, Any]) -> None:
    assert rules(faulty, "collapse")["plan_collapse"]["severity"] == "warning"
    assert "unfinished" in rules(faulty, "killed")
    assert "base_a_s1" in rules(faulty, "repeat")["duplicate"]["message"]
    duplicates = rules(faulty, "base_b_s2")["identical_curves"]["message"]
    assert "ot_cost_action_lbl" in duplicates
    assert "base_b_s1" in duplicates


@pytest.mark.parametrize("rule", ["diverged", "plan_collapse", "unfinished", "nonfinite"])
def test_a_rule_for_a_planted_fault_is_silent_on_the_baselines(
    rule: str, compared: Mapping[str, Any]
) -> None:
    for run in ("base_a_s1", "base_b_s1", "base_a_s2", "base_a_s3"):
        assert rule not in rules(compared, run)


def test_the_older_names_are_read_as_the_same_quantities(stats: Mapping[str, Any]) -> None:
    metrics = stats["oldkeys"]["metrics"]
    assert metrics["ot_pi_sum"]["key"] == "train/ot_ot_pi_sum"
    assert metrics["ot_cost_action_lbl"]["key"] == "train/ot_ot_cost/action"
    assert metrics["ot_cost_state"]["last_mean"] > 100 * metrics["ot_cost_action_lbl"]["last_mean"]


def test_the_run_without_ot_has_no_ot_figures_and_says_so(stats: Mapping[str, Any]) -> None:
    for metric in ("ot_loss", "ot_pi_sum", "ot_diag_share", "ot_cost_action_lbl"):
        figures = stats["no_ot"]["metrics"][metric]
        assert figures["last_mean"] is None
        assert "not logged" in figures["missing"]


def test_the_label_cost_is_the_same_quantity_once_its_weight_is_out(
    stats: Mapping[str, Any],
) -> None:
    means = {
        i: stats[i]["metrics"]["ot_cost_action_lbl_unweighted"]["last_mean"]
        for i in ("base_a_s1", "lr25x")
    }
    assert means["lr25x"] == pytest.approx(means["base_a_s1"], rel=1e-5)


def test_a_metric_that_a_knob_rescales_decides_nothing() -> None:
    found = call(
        "compare",
        "sample",
        "--runs",
        "lr25x",
        "--baselines",
        "base_a_s1",
        "--metric",
        "ot_cost_action_lbl",
    )
    assert {p["verdict"] for p in found["pairs"]} == {"not comparable"}
    assert found["causes"] == []


def test_every_run_was_evaluated_at_least_twenty_times(stats: Mapping[str, Any]) -> None:
    for run_id, run in stats.items():
        figures = run["metrics"]["eval_l1"]
        assert figures["n"] + figures["n_nonfinite"] >= 20, run_id


def test_the_experiments_on_the_sample_repeat_no_run(tmp_path: Path) -> None:
    out = str(tmp_path / "next")
    found = call(
        "suggest",
        "sample",
        "--runs",
        ",".join(REGRESSED),
        "--baselines",
        "base_a_s1,base_b_s1",
        "--out",
        out,
    )
    assert found["anchor"] == "base_a_s1"
    have = {
        (e["knobs"][0], v["value"]): v["runs"]
        for e in found["experiments"]
        if e["kind"] == "sweep"
        for v in e["have"]
    }
    assert "upd_reg" in have["reg", 0.12]
    assert "upd_lambda" in have["lambda_ot", 0.08]
    isolate = next(e for e in found["experiments"] if e["kind"] == "isolate")
    assert {r["knob"] for r in isolate["runs"]} == set(OPTIMIZER)
    assert (isolate["plan"]["regressed"], isolate["plan"]["strategy"]) == ("lr20x", "reverts")

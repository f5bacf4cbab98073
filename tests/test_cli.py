"""The command line: documents, exit codes, one-line errors."""

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from support import builders
from support.by_text import offline

from actot.__main__ import main
from actot.loading import parallel
from actot.output import json_documents

RUNS = ",".join(builders.REGRESSED)
BASELINES = ",".join(builders.BASELINES)
PICKS = ("--runs", RUNS, "--baselines", BASELINES)


def call(*args: Any) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(a) for a in args])


def document(*args: Any) -> dict[str, Any]:
    """What a command prints with --json, strictly read."""
    result = call(*args, "--json")
    assert result.exit_code == 0, result.stderr

    def no_constant(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(result.stdout, parse_constant=no_constant)


def process(*args: Any, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "actot", *(str(a) for a in args)],
        capture_output=True,
        text=True,
        cwd=builders.ROOT,
        env={**os.environ, **env},
        timeout=60,
    )


def assert_one_line_error(result: Result, *words: str) -> None:
    """Exit code 2, nothing on stdout, one sentence on stderr."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = [x for x in result.stderr.splitlines() if x]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("actot: ")
    assert "Traceback" not in lines[0]
    for word in words:
        assert word in lines[0]


# runs


def test_runs_lists_newest_first(recorded: Path) -> None:
    found = document("runs", recorded)
    assert set(found) == {"runs", "problems"}
    created = [r["created"] for r in found["runs"]]
    assert created == sorted(created, reverse=True)
    assert {"id", "name", "state", "created", "group", "tags", "url"} <= found["runs"][0].keys()
    table = call("runs", recorded).stdout.splitlines()
    assert table[0].split()[:3] == ["id", "name", "state"]
    assert len(table) == 1 + len(builders.planted())


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (["state=finished"], {r.id for r in builders.planted()}),
        (["state=failed"], set()),
        (["tag=base"], {"base1", "base2", "base3"}),
        (["group=tube", "tag=lr20"], {"lr20x"}),
        (["seed=2"], {"base2"}),
        (["id=upd_reg"], {"upd_reg"}),
        (["name=ac"], {r.id for r in builders.planted()}),
        (["use_policy_training_preset=false"], set(builders.REGRESSED)),
        (["ot.loss_config.reg=0.2"], {"other"}),
        (["ot.loss_config.reg=2e-1"], {"other"}),
        (["ot.loss_config.features[action_lbl].weight_label=0.05"], {"lr25x"}),
        (["nosuch=1"], set()),
    ],
)
def test_runs_are_filtered_by_facts_and_config_paths(
    recorded: Path, filters: list[str], ids: set[str]
) -> None:
    args = [x for f in filters for x in ("--filter", f)]
    assert {r["id"] for r in document("runs", recorded, *args)["runs"]} == ids


def test_a_filter_that_is_none_is_bad_input(recorded: Path) -> None:
    assert_one_line_error(call("runs", recorded, "--filter", "state"), "KEY=VALUE")


# summary


def test_summary_gives_every_figure_of_every_metric(recorded: Path) -> None:
    found = document("summary", recorded)
    assert set(found) == {"runs"}
    assert set(found["runs"]) == {r.id for r in builders.planted()}
    run = found["runs"]["base1"]
    assert {"name", "state", "url", "metrics"} <= run.keys()
    logged = {key for r in builders.planted() for key in r.series}
    named = {key for m in builders.PROFILE.metrics.values() for key in m.keys}
    assert set(run["metrics"]) == set(builders.PROFILE.metrics) | (logged - named)
    wanted = {
        "key",
        "n",
        "n_nonfinite",
        "first",
        "last",
        "best",
        "best_step",
        "min",
        "max",
        "delta",
        "pct",
        "last_mean",
        "last_std",
        "slope_last",
        "jitter",
        "tail_points",
        "missing",
    }
    for figures in run["metrics"].values():
        assert set(figures) == wanted
    assert run["metrics"]["eval_l1"]["missing"] is None
    absent = run["metrics"]["train_kld"]
    assert absent["last_mean"] is None
    assert "train/kld_loss" in absent["missing"]


def test_the_metric_names_are_the_agreed_ones(recorded: Path) -> None:
    names = set(document("summary", recorded, "--runs", "base1")["runs"]["base1"]["metrics"])
    assert {
        "train_loss",
        "train_l1",
        "train_kld",
        "grad_norm",
        "lr",
        "ot_loss",
        "ot_pi_sum",
        "ot_pi_diag",
        "ot_diag_share",
        "ot_cost_action_lbl",
        "ot_cost_img_ee",
        "eval_l1",
        "eval_loss",
        "update_s",
        "dataloading_s",
    } <= names


def test_summary_takes_chosen_runs_or_the_latest(recorded: Path) -> None:
    chosen = document("summary", recorded, "--runs", "base1,other")
    assert set(chosen["runs"]) == {"base1", "other"}
    newest = [r.id for r in offline.list_runs(str(recorded)).runs][:2]
    assert list(document("summary", recorded, "--latest", 2)["runs"]) == newest


def test_summary_as_csv_has_a_line_per_run_and_metric(recorded: Path) -> None:
    result = call("summary", recorded, "--runs", "base1,other", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    others = [r for r in rows if r["metric"] not in builders.PROFILE.metrics]
    assert len(rows) - len(others) == 2 * len(builders.PROFILE.metrics)
    assert all(r["metric"] == r["key"] for r in others)
    assert list(rows[0]) == ["run", "metric", *json_documents.FIGURES, "missing"]
    found = document("summary", recorded, "--runs", "base1")["runs"]["base1"]["metrics"]
    row = next(r for r in rows if (r["run"], r["metric"]) == ("base1", "eval_l1"))
    assert float(row["last_mean"]) == found["eval_l1"]["last_mean"]


def test_summary_as_a_table_says_why_a_figure_is_absent(recorded: Path) -> None:
    text = call("summary", recorded, "--runs", "base1").stdout
    assert "train/kld_loss" not in text
    assert "grad_norm has no better or worse, so no best" in text


def test_summary_gives_the_reason_of_every_null_figure(recorded: Path) -> None:
    for run in document("summary", recorded)["runs"].values():
        for name, figures in run["metrics"].items():
            absent = {f for f, v in figures.items() if v is None and f != "missing"}
            reasons = run["absent"].get(name, {})
            assert figures["missing"] is not None or absent == reasons.keys(), name


# compare


def test_compare_gives_verdicts_noise_findings_and_causes(recorded: Path) -> None:
    found = document("compare", recorded, *PICKS)
    top = {"metric", "direction", "proposed", "choices", "scale", "profile", "seed_noise"}
    top |= {"unread", "rows", "pairs", "findings"}
    assert set(found) == top | {"causes", "rivals", "notes"}
    assert (found["proposed"], found["choices"]) == (False, [])
    figures = [found[k] for k in ("metric", "direction", "scale", "profile")]
    assert figures == ["eval_l1", "lower", "ratio", "act_ot"]
    assert {"relative", "origin", "groups"} <= found["seed_noise"].keys()
    assert all({"runs", "spread", "df"} == set(g) for g in found["seed_noise"]["groups"])
    assert found["seed_noise"]["origin"] == "measured"
    wanted = {
        "run",
        "baseline",
        "verdict",
        "change_pct",
        "ci_low_pct",
        "ci_high_pct",
        "p_adjusted",
        "against",
        "n_run",
        "n_baseline",
        "detectable_pct",
        "seeds_needed",
        "cut_at_step",
        "reason",
    }
    for pair in found["pairs"]:
        assert wanted <= pair.keys()
        assert pair["against"] in ("picked", "neighbour")
    picked = [p for p in found["pairs"] if p["against"] == "picked"]
    assert [(p["run"], p["baseline"]) for p in picked] == [
        (r, b) for r in builders.REGRESSED for b in builders.BASELINES
    ]
    assert {p["verdict"] for p in picked} == {"regressed"}
    for finding in found["findings"]:
        assert set(finding) == {"run", "rule", "severity", "message", "steps"}
    for cause in found["causes"]:
        assert set(cause) == {
            "knobs",
            "rank",
            "word",
            "probability",
            "confounded",
            "together_with",
            "evidence",
        }
        assert all(isinstance(e, str) for e in cause["evidence"])


def test_compare_equals_the_study_of_the_same_runs(recorded: Path) -> None:
    found = document("compare", recorded, *PICKS)
    known = builders.planted_study().verdicts
    assert [tuple(r["runs"]) for r in found["rows"]] == [v.runs for v in known]
    for row, verdict in zip(found["rows"], known, strict=True):
        for name in ("change", "low", "high", "mde"):
            assert row[f"{name}_pct"] == pytest.approx(100 * getattr(verdict, name), rel=1e-9)
        assert row["p"] == pytest.approx(verdict.p, rel=1e-6, abs=1e-12)
        assert (row["n_runs"], row["n_baselines"]) == (verdict.seeds, verdict.base_seeds)
        assert row["verdict"] == verdict.word
        assert row["provisional"] == verdict.is_provisional
        assert (row["own_units"], row["look"]) == (None, None)
    for pair in found["pairs"]:
        row = next(
            r
            for r in found["rows"]
            if pair["run"] in r["runs"] and pair["baseline_runs"] == r["baselines"]
        )
        assert (pair["verdict"], pair["change_pct"]) == (row["verdict"], row["change_pct"])
        assert (pair["ci_low_pct"], pair["p_adjusted"]) == (row["low_pct"], row["p"])


def test_alone_keeps_the_other_seeds_of_a_baseline_out(recorded: Path) -> None:
    picks = ("--runs", "upd_reg", "--baselines", "base1")
    joined, alone = (document("compare", recorded, *picks, *more) for more in ((), ("--alone",)))
    assert [len(found["rows"][0]["baselines"]) for found in (joined, alone)] == [3, 1]
    assert alone["rows"][0]["provisional"]


def test_fail_on_regressed_exits_with_1_only_where_a_picked_run_regressed(recorded: Path) -> None:
    fail = ("--fail-on", "regressed")
    assert call("compare", recorded, *PICKS).exit_code == 0
    assert call("compare", recorded, *PICKS, *fail).exit_code == 1
    assert call("compare", recorded, *PICKS, *fail, "--json").exit_code == 1
    calm = ("--runs", "base2,upd_reg", "--baselines", "base1")
    assert call("compare", recorded, *calm, *fail).exit_code == 0


def test_a_diverged_run_counts_as_regressed(tmp_path: Path) -> None:
    values = builders.curve(0.4)
    values[35:] = float("nan")
    bad = builders.healthy("bad", settings=builders.config({builders.REG: 0.2}), eval_l1=values)
    builders.record(tmp_path, [builders.spec(builders.planted()[0]), builders.spec(bad)])
    args = ("compare", tmp_path, "--runs", "bad", "--baselines", "base1")
    (pair, *_) = document(*args)["pairs"]
    assert (pair["verdict"], pair["change_pct"]) == ("regressed", None)
    assert pair["reason"] == "diverged at step 1800"
    assert call(*args, "--fail-on", "regressed").exit_code == 1


def test_compare_in_words_shows_verdicts_and_causes(recorded: Path) -> None:
    text = call("compare", recorded, *PICKS).stdout
    for part in ("lr20x", "regressed", "causes", "1. lr", "seed noise"):
        assert part in text


def test_the_latest_runs_are_the_newest_that_are_no_baselines(recorded: Path) -> None:
    newest = [r.id for r in offline.list_runs(str(recorded)).runs if r.id != "base1"][:3]
    found = document("compare", recorded, "--latest", 3, "--baselines", "base1")
    assert list(dict.fromkeys(p["run"] for p in found["pairs"])) == newest


def test_another_metric_can_decide(recorded: Path) -> None:
    found = document("compare", recorded, *PICKS, "--metric", "train_l1")
    assert found["metric"] == "train_l1"


def test_ids_may_come_twice_and_with_spaces(recorded: Path) -> None:
    found = document("compare", recorded, "--runs", "lr20x, lr20x", "--baselines", " base1 ,")
    assert [p["run"] for p in found["pairs"] if p["against"] == "picked"] == ["lr20x"]


# diff, suggest, report


def test_diff_gives_the_changed_knobs_with_their_ratios(recorded: Path) -> None:
    found = document("diff", recorded, *PICKS)
    assert found["reference"] == ["base1", "base2", "base3"]
    changes = {c["knob"]: c for c in found["runs"]["lr20x"]}
    assert list(changes) == ["lr", "weight_decay", "grad_clip_norm", "scheduler"]
    assert changes["lr"]["ratio"] == pytest.approx(20)
    assert [c["knob"] for c in found["runs"]["other"]] == ["reg", "tau", "window_size"]
    every = document("diff", recorded, "--runs", "base2", "--baselines", "base1", "--all")
    assert [c["knob"] for c in every["runs"]["base2"]] == ["seed"]
    assert "20x" in call("diff", recorded, *PICKS).stdout


def test_suggest_writes_the_files_and_says_which(recorded: Path, tmp_path: Path) -> None:
    out = tmp_path / "next"
    found = document("suggest", recorded, *PICKS, "--out", out)
    assert found["anchor"] == "base1"
    assert {str(p) for p in out.rglob("*") if p.is_file()} == set(found["files"])
    assert {e["kind"] for e in found["experiments"]} >= {"isolate", "sweep"}
    again = document("suggest", recorded, *PICKS, "--out", out)
    assert again == found
    chosen = document("suggest", recorded, *PICKS, "--anchor", "other", "--out", tmp_path / "b")
    assert chosen["anchor"] == "other"


def test_suggest_writes_one_plan_and_leaves_its_alternative_to_who_asks(
    recorded: Path, tmp_path: Path
) -> None:
    result = call("suggest", recorded, *PICKS, "--out", tmp_path / "usual")
    assert "halve asks the same (at most 3 runs in 3 rounds" in result.stdout
    assert "--only halve writes it instead" in result.stdout
    assert not (tmp_path / "usual" / "halve.yaml").exists()
    found = document(
        "suggest", recorded, *PICKS, "--only", "halve,sweep_reg", "--out", tmp_path / "b"
    )
    assert [e["name"] for e in found["experiments"]] == ["halve", "sweep_reg"]
    assert found["experiments"][0]["plan"]["strategy"] == "halving"
    plan = json.loads((tmp_path / "b" / "plan.json").read_text())
    assert plan["plan"] == found["experiments"][0]["plan"]


def test_an_experiment_that_is_not_proposed_is_named_with_those_that_are(
    recorded: Path, tmp_path: Path
) -> None:
    result = call("suggest", recorded, *PICKS, "--only", "nosuch", "--out", tmp_path / "a")
    assert_one_line_error(result, "--only nosuch", "isolate", "sweep_reg")
    assert not (tmp_path / "a").exists()


def test_recipes_are_written_only_where_they_are_asked_for(recorded: Path, tmp_path: Path) -> None:
    for more, is_there in (((), False), (("--recipes",), True)):
        out = tmp_path / f"out{len(more)}"
        found = document("suggest", recorded, *PICKS, *more, "--out", out)
        assert ("template" in {e["kind"] for e in found["experiments"]}) is is_there
        assert (out / "template_ot_tune.yaml").exists() is is_there


# next


@pytest.fixture
def planned(recorded: Path, tmp_path: Path) -> Path:
    """The plan that was written for the recorded runs."""
    call("suggest", recorded, *PICKS, "--only", "isolate", "--out", tmp_path / "next")
    return tmp_path / "next" / "plan.json"


def test_next_says_what_has_run_and_where_the_rest_is_started(
    recorded: Path, planned: Path, tmp_path: Path
) -> None:
    result = call("next", planned, recorded)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[1] == "Round 1 of 2: 0 of 4 have run"
    assert lines[-1] == f"start them where you train: bash {planned.parent / 'run_all.sh'}"
    found = document("next", planned, recorded)
    assert (found["round"], found["rounds"], found["answer"]) == (1, 2, None)
    assert found["files"] == []
    assert len(found["missing"]) == 4
    elsewhere = document("next", planned, recorded, "--out", tmp_path / "else")
    configs = {Path(f).stem for f in elsewhere["files"] if "configs" in f}
    assert configs == set(found["missing"])
    assert not (tmp_path / "else" / "plan.json").exists()


def test_next_says_what_is_wrong_with_a_plan_or_its_source(
    recorded: Path, planned: Path, tmp_path: Path
) -> None:
    assert_one_line_error(call("next", tmp_path / "none.json", recorded), "cannot be read")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert_one_line_error(call("next", broken, recorded), "broken.json: no plan")
    tree = json.loads(planned.read_text())
    for key, value in (("anchor", "gone"), ("regressed", "gone"), ("metric", "no_such_metric")):
        broken.write_text(json.dumps({"plan": {**tree["plan"], key: value}}))
        assert_one_line_error(call("next", broken, recorded), value)


def test_suggest_writes_the_runs_of_typed_values_alone(recorded: Path, tmp_path: Path) -> None:
    asked = ["--set", "lr=2e-5,2e-4", "--set", "seed=3,8"]
    result = call("suggest", recorded, *PICKS, *asked, "--out", tmp_path / "a")
    assert result.exit_code == 0
    assert "actot: --set lr 0.0002 is 20x the anchor's" in result.stderr
    assert "actot: --set seed=3: base3 ran it" in result.stderr
    configs = {p.stem: json.loads(p.read_text()) for p in (tmp_path / "a" / "configs").iterdir()}
    assert set(configs) == {"base1_lr_2e-05", "base1_seed_8_s8"}
    assert configs["base1_lr_2e-05"]["policy"]["optimizer_lr"] == 2e-5
    found = document(
        "suggest", recorded, *PICKS, *asked, "--override", "--out", tmp_path / "b", "--screen", 500
    )
    (screen,) = found["experiments"]
    assert [r["value"] for r in screen["runs"]] == [500, 2e-5, 2e-4]
    assert "20x" in screen["runs"][2]["remark"]


def test_the_files_are_reached_from_where_the_command_was_given(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call("suggest", recorded, *PICKS, "--out", "plans/two")
    text = (tmp_path / "plans" / "two" / "sweep_reg.yaml").read_text()
    assert "- plans/two/configs/base1_reg_0.08.json" in text
    assert "bash plans/two/run_all.sh" in (tmp_path / "plans" / "two" / "README.md").read_text()


def test_the_config_of_a_run_comes_ready_to_train_with(recorded: Path, tmp_path: Path) -> None:
    tree = json.loads(call("config", recorded, "lr20x").stdout)
    assert (tree["output_dir"], tree["resume"], tree["job_name"]) == (None, False, "lr20x")
    assert tree["optimizer"]["lr"] == 2e-4
    assert "_wandb" not in tree
    out = tmp_path / "a.json"
    assert document("config", recorded, "lr20x", "--out", out) == {
        "run": "lr20x",
        "files": [str(out)],
    }
    assert json.loads(out.read_text()) == tree
    assert_one_line_error(call("config", recorded, "base1", "--out", out), "other content")


def test_a_run_without_a_config_has_none_to_give(tmp_path: Path) -> None:
    (tmp_path / "bare.csv").write_text("step,loss\n1,0.5\n2,0.4\n")
    result = call("config", tmp_path / "bare.csv", "bare")
    assert_one_line_error(result, "bare", "config is not known")


def test_suggest_never_overwrites(recorded: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    result = call("suggest", recorded, *PICKS, "--out", tmp_path)
    assert_one_line_error(result, "README.md", "other content")
    assert [p.name for p in tmp_path.iterdir()] == ["README.md"]


def test_report_goes_to_stdout_or_a_file_in_either_language(recorded: Path, tmp_path: Path) -> None:
    text = call("report", recorded, *PICKS, "--time", "2025-12-29T01:55:00").stdout
    assert text.startswith("# Act/OT Comparison Report\n\nGenerated: 2025-12-29T01:55:00\n")
    path = tmp_path / "report.md"
    result = call("report", recorded, *PICKS, "--lang", "zh", "--out", path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "指标摘要" in path.read_text(encoding="utf-8")
    only = call("report", recorded, *PICKS, "--sections", "runs, metrics").stdout
    assert "## Metrics Summary" in only
    assert "## Postmortem" not in only
    found = document("report", recorded, *PICKS, "--time", "2025-12-29T01:55:00")
    assert found["markdown"] == text


def test_report_appends_an_update_once(recorded: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("# Mine\n")
    args = ("report", recorded, *PICKS, "--append", path, "--note", "n")
    assert call(*args).exit_code == 0
    once = path.read_bytes()
    assert once.startswith(b"# Mine\n")
    assert call(*args).exit_code == 0
    assert path.read_bytes() == once
    assert_one_line_error(call(*args, "--out", path), "--out and --append")


# Errors.


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("runs", "/no/such/place"), ["/no/such/place", "no such source"]),
        (("runs",), ["SOURCE"]),
        (("nosuch",), ["nosuch"]),
        (("compare", "{}", "--runs", "lr20x"), ["--baselines"]),
        (("compare", "{}", "--baselines", "base1"), ["--runs", "--latest"]),
        (("compare", "{}", "--runs", "x", "--latest", "2", "--baselines", "base1"), ["either"]),
        (("compare", "{}", "--runs", "nosuch", "--baselines", "base1"), ["nosuch", "lr20x"]),
        (("compare", "{}", "--runs", "lr20x", "--baselines", "nosuch"), ["nosuch", "base1"]),
        (("compare", "{}", "--runs", "base1", "--baselines", "base1"), ["base1"]),
        (("compare", "{}", "--runs", ",", "--baselines", "base1"), ["no run given"]),
        (("compare", "{}", *PICKS, "--metric", "nosuch"), ["nosuch", "eval_l1"]),
        (("compare", "{}", *PICKS, "--profile", "nosuch"), ["nosuch", "act_ot"]),
        (("compare", "{}", *PICKS, "--fail-on", "maybe"), ["--fail-on", "regressed"]),
        (("summary", "{}", "--runs", "nosuch"), ["nosuch"]),
        (("summary", "{}", "--latest", "0"), ["--latest"]),
        (("suggest", "{}", *PICKS), ["--out"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--anchor", "nosuch"), ["nosuch"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "lr"), ["--set lr", "KNOB=VALUE"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "lr="), ["--set lr=", "KNOB=VALUE"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "nosuch=1"), ["no knob nosuch", "lr"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "lr=fast"), ["lr: fast", "1e-05"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "lr=1e400"), ["lr: 1e400", "1e-05"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "seed=1-3"), ["seed: 1-3", "1, 2, 3"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "lr=2e-4"), ["20x", "healthy runs"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--set", "reg=0.12"), ["reg=0.12: upd_reg"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--override"), ["--override", "--set"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--screen", "0"), ["--screen"]),
        (("suggest", "{}", *PICKS, "--out", "x", "--screen", "2000"), ["fewer than the 2000"]),
        (("config", "{}", "nosuch"), ["nosuch", "base1"]),
        (("report", "{}", *PICKS, "--sections", "nosuch"), ["nosuch", "metrics"]),
        (("report", "{}", *PICKS, "--time", "now"), ["now", "ISO 8601"]),
        (("report", "{}", *PICKS, "--lang", "fr"), ["--lang"]),
        (("report", "{}", *PICKS, "--out", "/no/such/folder/x.md"), ["cannot be written"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    recorded: Path, args: tuple[str, ...], words: list[str]
) -> None:
    filled = [str(recorded) if a == "{}" else a for a in args]
    assert_one_line_error(call(*filled), *words)


def test_broken_files_are_said_on_stderr_and_their_neighbours_load(
    odd: Path, tmp_path: Path
) -> None:
    shutil.copytree(odd, tmp_path / "runs")
    (tmp_path / "run-bad.wandb").write_bytes(b"")
    result = call("runs", tmp_path, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {r["id"] for r in found["runs"]} == {"odd", "tiny", "failed"}
    assert len(found["problems"]) == 1
    assert "run-bad.wandb" in result.stderr
    assert call("summary", tmp_path, "--json").exit_code == 0


@pytest.mark.parametrize("content", [b"", b"hello", b":W&B\x00\x00\x00"])
def test_a_folder_with_nothing_to_show_is_exit_code_2(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run-bad.wandb").write_bytes(content)
    assert_one_line_error(call("runs", tmp_path), "run-bad.wandb")
    assert_one_line_error(call("summary", tmp_path, "--json"), "run-bad.wandb")


def test_a_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    builders.write(tmp_path, builders.run("x", {}, name="a\x1b[31mb\nc", keys={"a": [1.0]}))
    text = call("runs", tmp_path).stdout
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2


# As a user calls it.


def test_the_module_runs_as_a_command_with_its_exit_codes(recorded: Path) -> None:
    done = process("compare", recorded, *PICKS, "--fail-on", "regressed", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["metric"] == "eval_l1"
    assert done.stderr == ""
    bad = process("compare", "/no/such/place", *PICKS)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "Traceback" not in bad.stderr
    assert len(bad.stderr.splitlines()) == 1


def test_two_processes_write_the_same_bytes(recorded: Path, tmp_path: Path) -> None:
    for seed in ("1", "2"):
        out = tmp_path / "next"
        process("suggest", recorded, *PICKS, "--out", out, PYTHONHASHSEED=seed)
        process("report", recorded, *PICKS, "--out", out / "report.md", PYTHONHASHSEED=seed)
        out.rename(tmp_path / seed)
    first = {p.name: p.read_bytes() for p in (tmp_path / "1").rglob("*") if p.is_file()}
    second = {p.name: p.read_bytes() for p in (tmp_path / "2").rglob("*") if p.is_file()}
    assert first == second
    assert "report.md" in first


def test_help_and_version_exit_with_0() -> None:
    assert call("--help").exit_code == 0
    assert call("--version").exit_code == 0
    assert call("compare", "--help").exit_code == 0


def test_the_help_says_what_a_source_may_be() -> None:
    said = call("--help").stdout
    kinds = ("sample", "wandb://entity/project", "WANDB_BASE_URL", ".wandb", "?step=COLUMN")
    for kind in (*kinds, *("CSV", "TSV", "JSONL", "Parquet")):
        assert kind in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_second_look_is_served_from_the_cache_until_it_is_cleared(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    call("summary", recorded, "--json", "--no-cache")
    assert not list(tmp_path.rglob("*.arrow"))
    first = call("summary", recorded, "--json").stdout
    kept = list(tmp_path.rglob("*.arrow"))
    assert len(kept) == len(builders.planted())
    assert call("summary", recorded, "--json").stdout == first
    assert "MB freed" in call("clear-cache").stdout
    assert not list(tmp_path.rglob("*.arrow"))


def test_more_picks_than_are_judged_at_a_time_are_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in range(5):
        rows = [f"r{part}{i:04},{s},0.5" for i in range(2_000) for s in (1, 2)]
        (tmp_path / f"{part}.csv").write_text("\n".join(["run,step,eval/avg_l1", *rows]))
    monkeypatch.setattr(parallel, "load_all", lambda *_, **__: pytest.fail("read"))
    for picks in (
        ["--latest", "10000"],
        ["--runs", ",".join(f"r{p}{i:04}" for p in range(1, 5) for i in range(2_000))],
    ):
        result = CliRunner().invoke(
            main, ["compare", str(tmp_path), *picks, "--baselines", "r00000", "--no-cache"]
        )
        assert result.exit_code == 2 and not result.stdout
        assert "runs are picked; judge at most 500 at a time" in result.stderr
        assert len(result.stderr) < 200
    result = CliRunner().invoke(
        main, ["compare", str(tmp_path), "--runs", "nobody", "--baselines", "r00000"]
    )
    assert result.exit_code == 2
    assert "run nobody: not in this source; it holds r4" in result.stderr
    assert "and 9980 more" in result.stderr and len(result.stderr) < 400

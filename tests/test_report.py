"""The report: the lines of the hand-made one to the letter, and text that foreign names cannot break."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from support import builders, seed_report
from support.rows import known_noise

from actot import report, study
from actot.analysis.run_summary import RunSummary
from actot.causes.ranking import Ranking
from actot.errors import BadInput
from actot.output import messages
from actot.profile_schema import Profile
from actot.records import Run
from actot.study import Study
from actot.verdicts.reasons import Clear
from actot.verdicts.verdict import NotJudged

TIME = "2025-12-29T01:55:00"


def by_hand(
    runs: Sequence[RunSummary], baselines: Sequence[RunSummary] = (), word: str = "regressed"
) -> Study:
    """A study of figures: nothing was judged but that every run has this word."""
    everything = [*runs, *baselines]
    rows = [
        NotJudged((r.id,), b.id, "eval_l1", word=word, why=Clear(), baselines=(b.id,))
        for r in runs
        for b in baselines
    ]
    return Study(
        source="",
        profile=builders.PROFILE,
        metric="eval_l1",
        proposed=False,
        summaries={r.id: r for r in everything},
        runs=tuple(r.id for r in runs),
        baselines=tuple(b.id for b in baselines),
        alone=True,
        offered={},
        groups=tuple((b.id,) for b in baselines),
        noise=known_noise(0.04, 4),
        verdicts=tuple(rows),
        changes={},
        findings=(),
        ranking=Ranking(),
        healthy=(),
        anchor=None,
        experiments=(),
    )


def section(found: Study, name: str, lang: str = "en", **kwargs: Any) -> str:
    """One section under the head, without the line of provenance."""
    return report.write(found, lang, sections=[name], **kwargs).rpartition("\n---\n")[0]


# The hand-made report, to the letter.


def test_the_metrics_summary_rows_are_those_of_the_report() -> None:
    text = section(by_hand(seed_report.SUMMARY), "metrics")
    assert seed_report.SUMMARY_LINES in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_metrics_summary_rows_are_the_same_in_both_languages(lang: str) -> None:
    text = section(by_hand(seed_report.SUMMARY), "metrics", lang)
    for line in seed_report.SUMMARY_LINES.splitlines()[2:]:
        assert line in text.splitlines()


def test_the_fifteen_postmortem_lines_are_those_of_the_report() -> None:
    text = section(by_hand(seed_report.REGRESSED, seed_report.BASELINES), "postmortem")
    assert len([x for x in seed_report.POSTMORTEM_LINES.splitlines() if x]) == 15
    assert seed_report.POSTMORTEM_LINES in text


def test_the_update_blocks_are_those_of_the_report_with_min_where_nothing_is_better() -> None:
    text = section(by_hand(seed_report.UPDATES), "update", time=TIME, note="Compare to baseline")
    assert "## ACT-OT Report Update (2025-12-29 01:55)\n\n- Note: Compare to baseline\n" in text
    for block in seed_report.UPDATE_BLOCKS:
        assert block in text
    assert "nan" not in text
    assert "None" not in text


def test_the_state_cost_says_why_it_is_absent() -> None:
    text = section(by_hand(seed_report.UPDATES), "update")
    lines = [x for x in text.splitlines() if "ot_cost(state)" in x]
    assert len(lines) == 2
    for line in lines:
        assert "not logged (looked for train/ot" in line.replace("\\", "")


def test_the_baseline_comparison_keeps_its_numbers_and_labels_the_mixed_figures() -> None:
    found = by_hand(seed_report.UPDATES, seed_report.BASELINES, "within noise")
    text = section(found, "comparison")
    lines = text.splitlines()
    assert "#### Baseline Comparison: 8dfuhytp & avj1u2ok" in lines
    assert "run's last against the baseline's tail mean" in text
    for run, (last, first, second, best, change, step) in seed_report.COMPARISON.items():
        line = next(x for x in lines if x.startswith(f"  - {run}: "))
        assert (
            line == f"  - {run}: {last} vs baseline 4gb7zc4r {first}, vs baseline 80h5t9k8 {second}"
        )
        line = next(x for x in lines if x.startswith(f"  - {run} best "))
        assert best in line
        assert change in line
        assert f"step ~{step}" in line
        assert "(best of run against a tail mean: flattering)" in line
        assert "better by" not in line
    assert "8dfuhytp, avj1u2ok roughly match 4gb7zc4r." in text
    assert "weight_label=0" not in text


def test_roughly_match_is_said_of_same_and_within_noise_only() -> None:
    for word, said in (
        ("same", True),
        ("within noise", True),
        ("regressed", False),
        ("improved", False),
        ("not comparable", False),
    ):
        found = by_hand(seed_report.UPDATES, seed_report.BASELINES, word)
        assert ("roughly match" in section(found, "comparison")) is said, word


def test_the_regression_check_shows_the_figures_of_the_postmortem() -> None:
    found = by_hand(seed_report.REGRESSED, seed_report.BASELINES)
    text = section(found, "regression")
    assert "## Regression Check: Latest 3 vs Baselines" in text
    for value in ("0.6379", "0.9249", "0.918", "0.3944", "0.4457", "0.02185", "0.3784"):
        assert f"={value}" in text
    assert "last_mean=- " not in text.replace("last_mean=- (", "")


def test_a_weight_that_is_not_in_the_config_says_so() -> None:
    bare = builders.config()
    bare["ot"]["loss_config"]["features"] = []
    found = by_hand([builders.figures("bare", bare, eval_l1={"first": 1.0})])
    text = section(found, "update")
    assert "weight_label=not in the figures" in text


def test_the_three_templates_are_printed_unchanged_and_marked() -> None:
    assert "train.ema" not in report.write(builders.planted_study(), "en")
    text = section(builders.planted_study(), "recipes")
    for template in (seed_report.STABLE_OT, seed_report.OT_TUNE, seed_report.ACTION_LBL_FOCUS):
        assert f"```yaml\n{template}```" in text
    assert len(re.findall(r"moves \d+ knobs, not runnable as it is", text)) == 3
    assert "| train.lr | 0.0002 | lr |" in text
    assert "| train.ema | true | no such knob |" in text


# The planted study.


def test_the_headings_stand_in_the_order_of_the_report() -> None:
    text = report.write(builders.planted_study(), "en", time=TIME, sections=[*report.shelf()])
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = [x for x in outside.splitlines() if x.startswith("#")]
    at = [headings.index(h) for h in seed_report.HEADINGS if h != "## Jitter Diagnosis & Fixes"]
    assert at == sorted(at)
    assert "## Jitter Diagnosis & Fixes" in headings


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", report.shelf())
def test_every_section_speaks_in_both_languages(name: str, lang: str) -> None:
    text = section(builders.planted_study(), name, lang, time=TIME, note="n")
    title = messages.named(f"report_{name}_title", lang).split("{")[0].strip(" （(")
    assert title in text
    assert len(text.splitlines()) > 4
    assert not re.search(r"(?<!\$)\{[a-z_]+\}", text)
    assert "Missing(" not in text
    assert "nan" not in re.findall(r"\w+", text)


def test_the_languages_differ_in_words_and_agree_in_figures() -> None:
    found = builders.planted_study()

    def figures(lang: str) -> Counter[str]:
        text = report.write(found, lang, sections=["metrics", "postmortem", "update"])
        return Counter(re.findall(r"=[-\d.e+]+|\| -?[\d.e-]+ ", text))

    assert figures("en") == figures("zh")
    assert re.search("[\u4e00-\u9fff]", report.write(found, "zh"))
    assert not re.search("[\u4e00-\u9fff]", report.write(found, "en"))


def test_the_same_inputs_give_the_same_bytes() -> None:
    one = report.write(builders.planted_study(), "en", time=TIME, note="n")
    again = builders.planted_study(runs=list(reversed(builders.planted())))
    assert one == report.write(again, "en", time=TIME, note="n")
    assert one.endswith("\n")
    assert "\r" not in one


def test_time_and_note_are_inputs() -> None:
    plain = report.write(builders.planted_study(), "en")
    assert "Generated" not in plain
    assert "202" not in plain.split("## Runs")[0]
    text = report.write(builders.planted_study(), "en", time=TIME, note="my note")
    assert "Generated: 2025-12-29T01:55:00" in text
    assert "- Note: my note" in text


def test_the_differences_name_the_ranges_of_the_shared_changes() -> None:
    text = section(builders.planted_study(), "differences").replace("\\", "")
    assert "lr by 20-30x (1e-05 → 0.0002/0.0003/0.00025)" in text
    assert "weight_decay by 200-500x" in text
    assert "grad_clip_norm 10 → 1" in text
    assert "scheduler none → cosine_decay_with_warmup" in text
    assert "always moved together" in text
    assert "Jitter did not explode" in text


def test_the_recommendations_revert_the_suspects_and_stay_within_the_guard() -> None:
    text = section(builders.planted_study(), "recommendations").replace("\\", "")
    assert "lr=1e-05" in text
    assert "weight_decay=0.0001" in text
    assert "grad_clip_norm=10" in text
    assert "reg ∈ {0.08, 0.1, 0.12}" in text
    assert "lambda_ot ∈ {0.08, 0.1, 0.12}" in text
    assert "weight_label ∈ {0.02, 0.04}" in text
    assert "window_size=20" in text
    assert "use_policy_training_preset=true" in text
    assert "Do not move lr beyond 3e-05 without evidence" in text


def test_without_a_regression_nothing_is_explained() -> None:
    found = builders.planted_study(("upd_reg", "base2"))
    for name in ("postmortem", "differences", "recommendations"):
        assert section(found, name).strip() == "# Act/OT Comparison Report"


def test_a_missing_figure_shows_a_dash_with_its_reason() -> None:
    empty = builders.run("empty", builders.config(seed=9), train_l1=[0.5] * 9)
    found = builders.planted_study(("empty",), runs=[*builders.planted(), empty])
    text = section(found, "metrics").replace("\\", "")
    assert re.search(r"\| empty \| - \| - \| - \| - \| - \| - \|", text)
    assert "eval_l1 not logged (looked for eval/offline_eval/avg_l1" in text
    assert "last_mean=- (not logged" in section(found, "regression").replace("\\", "")


def test_a_diverged_run_is_in_the_report_with_its_step() -> None:
    values = builders.curve(0.4)
    values[30:] = float("nan")
    settings = builders.config(builders.own_optimizer(2e-3, 0.05))
    bad = builders.healthy("bad", settings=settings, eval_l1=values)
    found = builders.planted_study(("bad",), runs=[*builders.planted(), bad])
    assert "diverged at step 1550" in section(found, "regression")
    assert "- bad · " in section(found, "postmortem")


def test_a_run_that_cannot_be_compared_has_its_reason_in_the_place_of_a_percentage() -> None:
    values = builders.curve(0.4)
    values[30:] = float("nan")
    tree = builders.config(builders.own_optimizer(2e-3, 0.05))
    bad = builders.healthy("bad", settings=tree, eval_l1=values)
    set_apart = builders.healthy("apart", 0.3, builders.config({"dataset.repo_id": "team/other"}))
    picked = ("bad", "apart", "upd_reg")
    found = builders.planted_study(picked, runs=[*builders.planted(), bad, set_apart])
    lines = {
        run: [x for x in section(found, "comparison").splitlines() if x.startswith(f"  - {run}")]
        for run in picked
    }
    for run, word in (
        ("bad", "regressed: diverged at step 1550"),
        ("apart", "not comparable: another dataset"),
    ):
        assert len(lines[run]) == 2
        assert all(word in line and "%" not in line for line in lines[run]), run
    assert all("%" in line for line in lines["upd_reg"][:2])


def test_modest_is_what_stays_within_twice_the_anchors_value() -> None:
    tree = builders.config({**builders.own_optimizer(2e-4, 0.05), builders.REG: 0.12})
    bad = builders.healthy("bad", 0.7, tree, seed=60)
    # The same change, seen from a run with four times the reg.
    far = builders.healthy("far", 0.4, builders.config({builders.REG: 0.4}), seed=61)
    runs = [*builders.planted(), bad, far]
    text = section(builders.planted_study(("bad",), runs=runs), "differences")
    assert "OT hyperparameters shifted modestly (reg={0.12})" in text.replace("\\", "")
    found = builders.planted_study(("bad",), runs=runs, anchor="far")
    text = section(found, "differences")
    assert "OT hyperparameters shifted" in text
    assert "modestly" not in text


def test_sections_can_be_chosen_and_an_unknown_one_is_bad_input() -> None:
    found = builders.planted_study()
    text = report.write(found, "en", sections=["runs", "metrics"])
    assert "## Runs" in text
    assert "## Postmortem" not in text
    with pytest.raises(
        BadInput, match=f"nosuch: no such section; known are {', '.join(report.shelf())}"
    ):
        report.write(found, "en", sections=["runs", "nosuch"])


def test_a_time_that_is_none_is_bad_input() -> None:
    with pytest.raises(BadInput, match="not ISO 8601"):
        report.write(builders.planted_study(), "en", time="yesterday")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_where_every_baseline_diverged_there_is_a_report_without_experiments(lang: str) -> None:
    values = builders.curve(0.4)
    values[-3:] = float("nan")
    bad = builders.healthy("bad", settings=builders.config(batch_size=16), eval_l1=values)
    found = builders.planted_study(baselines=("bad",), runs=[*builders.planted(), bad])
    assert (found.anchor, found.experiments) == (None, ())
    text = report.write(found, lang, time=TIME)
    assert "lr20x" in text
    assert "None" not in text.replace("sched=None", "")


def test_a_study_without_baselines_still_has_a_report() -> None:
    found = builders.planted_study(baselines=())
    for lang in ("en", "zh"):
        text = report.write(found, lang, time=TIME)
        assert "lr20x" in text


# Missing figures.

BARE = re.compile(r"=-(?! \()")


def undirected(**report_parts: Any) -> Profile:
    """The team's profile with success rates of no direction, and other figures in its report."""
    success = replace(builders.PROFILE.metrics["success"], direction=None)
    metrics = {**builders.PROFILE.metrics, "success": success}
    parts = {**builders.PROFILE.report, **report_parts}
    return replace(builders.PROFILE, metrics=metrics, report=parts)


def rated(run_id: str, rates: Sequence[float], **settings: Any) -> Run:
    """A healthy run with success rates of 20 rollouts each."""
    config = builders.config({"eval.n_episodes": 20, **settings})
    level = 0.9 if settings else 0.4
    return builders.healthy(run_id, level, config, seed=len(run_id), success=rates)


RATES = {"best success": ("success", "best"), "at": ("success", "best_step")}
OTHERS = {"regression": [RATES], "postmortem": {**builders.PROFILE.report["postmortem"]}}
OTHERS["postmortem"]["figures"] = RATES


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("rates", [[50.0, 60.0], []], ids=["logged", "not logged"])
def test_a_missing_figure_of_rates_without_a_direction_has_its_reason_beside_it(
    rates: list[float], name: str, lang: str
) -> None:
    runs = [rated("base", rates), rated("worse", rates, batch_size=16)]
    chosen = undirected(**OTHERS)
    found = study.study(runs, ["worse"], ["base"], chosen, metric="eval_l1")
    text = report.write(found, lang, sections=[name])
    assert "=-" in text
    reasons = {"en": ("no better or worse", "not logged"), "zh": ("没有好坏方向", "未记录")}
    assert reasons[lang][not rates] in text
    lines = [line for line in text.splitlines() if "best success=-" in line]
    assert len(lines) == 2 and all(reasons[lang][not rates] in line for line in lines)
    if rates:
        assert not BARE.search(text)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_comparison_by_rates_without_a_direction_says_why_it_is_none(lang: str) -> None:
    runs = [rated("base", [50.0, 60.0]), rated("worse", [10.0, 15.0], batch_size=16)]
    found = study.study(runs, ["worse"], ["base"], undirected(), metric="success")
    text = report.write(found, lang, sections=["comparison"])
    assert {"en": "success has no better or worse", "zh": "success 没有好坏方向"}[lang] in text


# Foreign text.

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})
NAMES = {
    "pipe": "a|b",
    "link": "[x](javascript:1)",
    "image": "![](http://x/y.png)",
    "html": "<script>alert(1)</script>",
    "formula": "$\\alpha$",
    "emoji": ":smile:",
    "newlines": "one\n\n# two\n| a | b |\n|---|---|",
    "Chinese": "插管实验 第二轮",
    "code": "`x` ```y",
    "emphasis": "*a* __b__ ~~c~~ _d_",
    "address": "see http://evil.example/x and www.evil.example",
    "reference": "[x]: http://evil.example",
    "entity": "&lt;b&gt; &#60;i&#62;",
    "backslash": "a\\|b \\[x](y)",
    "comment": "<!-- actot update -->",
    "list": "- x",
    "number": "1. x",
    "quote": "> x",
    "heading": "# x",
    "rule": "---",
    "break": "a<br>b",
    "html entity pipe": "a&#124;b",
}


def shape(text: str) -> Counter[str]:
    """What a Markdown reader finds: tables, rows, links, images, HTML, headings, code, emphasis."""
    counted: Counter[str] = Counter()
    for token in MARKDOWN.parse(text):
        for one in [token, *(token.children or [])]:
            if one.type not in ("inline", "text", "softbreak", "text_special"):
                counted[one.type] += 1
    return counted


def words(text: str) -> str:
    """The visible text."""
    return "".join(
        one.content
        for token in MARKDOWN.parse(text)
        for one in token.children or []
        if one.type in ("text", "text_special")
    )


@cache
def with_name(name: str, lang: str) -> str:
    """The report on runs of this name, with a note of the same words."""
    found = builders.planted_study()
    renamed = {
        i: replace(r, run=Run(**{**vars(r.run), "name": name})) for i, r in found.summaries.items()
    }
    return report.write(replace(found, summaries=renamed), lang, note=name, time=TIME)


@cache
def with_id(run_id: str) -> str:
    """The report where a regressed run has this id."""
    runs = [
        Run(**{**vars(r), "id": run_id if r.id == "lr20x" else r.id}) for r in builders.planted()
    ]
    picked = tuple(run_id if r == "lr20x" else r for r in builders.REGRESSED)
    return report.write(builders.planted_study(picked, runs=runs), "en", time=TIME)


@cache
def with_value(value: str) -> str:
    """The report where regressed runs have this value in their config."""
    changes = {"policy.vision": value, "ot.loss_config.heuristic": value}
    runs = [
        Run(**{**vars(r), "config": builders.config(changes, r.config)})
        if r.id in builders.REGRESSED
        else r
        for r in builders.planted()
    ]
    return report.write(builders.planted_study(runs=runs), "en", time=TIME)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_foreign_name_or_note_changes_nothing_but_the_words(name: str, lang: str) -> None:
    assert shape(with_name(name, lang)) == shape(with_name("plain", lang))
    seen = words(with_name(name, lang))
    for word in re.findall(r"[\w\u4e00-\u9fff]+", name):
        assert word in seen


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_foreign_id_changes_nothing_but_the_words(name: str) -> None:
    assert shape(with_id(name)) == shape(with_id("plain"))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_foreign_config_value_changes_nothing_but_the_words(name: str) -> None:
    assert shape(with_value(name)) == shape(with_value("plain"))


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://x.example/a b", "https://x/)](y", "<https://x>"]
)
def test_an_address_that_is_no_plain_web_address_is_left_out(address: str) -> None:
    runs = [Run(**{**vars(r), "url": address}) for r in builders.planted()]
    assert address not in report.write(builders.planted_study(runs=runs), "en")
    good = [Run(**{**vars(r), "url": "https://wandb.ai/a/b/runs/c"}) for r in builders.planted()]
    text = report.write(builders.planted_study(runs=good), "en")
    assert "- lr20x · act · https://wandb.ai/a/b/runs/c" in text
    assert "- Link: https://wandb.ai/a/b/runs/c" in text


# Appending.


@pytest.mark.parametrize(
    "before", [b"", b"# Mine\n", b"# Mine", b"a\r\nb\r\n", b"\xff\xfe no text", b"x\n\n\n"]
)
def test_append_leaves_every_byte_before_it(before: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_bytes(before)
    assert report.append(builders.planted_study(), path, "en", "note", TIME)
    after = path.read_bytes()
    assert after.startswith(before)
    added = after[len(before) :].decode()
    assert "## ACT-OT Report Update (2025-12-29 01:55)" in added
    assert "Baseline Comparison" in added
    # The added rule is no underline of a heading.
    if before and not before.endswith(b"\n\n"):
        assert added.startswith("\n")


def test_the_same_update_is_added_once_whatever_the_time(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    found = builders.planted_study()
    assert report.append(found, path, "en", "note", TIME)
    once = path.read_bytes()
    assert not report.append(found, path, "en", "note", "2026-01-01T00:00:00")
    assert not report.append(builders.planted_study(), path, "en", "note")
    assert path.read_bytes() == once


def test_another_language_other_runs_or_other_data_are_another_update(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    assert report.append(builders.planted_study(), path, "en")
    assert report.append(builders.planted_study(), path, "zh")
    assert report.append(builders.planted_study(("lr20x",)), path, "en")
    assert report.append(builders.planted_study(baselines=("base1",)), path, "en")
    runs = builders.planted()
    runs[-1] = builders.healthy("lr25x", 0.7, runs[-1].config, seed=99)
    assert report.append(builders.planted_study(runs=runs), path, "en")
    assert not report.append(builders.planted_study(), path, "en")


def test_a_name_cannot_pretend_that_an_update_is_there(tmp_path: Path) -> None:
    probe, path = tmp_path / "probe.md", tmp_path / "report.md"
    report.append(builders.planted_study(), probe, "en")
    mark = re.search(r"<!-- .*? -->", probe.read_text(encoding="utf-8"))
    assert mark is not None
    other = builders.planted_study(("lr20x",))
    assert report.append(other, path, "en", note=mark[0])
    assert report.append(builders.planted_study(), path, "en")


def test_a_file_that_cannot_be_written_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        report.append(builders.planted_study(), tmp_path, "en")
    with pytest.raises(BadInput, match="cannot be written"):
        report.save("x", tmp_path / "no" / "folder.md")


def test_every_section_has_its_place_level_and_title() -> None:
    orders = []
    for section_ in report.shelf().values():
        assert section_.LEVEL in (2, 3, 4)
        orders.append(section_.ORDER)
    assert orders == sorted(set(orders))

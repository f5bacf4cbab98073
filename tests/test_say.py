"""Sentences: both languages, equal placeholders, one for every name that the code uses."""

import ast
import string
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from support import builders

from actot.analysis.metric_stats import Missing
from actot.output import render
from actot.records import Run
from actot.verdicts.comparability import Reason
from actot.verdicts.judging import Verdict

ACTOT = builders.ROOT / "actot"


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def sentences(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every {en, zh} mapping in a table of sentences."""
    if isinstance(node, Mapping):
        if "en" in node or "zh" in node:
            yield path, node
        else:
            for key, value in node.items():
                yield from sentences(value, f"{path}.{key}")


TABLES = {
    name: table
    for name, table in vars(render).items()
    if name.isupper() and isinstance(table, dict)
}


@pytest.mark.parametrize("name", TABLES)
def test_every_sentence_stands_in_both_languages_with_equal_placeholders(name: str) -> None:
    found = list(sentences(TABLES[name], name))
    assert found
    for path, pair in found:
        assert set(pair) == {"en", "zh"}, path
        assert placeholders(pair["en"]) == placeholders(pair["zh"]), path
        assert pair["en"].strip(), path
        assert pair["zh"].strip(), path


def test_every_section_of_the_report_has_its_words_in_both_languages() -> None:
    from actot import report

    for name, section in report.shelf().items():
        for attribute, value in vars(section).items():
            if not attribute.isupper() or not isinstance(value, dict) or "en" not in value:
                continue
            assert set(value) == {"en", "zh"}, (name, attribute)
            if isinstance(value["en"], str):
                assert placeholders(value["en"]) == placeholders(value["zh"]), (name, attribute)
            elif isinstance(value["en"], dict):
                assert value["en"].keys() == value["zh"].keys(), (name, attribute)
                for key, text in value["en"].items():
                    if isinstance(text, str):
                        theirs = placeholders(value["zh"][key])
                        # English has a plural ending that Chinese does without.
                        assert placeholders(text) - {"es"} == theirs, (name, attribute, key)
            else:
                assert len(value["en"]) == len(value["zh"]), (name, attribute)


def called_with(name: str) -> set[str]:
    """The first arguments of every call `name("...")` in actot."""
    found = set()
    for path in ACTOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            first = node.args[0]
            if called == name and isinstance(first, ast.Constant):
                found.add(first.value)
    return found


def test_every_reason_that_the_code_gives_has_a_sentence() -> None:
    known = render.REASONS.keys() | render.GUARD.keys()
    used = called_with("Reason") | {"not_held", "noise"}
    assert used
    assert used <= known
    assert known <= used, "a sentence that nobody says"


def test_every_missing_figure_has_a_sentence() -> None:
    used = called_with("Missing")
    assert used == render.MISSING.keys()


def test_every_kind_of_evidence_has_a_sentence() -> None:
    assert called_with("Evidence") == render.EVIDENCE.keys()


def test_every_verdict_and_experiment_has_words() -> None:
    from actot.verdicts import judging

    words = {
        judging.IMPROVED,
        judging.REGRESSED,
        judging.SAME,
        judging.WITHIN_NOISE,
        judging.NOT_COMPARABLE,
    }
    assert set(render.WORDS) == words
    assert {"replicate", "isolate", "sweep"} <= set(render.EXPERIMENT)
    for parts in render.EXPERIMENT.values():
        assert set(parts) == set(render.PARTS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.3944123, "0.3944"),
        (9.063e-05, "9.063e-05"),
        (8.743e-24, "8.743e-24"),
        (0.4441, "0.4441"),
        (1, "1"),
        (None, "-"),
        (1300.0, "1300"),
        (-4.435e-06, "-4.435e-06"),
    ],
)
def test_figures_show_four_significant_digits(value: float | None, text: str) -> None:
    assert render.number(value) == text


def test_changes_show_one_decimal_and_their_sign() -> None:
    measured = {"change": 0.3821, "low": 0.2611, "high": 0.5031, "mde": 0.121}
    row = Verdict("r", "b", "m", "regressed", Reason("clear"), **measured)
    assert render.interval(row) == "+38.2 % ± 12.1 %"
    assert render.bounds(row, "en") == "+38.2 %, 95 %: +26.1 % … +50.3 %"
    empty = Verdict("r", "b", "m", "not comparable", Reason("no_data"))
    assert (render.interval(empty), render.bounds(empty, "zh")) == ("", "-")
    assert render.ratio(20.000000001) == "20x"
    assert render.ratio(None) == ""


@pytest.mark.parametrize("lang", render.LANGUAGES)
@pytest.mark.parametrize("why", render.MISSING)
def test_every_missing_figure_can_be_said(lang: str, why: str) -> None:
    facts = dict.fromkeys(placeholders(render.MISSING[why]["en"]), 1)
    if "near" in facts:
        facts = {"keys": ("a", "b"), "near": ("c",)}
    text = render.missing(Missing(why, facts), lang)
    assert text
    assert "{" not in text


def test_a_figure_that_is_there_needs_no_reason() -> None:
    assert render.missing(None, "en") == ""


@pytest.mark.parametrize("lang", render.LANGUAGES)
def test_every_verdict_of_the_planted_runs_can_be_said(lang: str) -> None:
    short = builders.healthy("short", n=10, settings=builders.config(seed=8))
    gone = builders.healthy("gone", eval_l1=[float("nan")] * 40, settings=builders.config(seed=9))
    empty = builders.run("empty", train_l1=[0.5] * 9)
    few = builders.run("few", every=500, eval_l1=[0.5] * 4)
    data = builders.healthy("data", settings=builders.config({"dataset.repo_id": "x"}))
    runs: list[Run] = [*builders.planted(), short, gone, empty, few, data]
    picked = [r.id for r in runs if r.id not in builders.BASELINES]
    found = builders.planted_study(picked, runs=runs)
    names = {v.why.name for v in found.verdicts}
    assert {"clear", "too_short", "diverged", "no_data", "few_points", "other_knob"} <= names
    for row in found.verdicts:
        text = render.reason(row, found.profile, lang)
        assert text
        assert "{" not in text
        assert "Missing(" not in text


def test_within_noise_says_what_was_visible_and_what_would_settle_it() -> None:
    row = Verdict(
        "r",
        "b",
        "eval_l1",
        "within noise",
        Reason("noise", {"p": 0.4}),
        change=0.01,
        mde=0.0512,
        seeds_needed=None,
        three_seeds=0.031,
        cut_at_step=1500,
        assumed_noise=True,
    )
    text = render.reason(row, builders.PROFILE, "en")
    for part in ("5.1 %", "not affordable", "over 10 seeds", "3.1 %", "step 1500", "assumed"):
        assert part in text
    assert render.interval(row) == "+1.0 % ± 5.1 %"


def test_seeds_needed_are_said() -> None:
    row = Verdict(
        "r", "b", "m", "within noise", Reason("noise"), change=0.0, mde=0.03, seeds_needed=4
    )
    assert "4 seeds a side" in render.reason(row, builders.PROFILE, "en")


def test_an_unlogged_metric_names_its_keys_and_the_nearest() -> None:
    why = Missing("not_logged", {"keys": ("a/b", "a/c"), "near": ("a/d",)})
    text = render.missing(why, "en")
    for part in ("a/b", "a/c", "a/d"):
        assert part in text

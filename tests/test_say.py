"""Sentences and figures: what is said of verdicts, absent figures and changes."""

from typing import Any

import pytest
from support import builders

from actot.analysis import absences
from actot.facts import Reason
from actot.output import change_words, messages, row_words, wording
from actot.records import Run
from actot.verdicts import reasons
from actot.verdicts.verdict import Error, JudgedBySeeds, Narrowing, NotJudged


def judged(word: str, why: Reason, **figures: Any) -> JudgedBySeeds:
    """A row with these figures; the others are of no account here."""
    usual: dict[str, Any] = dict.fromkeys(
        ("value", "base_value", "change", "low", "high", "p"), 0.5
    )
    usual |= {"mde": 0.1, "seeds": 3, "base_seeds": 3, "scale": "ratio", "lower_is_better": True}
    usual |= {"error": Error(1e-4, 1e-4, 1e-4, 8, 5, is_assumed=False), "wide": reasons.FewEvals(5)}
    usual |= {"forecast": reasons.RepeatFirst(), "narrowing": Narrowing(False, "r", 0.1, 2.0)}
    return JudgedBySeeds(("r",), "b", "eval_l1", word=word, why=why, **(usual | figures))


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
    assert wording.number(value) == text


def test_changes_show_one_decimal_and_their_sign() -> None:
    row = judged("regressed", reasons.Clear(), change=0.3821, low=0.2611, high=0.5031, mde=0.121)
    assert row_words.interval(row) == "+38.2 % (+26.1 … +50.3)"
    assert row_words.bounds(row, "en") == "+38.2 %, 95 %: +26.1 % … +50.3 %"
    why = reasons.NoData("r", None)
    empty = NotJudged(("r",), "b", "m", word="not comparable", why=why)
    assert (row_words.interval(empty), row_words.bounds(empty, "zh")) == ("", "-")
    assert change_words.ratio(20.000000001) == "20x"
    assert change_words.ratio(None) == ""


def test_a_figure_that_is_there_needs_no_reason() -> None:
    assert wording.missing(None, "en") == ""


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_every_verdict_of_the_planted_runs_can_be_said(lang: str) -> None:
    short = builders.healthy("short", n=10, settings=builders.config(seed=8))
    gone = builders.healthy("gone", eval_l1=[float("nan")] * 40, settings=builders.config(seed=9))
    empty = builders.run("empty", train_l1=[0.5] * 9)
    few = builders.run("few", every=2000, eval_l1=[0.5])
    data = builders.healthy("data", settings=builders.config({"dataset.repo_id": "x"}))
    runs: list[Run] = [*builders.planted(), short, gone, empty, few, data]
    picked = [r.id for r in runs if r.id not in builders.BASELINES]
    found = builders.planted_study(picked, runs=runs)
    names = {v.why.name for v in found.verdicts}
    assert {"clear", "too_short", "diverged", "no_data", "few_points", "other_knob"} <= names
    for row in found.verdicts:
        text = row_words.reason(row, found.profile, lang)
        assert text
        assert "{" not in text
        assert "Missing(" not in text


def test_within_noise_says_what_would_show_and_what_would_settle_it() -> None:
    row = judged(
        "within noise",
        reasons.Noise(),
        change=0.01,
        low=-0.03,
        high=0.05,
        mde=0.0512,
        cut_at_step=1500,
        forecast=reasons.SeedsBeyond(30, 0.02),
        error=Error(1e-4, 1e-4, 1e-4, 8, 5, is_assumed=True),
    )
    text = row_words.reason(row, builders.PROFILE, "en")
    for part in ("5.1 %", "settling 2 %", "more than 30 seeds", "step 1500", "assumed"):
        assert part in text
    assert row_words.interval(row) == "+1.0 % (-3.0 … +5.0)"


def test_seeds_needed_are_said() -> None:
    row = judged("within noise", reasons.Noise(), forecast=reasons.SeedsNeeded(4, 0.02))
    assert "about 4 seeds a side" in row_words.reason(row, builders.PROFILE, "en")


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize(
    "wide",
    [
        reasons.FewEvals(5),
        reasons.OneSeed("r"),
        reasons.SeedsScatter("r", 3, 0.05),
        reasons.OneBaselineSeed("b"),
        reasons.BaselineSeedsScatter("b", 3, 0.05),
        reasons.AssumedNoise(),
    ],
)
def test_how_sure_a_row_is_can_be_said_with_its_price(wide: Reason, lang: str) -> None:
    row = judged("within noise", reasons.Noise(), wide=wide)
    why, narrower = row_words.sureness(row, builders.PROFILE, lang)
    assert "{" not in why + narrower
    assert "10.0 %" in narrower
    assert "2.0" in narrower


def test_an_unlogged_metric_names_its_keys_and_the_nearest() -> None:
    why = absences.NotLogged(("a/b", "a/c"), ("a/d",))
    text = wording.missing(why, "en")
    for part in ("a/b", "a/c", "a/d"):
        assert part in text

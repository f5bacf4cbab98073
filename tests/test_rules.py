"""Every rule: its contract, where it speaks, and where it stays silent."""

import dataclasses
import inspect
import math
import string
from collections.abc import Callable
from typing import Any

import builders
import numpy as np
import pytest

from actot import readings, rules, say
from actot.records import Run
from actot.rules import Case, Finding

RULES = rules.shelf()


def case(run: Run, reference: list[Run] | None = None, others: list[Run] | None = None) -> Case:
    if reference is None:
        reference = [builders.healthy("base", settings=builders.config(seed=77), seed=77)]
    everyone = [run, *reference, *(others or [])]
    read = {id(r): readings.read(r, builders.PROFILE) for r in everyone}
    return Case(
        read[id(run)],
        "eval_l1",
        builders.PROFILE,
        [read[id(r)] for r in reference],
        list(read.values()),
    )


def found(rule: str, one: Case) -> Finding | None:
    return next((f for f in rules.check(one) if f.rule == rule), None)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# Curves that a rule must speak on, or leave alone.


def falling(drop: float, n: int = 100) -> np.ndarray:
    """From 1 to 1 - drop over the last 2,000 of 5,000 steps, after a steep start and a level."""
    return np.concatenate(
        [np.linspace(5, 1, n - 60), np.ones(20), 1 - drop * np.linspace(0, 1, 40)]
    )


def valley(depth: float, *, at: float = 0.3, n: int = 100, noise: float = 0.002) -> np.ndarray:
    """Falls to 1 - depth at a share of the run and climbs back to 1."""
    t = np.linspace(0, 1, n)
    low = np.interp(t, [0, at, at + 0.1, 1], [2, 1 - depth, 1 - depth, 1.0])
    return low * (1 + noise * np.random.default_rng(3).standard_normal(n))


def one_dip(n: int = 100) -> np.ndarray:
    """One lucky early point below a level curve."""
    values = builders.flat(1.0, n=n, seed=4, noise=0.005)
    values[20] = 0.88
    return values


def restless() -> np.ndarray:
    """A calm stretch 5 % below an end that swings by 30 %: less than two of its errors."""
    swing = 1 + 0.3 * np.array([1, -1] * 5)
    return np.concatenate([np.linspace(2, 1, 20), np.full(20, 0.95), np.ones(50), swing])


def with_bad(values: np.ndarray, *places: int, bad: float = math.nan) -> np.ndarray:
    values = values.copy()
    values[list(places)] = bad
    return values


def healthy(**kwargs: Any) -> Case:
    return case(builders.healthy("run", **kwargs))


def rough(factor: float) -> np.ndarray:
    """Noise around 1 of a given size."""
    return builders.flat(1.0, n=400, seed=5, noise=factor)


def jittery(factor: float, often: int = 50) -> Case:
    base = builders.healthy("base", train_l1=rough(0.01))
    run = builders.healthy("run", settings=builders.config(log_freq=often), train_l1=rough(factor))
    return case(run, [base])


SCHEDULED = builders.config(builders.own_optimizer(2e-4, 0.05))
RAMP = np.linspace(1e-6, 2e-4, 40)
SILENT_CONFIG = {k: v for k, v in builders.config().items() if k != "steps"}

SPEAKS: dict[str, list[Callable[[], Case]]] = {
    "constant_lr": [lambda: healthy(settings=SCHEDULED, lr=np.full(40, 2e-4))],
    "diag_share": [
        lambda: healthy(ot_pi_diag=np.full(40, 0.5), ot_pi_sum=np.full(40, 0.9)),
        lambda: case(
            builders.run(keys={"train/ot_ot_pi_diag": [0.1] * 9, "train/ot_ot_pi_sum": [0.9] * 9})
        ),
    ],
    "diverged": [
        lambda: healthy(eval_l1=with_bad(builders.curve(0.4), 39)),
        lambda: healthy(eval_l1=with_bad(builders.curve(0.4), 35)),
        lambda: healthy(train_loss=with_bad(builders.curve(0.4), *range(20, 40), bad=math.inf)),
        lambda: healthy(eval_l1=np.full(40, math.nan)),
    ],
    "drift": [
        lambda: healthy(eval_l1=valley(0.10)),
        lambda: healthy(eval_l1=valley(0.30, at=0.5)),
    ],
    "duplicate": [
        lambda: case(builders.healthy("run"), others=[builders.healthy("twin", seed=5)]),
        lambda: case(
            builders.healthy("run"),
            others=[builders.healthy("twin", settings=builders.config(output_dir="/x"), seed=5)],
        ),
    ],
    "identical_curves": [
        lambda: case(
            builders.healthy("run", seed=5),
            others=[builders.healthy("twin", settings=builders.config(seed=9), seed=5)],
        ),
        lambda: case(
            builders.run("run", ot_cost_action_lbl=builders.flat(0.02, seed=1)),
            [],
            [builders.run("twin", ot_cost_action_lbl=builders.flat(0.02, seed=1))],
        ),
    ],
    "jitter": [lambda: jittery(0.02), lambda: jittery(0.1)],
    "nonfinite": [
        lambda: healthy(eval_l1=with_bad(builders.curve(0.4), 10)),
        lambda: healthy(grad_norm=with_bad(builders.curve(0.4), 10, 11, bad=math.inf)),
    ],
    "plan_collapse": [
        lambda: healthy(ot_pi_sum=np.geomspace(0.9, 1e-6, 40)),
        lambda: healthy(ot_pi_sum=with_bad(builders.flat(0.97), 4, bad=1.638e-24)),
        lambda: case(builders.run(keys={"train/ot_ot_pi_sum": [1e-5] * 9})),
    ],
    "plateau": [
        lambda: healthy(train_l1=falling(0.0), eval_l1=builders.curve(0.4, n=100)),
        lambda: healthy(train_l1=falling(0.01), eval_l1=builders.curve(0.4, n=100)),
        lambda: healthy(train_l1=falling(-0.2), eval_l1=builders.curve(0.4, n=100)),
    ],
    "unfinished": [
        lambda: healthy(state="unfinished"),
        lambda: healthy(state="failed"),
        lambda: case(builders.healthy("run", n=20)),
    ],
    "zeros": [
        lambda: healthy(eval_l1=np.zeros(40), eval_loss=builders.curve(0.4)),
        lambda: healthy(eval_loss=np.zeros(40)),
    ],
}

SILENT: dict[str, list[Callable[[], Case]]] = {
    "constant_lr": [
        lambda: healthy(settings=SCHEDULED, lr=RAMP),
        lambda: healthy(lr=np.full(40, 1e-05)),
        lambda: case(builders.run("run", SCHEDULED, eval_l1=builders.curve(0.4))),
    ],
    "diag_share": [
        lambda: healthy(ot_pi_diag=np.full(40, 0.8), ot_pi_sum=np.full(40, 0.9)),
        lambda: healthy(ot_pi_diag=np.linspace(0.1, 0.9, 40) ** 0.05, ot_pi_sum=np.ones(40)),
        lambda: case(builders.run("run", eval_l1=builders.curve(0.4))),
    ],
    "diverged": [
        lambda: healthy(),
        lambda: healthy(eval_l1=with_bad(builders.curve(0.4), 34)),
        lambda: healthy(grad_norm=with_bad(builders.curve(0.4), 39)),
        lambda: case(builders.run("run", keys={})),
    ],
    "drift": [
        lambda: healthy(),
        lambda: healthy(eval_l1=one_dip()),
        lambda: healthy(eval_l1=valley(0.005)),
        lambda: healthy(eval_l1=restless()),
        lambda: healthy(eval_l1=valley(0.10, at=0.75)),
        lambda: healthy(eval_l1=builders.flat(1.0, n=200, seed=8, noise=0.01)),
        lambda: case(builders.run("run", keys={})),
        lambda: healthy(eval_l1=np.zeros(40)),
    ],
    "duplicate": [
        lambda: healthy(),
        lambda: case(
            builders.healthy("run"),
            [builders.healthy("base", settings=builders.config(seed=2))],
            [
                builders.healthy("c", settings=builders.config({builders.REG: 0.2})),
                builders.healthy("d", settings=builders.config(steps=4000)),
                builders.healthy("e", settings=builders.config({"dataset.sampler_seed": 3})),
            ],
        ),
    ],
    "identical_curves": [
        lambda: healthy(),
        lambda: case(builders.run("run", lr=[1e-5] * 9), [builders.run("b", lr=[1e-5] * 9)]),
        lambda: case(
            builders.run("run", train_l1=builders.curve(0.4, n=20)),
            [builders.run("b", train_l1=builders.curve(0.4, n=40))],
        ),
    ],
    "jitter": [
        lambda: jittery(0.014),
        lambda: jittery(0.005),
        lambda: jittery(0.1, often=200),
        lambda: case(builders.healthy("run", train_l1=rough(0.1)), []),
        lambda: case(builders.run("run", keys={})),
    ],
    "nonfinite": [
        lambda: healthy(),
        lambda: healthy(eval_l1=with_bad(builders.curve(0.4), 39)),
        # 0 / 0 of a derived metric was not logged.
        lambda: healthy(ot_pi_diag=np.zeros(40), ot_pi_sum=np.zeros(40)),
    ],
    "plan_collapse": [
        lambda: healthy(),
        lambda: healthy(ot_pi_sum=np.linspace(0.0174, 0.98, 40)),
        lambda: healthy(ot_pi_sum=np.full(40, 1.01e-3)),
        lambda: case(builders.run("run", eval_l1=builders.curve(0.4))),
        lambda: case(builders.run("run", ot_pi_sum=[math.nan] * 9)),
    ],
    "plateau": [
        lambda: healthy(train_l1=falling(0.2), eval_l1=builders.curve(0.4, n=100)),
        lambda: healthy(train_l1=falling(0.0)[:30]),
        lambda: case(builders.run("run", keys={})),
        lambda: case(builders.run("run", train_l1=[math.nan] * 100)),
    ],
    "unfinished": [
        lambda: healthy(),
        lambda: healthy(settings=SILENT_CONFIG),
        # 2,000 steps, logged every 300: nothing is missing behind step 1,800.
        lambda: case(
            builders.healthy(
                "run", settings=builders.config(log_freq=300, eval_freq=300), n=6, every=300
            )
        ),
    ],
    "zeros": [
        lambda: healthy(),
        lambda: healthy(grad_norm=np.zeros(40)),
        lambda: healthy(eval_loss=with_bad(np.zeros(40), 3, bad=0.1)),
        lambda: case(builders.run("run", keys={})),
    ],
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_its_sentence_in_both_languages_and_a_severity(name: str) -> None:
    rule = RULES[name]
    assert set(rule.TEXT) == {"en", "zh"}
    assert placeholders(rule.TEXT["en"]) == placeholders(rule.TEXT["zh"])
    assert rule.SEVERITY in rules.SEVERITIES
    assert rule.__doc__


@pytest.mark.parametrize("name", RULES)
def test_the_keywords_of_a_rule_are_its_thresholds_and_have_defaults(name: str) -> None:
    first, *rest = inspect.signature(RULES[name].check).parameters.values()
    assert first.name == "case"
    for one in rest:
        assert one.kind is one.KEYWORD_ONLY, one.name
        assert one.default is not one.empty, one.name
    for threshold in rules.thresholds(name, builders.PROFILE):
        assert threshold in [one.name for one in rest]


def test_the_thresholds_of_the_profile_are_the_rules_own_defaults() -> None:
    for name, wanted in builders.PROFILE.rules.items():
        known = inspect.signature(RULES[name].check).parameters
        for key, value in wanted.items():
            assert known[key].default == pytest.approx(value), (name, key)


def test_every_rule_has_cases_where_it_speaks_and_where_it_is_silent() -> None:
    assert SPEAKS.keys() == RULES.keys()
    assert SILENT.keys() == RULES.keys()


@pytest.mark.parametrize(
    ("name", "at"), [(name, at) for name, cases in SPEAKS.items() for at in range(len(cases))]
)
def test_a_rule_speaks(name: str, at: int) -> None:
    one = found(name, SPEAKS[name][at]())
    assert one is not None
    assert one.severity in rules.SEVERITIES
    for lang in say.LANGUAGES:
        sentence = say.finding(one, lang)
        assert "{" not in sentence
        assert "None" not in sentence
    wanted = placeholders(RULES[name].TEXT["en"])
    assert wanted <= one.facts.keys()
    if one.steps is not None:
        low, high = one.steps
        assert 0 <= low <= high


@pytest.mark.parametrize(
    ("name", "at"), [(name, at) for name, cases in SILENT.items() for at in range(len(cases))]
)
def test_a_rule_is_silent(name: str, at: int) -> None:
    one = found(name, SILENT[name][at]())
    assert one is None, say.finding(one, "en")


def test_no_data_makes_no_finding_about_a_curve() -> None:
    empty = case(builders.run("run", keys={}), [builders.run("base", keys={})])
    assert {f.rule for f in rules.check(empty)} <= {"unfinished", "duplicate"}


def test_the_gravest_finding_comes_first() -> None:
    bad = builders.healthy(
        "run", state="failed", eval_l1=with_bad(builders.curve(0.4), 39), eval_loss=np.zeros(40)
    )
    severities = [f.severity for f in rules.check(case(bad))]
    assert severities == sorted(severities, key=rules.SEVERITIES.index)
    assert severities[0] == "error"


# What a finding says.


def test_a_divergence_names_its_step() -> None:
    one = found("diverged", healthy(eval_l1=with_bad(builders.curve(0.4), *range(30, 40))))
    assert one is not None
    assert one.facts["step"] == 1550
    assert one.steps == (1550, 2000)


def test_a_collapse_in_the_tail_is_graver_than_one_on_the_way() -> None:
    whole = found("plan_collapse", SPEAKS["plan_collapse"][0]())
    once = found("plan_collapse", SPEAKS["plan_collapse"][1]())
    assert whole is not None
    assert once is not None
    assert (whole.severity, once.severity) == ("warning", "info")
    assert (once.facts["step"], once.steps) == (250, (250, 250))


def test_a_drift_names_the_window_and_how_much_worse_the_end_is() -> None:
    one = found("drift", healthy(eval_l1=valley(0.10)))
    assert one is not None
    assert one.facts["worse_pct"] == pytest.approx(10, abs=1.5)
    assert 1500 <= one.facts["step"] <= 2500


def test_a_duplicate_names_its_twin() -> None:
    one = found("duplicate", SPEAKS["duplicate"][0]())
    assert one is not None
    assert "twin" in one.facts["runs"]


def test_identical_curves_name_the_metric_and_the_run() -> None:
    one = found("identical_curves", SPEAKS["identical_curves"][1]())
    assert one is not None
    for lang in say.LANGUAGES:
        assert "ot_cost_action_lbl" in say.finding(one, lang)
        assert "twin" in say.finding(one, lang)


def test_rougher_training_says_by_how_much() -> None:
    one = found("jitter", jittery(0.03))
    assert one is not None
    assert one.facts["times"] == pytest.approx(3, rel=0.02)


def test_a_threshold_of_the_profile_counts() -> None:
    strict = dataclasses.replace(builders.PROFILE, rules={"diag_share": {"least": 0.99}})
    reading = readings.read(builders.healthy("run"), strict)
    one = Case(reading, "eval_l1", strict)
    assert any(f.rule == "diag_share" for f in rules.check(one))

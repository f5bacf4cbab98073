"""What must not change a verdict, and what must change it in one way alone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from support import calibration
from support.calibration import ABSOLUTE, COMPLEMENT, RATIO, Cell, Setting

from actot.analysis.run_summary import RunSummary
from actot.verdicts import judging, seed_noise
from actot.verdicts.verdict import (
    IMPROVED,
    REGRESSED,
    SAME,
    WITHIN_NOISE,
    JudgedBySeeds,
    Verdict,
)

METRIC = calibration.METRIC
SETTINGS = [
    Setting(3, runs=1, points=40),
    Setting(5, runs=3, points=40, others=2, r=0.5),
    Setting(8, runs=2, rows=3, points=25),
    Setting(1, bases=1, scatter=0.3, points=100),
]
NAMES = ["1 v 3", "3 v 3", "family", "1 v 1"]


def drawn(setting: Setting, seed: int, change: int = 20) -> np.ndarray:
    """Curves of every run."""
    return calibration.draw(Cell(setting, change), seed)[seed]


def summaries(setting: Setting, values: np.ndarray) -> list[RunSummary]:
    """Runs that logged these curves."""
    steps, bare = calibration.steps_of(setting), calibration.templates(setting)
    return [calibration.with_curve(t, steps, v) for t, v in zip(bare, values, strict=True)]


def judge(setting: Setting, values: np.ndarray) -> list[JudgedBySeeds]:
    """The rows of a setting."""
    found = summaries(setting, values)
    return judged(calibration.judge(found, setting, found))


def judged(rows: Sequence[Verdict]) -> list[JudgedBySeeds]:
    """The rows, all of which have an interval."""
    found = [row for row in rows if isinstance(row, JudgedBySeeds)]
    assert len(found) == len(rows)
    return found


def figures(row: JudgedBySeeds) -> list[float]:
    """What is said of a row, as numbers."""
    e = row.error
    own = (row.change, row.low, row.high, row.p, row.mde, row.narrowing.half_width)
    return [*own, e.runs, e.baselines, e.tail, e.df]


def assert_alike(mine: Sequence[JudgedBySeeds], theirs: Sequence[JudgedBySeeds]) -> None:
    """The same words, forecasts and figures."""
    for one, other in zip(mine, theirs, strict=True):
        assert (one.word, one.forecast, one.error.points) == (
            other.word,
            other.forecast,
            other.error.points,
        )
        assert figures(one) == pytest.approx(figures(other), rel=1e-6, abs=1e-9)


def by_a_factor(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values * rng.uniform(0.01, 100)


def down_a_common_slope(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values * np.exp(-rng.uniform(1, 8) * np.linspace(0, 1, values.shape[-1]))


def on_a_common_noisy_evaluation(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return values * np.exp(0.2 * rng.standard_normal(values.shape[-1]))


@pytest.mark.parametrize("setting", SETTINGS, ids=NAMES)
@pytest.mark.parametrize("moved", [by_a_factor, down_a_common_slope, on_a_common_noisy_evaluation])
@pytest.mark.parametrize("seed", range(4))
def test_what_all_runs_share_changes_nothing(
    setting: Setting, moved: Callable[[np.ndarray, np.random.Generator], np.ndarray], seed: int
) -> None:
    values = drawn(setting, seed)
    rng = np.random.default_rng(seed)
    assert_alike(judge(setting, moved(values, rng)), judge(setting, values))


@pytest.mark.parametrize("scale", [ABSOLUTE, COMPLEMENT])
@pytest.mark.parametrize("seed", range(4))
def test_what_all_runs_share_changes_nothing_on_the_other_scales(scale: str, seed: int) -> None:
    setting = Setting(5, runs=3, points=40, scale=scale)
    values, t = drawn(setting, seed), np.linspace(0, 1, 40)
    if scale == COMPLEMENT:
        before, after = 1 - 0.01 * values, 1 - 0.02 * values * np.exp(-t)
    else:
        before, after = values, values + 5 - 3 * t
    assert_alike(judge(setting, after), judge(setting, before))


@pytest.mark.parametrize("setting", SETTINGS, ids=NAMES)
@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_runs_rows_and_groups_changes_nothing(setting: Setting, seed: int) -> None:
    found = summaries(setting, drawn(setting, seed))
    rng = np.random.default_rng(seed)

    def mixed(of: Sequence[RunSummary]) -> list[RunSummary]:
        return [of[at] for at in rng.permutation(len(of))]

    noise = seed_noise.measure(mixed(found), METRIC, calibration.profile_of(RATIO))
    bases = mixed(found[: setting.bases])
    starts = [setting.bases + setting.runs * row for row in range(setting.rows)]
    order = rng.permutation(setting.rows)
    sides = [(mixed(found[starts[row] : starts[row] + setting.runs]), bases) for row in order]
    rows = [row for row, *_ in judging.judge(sides, METRIC, noise, calibration.profile_of(RATIO))]
    straight = judged(calibration.judge(found, setting, found))
    assert_alike(judged(rows), [straight[row] for row in order])


@pytest.mark.parametrize("spread", [1, 5, 20])
@pytest.mark.parametrize("seed", range(6))
def test_swapping_run_and_baseline_turns_the_sign_and_keeps_the_error(
    spread: int, seed: int
) -> None:
    setting = Setting(spread, runs=2, bases=3, points=40)
    found = summaries(setting, drawn(setting, seed))
    bases, runs = found[:3], found[3:]
    profile = calibration.profile_of(RATIO)
    noise = seed_noise.measure(found, METRIC, profile)
    (((straight),), ((turned),)) = (
        judged(judging.judge([side], METRIC, noise, profile)[0])
        for side in ((runs, bases), (bases, runs))
    )
    assert math.log1p(turned.change) == pytest.approx(-math.log1p(straight.change), abs=1e-12)
    assert turned.error.total == pytest.approx(straight.error.total, rel=1e-12)
    assert turned.error.df == pytest.approx(straight.error.df, rel=1e-12)
    assert turned.p == pytest.approx(straight.p, rel=1e-9)
    assert (1 + turned.low) * (1 + straight.high) == pytest.approx(1)
    opposite = {REGRESSED: IMPROVED, IMPROVED: REGRESSED}
    # -2 % and +2 % are no opposites: 1/1.02 is -1.96 %.
    if abs(straight.change) > 0.03:
        assert turned.word == opposite.get(straight.word, straight.word)


@pytest.mark.parametrize("seed", range(20))
def test_one_row_more_never_narrows_the_interval_of_the_first_step(seed: int) -> None:
    rng = np.random.default_rng(seed)
    setting = Setting(float(rng.choice([1, 5, 8])), runs=int(rng.integers(1, 3)), rows=4, points=20)
    found = summaries(setting, drawn(setting, seed))
    profile = calibration.profile_of(RATIO)
    noise = seed_noise.measure(found, METRIC, profile)
    bases, runs = found[: setting.bases], found[setting.bases :]
    sides = [(runs[at : at + setting.runs], bases) for at in range(0, len(runs), setting.runs)]
    families = [
        judged([row for row, *_ in judging.judge(sides[:n], METRIC, noise, profile)])
        for n in range(1, 5)
    ]

    def width(row: JudgedBySeeds) -> float:
        return math.log1p(row.high) - math.log1p(row.low)

    def distance(row: JudgedBySeeds) -> float:
        return abs(math.log1p(row.change)) / width(row)

    for smaller, larger in pairwise(families):
        at = max(range(len(smaller)), key=lambda row: distance(smaller[row]))
        assert width(larger[at]) >= width(smaller[at]) * (1 - 1e-6)


def word_by_the_interval(row: JudgedBySeeds, effect: float | None) -> str:
    """The word that a reader of the picture would say."""
    if effect is not None and row.low >= -effect and row.high <= effect:
        return SAME
    is_clear = row.low > 0 or row.high < 0
    if not is_clear or (effect is not None and abs(row.change) < effect):
        return WITHIN_NOISE
    return REGRESSED if (row.change > 0) == row.lower_is_better else IMPROVED


@pytest.mark.parametrize("scale", [RATIO, ABSOLUTE, COMPLEMENT])
def test_the_drawn_interval_and_the_word_never_disagree(scale: str) -> None:
    words = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        setting = Setting(
            float(rng.choice([0.1, 1, 5])),
            runs=int(rng.integers(1, 4)),
            rows=int(rng.integers(1, 4)),
            scatter=float(rng.choice([0.05, 2])),
            points=20,
            others=6,
            scale=scale,
        )
        setting = replace(setting, spread=min(setting.spread, 0.3)) if seed % 3 == 0 else setting
        part, change = int(rng.integers(100)), int(rng.choice([-20, 0, 3, 20]))
        curves = calibration.logged(setting, calibration.draw(Cell(setting, change), part)[0])
        effect = None if scale == ABSOLUTE else calibration.profile_of(scale).smallest_effect
        for row in judge(setting, curves):
            assert row.word == word_by_the_interval(row, effect)
            assert row.low <= row.change <= row.high
            assert (row.p < calibration.ALPHA) == (row.low > 0 or row.high < 0)
            words.add(row.word)
    assert words >= {IMPROVED, REGRESSED, WITHIN_NOISE}

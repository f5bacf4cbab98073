"""The figures of a row against the definition of the rule, computed a second time with loops and scipy."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from support import builders, slow_verdict
from support.slow_verdict import Curve

from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Profile
from actot.records import Series
from actot.verdicts import judging, pair_series, seed_noise
from actot.verdicts.reasons import FewPoints, NotPositive, RepeatFirst, SeedsBeyond, SeedsNeeded
from actot.verdicts.scales import SCALES
from actot.verdicts.verdict import JudgedBySeeds, NotJudged, Unsettled, Verdict

METRIC = "eval_l1"
BASE = "base"
SMALLEST = 0.02


def profile_of(scale: str) -> Profile:
    """The profile with the judged metric on that scale; in own units, 0.02 of them matter."""
    entry = replace(builders.PROFILE.metrics[METRIC], scale=scale, smallest_effect=SMALLEST)
    return replace(builders.PROFILE, metrics={**builders.PROFILE.metrics, METRIC: entry})


def summaries(groups: Mapping[str, Sequence[Curve]]) -> dict[str, list[RunSummary]]:
    """The runs of each config, one a seed; a config is told by its lambda."""
    return {
        name: [
            builders.summary(
                f"{name}{seed}",
                builders.config({builders.LAMBDA: 0.1 + at / 100}, seed=seed),
                eval_l1=tuple(zip(*curve, strict=True)),
            )
            for seed, curve in enumerate(curves)
        ]
        for at, (name, curves) in enumerate(groups.items())
    }


def judged(
    groups: Mapping[str, Sequence[Curve]], rows: Sequence[str], scale: str = "ratio"
) -> list[Verdict]:
    """The verdicts of these configs against the baseline, with the noise of all."""
    found, profile = summaries(groups), profile_of(scale)
    noise = seed_noise.measure((r for runs in found.values() for r in runs), METRIC, profile)
    sides = [(found[name], found[BASE]) for name in rows]
    return [row for row, *_ in judging.judge(sides, METRIC, noise, profile)]


@dataclass
class Case:
    """Random runs of a few configs."""

    scale: str
    groups: dict[str, list[Curve]]
    rows: list[str]


LENGTHS = (3, 6, 11, 40, 150, 700)


def random_case(seed: int, scale: str, rows: int = 1, lengths: Sequence[int] = LENGTHS) -> Case:
    """Runs evaluated at steps of their own, of lengths within a tenth, with scatter that drifts or not."""
    rng = np.random.default_rng([seed, *scale.encode(), rows])
    names = [
        BASE,
        *(f"row{at}" for at in range(rows)),
        *("other" * n for n in range(1, rng.integers(1, 4))),
    ]
    spread = {"ratio": 0.05, "complement": 0.12, "absolute": 0.03}[scale]
    groups: dict[str, list[Curve]] = {}
    if rng.random() < 0.5:
        lengths = [int(rng.choice(lengths))]  # the same of all
    for name in names:
        seeds = int(rng.integers(1, 5))
        if name.startswith("other") or (scale == "absolute" and name == BASE):
            seeds = int(rng.integers(2, 4))
        noise, shift = spread * rng.uniform(0.3, 2), rng.normal(0, 2 * spread)
        groups[name] = [
            random_curve(rng, scale, shift + noise * rng.normal(), lengths) for _ in range(seeds)
        ]
    return Case(scale, groups, [n for n in names if n.startswith("row")])


def random_curve(
    rng: np.random.Generator, scale: str, offset: float, lengths: Sequence[int]
) -> Curve:
    """One run."""
    end = int(rng.integers(1830, 2001))
    n = int(rng.choice(lengths))
    steps = np.unique([*rng.integers(1, end, n - 1), end])
    r, scatter = rng.choice([0.0, 0.8]), rng.standard_normal(len(steps))
    for t in range(1, len(steps)):
        scatter[t] = r * scatter[t - 1] + math.sqrt(1 - r * r) * scatter[t]
    g = offset + 0.03 * scatter + np.exp(-steps / 600)
    values = {"ratio": 0.4 * np.exp(g), "complement": 1 - 0.05 * np.exp(g), "absolute": g - 0.3}
    return list(zip(steps.tolist(), values[scale].tolist(), strict=True))


SCALE_NAMES = ("ratio", "complement", "absolute")


@pytest.mark.parametrize("scale", SCALE_NAMES)
@pytest.mark.parametrize("seed", range(25))
def test_a_row_equals_the_independent_computation(seed: int, scale: str) -> None:
    case = random_case(seed, scale)
    (mine,) = judged(case.groups, case.rows, scale)
    if (
        min(len(g) for g in slow_verdict.on_grid([*case.groups["row0"], *case.groups[BASE]], scale))
        < 2
    ):
        assert isinstance(mine, NotJudged)
        assert isinstance(mine.why, FewPoints)
        return
    assert isinstance(mine, JudgedBySeeds)
    row = slow_verdict.row("row0", BASE, case.groups, scale)
    (theirs,) = slow_verdict.judge([row])
    back = SCALES[scale].change
    assert mine.change == pytest.approx(back(theirs.d), abs=1e-9)
    assert mine.error.tail == pytest.approx(row.pair.tail, rel=1e-6)
    assert mine.error.points == row.pair.points
    assert (mine.error.runs, mine.error.baselines) == pytest.approx((row.a, row.b), rel=1e-6)
    assert mine.error.df == pytest.approx(row.df, rel=1e-6)
    assert mine.low == pytest.approx(back(theirs.low), abs=1e-6)
    assert mine.high == pytest.approx(back(theirs.high), abs=1e-6)
    assert mine.p == pytest.approx(theirs.p, abs=1e-6)
    assert mine.mde == pytest.approx(back(slow_verdict.effect_found(theirs, row)), rel=1e-6)
    limit = SMALLEST if scale == "absolute" else math.log(1 + SMALLEST)
    try:
        needed = slow_verdict.seeds_needed("row0", BASE, case.groups, scale, limit)
    except ValueError:
        assert mine.forecast == RepeatFirst()
    else:
        wanted = SeedsBeyond(30, SMALLEST) if needed is None else SeedsNeeded(needed, SMALLEST)
        assert mine.forecast == wanted


def test_the_random_cases_reach_what_the_rule_tells_apart() -> None:
    found = [judged(c.groups, c.rows) for c in (random_case(s, "ratio") for s in range(25))]
    rows = [row for (row,) in found if isinstance(row, JudgedBySeeds)]
    assert {min(row.seeds, row.base_seeds) > 1 for row in rows} == {True, False}
    assert any(row.error.is_assumed for row in rows)
    assert len({row.error.points for row in rows}) > 5
    assert {type(row.forecast) for row in rows} >= {RepeatFirst, SeedsBeyond}


@pytest.mark.parametrize("scale", SCALE_NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_a_family_equals_the_independent_computation(seed: int, scale: str) -> None:
    case = random_case(seed, scale, rows=3, lengths=(40, 150, 700))
    mine = judged(case.groups, case.rows, scale)
    assert all(isinstance(row, JudgedBySeeds) for row in mine)
    theirs = slow_verdict.judge(
        [slow_verdict.row(name, BASE, case.groups, scale) for name in case.rows]
    )
    back = SCALES[scale].change
    for one, other in zip(mine, theirs, strict=True):
        assert isinstance(one, JudgedBySeeds)
        reach = 1e-4 * math.sqrt(one.error.total) * (1 + max(abs(one.low), abs(one.high)))
        assert one.low == pytest.approx(back(other.low), abs=reach)
        assert one.high == pytest.approx(back(other.high), abs=reach)
        assert one.p == pytest.approx(other.p, abs=1e-6)


# What stands at the edges of the definition.


def line(values: Sequence[float], every: int = 100) -> Curve:
    """A curve at every so many steps."""
    return [(every * at, v) for at, v in enumerate(values, 1)]


def aligned(*curves: Curve) -> pair_series.Aligned:
    """These runs on the grid of their window."""
    (runs,) = summaries({BASE: curves}).values()
    found = pair_series.align(runs, METRIC, builders.PROFILE)
    assert isinstance(found, pair_series.Aligned)
    return found


def test_the_window_begins_with_the_longest_of_the_tails() -> None:
    dense, sparse = line([0.4] * 200, every=10), line([0.4] * 10, every=200)
    found = aligned(dense, sparse)
    # A tenth of 200 points are 20, back to step 1,810; five of the ten others go back to step 1,200.
    assert (found.start, found.end, found.values.shape) == (1200, 2000, (2, 5))


def test_the_window_ends_where_the_first_run_ends_and_begins_no_earlier_than_any() -> None:
    short, late = line([0.4] * 19), [(s, 0.4) for s in range(1700, 2001, 50)]
    found = aligned(short, late)
    assert (found.start, found.end) == (1700, 1900)


def test_between_two_points_a_run_goes_straight_on_the_scale() -> None:
    fine = line([1.0] * 40, every=50)
    coarse = [(s, math.exp(s / 1000)) for s in (700, 1100, 1500, 1900, 2000)]
    found = aligned(fine, coarse)
    own, other = found.values
    assert own == pytest.approx([0] * len(own))
    assert other == pytest.approx(np.array([s for s, _ in coarse if s >= found.start]) / 1000)


def test_the_points_next_to_the_window_are_used() -> None:
    every_100 = [(s, math.exp(s / 1000)) for s in range(100, 2001, 100)]
    every_160 = [(s, 1.0) for s in range(160, 2081, 160)]
    found = aligned(every_100, every_160)
    # The last five points of the second run before step 2000 are the grid; 1280 lies before 1300.
    assert (found.start, found.end) == (1280, 2000)
    assert found.values[0] == pytest.approx([1.28, 1.44, 1.6, 1.76, 1.92])


@pytest.mark.parametrize(
    ("x", "variance"),
    [
        ([1.0, 1.0, 1.0], 0.0),
        ([1.0], 0.0),
        # c = -1, 1, -1, 1: r is below 0, so that every point counts.
        ([0.0, 2.0, 0.0, 2.0], 4 / 3 / 4),
        # c = -1.5, -.5, .5, 1.5: r = 1.25 / 5 = .25, n_eff = 4 * .75 / 1.25.
        ([0.0, 1.0, 2.0, 3.0], 5 / 3 / 2.4),
    ],
)
def test_the_variance_of_a_tail_by_hand(x: list[float], variance: float) -> None:
    assert pair_series.tail_variance(np.array(x)) == pytest.approx(variance)


def test_the_autocorrelation_of_a_long_drift_is_clipped() -> None:
    x = np.repeat([0.0, 1.0], 50)
    assert pair_series.tail_variance(x) == pytest.approx(x.var(ddof=1) / (100 * 0.1 / 1.9))


def test_a_value_that_has_no_logarithm_is_named() -> None:
    groups = {BASE: [line([0.4] * 20)], "row0": [line([*[0.4] * 19, 0.0])]}
    (found,) = judged(groups, ["row0"])
    assert isinstance(found, NotJudged)
    assert found.why == NotPositive(0.0)
    groups["row0"] = [line([0.0, *[0.41] * 19])]  # before the window nothing is asked
    assert isinstance(judged(groups, ["row0"])[0], JudgedBySeeds)


def test_final_values_have_no_tail() -> None:
    groups = {
        BASE: [[(2000, v)] for v in (0.40, 0.41, 0.42)],
        "row0": [[(2000, v)] for v in (0.50, 0.52)],
    }
    (found,) = judged(groups, ["row0"])
    assert isinstance(found, JudgedBySeeds)
    assert (found.error.tail, found.seeds, found.base_seeds) == (0, 2, 3)
    own = math.log(0.50 * 0.52) / 2 - math.log(0.40 * 0.41 * 0.42) / 3
    assert found.change == pytest.approx(math.expm1(own))


def test_in_own_units_without_replicates_nobody_knows_the_noise() -> None:
    groups = {BASE: [line([0.4] * 20)], "row0": [line([0.5] * 20)]}
    (found,) = judged(groups, ["row0"], "absolute")
    assert isinstance(found, Unsettled)
    assert found.change == pytest.approx(0.1)


def test_repeats_of_a_seed_count_as_one_by_their_mean() -> None:
    runs = summaries({BASE: [line([v] * 20) for v in (0.40, 0.44)], "row0": [line([0.4] * 20)]})
    again = replace(
        runs[BASE][0],
        run=replace(
            runs[BASE][0].run,
            id="again",
            series={"x": Series("x", np.array([1]), np.array([1.0]))},
        ),
        series={METRIC: Series("y", np.arange(100, 2001, 100), np.full(20, 0.42))},
    )
    bases = [*runs[BASE], again]
    found = pair_series.difference(runs["row0"], bases, METRIC, builders.PROFILE)
    assert isinstance(found, pair_series.Difference)
    of_first = (math.log(0.40) + math.log(0.42)) / 2
    assert found.base_seeds == 2
    assert found.base_level == pytest.approx((of_first + math.log(0.44)) / 2)
    noise = seed_noise.measure(bases, METRIC, builders.PROFILE)
    (group,) = noise.groups
    assert group.df == 1
    assert group.variance == pytest.approx((of_first - math.log(0.44)) ** 2 / 2)
    assert noise.floor(group.config) == pytest.approx(math.log(0.42 / 0.40) ** 2 / 2)

"""How often the named cause is the true one: planted sources in which a known knob does the harm.

PYTHONPATH=. python tests/test_planted_truth.py    writes the table of docs/causes.md
"""

import multiprocessing
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from unittest import mock

import numpy as np
import pytest
from support import builders

from actot import rules, study
from actot.analysis import metric_stats, run_summary
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.analysis.train_config import KnobValue
from actot.output import render
from actot.records import Series
from actot.study import Study
from actot.verdicts.judging import REGRESSED
from bench import blocks

METRIC = "eval_l1"
LEVEL, SPREAD, SCATTER, POINTS = 0.4, 0.03, 0.02, 40
BASELINES, RUNS = 3, 6
FIXED, FRESH, FEWER = 200, 2_000, 1_000  # draws of a case: bounded; documented, with a bound or not
EARLIEST = 5  # the first point that may be the first NaN of a run
BATCH = 100
ENOUGH = 190
TOLERANCE = 0.5  # per cent points between the documented and the computed rates

# The other values of a knob, and where they stand in a config.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "lr": (2e-5, 5e-5, 2e-4),
    "weight_decay": (1e-3, 1e-2, 5e-2),
    "batch_size": (4, 16, 32),
    "lambda_ot": (0.05, 0.2, 0.4),
    "reg": (0.02, 0.05, 0.2),
    "window_size": (5, 20, 40),
    "heuristic": (False,),
}
PATHS: Mapping[str, tuple[str, ...]] = {
    "lr": ("policy.optimizer_lr", "policy.optimizer_lr_backbone"),
    "weight_decay": ("policy.optimizer_weight_decay",),
    "batch_size": ("batch_size",),
    "lambda_ot": (builders.LAMBDA,),
    "reg": (builders.REG,),
    "window_size": ("ot.window_size",),
    "heuristic": ("ot.loss_config.heuristic",),
}
MOST_KNOBS = 6


@dataclass(frozen=True)
class Case:
    """One kind of planted source.

    `truths` knobs make a run worse by `effect`; with `partners`, one or two knobs move in the very runs of
    the true one; `unlucky` makes one run worse by its seed. Where it `bursts`, the harm is that a run with
    a true knob is NaN from one step of the source on. Units: effects are per cent.
    """

    name: str
    truths: int = 1
    effect: int = 30
    partners: bool = False
    unlucky: int = 0
    bursts: bool = False

    @property
    def fresh(self) -> int:
        """How many draws its documented rates come from."""
        return FRESH if self in BOUNDED else FEWER

    def seed(self, number: int) -> list[int]:
        """The seed follows from the case and the number of the draw: none is chosen."""
        return [self.truths, self.effect, int(self.partners), self.unlucky, number]


ONE = Case("one true knob")
GROUP = Case("a true knob that others always moved with", partners=True)
NONE = Case("nothing has an effect", truths=0, effect=0)
WEAK = Case("one true knob, +15 %", effect=15)
TWO = Case("two true knobs", truths=2)
BURST = Case("one true knob, runs with it diverge", effect=0, bursts=True)
UNLUCKY = Case("no knob, one run +30 % by its seed", truths=0, effect=0, unlucky=30)
BOUNDED = (ONE, GROUP, NONE)
CASES = (*BOUNDED, WEAK, TWO, UNLUCKY, BURST)
OUTCOMES = ("right", "nothing named", "with others", "wrong")


@dataclass(frozen=True)
class Draw:
    """One planted source: who moved what, and how high each run lies.

    Shapes: `moved` (runs, knobs); `curves` (baselines and runs, points). `values[run][knob]` is what a run that
    moves the knob sets it to. The true knobs are the first of `knobs`, their partners the next.
    """

    knobs: tuple[str, ...]
    truths: int
    partners: int
    moved: np.ndarray
    values: Sequence[Sequence[Any]]
    curves: np.ndarray

    def changes(self, run: int) -> dict[str, Any]:
        """The knobs that a run moved, with their values."""
        pairs = zip(self.knobs, self.values[run], strict=True)
        return {k: v for at, (k, v) in enumerate(pairs) if self.moved[run, at]}

    @property
    def wanted(self) -> set[str]:
        """The knobs that should be named."""
        return set(self.knobs[: self.truths + self.partners])


def draw(case: Case, number: int) -> Draw:
    """The planted source of a case with that number."""
    rng = np.random.default_rng(case.seed(number))
    while True:
        names = [str(k) for k in rng.permutation(list(VALUES))]
        knobs = tuple(names[: rng.integers(2, MOST_KNOBS + 1)])
        partners = int(rng.integers(1, min(3, len(knobs)))) if case.partners else 0
        moved = rng.random((RUNS, len(knobs))) < 0.5
        moved[:, 1 : 1 + partners] = moved[:, :1]
        if moved.any(axis=1).all() and is_identifiable(moved, case.truths, partners):
            break
    # A knob has one other value, or a few.
    few = [VALUES[k] if rng.random() < 0.5 else (rng.choice(VALUES[k]).item(),) for k in knobs]
    values = [[some[rng.integers(len(some))] for some in few] for _ in range(RUNS)]
    levels = LEVEL * (1 + SPREAD * rng.standard_normal(BASELINES + RUNS))
    levels[BASELINES:] *= (1 + case.effect / 100) ** moved[:, : case.truths].sum(axis=1)
    levels[BASELINES] *= 1 + case.unlucky / 100
    scatter = 1 + SCATTER * rng.standard_normal((BASELINES + RUNS, POINTS))
    curves = levels[:, None] * scatter
    if case.bursts:
        at = rng.integers(EARLIEST, POINTS)
        curves[BASELINES:][moved[:, 0], at:] = np.nan
    return Draw(knobs, case.truths, partners, moved, values, curves)


def is_identifiable(moved: np.ndarray, truths: int, partners: int) -> bool:
    """Whether each true knob moved, and every other but its partners has a healthy carrier or is
    missing in a run that it made worse."""
    for at in range(truths):
        true = moved[:, at]
        others = [moved[:, o] for o in range(moved.shape[1]) if o != at]
        others = others[partners:]
        apart = [(o & ~true).any() or (true & ~o).any() for o in others]
        if not true.any() or not all(apart):
            return False
    return True


# From a draw to its study.


@cache
def templates() -> list[RunSummary]:
    """Summaries without curves, the baselines first; without a config, so that no experiments are planned."""
    ids = [f"base{at}" for at in range(1, BASELINES + 1)] + [
        f"run{at}" for at in range(1, RUNS + 1)
    ]
    bare = [builders.summary(i, builders.config(seed=at)) for at, i in enumerate(ids, 1)]
    return [replace(r, run=replace(r.run, config={}, series={})) for r in bare]


def curves_of(plan: Draw) -> list[Series]:
    """The judged metric of every run."""
    steps = np.array(builders.even(POINTS), dtype=np.int64)
    return [Series(builders.key(METRIC), steps, values) for values in plan.curves]


def short(plan: Draw) -> list[RunSummary]:
    """The summaries of a draw, made from templates; of the stats, what a verdict is made from."""
    found = []
    for at, (bare, curve) in enumerate(zip(templates(), curves_of(plan), strict=True)):
        changes = plan.changes(at - BASELINES) if at >= BASELINES else {}
        knobs = {**bare.settings.knobs, **{k: KnobValue(v) for k, v in changes.items()}}
        points = curve.finite()
        mean = float(metric_stats.tail(points, builders.PROFILE.tail).values.mean())
        last = int(points.steps[-1])
        stats = MetricStats(curve.key, len(points), last_step=last, last_mean=mean)
        settings = replace(bare.settings, knobs=knobs)
        stats = {**bare.stats, METRIC: stats}
        found.append(RunSummary(bare.run, settings, {METRIC: curve}, stats))
    return found


def whole(plan: Draw) -> list[RunSummary]:
    """The same from complete configs, as a source would deliver them."""
    found = []
    for at, (bare, curve) in enumerate(zip(templates(), curves_of(plan), strict=True)):
        changes = plan.changes(at - BASELINES) if at >= BASELINES else {}
        paths = {path: value for k, value in changes.items() for path in PATHS[k]}
        run = replace(
            bare.run, config=builders.config(paths, seed=at + 1), series={curve.key: curve}
        )
        found.append(run_summary.summarize(run, builders.PROFILE))
    return found


def judge(found: Sequence[RunSummary]) -> Study:
    """The study of the six runs against the three baselines."""
    ids = [r.id for r in found]
    return study.study_summaries(
        found, ids[BASELINES:], ids[:BASELINES], builders.PROFILE, metric=METRIC
    )


def outcome(plan: Draw, found: Study) -> str:
    """How the named suspects compare with the true knobs."""
    named, wanted = {c.knob for c in found.suspects}, plan.wanted
    if not named:
        return "nothing named" if wanted else "right"
    if not named & wanted:
        return "wrong"
    if plan.truths == 2:
        return "right" if named <= wanted else "with others"
    together = all(set(c.confounded_with) == wanted - {c.knob} for c in found.suspects)
    is_group = named == wanted and together and len({c.score for c in found.suspects}) == 1
    return "right" if is_group else "with others"


def simulate(case: Case, numbers: range, has_findings: bool = False) -> Counter[str]:
    """The outcomes of some draws; "both first" where two true knobs lead.

    The rules make findings and no causes, and take most of the time: they are left out unless asked for.
    """
    outcomes: Counter[str] = Counter()
    check = rules.check if has_findings else lambda case: iter(())
    with mock.patch.object(rules, "check", check):
        for number in numbers:
            plan = draw(case, number)
            found = judge(short(plan))
            outcomes[outcome(plan, found)] += 1
            lead = {c.knob for c in found.causes[: case.truths] if c.score > 0}
            outcomes["both first"] += case.truths == 2 and lead == plan.wanted
    return outcomes


@dataclass(frozen=True)
class Rates:
    """The outcomes of the fixed draws of the bounded cases, and of fresh draws of every case."""

    fixed: Mapping[Case, Counter[str]]
    fresh: Mapping[Case, Counter[str]]


def measure() -> Rates:
    """Draw and judge everything, spread over processes."""
    jobs = [(c, range(at, at + BATCH), True) for c in BOUNDED for at in range(0, FIXED, BATCH)]
    jobs += [
        (c, range(at, at + BATCH), False)
        for c in CASES
        for at in range(FIXED, FIXED + c.fresh, BATCH)
    ]
    rates = Rates({c: Counter() for c in BOUNDED}, {c: Counter() for c in CASES})
    # Not forked: a test run has threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        for job, outcomes in zip(jobs, pool.map(simulate, *zip(*jobs, strict=True)), strict=True):
            (rates.fixed if job[2] else rates.fresh)[job[0]].update(outcomes)
    return rates


def table(rates: Rates) -> list[str]:
    """The fresh draws as lines of a Markdown table."""
    rows = [["planted", *OUTCOMES], ["---"] * (1 + len(OUTCOMES))]
    for case in CASES:
        shares = [100 * rates.fresh[case][o] / case.fresh for o in OUTCOMES]
        rows.append([case.name, *(f"{share:.1f}" for share in shares)])
    both = f"{100 * rates.fresh[TWO]['both first'] / TWO.fresh:.1f}"
    rows.append([f"{TWO.name}, both before all others", both, "", "", ""])
    return ["| " + " | ".join(row) + " |" for row in rows]


# The tests.


@pytest.fixture(scope="module")
def rates() -> Rates:
    """The rates, computed once."""
    return measure()


@pytest.mark.parametrize("case", BOUNDED, ids=lambda c: c.name)
def test_the_planted_truth_is_found(rates: Rates, case: Case) -> None:
    assert sum(rates.fixed[case][o] for o in OUTCOMES) == FIXED
    assert rates.fixed[case]["right"] >= ENOUGH, rates.fixed[case]


NUMBER = re.compile(r"\d+\.\d")


def test_the_documented_rates_are_the_computed_ones(rates: Rates) -> None:
    page = (builders.ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
    computed = table(rates)
    print("\n".join(computed))
    documented = [line for line in page.splitlines() if line.startswith("|")]
    documented = documented[documented.index(computed[0]) :][: len(computed)]
    assert [NUMBER.sub("#", d) for d in documented] == [NUMBER.sub("#", c) for c in computed]
    for theirs, mine in zip(documented, computed, strict=True):
        wanted = [float(n) for n in NUMBER.findall(mine)]
        found = [float(n) for n in NUMBER.findall(theirs)]
        assert found == pytest.approx(wanted, abs=TOLERANCE + 1e-9), f"{theirs}, now {mine}"
    assert all(sum(rates.fresh[c][o] for o in OUTCOMES) == c.fresh for c in CASES)


def draws(case: Case, count: int = FIXED) -> Iterator[Draw]:
    """The first draws of a case."""
    return (draw(case, number) for number in range(count))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_draws_are_as_their_case_says(case: Case) -> None:
    levels = []
    for plan in draws(case):
        sets = [frozenset(np.flatnonzero(plan.moved[:, at])) for at in range(len(plan.knobs))]
        assert all(plan.changes(run) for run in range(RUNS))
        assert len(plan.knobs) <= MOST_KNOBS
        assert len(plan.wanted) == case.truths + plan.partners
        alike = {k for k, s in zip(plan.knobs, sets, strict=True) if s == sets[0]}
        if case.truths == 1:
            assert alike == plan.wanted
            assert sets[0]
        assert plan.partners in ((1, 2) if case.partners else (0,))
        for knob, value in ((k, v) for run in range(RUNS) for k, v in plan.changes(run).items()):
            assert value in VALUES[knob]
        height = np.nanmean(plan.curves, axis=1) / LEVEL
        carriers = plan.moved[:, : case.truths].sum(axis=1)
        expected = (1 + case.effect / 100) ** carriers
        expected[0] *= 1 + case.unlucky / 100
        levels.append(np.concatenate([height[:BASELINES], height[BASELINES:] / expected]))
    assert np.mean(levels) == pytest.approx(1, abs=0.005)
    assert np.std(levels) == pytest.approx(SPREAD, rel=0.1)


def in_words(found: Study) -> list[tuple[Any, ...]]:
    """The causes with all that is said of them."""
    return [
        (replace(c, evidence=()), [render.evidence(e, "en") for e in c.evidence])
        for c in found.causes
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_short_reading_gets_the_causes_of_a_whole_one(case: Case) -> None:
    for plan in draws(case, 4):
        with mock.patch.object(rules, "check", lambda case: iter(())):
            quick = judge(short(plan))
        assert in_words(quick) == in_words(judge(whole(plan)))


def named_innocents(found: Study, plan: Draw) -> set[str]:
    """The knobs that are named, or worse where they were changed alone, and did no harm."""
    blamed = {
        c.knob for c in (*found.suspects, *(c for c in found.causes if c.confirmed_by_ablation))
    }
    return blamed - plan.wanted


def test_where_runs_diverge_no_innocent_knob_is_named_or_convicted() -> None:
    with mock.patch.object(rules, "check", lambda case: iter(())):
        for number in range(FIXED):
            plan = draw(BURST, number)
            assert named_innocents(judge(short(plan)), plan) == set(), number


def test_runs_that_burst_end_in_nan_from_one_step_on() -> None:
    for plan in draws(BURST, 20):
        bad = np.isnan(plan.curves)
        assert (bad.any(axis=1) == [*[False] * BASELINES, *plan.moved[:, 0]]).all()
        starts = {int(row.argmax()) for row in bad if row.any()}
        assert len(starts) == 1 and bad[bad.any(axis=1), starts.pop() :].all()


def test_a_draw_depends_on_its_case_and_number_alone() -> None:
    again = [draw(ONE, 3), draw(ONE, 3)]
    assert (again[0].curves == again[1].curves).all()
    assert not (draw(ONE, 4).curves == again[0].curves).all()
    assert len({tuple(c.seed(0)) for c in CASES}) == len(CASES)


def test_a_planted_regression_is_seen_by_the_verdicts() -> None:
    found = judge(short(draw(ONE, 0)))
    plan = draw(ONE, 0)
    for run, row in zip(range(RUNS), found.verdicts, strict=False):
        assert (row.word == REGRESSED) == bool(plan.moved[run, 0])


if __name__ == "__main__":
    blocks.write("causes.md", "rates", table(measure()))

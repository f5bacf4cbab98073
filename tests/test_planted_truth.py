"""How often the named cause is the true one: planted sources in which a known knob does the harm.

The rates are simulated by tests/support/planted_truth.py and kept; a tenth is drawn again here, all where the sources changed.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any
from unittest import mock

import numpy as np
import pytest
from support import builders, planted_truth, rates
from support.planted_truth import (
    BASELINES,
    BOUNDED,
    BURST,
    CASES,
    FIXED,
    LEVEL,
    MOST_KNOBS,
    ONE,
    OUTCOMES,
    PARTS,
    RUNS,
    SPREAD,
    VALUES,
    Case,
    Draw,
    Rates,
    draw,
    judge,
    short,
    whole,
)

from actot import rules
from actot.output import render
from actot.study import Study
from actot.verdicts.verdict import REGRESSED

ENOUGH = 190
TOLERANCE = 0.5  # per cent points between the documented and the computed rates


@cache
def fresh() -> planted_truth.Tenths:
    """All of it, simulated now."""
    return planted_truth.measure()


@pytest.fixture(scope="module")
def found(is_long: bool) -> Rates:
    """The kept rates, or those of today's sources where the kept ones come from others."""
    stale = is_long or rates.is_stale(planted_truth)
    return planted_truth.rates(fresh() if stale else rates.known_cases())


def test_a_tenth_drawn_again_gives_the_kept_counts(is_long: bool) -> None:
    known = rates.known_cases()
    if is_long or rates.is_stale(planted_truth):
        assert fresh() == known, rates.REFRESH
        return
    assert all(len(parts) == PARTS for cases in known.values() for parts in cases.values())
    for job in planted_truth.tenth():
        assert job.run() == known[job.kind][job.case][job.part], (job, rates.REFRESH)


@pytest.mark.parametrize("case", BOUNDED, ids=lambda c: c.name)
def test_the_planted_truth_is_found(found: Rates, case: Case) -> None:
    assert sum(found.fixed[case][o] for o in OUTCOMES) == FIXED
    assert found.fixed[case]["right"] >= ENOUGH, found.fixed[case]


NUMBER = re.compile(r"\d+\.\d")


def test_the_documented_rates_are_the_computed_ones(found: Rates) -> None:
    page = (builders.ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
    computed = planted_truth.table(found)
    print("\n".join(computed))
    documented = [line for line in page.splitlines() if line.startswith("|")]
    documented = documented[documented.index(computed[0]) :][: len(computed)]
    assert [NUMBER.sub("#", d) for d in documented] == [NUMBER.sub("#", c) for c in computed]
    for theirs, mine in zip(documented, computed, strict=True):
        wanted = [float(n) for n in NUMBER.findall(mine)]
        shown = [float(n) for n in NUMBER.findall(theirs)]
        assert shown == pytest.approx(wanted, abs=TOLERANCE + 1e-9), f"{theirs}, now {mine}"
    assert all(sum(found.fresh[c][o] for o in OUTCOMES) == c.fresh for c in CASES)


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

"""How often the named cause is the true one: planted sources in which a known knob does the harm.

The rates are simulated by tests/support/planted_truth.py and kept; a part is drawn again here, all where the sources changed.
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
    BESIDE,
    BURST,
    CASES,
    CONFIGS,
    DRAWS,
    FORMS,
    GROUP,
    KNOBS,
    LEVEL,
    NOISY,
    NONE,
    ONE,
    PARTS,
    THRESHOLD,
    TOGETHER,
    TWO,
    UNLUCKY,
    VALUES,
    WEAK,
    Case,
    Draw,
    Rates,
    draw,
    judge,
    right_of_named,
    share,
    short,
    whole,
)

from actot import rules
from actot.output import render
from actot.study import Study
from actot.verdicts.verdict import REGRESSED

TOLERANCE = 0.5  # per cent points between the documented and the computed rates
# Case, outcome, the least and the most share in per cent of the draws with seeds.
BOUNDS = [
    (ONE, "exactly", 95, 100),
    (GROUP, "exactly", 95, 100),
    (WEAK, "exactly", 70, 100),
    (NOISY, "exactly", 48, 100),
    (NOISY, "innocent", 0, 1.5),
    (TWO, "all", 62, 100),
    (TOGETHER, "exactly", 45, 100),
    (TOGETHER, "innocent", 0, 5),
    (UNLUCKY, "innocent", 0, 4),
    (BESIDE, "exactly", 78, 100),
    (THRESHOLD, "innocent", 0, 2),
    (THRESHOLD, "first is true", 72, 100),
    (NONE, "innocent", 0, 0.5),
]


@cache
def fresh() -> planted_truth.Parts:
    """All of it, simulated now."""
    return planted_truth.measure()


@pytest.fixture(scope="module")
def found(is_long: bool) -> Rates:
    """The kept rates, or those of today's sources where the kept ones come from others."""
    stale = is_long or rates.is_stale(planted_truth)
    return planted_truth.rates(fresh() if stale else rates.known_cases())


def test_a_part_drawn_again_gives_the_kept_counts(is_long: bool) -> None:
    known = rates.known_cases()
    if is_long or rates.is_stale(planted_truth):
        assert fresh() == known, rates.REFRESH
        return
    assert all(len(parts) == PARTS for cases in known.values() for parts in cases.values())
    for job in planted_truth.again():
        assert job.run() == known[job.form][job.case][job.part], (job, rates.REFRESH)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_named_is_true_in_nineteen_of_twenty(found: Rates, form: str) -> None:
    assert right_of_named(found, form) >= 95


@pytest.mark.parametrize(
    ("case", "what", "least", "most"), BOUNDS, ids=lambda v: v.name if isinstance(v, Case) else None
)
def test_the_planted_truth_is_named_and_no_innocent(
    found: Rates, case: Case, what: str, least: float, most: float
) -> None:
    assert least <= share(found, FORMS[0], case, what) <= most


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


def draws(case: Case, count: int) -> Iterator[Draw]:
    """The first draws of a case with seeds."""
    return (draw(case, FORMS[0], number) for number in range(count))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_draws_are_as_their_case_says(case: Case) -> None:
    levels = []
    for plan in draws(case, 200):
        sets = [frozenset(np.flatnonzero(plan.moved[:, at])) for at in range(len(plan.knobs))]
        runs = range(len(plan.configs))
        assert all(plan.changes(run) for run in runs)
        assert KNOBS[0] <= len(plan.knobs) <= KNOBS[1]
        assert CONFIGS[0] <= len(plan.moved) <= CONFIGS[1]
        assert len(plan.wanted) == case.truths + plan.partners
        alike = {k for k, s in zip(plan.knobs, sets, strict=True) if s == sets[0]}
        if case.truths == 1:
            assert alike == plan.wanted
        assert plan.partners in ((1, 2) if case.partners else (0,))
        for knob, value in ((k, v) for run in runs for k, v in plan.changes(run).items()):
            assert value in VALUES[knob]
        if case.together or case.threshold or case.bursts:
            continue
        height = plan.curves.mean(axis=1) / LEVEL
        carriers = plan.moved[list(plan.configs), : case.truths].sum(axis=1)
        expected = (1 + case.effect / 100) ** carriers
        expected[0] *= 1 + case.unlucky / 100
        levels.append(np.concatenate([height[:BASELINES], height[BASELINES:] / expected]))
    if levels:
        everything = np.concatenate(levels)
        assert everything.mean() == pytest.approx(1, abs=0.01)
        assert everything.std() == pytest.approx(case.spread / 100, rel=0.1)


def in_words(found: Study) -> list[tuple[Any, ...]]:
    """The causes with all that is said of them."""
    return [
        (replace(c, evidence=()), [render.evidence(e, "en") for e in c.evidence])
        for c in found.causes
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_a_short_reading_gets_the_causes_of_a_whole_one(case: Case) -> None:
    for plan in draws(case, 2):
        with mock.patch.object(rules, "check", lambda case: iter(())):
            quick = judge(short(plan))
            assert in_words(quick) == in_words(judge(whole(plan)))


def test_runs_that_burst_end_in_nan_from_one_step_on() -> None:
    for plan in draws(BURST, 20):
        bad = np.isnan(plan.curves)
        true = plan.moved[list(plan.configs), 0]
        assert (bad.any(axis=1) == [*[False] * BASELINES, *true]).all()
        starts = {int(row.argmax()) for row in bad if row.any()}
        assert len(starts) == 1 and bad[bad.any(axis=1), starts.pop() :].all()


def test_a_draw_depends_on_its_case_form_and_number_alone() -> None:
    first, again = draw(ONE, FORMS[0], 3), draw(ONE, FORMS[0], 3)
    assert (first.curves == again.curves).all()
    others = [draw(ONE, FORMS[0], 4), draw(ONE, FORMS[1], 3)]
    assert all(
        o.curves.shape != first.curves.shape or (o.curves != first.curves).any() for o in others
    )
    assert len({tuple(c.seed(f, 0)) for c in CASES for f in FORMS}) == len(CASES) * len(FORMS)


def test_a_planted_regression_is_seen_by_the_verdicts() -> None:
    plan = draw(ONE, FORMS[0], 0)
    found = judge(short(plan))
    for run in range(len(plan.configs)):
        row = next(v for v in found.verdicts if f"run{run + 1}" in v.runs)
        assert (row.word == REGRESSED) == bool(plan.moved[plan.configs[run], 0])


def test_all_draws_are_counted(found: Rates) -> None:
    for form in FORMS:
        for case in CASES:
            counts = found[form][case]
            assert counts["nothing"] + counts["innocent"] <= DRAWS
            assert counts["exactly"] <= counts["all"] <= DRAWS
            assert not case.truths or counts["all"] <= DRAWS - counts["nothing"]

"""How often the words are wrong: planted pairs without a difference, and pairs with one.

The rates are simulated by tests/support/calibration.py and kept; a tenth is drawn again here, all where the sources changed.
"""

import re
from dataclasses import replace
from functools import cache
from itertools import chain
from statistics import fmean

import numpy as np
import pytest
from support import builders, calibration, rates
from support.calibration import (
    CORRELATIONS,
    METRIC,
    NULL,
    POWER,
    Cell,
    Rate,
    draw,
    judge,
    tail_means,
    templates,
    with_curve,
)

from actot.analysis import run_summary
from actot.records import Series

TOLERANCE = 0.2  # per cent points between the documented and the computed rates


@cache
def fresh() -> calibration.Hits:
    """All of it, simulated now."""
    return calibration.measure()


@pytest.fixture(scope="module")
def found(is_long: bool) -> dict[Cell, Rate]:
    """The kept rates, or those of today's sources where the kept ones come from others."""
    stale = is_long or rates.is_stale(calibration)
    return calibration.rates(fresh() if stale else rates.known_cells())


def test_without_a_difference_few_pairs_are_called_different(found: dict[Cell, Rate]) -> None:
    assert fmean(found[c].share for c in NULL) <= 0.05
    assert {c: found[c] for c in NULL if found[c].share > 0.08} == {}


def test_a_true_regression_of_a_fifth_is_found(found: dict[Cell, Rate]) -> None:
    assert fmean(found[c].share for c in POWER) >= 0.95
    assert {c: found[c] for c in POWER if found[c].share < 0.92} == {}


def test_a_tenth_drawn_again_gives_the_kept_counts(is_long: bool) -> None:
    known = rates.known_cells()
    assert list(known) == calibration.CELLS
    if is_long or rates.is_stale(calibration):
        assert fresh() == known, rates.REFRESH
        return
    wrong = {
        (cell, batch, part): known[cell][batch][part]
        for cell, batch, part in calibration.tenth(known)
        if calibration.simulate(cell, batch, [part]) != [known[cell][batch][part]]
    }
    assert wrong == {}, rates.REFRESH


def test_a_cell_that_comes_close_to_a_bound_has_more_pairs(found: dict[Cell, Rate]) -> None:
    known = fresh() if fresh.cache_info().currsize else rates.known_cells()
    for cell, batches in known.items():
        assert len(batches) == calibration.batches(cell, batches), cell
        assert all(len(parts) == calibration.PARTS for parts in batches)
        assert found[cell].pairs == len(batches) * cell.pairs


def test_every_bounded_cell_has_its_pairs(found: dict[Cell, Rate]) -> None:
    assert len(NULL) == 180
    assert len(POWER) == 12
    assert all(found[c].pairs >= 2_000 for c in (*NULL, *POWER))


NUMBER = re.compile(r"\d+\.\d")


def test_the_documented_rates_are_the_computed_ones(found: dict[Cell, Rate]) -> None:
    page = (builders.ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    documented = [line for line in page.splitlines() if line.startswith("|")]
    computed = [line for lines in calibration.tables(found).values() for line in lines]
    assert [NUMBER.sub("#", d) for d in documented] == [NUMBER.sub("#", c) for c in computed]
    for theirs, mine in zip(documented, computed, strict=True):
        wanted = [float(n) for n in NUMBER.findall(mine)]
        shown = [float(n) for n in NUMBER.findall(theirs)]
        assert shown == pytest.approx(wanted, abs=TOLERANCE + 1e-9), f"{theirs}, now {mine}"


@pytest.mark.parametrize("r", CORRELATIONS)
def test_the_planted_curves_scatter_as_their_cell_says(r: float) -> None:
    cell = Cell(3, 5, 100, r, change=20)
    curves = np.concatenate(list(draw(cell, np.random.default_rng(cell.seed(0)))))
    inside = curves / curves.mean(axis=-1, keepdims=True) - 1
    assert inside.std() == pytest.approx(0.05, rel=0.1)
    lagged = (inside[..., 1:] * inside[..., :-1]).mean() / inside.var()
    assert lagged == pytest.approx(r, abs=0.05)
    levels = curves.mean(axis=(0, -1))
    assert levels == pytest.approx([0.4, 0.4, 0.4, 0.48], rel=0.01)


@pytest.mark.parametrize("cell", [Cell(3, 2, 16, 0.5), Cell(5, 5, 400, 0.8, change=20)])
def test_a_short_reading_gets_the_verdict_of_a_whole_one(cell: Cell) -> None:
    bare = templates(cell.replicates, cell.rows)
    steps = np.arange(1, cell.points + 1) * (builders.STEPS // cell.points)
    parts = draw(replace(cell, pairs=20), np.random.default_rng(cell.seed(0)))
    for curves in chain.from_iterable(parts):
        series = [Series(builders.key(METRIC), steps, c) for c in curves]
        whole = [
            run_summary.summarize(replace(t.run, series={s.key: s}), builders.PROFILE)
            for t, s in zip(bare, series, strict=True)
        ]
        triples = zip(bare, curves, tail_means(curves).tolist(), strict=True)
        short = [with_curve(t, steps, values, mean) for t, values, mean in triples]
        assert judge(short, cell.replicates) == judge(whole, cell.replicates)

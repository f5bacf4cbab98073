"""How often the words are wrong: planted rows without a difference, and rows with one.

The rates are simulated by tests/support/calibration.py and kept; a part is drawn again here, all where the sources changed.
"""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy import stats as scipy_stats
from support import builders, calibration, rates
from support.calibration import (
    ANEW,
    CELLS,
    COMPLEMENT,
    CONSTANT,
    DRAWS,
    DRIFTS,
    FAILING,
    LINES,
    LOG_NORMAL,
    METRIC,
    PARTS,
    RATES,
    Cell,
    Rate,
    Setting,
)

from actot.analysis import run_summary
from actot.records import Series


@cache
def fresh() -> calibration.Hits:
    """All of it, simulated now."""
    return calibration.measure()


@pytest.fixture(scope="module")
def hits(is_long: bool) -> calibration.Hits:
    """The kept counts, or those of today's sources where the kept ones come from others."""
    return fresh() if is_long or rates.is_stale(calibration) else rates.known_cells()


@pytest.fixture(scope="module")
def found(hits: calibration.Hits) -> dict[Cell, Rate]:
    return calibration.rates(hits)


EVERY_LINE = [line for lines in LINES.values() for line in lines]


def test_without_a_difference_few_rows_are_called_different(found: dict[Cell, Rate]) -> None:
    bounded = {line.name: line for line in EVERY_LINE if line.most is not None}
    rate = {name: found[line.cells[0]].per_cent for name, line in bounded.items()}
    assert {name: rate[name] for name, line in bounded.items() if rate[name] > line.most} == {}


def test_a_true_difference_is_found(found: dict[Cell, Rate]) -> None:
    bounded = {line.name: line for line in EVERY_LINE if line.least is not None}
    rate = {name: found[line.cells[-1]].per_cent for name, line in bounded.items()}
    assert {name: rate[name] for name, line in bounded.items() if rate[name] < line.least} == {}


def test_a_part_drawn_again_gives_the_kept_counts(is_long: bool) -> None:
    known = rates.known_cells()
    assert list(known) == CELLS
    if is_long or rates.is_stale(calibration):
        assert fresh() == known, rates.REFRESH
        return
    wrong = {
        (cell.key, part): known[cell][part]
        for cell, part in calibration.one_part(known)
        if calibration.simulate(cell, part) != known[cell][part]
    }
    assert wrong == {}, rates.REFRESH


def test_every_cell_has_its_draws(hits: calibration.Hits, found: dict[Cell, Rate]) -> None:
    assert DRAWS == 2_000
    assert {cell.key: len(parts) for cell, parts in hits.items() if len(parts) != PARTS} == {}
    assert {rate.draws for rate in found.values()} == {DRAWS}
    assert len({cell.key for cell in CELLS}) == len(CELLS)


def test_the_documented_rates_are_the_computed_ones(found: dict[Cell, Rate]) -> None:
    page = (builders.ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    documented = [line for line in page.splitlines() if line.startswith("|")]
    computed = [line for lines in calibration.tables(found).values() for line in lines]
    assert documented == computed


def test_the_first_paragraph_states_the_cells_that_nothing_cures(found: dict[Cell, Rate]) -> None:
    page = (builders.ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    first = page.split("\n\n")[1]
    for line in LINES["uncured"]:
        assert f"{found[line.cells[0]].per_cent:.1f} %" in first, line.name


# The planted curves.


def curves(cell: Cell, parts: int = 10) -> np.ndarray:
    """Some parts of a cell together."""
    return np.concatenate([calibration.draw(cell, part) for part in range(parts)])


@pytest.mark.parametrize("r", [0.0, 0.5, 0.8])
def test_a_run_scatters_around_its_level_as_its_cell_says(r: float) -> None:
    drawn = curves(Cell(Setting(3, scatter=5, r=r), change=20))
    inside = drawn / drawn.mean(axis=-1, keepdims=True) - 1
    assert inside.std() == pytest.approx(0.05, rel=0.1)
    lagged = (inside[..., 1:] * inside[..., :-1]).mean() / inside.var()
    assert lagged == pytest.approx(r, abs=0.05)
    assert drawn.mean(axis=(0, -1)) == pytest.approx([1, 1, 1, 1.2], rel=0.015)


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        (Setting(5), [0.05] * 4),
        (Setting(1, run_spread=8), [0.01, 0.01, 0.01, 0.08]),
        (Setting(8, others=1), [0.08] * 4 + [0.01] * 3),
        (Setting(20, law=LOG_NORMAL), [0.20] * 4),
    ],
)
def test_seeds_spread_as_their_cell_says(setting: Setting, wanted: list[float]) -> None:
    levels = curves(Cell(replace(setting, scatter=0, points=5)), parts=50)[..., 0]
    assert np.log(levels).std(axis=0) == pytest.approx(wanted, rel=0.12)


def test_a_seed_in_ten_fails() -> None:
    levels = curves(Cell(Setting(3, scatter=0, points=5, law=FAILING)), parts=50)[..., 0]
    assert (levels > 1.25).mean() == pytest.approx(0.1, abs=0.015)
    assert levels[levels > 1.25].mean() == pytest.approx(1.5, rel=0.01)


def test_a_falling_run_falls_to_its_end_and_all_fall_alike() -> None:
    drawn = curves(Cell(Setting(0, scatter=0, points=5, falls=math.log(10))), parts=1)
    assert drawn[0, 0] == pytest.approx([10 ** -(t / 4) for t in range(5)])
    assert np.ptp(drawn, axis=(0, 1)) == pytest.approx([0] * 5)


@pytest.mark.parametrize(("offsets", "wanted"), [(CONSTANT, 1), (DRIFTS, 0.5), (ANEW, 0)])
def test_offsets_go_on_from_look_to_look_as_their_cell_says(offsets: str, wanted: float) -> None:
    drawn = curves(Cell(Setting(5, scatter=0, looks=4, offsets=offsets)), parts=50)
    at_looks = drawn[..., 24::25].reshape(-1, 4)
    assert at_looks.std(axis=0) == pytest.approx([0.05] * 4, rel=0.1)
    assert np.corrcoef(at_looks.T)[0, 3] == pytest.approx(wanted, abs=0.06)


def test_success_rates_spread_as_their_cell_says() -> None:
    cell = Cell(Setting(10, runs=3, scale=RATES, points=1))
    counts = np.concatenate([calibration.draw_rates(cell, part) for part in range(50)])
    p, n, tau = calibration.SUCCESS, calibration.ROLLOUTS, 0.10
    assert counts.mean() / n == pytest.approx(p, rel=0.02)
    within = (p * (1 - p) - tau**2) / n
    assert (counts / n).var() == pytest.approx(tau**2 + within, rel=0.1)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 1])
def test_the_looks_at_the_quarters_ask_for_the_levels_of_the_rule(share: float) -> None:
    wanted = {0.25: 0.0001, 0.5: 0.0056, 0.75: 0.0236, 1: 0.05}[share]
    assert calibration.level_at(share, 4) == pytest.approx(wanted, abs=5e-5)
    assert calibration.level_at(share, 20) == pytest.approx(wanted / (1 + (share < 1)), abs=5e-5)


@pytest.mark.parametrize(
    "setting",
    [Setting(3, points=16, r=0.5), Setting(5, runs=3, others=1), Setting(10, scale=COMPLEMENT)],
)
def test_a_short_reading_gets_the_verdict_of_a_whole_one(setting: Setting) -> None:
    bare, steps = calibration.templates(setting), calibration.steps_of(setting)
    profile = calibration.profile_of(setting.scale)
    for values in calibration.logged(setting, calibration.draw(Cell(setting), 0)):
        whole = [
            run_summary.summarize(
                replace(
                    t.run, series={builders.key(METRIC): Series(builders.key(METRIC), steps, v)}
                ),
                profile,
            )
            for t, v in zip(bare, values, strict=True)
        ]
        short = [calibration.with_curve(t, steps, v) for t, v in zip(bare, values, strict=True)]
        mine, theirs = (calibration.judge(found, setting, found) for found in (short, whole))
        assert mine == theirs


# The plain alternatives.


def test_welch_is_scipys() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        a, b = rng.normal(1, 0.05, 3), rng.normal(1.1, 0.1, 4)
        wanted = scipy_stats.ttest_ind(a, b, equal_var=False).pvalue
        assert calibration.welch(a, b)[1] == pytest.approx(wanted, rel=1e-9)
        wanted = scipy_stats.ttest_ind(a[:1], b).pvalue
        assert calibration.welch(a[:1], b)[1] == pytest.approx(wanted, rel=1e-9)


def test_holm_of_a_textbook_case() -> None:
    assert calibration.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert calibration.holm([0.9, 0.8]) == [1.0, 1.0]

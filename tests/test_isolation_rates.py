"""How often an isolation names the right knob: kept rates of planted sources, of which the first are drawn again here."""

import re

import pytest
from support import builders, isolation_rates, rates
from support.isolation_rates import CELLS, OURS, Cell, Rates, mean, share

TOLERANCE = 0.5  # per cent points between the documented and the computed rates
NUMBER = re.compile(r"\d+\.\d")


@pytest.fixture(scope="module")
def found(is_long: bool) -> Rates:
    """The kept rates, or those of today's sources where the kept ones come from others."""
    stale = is_long or rates.is_stale(isolation_rates)
    return isolation_rates.measure() if stale else rates.known_isolations()[0]


def cells(case: str, effect: int, *ways: str) -> list[Cell]:
    """The cells of a case, one for each number of suspects."""
    return [c for c in CELLS if (c.case.name, c.effect) == (case, effect) and c.way in ways]


def test_the_first_draws_give_the_kept_counts() -> None:
    assert isolation_rates.first() == rates.known_isolations()[1], rates.REFRESH


@pytest.mark.parametrize("case", ["threshold", "dose"])
@pytest.mark.parametrize(("effect", "exactly", "innocent"), [(40, 98, 2), (20, 93, 3)])
def test_a_single_knob_is_named_and_no_innocent(
    found: Rates, case: str, effect: int, exactly: float, innocent: float
) -> None:
    for cell in cells(case, effect, *OURS):
        assert share(found, cell, "exactly") >= exactly, cell
        assert share(found, cell, "innocent") <= innocent, cell


@pytest.mark.parametrize(("effect", "exactly"), [(40, 98), (20, 93)])
def test_two_knobs_that_harm_only_together_are_named_together(
    found: Rates, effect: int, exactly: float
) -> None:
    for cell in cells("two together", effect, *OURS):
        assert share(found, cell, "exactly") >= exactly, cell
        assert share(found, cell, "innocent") <= 3, cell


def test_two_knobs_of_which_each_is_enough_are_both_named_by_reverts(found: Rates) -> None:
    for cell in cells("two, each alone", 40, "reverts"):
        assert share(found, cell, "exactly") >= 95, cell


def test_a_run_that_was_bad_by_its_seed_blames_nobody(found: Rates) -> None:
    for cell in cells("by its seed", 40, *OURS):
        assert share(found, cell, "exactly") >= 98, cell
        assert share(found, cell, "innocent") <= 1, cell


def test_halving_takes_as_few_runs_as_the_halves_and_one_to_verify(found: Rates) -> None:
    least = {2: 1.0, 3: 5 / 3, 4: 2.0, 6: 8 / 3}
    for cell in cells("threshold", 40, "halving"):
        assert least[cell.k] <= mean(found, cell, "runs") <= least[cell.k] + 1, cell


def test_the_older_ways_on_the_same_sources_are_no_better(found: Rates) -> None:
    for older in ("one at a time, 3x", "Plackett-Burman"):
        for case in ("threshold", "two together"):
            for ours, theirs in zip(
                cells(case, 40, "reverts"), cells(case, 40, older), strict=True
            ):
                assert share(found, ours, "exactly") >= share(found, theirs, "exactly") - 1


def test_the_documented_rates_are_the_computed_ones(found: Rates) -> None:
    page = (builders.ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
    computed = isolation_rates.table(found)
    documented = page.partition("<!-- isolation -->\n")[2].partition("\n<!-- /isolation -->")[0]
    lines = documented.split("\n")
    assert [NUMBER.sub("#", x) for x in lines] == [NUMBER.sub("#", x) for x in computed]
    for theirs, mine in zip(lines, computed, strict=True):
        wanted = [float(n) for n in NUMBER.findall(mine)]
        assert [float(n) for n in NUMBER.findall(theirs)] == pytest.approx(
            wanted, abs=TOLERANCE + 1e-9
        )

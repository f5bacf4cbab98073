"""The benchmarks' table: both sides are there, the ratio is theirs over ours, and the page says what the JSON says."""

import json
from pathlib import Path

import pytest

pytest.importorskip("pandas")

from actot import sources
from bench import growth, line, record, rows, summaries
from bench.rows import Figure, Row, Size

KNOWN = json.loads((rows.DOCS / "benchmarks.json").read_text(encoding="utf-8"))


def row(theirs: float, ours: float, unit: str = "s") -> Row:
    """A row whose sides have been measured once."""
    return Row("Group", "this", "that", unit, rows.figure([theirs]), rows.figure([ours]))


def test_a_ratio_says_how_many_times_less_actot_takes() -> None:
    assert row(6.0, 2.0).ratio == 3
    assert row(1.0, 4.0).ratio == 0.25
    assert row(1.0, 0.0, "B").ratio is None


def test_a_figure_is_the_median_and_the_spread_of_its_rounds() -> None:
    assert rows.figure([5.0, 1.0, 2.0]) == Figure(2.0, 1.0, 5.0, 3)
    with pytest.raises(ValueError, match="median"):
        rows.figure([])


def test_both_sides_are_measured_in_turns() -> None:
    calls: list[str] = []
    theirs, ours = rows.in_turns(
        lambda: calls.append("theirs"), lambda: calls.append("ours"), rounds=3
    )
    assert calls == ["theirs", "ours"] * 3
    assert theirs.rounds == ours.rounds == 3


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (2.5, "s", "2.5 s"),
        (0.0125, "s", "12.5 ms"),
        (3e-6, "s", "0.003 ms"),
        (26_900_000, "B", "26.9 MB"),
        (1650, "B", "1.65 kB"),
        (0, "B", "0 kB"),
        (4096e6, "B", "4096 MB"),
        (25, "requests", "25"),
    ],
)
def test_a_figure_is_shown_in_a_unit_that_suits_it(value: float, unit: str, shown: str) -> None:
    assert rows.show(value, unit) == shown


def test_the_exponent_is_the_power_between_two_sizes_of_one_work() -> None:
    small, large, other = (
        Size(what, runs, rows.figure([seconds]), rows.figure([1e6]), rows.figure([5e5]))
        for what, runs, seconds in (("a", 10, 0.5), ("a", 100, 50.0), ("b", 1000, 1.0))
    )
    powers = [size["exponent"] for size in rows.as_tree((), (small, large, other))["growth"]]
    assert powers == [None, pytest.approx(2.0), None]


def test_markdown_and_json_agree(tmp_path: Path) -> None:
    size = Size("work", 10, rows.figure([1.0, 3.0, 2.0]), rows.figure([5e7]), rows.figure([1e7]))
    rows.write(rows.as_tree([row(6.0, 2.0), row(1e6, 0.0, "B")], [size]), tmp_path)
    tree = rows.known(tmp_path)
    page = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert page == rows.page(tree)
    assert [r["ratio"] for r in tree["rows"]] == [3.0, None]
    assert "| this | that | 6 s | 2 s | 3 |" in page
    assert "| work | 10 | 2 s (1 s to 3 s) |  | 50 MB | 10 MB |" in page


def test_the_page_says_what_the_json_says() -> None:
    page = (rows.DOCS / "benchmarks.md").read_text(encoding="utf-8")
    assert page == rows.page(KNOWN)


def test_every_known_row_has_both_sides_and_their_ratio() -> None:
    assert len({r["group"] for r in KNOWN["rows"]}) == 5
    for known in KNOWN["rows"]:
        sides = [Figure(**known[side]) for side in ("theirs", "ours")]
        assert all(s.low <= s.median <= s.high and s.rounds >= 2 for s in sides), known["what"]
        assert known["ratio"] == pytest.approx(sides[0].median / sides[1].median)
        assert known["what"] and known["instead"] and known["unit"] in rows.UNITS
        # As the table shows it.
        assert float(f"{known['ratio']:.3g}") >= 1, known["what"]


def test_the_known_sizes_grow_and_cover_what_is_promised() -> None:
    runs: dict[str, list[int]] = {}
    for size in KNOWN["growth"]:
        runs.setdefault(size["what"], []).append(size["runs"])
    assert list(runs) == list(growth.NAMES.values())
    wanted = {growth.LISTED, growth.STUDIED, growth.PICKS}
    assert {tuple(some) for some in runs.values()} == wanted


def test_the_rows_of_summaries_compare_equal_figures() -> None:
    found = summaries.rows(runs=2, rounds=2)
    assert len(found) == 4
    assert all(r.unit == "s" and r.ratio and r.ratio > 0 for r in found)


def test_a_written_run_file_is_read_back_whole(tmp_path: Path) -> None:
    folder = record.folder(tmp_path, 2, 40)
    runs = {r.id: r for r in record.made_up(2)}
    listed = sources.list_runs(str(folder))
    assert {r.id for r in listed.runs} == set(runs)
    for info in listed.runs:
        made, read = runs[info.id], sources.load(listed, info.id)
        assert (read.state, dict(read.config), read.warnings) == ("finished", made.config, ())
        assert {k: s.values.tolist() for k, s in read.series.items()} == {
            k: s.values[:40].tolist() for k, s in made.series.items()
        }


@pytest.mark.parametrize("work", ["list", "keep"])
def test_a_size_is_measured_at_the_number_of_runs_asked_for(work: str, tmp_path: Path) -> None:
    folder = tmp_path / "some"
    if work == "list":
        growth.copies(tmp_path / "all", 3)
        growth.part(tmp_path / "all", folder, 2)
    else:
        growth.kept(folder, 2)
    done = growth.one(work, 2, folder)
    assert [name for name, _ in done["seconds"]] == [work]
    assert done["peak"] >= done["own"] > 0


def test_every_station_of_the_line_is_a_function_that_there_is() -> None:
    stations = [f for functions in line.STATIONS.values() for f in functions]
    assert all(callable(getattr(module, name)) for module, name in stations)

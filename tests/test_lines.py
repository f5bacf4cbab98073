"""What of a curve the browser gets: the ends, the extremes and the gaps survive, and little else."""

import json

import numpy as np
import pytest

pytest.importorskip("altair")

from support import builders

from actot.records import make_series
from actot.widgets import curve_chart, palette
from actot.widgets.curve_chart import Curve, Look

RNG = np.random.default_rng(4)


@pytest.mark.parametrize("n", [1, 2, 59, 600, 601, 1999, 20_000])
@pytest.mark.parametrize("most", [60, 600])
def test_a_reduced_line_keeps_its_ends_and_the_extremes_of_every_stretch(n: int, most: int) -> None:
    y = RNG.standard_normal(n)
    x = np.arange(n, dtype=float)
    sx, sy = curve_chart.reduce(x, y, most)
    assert len(sx) <= most + 2
    assert (sx[0], sx[-1]) == (0, n - 1)
    assert (sy.min(), sy.max()) == (y.min(), y.max())
    assert (np.diff(sx) > 0).all()
    assert set(zip(sx, sy, strict=True)) <= set(zip(x, y, strict=True))
    width = -(-n // (most // 2)) if n > most else 1
    for start in range(0, n, width):
        part = y[start : start + width]
        assert part.max() in sy
        assert part.min() in sy


def test_a_spike_of_one_point_survives() -> None:
    y = np.zeros(20_000)
    y[12_345] = 9.0
    x, reduced = curve_chart.reduce(np.arange(20_000.0), y, 600)
    assert x[reduced.argmax()] == 12_345


@pytest.mark.parametrize("share", [0.0, 0.02, 0.1])
def test_smoothing_is_a_centred_mean_that_uses_what_there_is_at_the_ends(share: float) -> None:
    y = RNG.standard_normal(101)
    half = (max(1, int(share * 101) | 1)) // 2
    wanted = [y[max(0, i - half) : i + half + 1].mean() for i in range(101)]
    assert curve_chart.smooth(y, share) == pytest.approx(wanted)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_line_is_broken_where_the_run_logged_nan_or_inf(bad: float) -> None:
    values = np.linspace(1, 2, 2000)
    values[500:510] = bad
    values[1990:] = bad
    series = make_series("k", range(2000), values)
    found = curve_chart.curve("r", np.arange(2000.0), series, 0.0, 100)
    gaps = found.x[np.isnan(found.y)]
    # The gap inside breaks the line; behind the last finite point there is nothing to join.
    assert gaps.tolist() == [500.0]
    assert found.x[-1] == 1989


def test_one_line_among_many_gets_fewer_points_and_never_too_few() -> None:
    assert curve_chart.points_each(3) == curve_chart.MOST_EACH
    assert 60 * curve_chart.points_each(60) <= curve_chart.MOST_POINTS
    assert curve_chart.points_each(10_000) == curve_chart.FEWEST


def drawn(names: list[str], **look: object) -> dict:
    x = np.arange(50.0)
    curves = [
        Curve(n, x, x + 1, (x, x + 1), best=(1.0, 2.0), tail=(40.0, 49.0, 45.0)) for n in names
    ]
    colours = dict.fromkeys(names, "#000000")
    dashes = {n: [1, 0] for n in names}
    chart = curve_chart.chart(curves, [], Look("t", "step", colours, dashes, **look))
    return json.loads(chart.to_json())


def test_a_runs_name_is_text_and_never_a_field() -> None:
    tree = drawn(["a.b[0]", "datum['x']"])
    fields = {
        part["field"]
        for layer in tree["layer"]
        for encoding in layer["encoding"].values()
        for part in (encoding if isinstance(encoding, list) else [encoding])
        if "field" in part
    }
    assert fields <= {"x", "x2", "y", "run", "v0", "v1"}


def test_many_lines_have_no_legend_and_no_marks() -> None:
    few, many = drawn(["a", "b"]), drawn([f"r{i}" for i in range(40)])
    assert len(many["layer"]) < len(few["layer"])
    legends = [
        layer["encoding"]["color"]["legend"]
        for layer in many["layer"]
        if "color" in layer["encoding"]
    ]
    assert legends == [None] * len(legends)


def test_a_clock_is_an_axis_of_times() -> None:
    layer = drawn(["a"], clock=True)["layer"][0]
    assert layer["encoding"]["x"]["type"] == "temporal"


def test_a_run_keeps_its_colour_and_no_two_of_24_look_alike() -> None:
    import dataclasses

    names = tuple(f"r{i}" for i in range(24))
    study = dataclasses.replace(builders.planted_study(), runs=names, groups=())
    for dark in (False, True):
        hues = palette.colours(study, dark)
        looks = {(hues[n], tuple(palette.dashes(study)[n])) for n in names}
        assert len(looks) == 24

"""How fast many series are summed up, beside pandas and beside a loop over the rows.

Eight figures: count, first, last, min, max, and mean, standard deviation and slope of the tail. Sixteen: also the best, the
steps of the last point and the extremes, the change and the jitter. actot always makes all.
"""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from actot.analysis import metric_stats, run_summary
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Metric
from actot.records import Run
from bench import record
from bench.rows import Row, in_turns, table_of

GROUP = "Summaries"
RUNS = 60
TAIL = record.PROFILE.tail
LOWER = Metric("m", keys=("k",), direction="lower")


def rows(runs: int = RUNS, rounds: int = 5) -> list[Row]:
    """Summaries of all series; and what the line makes of a run, config and all."""
    made = list(record.made_up(runs))
    frame = long(made)
    loop = list(frame.itertuples(index=False, name=None))
    check(made, frame, loop)
    size = f"{sum(len(r.series) for r in made):,} series of {record.POINTS:,} points"
    read = f"{size}, all figures, and each run's config, derived metrics and reasons for what is absent"
    found = []
    for what, instead, theirs, ours, times in (
        (f"{size}, 16 figures", "pandas `groupby`", lambda: full(frame), by_actot, rounds),
        (f"{size}, 8 figures", "pandas `groupby`", lambda: by_pandas(frame), by_actot, rounds),
        (f"{size}, 8 figures", "a Python loop over the rows", lambda: by_loop(loop), by_actot, 3),
        (read, "pandas `groupby`, 16 figures alone", lambda: full(frame), by_readings, rounds),
    ):
        sides = in_turns(theirs, partial(ours, made), rounds=times)
        found.append(Row(GROUP, what, instead, "s", *sides))
    return found


def long(runs: Sequence[Run]) -> pd.DataFrame:
    """All points as one table; run and key are categories, which pandas groups fastest."""
    parts = [
        pd.DataFrame({"run": r.id, "key": k, "step": s.steps, "value": s.values})
        for r in runs
        for k, s in r.series.items()
    ]
    return pd.concat(parts, ignore_index=True).astype({"run": "category", "key": "category"})


def by_actot(runs: Sequence[Run]) -> dict[tuple[str, str], MetricStats]:
    """A Summary of every series."""
    return {
        (r.id, k): metric_stats.summarize(s, LOWER, TAIL) for r in runs for k, s in r.series.items()
    }


def by_readings(runs: Sequence[Run]) -> list[RunSummary]:
    """What the line makes of every run."""
    return [run_summary.summarize(r, record.PROFILE) for r in runs]


def full(frame: pd.DataFrame) -> pd.DataFrame:
    """All that a Summary holds by groupby: also the steps, the change and the jitter."""
    found = by_pandas(frame)
    groups = frame.groupby(["run", "key"], observed=True, sort=False)
    for name in ("min", "max"):
        at = groups["value"].agg(f"idx{name}")
        found[f"{name}_step"] = frame["step"].to_numpy()[at]
    found["best"], found["best_step"] = found["min"], found["min_step"]
    found["last_step"] = groups["step"].last()
    found["delta"] = found["last"] - found["first"]
    found["pct"] = 100 * found["delta"] / found["first"].abs()
    ahead = frame.assign(value=groups["value"].diff()).groupby(
        ["run", "key"], observed=True, sort=False
    )
    found["jitter"] = ahead["value"].std(ddof=0) / groups["value"].median().abs()
    return found


def by_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """The figures by groupby; points stand in the order of their steps."""
    groups = frame.groupby(["run", "key"], observed=True, sort=False)
    found = groups["value"].agg(["count", "first", "last", "min", "max"])
    # The made-up series are equally long, which spares pandas a window per group.
    k = metric_stats.tail_length(int(found["count"].iloc[0]), TAIL)
    end = groups.tail(k)
    ends = end.groupby(["run", "key"], observed=True, sort=False)
    found["mean"], found["std"] = ends["value"].mean(), ends["value"].std(ddof=0)
    t = end["step"] - ends["step"].transform("mean")
    y = end["value"] - ends["value"].transform("mean")
    parts = end.assign(ty=t * y, tt=t * t).groupby(["run", "key"], observed=True, sort=False)
    sums = parts[["ty", "tt"]].sum()
    found["slope"] = sums["ty"] / sums["tt"]
    return found


def by_loop(
    points: Sequence[tuple[str, str, int, float]],
) -> dict[tuple[str, str], dict[str, float]]:
    """The figures by a loop over the points and a loop over each tail."""
    series: dict[tuple[str, str], list[tuple[int, float]]] = {}
    found: dict[tuple[str, str], dict[str, float]] = {}
    for run, key, step, value in points:
        if not math.isfinite(value):
            continue
        at = (run, key)
        if at not in found:
            found[at] = {"count": 0, "first": value, "min": value, "max": value}
            series[at] = []
        one = found[at]
        one["count"] += 1
        one["last"] = value
        if value < one["min"]:
            one["min"] = value
        if value > one["max"]:
            one["max"] = value
        series[at].append((step, value))
    for at, one in found.items():
        end = series[at][-metric_stats.tail_length(int(one["count"]), TAIL) :]
        n = len(end)
        mean, middle = sum(v for _, v in end) / n, sum(s for s, _ in end) / n
        one["mean"] = mean
        one["std"] = math.sqrt(sum((v - mean) ** 2 for _, v in end) / n)
        one["slope"] = sum((s - middle) * (v - mean) for s, v in end) / sum(
            (s - middle) ** 2 for s, _ in end
        )
    return found


EIGHT = {
    "count": "n",
    "first": "first",
    "last": "last",
    "min": "min",
    "max": "max",
    "mean": "last_mean",
    "std": "last_std",
    "slope": "slope_last",
}
MORE = ("best", "best_step", "min_step", "max_step", "last_step", "delta", "pct", "jitter")
NAMES = EIGHT | {name: name for name in MORE}


def check(
    runs: Sequence[Run], frame: pd.DataFrame, points: Sequence[tuple[str, str, int, float]]
) -> None:
    """The three agree. Raises: AssertionError."""
    ours, pandas, loop = by_actot(runs), full(frame), by_loop(points)
    for at, summary in ours.items():
        mine = [getattr(summary, name) for name in NAMES.values()]
        np.testing.assert_allclose(mine, pandas.loc[at, list(NAMES)].to_numpy(float), rtol=1e-6)
        np.testing.assert_allclose(mine[: len(EIGHT)], [loop[at][n] for n in EIGHT], rtol=1e-6)


if __name__ == "__main__":
    print(table_of(rows()))

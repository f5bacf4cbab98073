"""How often the words are wrong: planted pairs without a difference, and pairs with one.

`make rates` writes the tables of docs/calibration.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from statistics import fmean

import numpy as np

from actot.analysis import metric_stats
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.records import Series
from actot.verdicts import judging, seed_noise
from actot.verdicts.verdict import IMPROVED, REGRESSED, Verdict
from support import builders
from support.processes import processes

METRIC = "eval_l1"
LEVEL = 0.4
SPREADS, SCATTERS = (1, 2, 3, 4, 5), (2, 3, 5)
LENGTHS, CORRELATIONS = (16, 40, 100, 400), (0.0, 0.5, 0.8)
PAIRS = 2_000
# (false alarms, pairs): a cell above that rate gets that many pairs, so that a bound tests the rate
# and not luck: at 40,000 pairs the standard error of 7.5 % is 0.13 points.
CLOSER_LOOKS = ((0.06, 10_000), (0.07, 40_000))
FEWER, FAMILY_PAIRS = 500, 250  # a cell where no bound is tested
PARTS = 10  # of a batch: one of them is drawn again by every `make test`


@dataclass(frozen=True)
class Cell:
    """One setting of the simulation.

    Units: `spread` of the seeds, `scatter` inside a run and the true `change` of the first judged run
    are per cent of a run's level; `r` is the autocorrelation of the scatter from point to point.
    """

    spread: int
    scatter: int
    points: int
    r: float
    change: int = 0
    rows: int = 1
    replicates: int = 3
    pairs: int = PAIRS

    def seed(self, batch: int) -> list[int]:
        """The seed follows from the parameters: none is chosen."""
        kind = [self.change, self.rows, self.replicates]
        return [self.spread, self.scatter, self.points, round(10 * self.r), *kind, batch]


@dataclass(frozen=True)
class Rate:
    """How many of the pairs got the word in question."""

    hits: int
    pairs: int

    @property
    def share(self) -> float:
        """The fraction."""
        return self.hits / self.pairs


def grid(spreads: Iterable[int], scatters: Iterable[int], **fixed: int) -> list[Cell]:
    """All lengths and autocorrelations at some spreads and scatters."""
    every = product(spreads, scatters, LENGTHS, CORRELATIONS)
    return [Cell(*parameters, **fixed) for parameters in every]


NULL = grid(SPREADS, SCATTERS)
POWER = grid([3], [2], change=20)
LOUD = grid(SPREADS, [10], pairs=FEWER)
ASSUMED = grid(SPREADS, [2], replicates=1, pairs=FEWER)
ASSUMED_POWER = grid([3], [2], replicates=1, change=20, pairs=FEWER)
FAMILIES = (3, 6)
FAMILY = [c for rows in FAMILIES for c in grid([3], [2], rows=rows, pairs=FAMILY_PAIRS)]
FAMILY_POWER = [replace(c, change=20) for c in FAMILY]
CELLS = [*NULL, *POWER, *LOUD, *ASSUMED, *ASSUMED_POWER, *FAMILY, *FAMILY_POWER]


def draw(
    cell: Cell, rng: np.random.Generator, parts: Sequence[int] = range(PARTS)
) -> Iterator[np.ndarray]:
    """Of each of these parts, curves by pair, run and point: the replicates, then the judged runs."""
    shape = (cell.pairs, cell.replicates + cell.rows)
    levels = LEVEL * (1 + cell.spread / 100 * rng.standard_normal(shape))
    levels[:, cell.replicates] *= 1 + cell.change / 100
    scatter = rng.standard_normal((*shape, cell.points))
    size = cell.pairs // PARTS
    for part in (slice(p * size, (p + 1) * size) for p in parts):
        yield levels[part, :, np.newaxis] * (1 + cell.scatter / 100 * drifting(cell, scatter[part]))


def drifting(cell: Cell, scatter: np.ndarray) -> np.ndarray:
    """Independent scatter made to depend on that of the point before."""
    for t in range(1, cell.points):
        fresh = np.sqrt(1 - cell.r**2) * scatter[..., t]
        scatter[..., t] = cell.r * scatter[..., t - 1] + fresh
    return scatter


@cache
def templates(replicates: int, rows: int) -> list[RunSummary]:
    """Summaries without curves: replicates that differ by their seed, runs with another knob."""
    knobs = [{}] * replicates + [{builders.REG: 0.12}] * rows
    configs = [builders.config(knob, seed=at) for at, knob in enumerate(knobs, 1)]
    return [builders.summary(f"run{at}", config) for at, config in enumerate(configs, 1)]


def tail_means(curves: np.ndarray) -> np.ndarray:
    """The mean over the last window of each curve; the points are on the last axis."""
    k = metric_stats.tail_length(curves.shape[-1], builders.PROFILE.tail)
    return curves[..., -k:].mean(axis=-1)


def with_curve(
    template: RunSummary, steps: np.ndarray, values: np.ndarray, mean: float
) -> RunSummary:
    """The reading of a run that logged this curve; of the Summary, what a verdict is made from."""
    curve = Series(builders.key(METRIC), steps, values)
    stats = MetricStats(curve.key, len(steps), last_step=int(steps[-1]), last_mean=mean)
    stats = {**template.stats, METRIC: stats}
    return RunSummary(template.run, template.settings, {METRIC: curve}, stats)


def judge(found: Sequence[RunSummary], replicates: int) -> tuple[Verdict, ...]:
    """The verdicts of the runs against the replicates, with the noise learnt from these alone."""
    bases, runs = found[:replicates], found[replicates:]
    learnt = seed_noise.measure(bases, METRIC, builders.PROFILE)
    return judging.judge([(r, bases) for r in runs], METRIC, learnt, builders.PROFILE)


def is_hit(rows: Sequence[Verdict], change: int) -> bool:
    """A true change that was found in the first row; without one, a false alarm in any row."""
    if change:
        return rows[0].word == REGRESSED
    return any(row.word in (IMPROVED, REGRESSED) for row in rows)


Hits = dict[Cell, list[list[int]]]  # of every batch of a cell, the hits of each of its parts


def simulate(cell: Cell, batch: int = 0, parts: Sequence[int] = range(PARTS)) -> list[int]:
    """Draw the pairs of a batch and judge some of its parts; the hits of each."""
    steps = np.arange(1, cell.points + 1) * (builders.STEPS // cell.points)
    bare = templates(cell.replicates, cell.rows)

    def hits(curves: np.ndarray) -> int:
        """Of the pairs of one part."""
        return sum(map(is_found, curves, tail_means(curves).tolist()))

    def is_found(curves: np.ndarray, means: Sequence[float]) -> bool:
        triples = zip(bare, curves, means, strict=True)
        found = [with_curve(t, steps, values, mean) for t, values, mean in triples]
        return is_hit(judge(found, cell.replicates), cell.change)

    return [hits(c) for c in draw(cell, np.random.default_rng(cell.seed(batch)), parts)]


def batches(cell: Cell, known: Sequence[Sequence[int]]) -> int:
    """How many batches a cell should have after those that are known: more, if they come close to a bound."""
    wanted = 1
    for limit, pairs in CLOSER_LOOKS if cell in NULL else ():
        if len(known) >= wanted and rate(cell, known[:wanted]).share > limit:
            wanted = max(wanted, pairs // PAIRS)
    return wanted


def rate(cell: Cell, known: Sequence[Sequence[int]]) -> Rate:
    """The rate of a cell over its batches."""
    return Rate(sum(map(sum, known)), len(known) * cell.pairs)


def rates(known: Hits) -> dict[Cell, Rate]:
    """The rate of every cell."""
    return {cell: rate(cell, found) for cell, found in known.items()}


def measure() -> Hits:
    """The hits of every cell, with more pairs where the first ones come close to a bound."""
    hits: Hits = {cell: [] for cell in CELLS}
    with processes() as pool:
        for _ in (None, *CLOSER_LOOKS):
            more = [
                (c, b) for c, known in hits.items() for b in range(len(known), batches(c, known))
            ]
            for (cell, _), parts in zip(
                more, pool.map(simulate, *zip(*more, strict=True)), strict=True
            ):
                hits[cell].append(parts)
    return hits


def tenth(known: Hits) -> Iterator[tuple[Cell, int, int]]:
    """Which part of each batch is drawn again: every cell has another one."""
    for at, (cell, found) in enumerate(known.items()):
        for batch in range(len(found)):
            yield cell, batch, (at + batch) % PARTS


# The tables.


def tables(rates: dict[Cell, Rate]) -> dict[str, list[str]]:
    """Every table of the documentation by the name of its block, as lines of Markdown."""
    return {
        "null": null_table(rates),
        "spread": spread_table(rates),
        "close": close_table(rates),
        "power": power_table(rates),
        "loud": loud_table(rates),
        "assumed": assumed_table(rates),
        "family": family_table(rates),
    }


def shares(rates: dict[Cell, Rate], cells: Iterable[Cell]) -> list[float]:
    """The rates of some cells in per cent."""
    return [100 * rates[c].share for c in cells]


def mean_and_worst(values: Sequence[float]) -> str:
    """`1.5 / 4.0`."""
    return f"{fmean(values):.1f} / {max(values):.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a Markdown table."""
    rule = ["---"] * len(head)
    return ["| " + " | ".join(row) + " |" for row in (head, rule, *rows)]


AUTOCORRELATION = [f"autocorrelation {r:g}" for r in CORRELATIONS]


def null_table(rates: dict[Cell, Rate]) -> list[str]:
    """False alarms by scatter, length and autocorrelation: mean and worst over the seed spreads."""

    def figures(scatter: int, points: int, r: float) -> str:
        alike = [c for c in NULL if (c.scatter, c.points, c.r) == (scatter, points, r)]
        return mean_and_worst(shares(rates, alike))

    rows = [
        [f"{scatter} %", str(points), *(figures(scatter, points, r) for r in CORRELATIONS)]
        for scatter, points in product(SCATTERS, LENGTHS)
    ]
    every = mean_and_worst(shares(rates, NULL))
    return table(
        ["scatter in a run", "points", *AUTOCORRELATION], [*rows, ["all", "all", every, "", ""]]
    )


def spread_table(rates: dict[Cell, Rate]) -> list[str]:
    """False alarms by seed spread."""
    by_spread = [mean_and_worst(shares(rates, [c for c in NULL if c.spread == s])) for s in SPREADS]
    return table(
        ["seed spread", *(f"{s} %" for s in SPREADS)], [["false alarms, mean / worst", *by_spread]]
    )


def close_table(rates: dict[Cell, Rate]) -> list[str]:
    """The cells with the most false alarms."""
    worst = sorted(NULL, key=lambda c: -rates[c].share)[:5]
    rows = [
        [
            f"{c.spread} %",
            f"{c.scatter} %",
            str(c.points),
            f"{c.r:g}",
            str(rates[c].pairs),
            f"{100 * rates[c].share:.1f}",
        ]
        for c in worst
    ]
    head = ["seed spread", "scatter in a run", "points", "autocorrelation", "pairs", "false alarms"]
    return table(head, rows)


def power_table(rates: dict[Cell, Rate]) -> list[str]:
    """A true +20 % found."""
    return by_length(rates, POWER, "points", mean_of_all="found, all cells")


def by_length(
    rates: dict[Cell, Rate], cells: Sequence[Cell], head: str, mean_of_all: str
) -> list[str]:
    """One rate per length and autocorrelation, and the mean."""
    rows = [
        [
            str(points),
            *(
                f"{share:.1f}"
                for r in CORRELATIONS
                for share in shares(rates, [c for c in cells if (c.points, c.r) == (points, r)])
            ),
        ]
        for points in LENGTHS
    ]
    mean = f"{fmean(shares(rates, cells)):.1f}"
    return table([head, *AUTOCORRELATION], [*rows, [mean_of_all, mean, "", ""]])


def loud_table(rates: dict[Cell, Rate]) -> list[str]:
    """False alarms where the scatter inside a run is 10 %."""

    def figures(points: int, r: float) -> str:
        return mean_and_worst(shares(rates, [c for c in LOUD if (c.points, c.r) == (points, r)]))

    rows = [[str(n), *(figures(n, r) for r in CORRELATIONS)] for n in LENGTHS]
    return table(["points", *AUTOCORRELATION], rows)


def assumed_table(rates: dict[Cell, Rate]) -> list[str]:
    """One baseline and no replicates."""
    by_spread = [
        mean_and_worst(shares(rates, [c for c in ASSUMED if c.spread == s])) for s in SPREADS
    ]
    found = f"{fmean(shares(rates, ASSUMED_POWER)):.1f}"
    return table(
        ["seed spread", *(f"{s} %" for s in SPREADS)],
        [
            ["false alarms, mean / worst", *by_spread],
            ["a true +20 % found", *(found if s == 3 else "" for s in SPREADS)],
        ],
    )


def family_table(rates: dict[Cell, Rate]) -> list[str]:
    """Several runs judged at once."""
    singles = [c for c in NULL if (c.spread, c.scatter) == (3, 2)]
    rows = [["1", singles, POWER]]
    for n in FAMILIES:
        parts = ([c for c in cells if c.rows == n] for cells in (FAMILY, FAMILY_POWER))
        rows.append([str(n), *parts])
    return table(
        ["runs judged at once", "a false alarm in any of them", "the one true +20 % found"],
        [
            [n, *(f"{fmean(shares(rates, cells)):.1f}" for cells in (null, power))]
            for n, null, power in rows
        ],
    )

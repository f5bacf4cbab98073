"""How often the words are wrong: planted rows without a difference, and rows with one.

`make rates` writes the tables of docs/calibration.md.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import NormalDist

import numpy as np

from actot.analysis import metric_stats
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Profile
from actot.records import Series
from actot.statistics import student_t
from actot.verdicts import judging, seed_noise
from actot.verdicts.verdict import IMPROVED, REGRESSED, Verdict
from support import builders
from support.processes import processes

METRIC, RATE = "eval_l1", "success"
LEVEL = 0.4
DRAWS, PARTS = 2_000, 100  # of a cell; one part is drawn again by every `make test`
FOUND = 20  # per cent: the change that a row of the tables asks for
QUIET = 1  # per cent: the seed spread of the other configs
OTHER_SEEDS = 3
FAILS, FAILED = 0.1, 1.5  # how often a seed fails, and what it does to the value
NORMAL, LOG_NORMAL, FAILING = "normal", "log-normal", "failing"
RATIO, ABSOLUTE, COMPLEMENT, RATES = "ratio", "absolute", "complement", "rates"
MISSED = 0.05  # of a rate near 1: what is missing
ROLLOUTS, SUCCESS = 50, 0.7
CONSTANT, DRIFTS, ANEW = "constant", "drifts", "anew"
PLAIN_DIFFERENCE = 0.05  # of the last values
ALPHA = 0.05


@dataclass(frozen=True)
class Setting:
    """One way in which runs come out.

    `runs` picked runs of each of `rows` configs against `bases` baselines, beside `others` configs with three quiet
    seeds each. Units: `spread` of the seeds, `run_spread` of the picked runs' seeds where it is another one, and
    `scatter` inside a run are per cent of a run's level, with the scale `rates` points; `falls` is how far the log of
    the value falls over the run; `r` is the autocorrelation of the scatter from point to point. Of `looks` in equal
    distances the last is at the end; `offsets` says what becomes of a seed's offset from one to the next.
    """

    spread: float
    runs: int = 1
    bases: int = 3
    rows: int = 1
    others: int = 0
    run_spread: float | None = None
    scatter: float = 2
    points: int = 100
    r: float = 0.0
    falls: float = 0.0
    law: str = NORMAL
    scale: str = RATIO
    looks: int = 1
    offsets: str = CONSTANT


@dataclass(frozen=True)
class Cell:
    """A setting in which the first row truly changes by so many per cent; without, no row does."""

    setting: Setting
    change: int = 0

    @property
    def key(self) -> str:
        """All that is not as usual, as the counts are kept and as the draws are seeded: no seed is chosen."""
        usual = Setting(0)
        parts = [f"{k}={v}" for k, v in vars(self.setting).items() if v != getattr(usual, k)]
        return " ".join([*parts, f"change={self.change}"])


@dataclass(frozen=True)
class Line:
    """A row of a table: a setting with the bounds of its rates, in per cent, and what the rule before did.

    Absent: a rate without a bound is shown all the same; `asks` is 0 where no true change is drawn.
    """

    name: str
    setting: Setting
    most: float | None = None
    least: float | None = None
    asks: int = FOUND
    before: str = ""
    found_before: str = ""

    @property
    def cells(self) -> list[Cell]:
        """Without a difference, and with one."""
        return [Cell(self.setting, change) for change in sorted({0, self.asks})]


def sides(
    name: str, settings: Setting, most: Sequence[float | None], **fields: float
) -> list[Line]:
    """The same for one run against three, and for three against three."""
    return [
        Line(f"{name}, {n} v 3", replace(settings, runs=n), bound, **fields)
        for n, bound in zip((1, 3), most, strict=True)
    ]


LEVELS = Setting(3)
WORST = Setting(5, scatter=5, points=16, r=0.8)
PROJECT = Setting(8, others=5)
LOOKS = Setting(5, looks=4)
OFFSETS = {
    CONSTANT: "offsets that stay",
    DRIFTS: "offsets that drift",
    ANEW: "offsets drawn anew",
}

LINES: Mapping[str, Sequence[Line]] = {
    "single": [
        Line("1 v 3, seeds 1 %", Setting(1), 1.0, 99, before="0.0"),
        Line("1 v 3, seeds 3 %", Setting(3), 1.0, 95, before="0.4", found_before="97.0"),
        Line("1 v 3, seeds 5 %", Setting(5), 6.5, 69, before="4.6"),
        Line("1 v 3, seeds 5 %, short and drifting tail", WORST, 9.5, 46, before="8.0"),
    ],
    "falling": [
        Line(
            f"still falling, {n} evals, +{change} %",
            Setting(3, points=n, falls=math.log(10)),
            1.5,
            95,
            change,
            found_before="0.0" if change == 50 and n < 16 else "",
        )
        for n in (5, 8, 16)
        for change in (20, 50)
    ],
    "seeds": [
        Line("3 v 3, seeds 3 %", Setting(3, runs=3), 3.0, 99),
        Line("3 v 3, seeds 3 %, +10 %", Setting(3, runs=3), 3.0, None, 10, found_before="13"),
        Line("3 v 3, seeds 5 %", Setting(5, runs=3), 8.0, 86),
        Line("3 v 3, seeds 8 %", Setting(8, runs=3), 9.5, 52),
        Line("seeds log-normal 10 %, 3 v 3", Setting(10, runs=3, law=LOG_NORMAL), 9.0),
        Line("seeds log-normal 20 %, 3 v 3", Setting(20, runs=3, law=LOG_NORMAL), 8.0),
        Line("seeds log-normal 20 %, 1 v 3", Setting(20, law=LOG_NORMAL), 10.0),
        Line("one seed in ten fails, 3 v 3", Setting(3, runs=3, law=FAILING), 2.0),
    ],
    "quiet": [
        Line("quiet project, both of 8 %, 1 v 3", PROJECT, 12.0, 21, before="20-49"),
        Line(
            "quiet project, both of 8 %, 3 v 3", replace(PROJECT, runs=3), 7.0, 42, before="20-49"
        ),
        Line("quiet project, both of 5 %, 1 v 3", replace(PROJECT, spread=5)),
        Line("quiet project, both of 5 %, 3 v 3", replace(PROJECT, spread=5, runs=3)),
        Line(
            "quiet project, 3 runs of 8 % v 3 of 1 %",
            replace(PROJECT, spread=QUIET, run_spread=8, runs=3),
        ),
    ],
    "family": [
        Line(
            "3 rows of 1 v 3, seeds 3 %",
            Setting(3, rows=3),
            1.0,
            82,
            before="0.4",
            found_before="76.8",
        ),
        Line(
            "6 rows of 1 v 3, seeds 3 %",
            Setting(3, rows=6),
            1.0,
            68,
            before="0.0",
            found_before="57.6",
        ),
        Line("3 rows of 1 v 3, seeds 5 %", Setting(5, rows=3), 5.5, 54),
        Line("6 rows of 1 v 3, seeds 5 %", Setting(5, rows=6), 4.0, 43),
    ],
    "looks": [
        line
        for looks, kind, bounds in (
            (4, CONSTANT, (6.5, 9.5)),
            (4, DRIFTS, (6.5, 9.5)),
            (4, ANEW, (None, 9.5)),
            (20, CONSTANT, (6.5, 10.0)),
            (20, DRIFTS, (6.5, 10.0)),
        )
        for line in sides(
            f"looks at the {'quarters' if looks == 4 else 'twentieths'}, {OFFSETS[kind]}",
            replace(LOOKS, looks=looks, offsets=kind),
            bounds,
            asks=0,
        )
    ],
    "scales": [
        *sides("own units", Setting(5, scale=ABSOLUTE), (6.5, 6.5), asks=0),
        *(
            line
            for s in (5, 10, 17)
            for line in sides(
                f"missing to 1, seeds {s} %", Setting(s, scale=COMPLEMENT), (7.0, 7.0), asks=0
            )
        ),
        *(
            Line(
                f"rates of 50 rollouts, seeds {s} points, 3 v 3",
                Setting(s, runs=3, scale=RATES, points=1),
                bound,
                asks=0,
            )
            for s, bound in ((0, 3.0), (5, 5.0), (10, 9.0))
        ),
    ],
    "uncured": [
        Line("1 run of 8 % v 3 of 3 %", Setting(3, run_spread=8), asks=0),
        Line("1 v 1 in a quiet project, both 5 %", Setting(5, bases=1, others=5), asks=0),
        Line("1 v 1 in a quiet project, both 8 %", Setting(8, bases=1, others=5), asks=0),
        Line("one seed in ten fails, 1 v 3", Setting(3, law=FAILING), asks=0),
        Line("seeds 8 %, 1 v 3", Setting(8), asks=0),
        Line("seeds 10 %, 1 v 3", Setting(10), asks=0),
        Line("seeds 8 %, 1 v 1, nothing else known", Setting(8, bases=1), asks=0),
    ],
}
CELLS = list(dict.fromkeys(c for lines in LINES.values() for line in lines for c in line.cells))


# The draws.


def spreads(setting: Setting) -> np.ndarray:
    """The seed spread of each run, a fraction: baselines, picked runs row by row, then the others."""
    own = setting.spread if setting.run_spread is None else setting.run_spread
    of_each = [setting.spread] * setting.bases + [own] * (setting.runs * setting.rows)
    return np.array(of_each + [QUIET] * (OTHER_SEEDS * setting.others)) / 100


def seed_offsets(setting: Setting, draws: int, rng: np.random.Generator) -> np.ndarray:
    """The standardised offset of each run's seed at each look. Shapes: (draws, runs, looks)."""
    z = rng.standard_normal((draws, len(spreads(setting)), setting.looks))
    if setting.offsets == CONSTANT:
        z[...] = z[..., :1]
    if setting.offsets == DRIFTS:
        z = z.cumsum(axis=-1) / np.sqrt(np.arange(1, setting.looks + 1))
    return z


def draw(cell: Cell, part: int) -> np.ndarray:
    """Curves of one part of a cell. Shapes: (draws, runs, points)."""
    setting = cell.setting
    rng = np.random.default_rng([*cell.key.encode(), part])
    draws = DRAWS // PARTS
    z = seed_offsets(setting, draws, rng)
    own = spreads(setting)[:, np.newaxis]
    levels = np.exp(own * z) if setting.law == LOG_NORMAL else 1 + own * z
    if setting.law == FAILING:
        levels[rng.random(levels.shape[:2]) < FAILS] *= FAILED
    levels[:, setting.bases : setting.bases + setting.runs] *= 1 + cell.change / 100
    at_look = np.arange(setting.points) * setting.looks // setting.points
    scatter = drifting(setting.r, rng.standard_normal((*levels.shape[:2], setting.points)))
    shared = np.exp(-setting.falls * np.linspace(0, 1, setting.points))
    return shared * levels[..., at_look] * (1 + setting.scatter / 100 * scatter)


def drifting(r: float, scatter: np.ndarray) -> np.ndarray:
    """Independent scatter made to depend on that of the point before."""
    for t in range(1, scatter.shape[-1]) if r else ():
        scatter[..., t] = r * scatter[..., t - 1] + math.sqrt(1 - r**2) * scatter[..., t]
    return scatter


def logged(setting: Setting, curves: np.ndarray) -> np.ndarray:
    """What a run logs in place of a curve around 1."""
    if setting.scale == ABSOLUTE:
        return LEVEL * (curves - 1)
    return 1 - MISSED * curves if setting.scale == COMPLEMENT else LEVEL * curves


def draw_rates(cell: Cell, part: int) -> np.ndarray:
    """Successes of each run of one part of a cell. Shapes: (draws, runs)."""
    rng = np.random.default_rng([*cell.key.encode(), part])
    own = spreads(cell.setting)
    p = SUCCESS + own * rng.standard_normal((DRAWS // PARTS, len(own)))
    return rng.binomial(ROLLOUTS, np.clip(p, 0, 1))


# The judging.


@cache
def profile_of(scale: str, alpha: float = ALPHA) -> Profile:
    """The profile with the judged metric on this scale, at this level."""
    entry = builders.PROFILE.metrics[METRIC]
    if scale in (ABSOLUTE, COMPLEMENT):
        direction = "higher" if scale == COMPLEMENT else entry.direction
        entry = replace(entry, scale=scale, direction=direction)
    metrics = {**builders.PROFILE.metrics, METRIC: entry}
    return replace(builders.PROFILE, metrics=metrics, alpha=alpha)


@cache
def templates(setting: Setting) -> list[RunSummary]:
    """Summaries without curves, in the order of `spreads`; a config's runs differ by their seed."""
    rows = [{builders.REG: 0.12 + row / 100} for row in range(setting.rows)]
    others = [{builders.LAMBDA: 0.2 + at / 100} for at in range(setting.others)]
    sizes = [setting.bases, *[setting.runs] * setting.rows, *[OTHER_SEEDS] * setting.others]
    every = zip([{}, *rows, *others], sizes, strict=True)
    configs = [builders.config(knobs, seed=seed) for knobs, n in every for seed in range(n)]
    return [builders.summary(f"run{at}", config) for at, config in enumerate(configs, 1)]


def with_curve(template: RunSummary, steps: np.ndarray, values: np.ndarray) -> RunSummary:
    """The summary of a run that logged this curve; of its figures, what a verdict is made from."""
    curve = Series(builders.key(METRIC), steps, values)
    stats = MetricStats(curve.key, len(steps), last_step=int(steps[-1]))
    stats = {**template.stats, METRIC: stats}
    return RunSummary(template.run, template.settings, {METRIC: curve}, stats)


def with_count(template: RunSummary, k: int) -> RunSummary:
    """The summary of a run of which so many rollouts succeeded."""
    key, steps = builders.key(RATE), np.array([builders.STEPS])
    rate = Series(key, steps, np.array([100 * k / ROLLOUTS]))
    rollouts = Series(f"{key}/n", steps, np.array([float(ROLLOUTS)]))
    stats = {**template.stats, RATE: MetricStats(key, 1, last_step=builders.STEPS)}
    run = replace(template.run, series={rollouts.key: rollouts})
    return RunSummary(run, template.settings, {RATE: rate}, stats)


def running(summary: RunSummary) -> RunSummary:
    """The same run while it trains: it says nothing of the noise yet."""
    run = replace(summary.run, state="running")
    return RunSummary(run, summary.settings, summary.series, summary.stats)


def judge(
    found: Sequence[RunSummary],
    setting: Setting,
    learnt_from: Iterable[RunSummary],
    metric: str = METRIC,
    alpha: float = ALPHA,
) -> list[Verdict]:
    """The verdict of each row against the baselines, with the noise learnt from these runs."""
    profile = profile_of(setting.scale, alpha)
    learnt = seed_noise.measure(learnt_from, metric, profile)
    bases = found[: setting.bases]
    starts = (setting.bases + setting.runs * row for row in range(setting.rows))
    pairs = [(found[at : at + setting.runs], bases) for at in starts]
    return [row for row, *_ in judging.judge(pairs, metric, learnt, profile)]


def is_hit(rows: Sequence[Verdict], change: int) -> bool:
    """A true change that was found in the first row; without one, a false alarm in any row."""
    if change:
        return rows[0].word == REGRESSED
    return any(row.word in (IMPROVED, REGRESSED) for row in rows)


def level_at(share: float, looks: int) -> float:
    """The level of a look; half of it before the end where there are more looks than the quarters."""
    if share == 1:
        return ALPHA
    normal = NormalDist()
    level = 2 * (1 - normal.cdf(normal.inv_cdf(1 - ALPHA / 2) / math.sqrt(share)))
    return level / 2 if looks > 4 else level


def steps_of(setting: Setting) -> np.ndarray:
    """When the runs of a setting are evaluated."""
    return np.arange(1, setting.points + 1) * (builders.STEPS // setting.points)


def is_found(cell: Cell, values: np.ndarray) -> bool:
    """Whether a look at these curves gave the word in question; the end is looked at first."""
    setting, steps, bare = cell.setting, steps_of(cell.setting), templates(cell.setting)
    whole = [with_curve(t, steps, v) for t, v in zip(bare, values, strict=True)]
    if is_hit(judge(whole, setting, whole), cell.change):
        return True
    finished = whole[: setting.bases]
    for look in range(setting.looks - 1, 0, -1):
        n = setting.points * look // setting.looks
        cut = [with_curve(t, steps[:n], v[:n]) for t, v in zip(bare, values, strict=True)]
        known = [*finished, *map(running, cut[setting.bases :])]
        alpha = level_at(look / setting.looks, setting.looks)
        if is_hit(judge(cut, setting, known, alpha=alpha), cell.change):
            return True
    return False


def is_rate_found(cell: Cell, counts: Sequence[int]) -> bool:
    """Whether these counts gave the word in question."""
    found = [with_count(t, k) for t, k in zip(templates(cell.setting), counts, strict=True)]
    return is_hit(judge(found, cell.setting, found, RATE), cell.change)


# The plain alternatives, on the same draws.


def holm(p: Sequence[float]) -> list[float]:
    """Holm's adjusted p."""
    ordered, m = sorted(p), len(p)
    return [min(1.0, max((m - j) * ordered[j] for j in range(m) if ordered[j] <= one)) for one in p]


def welch(runs: np.ndarray, bases: np.ndarray) -> tuple[float, float]:
    """The difference of two means and Welch's p; a single value borrows the other side's variance."""
    sizes = len(runs), len(bases)
    if max(sizes) < 2:
        return float(runs.mean() - bases.mean()), 1.0
    known = [x.var(ddof=1) if len(x) > 1 else None for x in (runs, bases)]
    a, b = (v / n for v, n in zip((known[0] or known[1], known[1] or known[0]), sizes, strict=True))
    if None in known:
        df = max(sizes) - 1.0
    else:
        df = (a + b) ** 2 / (a**2 / (sizes[0] - 1) + b**2 / (sizes[1] - 1))
    d = float(runs.mean() - bases.mean())
    return d, student_t.two_sided_p(d / math.sqrt(a + b), df)


def by_row(setting: Setting, values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """One value a run as the runs of each row, and the baselines."""
    bases = values[: setting.bases]
    for row in range(setting.rows):
        at = setting.bases + setting.runs * row
        yield values[at : at + setting.runs], bases


def is_plain_hit(cell: Cell, tests: Sequence[tuple[float, bool]]) -> bool:
    """As `is_hit`, of each row's difference and whether it is called one."""
    if cell.change:
        return tests[0][0] > 0 and tests[0][1]
    return any(called for _, called in tests)


def welch_finds(cell: Cell, values: np.ndarray) -> bool:
    """Welch's t test on one value a run, with Holm's correction over the rows."""
    found = [welch(runs, bases) for runs, bases in by_row(cell.setting, values)]
    adjusted = holm([p for _, p in found])
    return is_plain_hit(cell, [(d, p < ALPHA) for (d, _), p in zip(found, adjusted, strict=True)])


def last_values_differ(cell: Cell, values: np.ndarray) -> bool:
    """Whether the first of the runs and the first of the baselines differ by more than 5 %, or 5 points."""
    unit = 1.0 if cell.setting.scale == RATES else values[0]
    rows = ((runs[0] - bases[0]) / unit for runs, bases in by_row(cell.setting, values))
    return is_plain_hit(cell, [(d, abs(d) > PLAIN_DIFFERENCE) for d in rows])


def plain_finds(cell: Cell, curves: np.ndarray) -> tuple[bool, bool]:
    """What the two plain alternatives say at any of the looks, each time as if it was the only one."""
    setting = cell.setting
    cuts = [
        curves[:, : setting.points * look // setting.looks] for look in range(1, setting.looks + 1)
    ]
    return (
        any(welch_finds(cell, tail_means(cut)) for cut in cuts),
        any(last_values_differ(cell, cut[:, -1]) for cut in cuts),
    )


def tail_means(curves: np.ndarray) -> np.ndarray:
    """The mean over the last window of each curve; the points are on the last axis."""
    k = metric_stats.tail_length(curves.shape[-1], builders.PROFILE.tail)
    return curves[..., -k:].mean(axis=-1)


# The counts.

Counts = list[int]  # of one part: hits of the verdicts, of Welch's test, and of the last values
Hits = dict[Cell, list[Counts]]  # of every cell, by part


@dataclass(frozen=True)
class Rate:
    """How many of the draws got the word in question: by the verdicts, by Welch's test, by the last values."""

    hits: int
    welch: int
    last: int
    draws: int

    @property
    def per_cent(self) -> float:
        """Of the verdicts."""
        return 100 * self.hits / self.draws


def simulate(cell: Cell, part: int) -> Counts:
    """Draw one part of a cell and judge it."""
    if cell.setting.scale == RATES:
        counts = draw_rates(cell, part)
        plain = [(welch_finds(cell, k), last_values_differ(cell, k)) for k in counts / ROLLOUTS]
        hits = [is_rate_found(cell, k) for k in counts.tolist()]
    else:
        curves = draw(cell, part)
        plain = [plain_finds(cell, c) for c in curves]
        hits = [is_found(cell, values) for values in logged(cell.setting, curves)]
    return [sum(hits), *(sum(found) for found in zip(*plain, strict=True))]


def rates(known: Hits) -> dict[Cell, Rate]:
    """The rate of every cell."""
    return {
        cell: Rate(*map(sum, zip(*parts, strict=True)), len(parts) * (DRAWS // PARTS))
        for cell, parts in known.items()
    }


def measure() -> Hits:
    """The hits of every cell."""
    with processes() as pool:
        every = [(cell, part) for cell in CELLS for part in range(PARTS)]
        found = pool.map(simulate, *zip(*every, strict=True), chunksize=PARTS // 5)
        hits: Hits = {cell: [] for cell in CELLS}
        for (cell, _), counts in zip(every, found, strict=True):
            hits[cell].append(counts)
    return hits


def one_part(known: Hits) -> Iterator[tuple[Cell, int]]:
    """Which part of each cell is drawn again: every cell has another one."""
    for at, cell in enumerate(known):
        yield cell, at % PARTS


# The tables.

HEAD = ("", "false alarms", "at most", "Welch", "5 % apart", "before")
HEAD_OF_FOUND = ("found", "at least", "Welch", "5 % apart", "before")


# The tables by the name of their block: with a true difference, and without one.
BLOCKS = {
    "found": ("single", "falling", "seeds", "quiet", "family"),
    "alarms": ("looks", "scales", "uncured"),
}


def tables(rates: Mapping[Cell, Rate]) -> dict[str, list[str]]:
    """Every table of the documentation by the name of its block, as lines of Markdown."""
    return {
        block: table(rates, [line for name in names for line in LINES[name]])
        for block, names in BLOCKS.items()
    }


def table(rates: Mapping[Cell, Rate], lines: Sequence[Line]) -> list[str]:
    """Lines of a Markdown table."""
    asks = any(line.asks for line in lines)
    rows = [[*HEAD, *HEAD_OF_FOUND] if asks else HEAD]
    rows.append(["---"] * len(rows[0]))
    for line in lines:
        row = [line.name, *figures(rates[line.cells[0]], line.setting, line.most, line.before)]
        if asks:
            found = rates[line.cells[-1]]
            row += figures(found, line.setting, line.least, line.found_before)
        rows.append(row)
    return ["| " + " | ".join(row) + " |" for row in rows]


def figures(rate: Rate, setting: Setting, bound: float | None, before: str) -> list[str]:
    """The rate with its bound, those of the plain alternatives where they can be asked, and of the rule before."""
    welch = "" if max(setting.runs, setting.bases) < 2 else f"{100 * rate.welch / rate.draws:.1f}"
    last = "" if setting.scale == ABSOLUTE else f"{100 * rate.last / rate.draws:.1f}"
    return [f"{rate.per_cent:.1f}", "" if bound is None else f"{bound:g}", welch, last, before]

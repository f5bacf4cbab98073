"""How often an isolation names the right knob: the app's strategies, and older ones on the very same sources.

`make rates` writes the table of docs/causes.md. Heights are logarithms of values against the baselines' level; every run has
the seed noise of its source and no scatter of its own.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from actot.experiments import strategies
from actot.experiments.answers import EachAlone, NotWorse, Single, Together, Unverified
from actot.experiments.strategies import VERIFY, Mix, Outcome, Round
from actot.facts import Answer
from actot.statistics import student_t
from actot.verdicts import row_error, words
from actot.verdicts.pair_series import Difference
from actot.verdicts.seed_noise import Estimate, Replicates, SeedNoise
from actot.verdicts.verdict import IMPROVED, REGRESSED
from support import builders
from support.processes import processes

BASELINES = 3
SUSPECTS = (2, 3, 4, 6)
DRAWS = 4_000  # of a cell
FIRST = 40  # of them, which every `make test` draws again
PARTS = 10  # of the draws of a cell, for processes
STEP, MOVED = 3, 20  # a knob one at a time goes so far where the regression went so far
PRIOR = Estimate(builders.PROFILE.noise.prior**2, builders.PROFILE.noise.prior_df)
EFFECT = builders.PROFILE.smallest_effect
BASE, WORSE, OTHER = "base", "worse", "other"  # configs
# A Plackett-Burman design of 8 runs: its rows but the last are this one, turned.
GENERATOR = (1, 1, 1, -1, 1, -1, -1)


@dataclass(frozen=True)
class Case:
    """One kind of planted source: what of the regressed run's changes does the harm.

    `partial` is the share of the effect, in logarithms, that a knob has at the step of one at a time. Units: `effect` and `spread`
    are per cent.
    """

    name: str
    truths: int = 1
    effect: int = 40
    spread: int = 3
    partial: float = 0.0
    is_either: bool = False
    by_seed: bool = False
    seeds: int = 1

    @property
    def true(self) -> frozenset[str]:
        """The knobs that do the harm."""
        return frozenset(f"k{i}" for i in range(self.truths))

    def harm(self, moved: frozenset[str]) -> float:
        """How much of the effect these knobs have."""
        hit = moved & self.true
        return float(bool(hit) if self.is_either else bool(self.true) and hit == self.true)


SHAPES = (
    Case("threshold"),
    Case("dose", partial=math.log(STEP) / math.log(MOVED)),
    Case("two together", truths=2),
)
OTHERS = (Case("two, each alone", truths=2, is_either=True), Case("by its seed", 0, by_seed=True))
EFFECTS = (40, 20)
NEAR = tuple(
    Case("near", effect=effect, spread=spread, seeds=seeds)
    for effect, spread in ((10, 3), (15, 5))
    for seeds in (1, 2)
)


@dataclass(frozen=True)
class Cell:
    """A case with so many suspects, isolated in one way."""

    case: Case
    effect: int
    k: int
    way: str

    @property
    def key(self) -> str:
        """Its name in the file of rates."""
        case = self.case
        return f"{case.name} {self.effect} at {case.spread} %, {case.seeds} a run of {self.k}: {self.way}"


@dataclass
class Source:
    """A planted source: the baselines, and by mix the runs that were started. Units: heights."""

    case: Case
    effect: float
    suspects: tuple[str, ...]
    rng: np.random.Generator
    bases: list[float] = field(default_factory=list)
    heights: dict[frozenset[str], list[float]] = field(default_factory=dict)

    def run(self, moved: frozenset[str]) -> float:
        """Start a run with these knobs at the regressed run's values."""
        return self.effect * self.case.harm(moved) + self.noise()

    def noise(self) -> float:
        """The share of a run's height that is its seed's."""
        return float(self.case.spread / 100 * self.rng.standard_normal())

    @property
    def whole(self) -> frozenset[str]:
        """The regressed config."""
        return frozenset(self.suspects)

    @property
    def centre(self) -> float:
        """The mean height of the baselines."""
        return float(np.mean(self.bases))

    def known(self, mix: Mix, kind: str) -> list[float]:
        """The runs of a mix; the one that raised the suspicion verifies nothing."""
        found = self.heights.get(frozenset(mix.moved), [])
        return found[1:] if kind == VERIFY and frozenset(mix.moved) == self.whole else found


def planted(cell: Cell, number: int) -> Source:
    """The source of a cell with that number; each way has the same ones."""
    case = cell.case
    kind = [case.truths, int(case.is_either), case.spread, int(100 * case.partial), case.seeds]
    rng = np.random.default_rng([*kind, cell.effect, cell.k, number])
    names = tuple(f"k{i}" for i in rng.permutation(cell.k))
    source = Source(case, math.log1p(cell.effect / 100), names, rng)
    while True:
        source.bases = [source.noise() for _ in range(BASELINES)]
        worse = source.effect if case.by_seed else source.run(source.whole)
        source.heights = {source.whole: [worse]}
        if word(source, [worse], source.bases, BASE) == REGRESSED:
            return source


# How runs are read.


def word(source: Source, runs: Sequence[float], others: Sequence[float], config: str) -> str:
    """The verdict of runs of one config against those of another, as one row is judged."""
    groups = [
        Replicates(name, (), float(np.var(heights, ddof=1)), len(heights) - 1)
        for name, heights in ((BASE, source.bases), (WORSE, source.heights.get(source.whole, [])))
        if len(heights) > 1
    ]
    if len(runs) > 1:
        groups.append(Replicates(OTHER, (), float(np.var(runs, ddof=1)), len(runs) - 1))
    noise = SeedNoise(PRIOR, tuple(groups))
    mean = float(np.mean(runs) - np.mean(others))
    found = Difference(mean, 0.0, 1, 0, 1, 0.0, 0.0, len(runs), len(others), False)
    error = row_error.error_of(found, (OTHER, config), noise)
    assert error is not None
    reach = _critical(error.df) * math.sqrt(error.total)
    low, high = math.expm1(mean - reach), math.expm1(mean + reach)
    return words.word_of(low, high, math.expm1(mean), EFFECT, lower_is_better=True)[0]


@cache
def _critical(df: float) -> float:
    return student_t.quantile(0.95, df)


def outcome(source: Source, runs: Sequence[float]) -> Outcome:
    """On which side of half-way runs of one mix came out."""
    worse = source.heights[source.whole]
    verdict = word(source, runs, source.bases, BASE)
    if np.mean(runs) > (source.centre + np.mean(worse)) / 2:
        return Outcome(True, verdict == REGRESSED, verdict)
    return Outcome(False, word(source, runs, worse, WORSE) == IMPROVED, verdict)


# The ways. Each gives the knobs that it names, or a word, with the runs and rounds that it took.


@dataclass(frozen=True)
class Result:
    """What a way has found. `is_open`: the knobs are needed, and whether they are enough is not said."""

    named: frozenset[str]
    runs: int
    rounds: int
    is_open: bool = False
    is_right: bool = True


def isolated(way: str) -> Callable[[Source], Result]:
    """The app's own way: what is missing of a round is run, until there is an answer."""

    def result(source: Source) -> Result:
        case, runs, rounds = source.case, 0, 0

        def read(wanted: Round) -> list[Outcome] | None:
            found = [source.known(mix, wanted.kind) for mix in wanted.mixes]
            if any(len(heights) < wanted.seeds for heights in found):
                return None
            return [outcome(source, heights) for heights in found]

        while True:
            answer: Answer | None = NotWorse()
            worse = source.heights[source.whole]
            if word(source, worse, source.bases, BASE) == REGRESSED:
                strategy = strategies.begun(way, source.suspects, case.seeds)
                course = strategies.follow(strategy, read)
                answer = course.answer
            if answer is not None:
                return _result(answer, case, runs, rounds)
            rounds += 1
            assert course.waits_for is not None
            for mix in course.waits_for.mixes:
                moved = frozenset(mix.moved)
                known = source.known(mix, course.waits_for.kind)
                for _ in range(course.waits_for.seeds - len(known)):
                    source.heights.setdefault(moved, []).append(source.run(moved))
                    runs += 1

    return result


def _result(answer: Answer, case: Case, runs: int, rounds: int) -> Result:
    named = frozenset(getattr(answer, "knobs", ())) | frozenset(getattr(answer, "beside", ()))
    wanted = EachAlone if case.is_either else Together if case.truths > 1 else Single
    is_right = isinstance(answer, wanted) if case.true else isinstance(answer, NotWorse)
    return Result(named, runs, rounds, isinstance(answer, Unverified), is_right)


def one_at_a_time(source: Source) -> Result:
    """Each suspect but the last three times its value; what regresses is named, else what is left."""
    named = set()
    for knob in source.suspects[:-1]:
        share = source.case.partial if source.case.true == {knob} else 0.0
        height = source.effect * share + source.noise()
        if word(source, [height], source.bases, BASE) == REGRESSED:
            named.add(knob)
    return Result(frozenset(named or source.suspects[-1:]), len(source.suspects) - 1, 1)


def ddmin(source: Source) -> Result:
    """Delta debugging: the smallest set of changes that still does the harm. Source: Zeller and Hildebrandt, 2002."""
    tried: dict[frozenset[str], bool] = {frozenset(): False}

    def is_harmed(some: Sequence[str]) -> bool:
        moved = frozenset(some)
        if moved not in tried:
            worse = source.heights[source.whole][0]
            tried[moved] = source.run(moved) > (source.centre + worse) / 2
        return tried[moved]

    left, parts = list(source.suspects), 2
    while len(left) > 1:
        chunks = [list(chunk) for chunk in np.array_split(left, parts)]
        rest = [[k for k in left if k not in chunk] for chunk in chunks]
        hit = next((c for c in chunks if is_harmed(c)), None)
        other = next((r for r in rest if parts > 2 and is_harmed(r)), None) if hit is None else None
        if hit is not None:
            left, parts = hit, 2
        elif other is not None:
            left, parts = other, max(parts - 1, 2)
        elif parts < len(left):
            parts = min(2 * parts, len(left))
        else:
            break
    return Result(frozenset(left), len(tried) - 1, len(tried) - 1)


def plackett_burman(source: Source) -> Result:
    """Eight runs at once; a knob whose main effect is nearer to the whole regression than to nothing is named."""
    rows = [np.roll(GENERATOR, at) for at in range(len(GENERATOR))]
    design = np.array([*rows, [-1] * len(GENERATOR)])[:, : len(source.suspects)]
    names = np.array(source.suspects)
    heights = np.array([source.run(frozenset(names[row > 0].tolist())) for row in design])
    effects = design.T @ heights / (len(design) / 2)
    whole = source.heights[source.whole][0] - source.centre
    return Result(frozenset(names[effects > whole / 2].tolist()), len(design), 1)


WAYS: Mapping[str, Callable[[Source], Result]] = {
    "reverts": isolated("reverts"),
    "halving": isolated("halving"),
    "one at a time, 3x": one_at_a_time,
    "ddmin": ddmin,
    "Plackett-Burman": plackett_burman,
}
OURS = ("reverts", "halving")
CELLS = (
    *(Cell(c, e, k, way) for c in SHAPES for e in EFFECTS for way in WAYS for k in SUSPECTS),
    *(Cell(c, 40, k, way) for c in OTHERS for way in OURS for k in SUSPECTS),
    *(Cell(c, c.effect, 4, way) for c in NEAR for way in OURS),
)


# Counting.


def simulate(cell: Cell, numbers: range) -> Counter[str]:
    """What came out of some draws, with the runs and rounds of all together."""
    found: Counter[str] = Counter()
    for number in numbers:
        source = planted(cell, number)
        result = WAYS[cell.way](source)
        true = source.case.true
        found["runs"] += result.runs
        found["rounds"] += result.rounds
        found["innocent"] += bool(result.named - true)
        if result.named == true:
            found["open" if result.is_open else "exactly"] += result.is_open or result.is_right
    return found


@dataclass(frozen=True)
class Job:
    """A part of the draws of a cell."""

    cell: Cell
    numbers: range

    def run(self) -> Counter[str]:
        """What came out of them."""
        return simulate(self.cell, self.numbers)


Rates = Mapping[Cell, Counter[str]]


def measure() -> Rates:
    """Draw everything, spread over processes."""
    size = DRAWS // PARTS
    jobs = [Job(c, range(at, at + size)) for c in CELLS for at in range(0, DRAWS, size)]
    found: dict[Cell, Counter[str]] = {cell: Counter() for cell in CELLS}
    with processes() as pool:
        for job, counts in zip(jobs, pool.map(Job.run, jobs), strict=True):
            found[job.cell] += counts
    return found


def first() -> Rates:
    """The first draws of every cell."""
    return {cell: simulate(cell, range(FIRST)) for cell in CELLS}


def share(known: Rates, cell: Cell, what: str) -> float:
    """How often something came out, in per cent of the draws."""
    return 100 * known[cell][what] / DRAWS


def mean(known: Rates, cell: Cell, what: str) -> float:
    """How many runs or rounds a draw took."""
    return known[cell][what] / DRAWS


def table(known: Rates) -> list[str]:
    """The shares for each number of suspects as lines of a Markdown table, `100.0 / 99.9 / ...`."""
    head = ["planted", "way", "exactly", "open", "an innocent", "runs", "rounds"]
    found = [head, ["---"] * len(head)]
    for cells in _rows():
        case = cells[0].case
        name = f"{case.name}, +{cells[0].effect} %"
        if case in NEAR:
            seeds = "a seed" if case.seeds == 1 else "two seeds"
            name = f"of 4, +{case.effect} % at {case.spread} % noise, {seeds} a run"
        shares = [
            " / ".join(f"{share(known, cell, what):.1f}" for cell in cells)
            for what in ("exactly", "open", "innocent")
        ]
        means = [
            " / ".join(f"{mean(known, cell, what):.1f}" for cell in cells)
            for what in ("runs", "rounds")
        ]
        found.append([name, cells[0].way, *shares, *means])
    return ["| " + " | ".join(row) + " |" for row in found]


def _rows() -> Iterator[list[Cell]]:
    """The cells of each line, which differ in the number of suspects."""
    rows: dict[tuple[object, ...], list[Cell]] = {}
    for cell in CELLS:
        rows.setdefault((cell.case, cell.effect, cell.way), []).append(cell)
    yield from rows.values()

"""What came out of a comparison: a word, a reason, and the figures where there are any."""

import math
from dataclasses import dataclass

from actot.facts import Reason

IMPROVED, REGRESSED, SAME = "improved", "regressed", "same"
WITHIN_NOISE, NOT_COMPARABLE, NOISE_UNKNOWN = "within noise", "not comparable", "noise unknown"
PICKED, NEIGHBOUR, PAIR = "picked", "neighbour", "pair"  # whom a row is judged against


@dataclass(frozen=True)
class Row:
    """The runs of one config against baselines of one config in one metric.

    `runs` and `baselines` are those that were compared, each curve once; `baseline` is the first of its group.
    """

    runs: tuple[str, ...]
    baseline: str
    metric: str
    against: str = PICKED
    baselines: tuple[str, ...] = ()

    @property
    def run(self) -> str:
        """The first of the runs, which the row is called by."""
        return self.runs[0]


@dataclass(frozen=True, kw_only=True)
class Verdict(Row):
    """What is said of a row: NotJudged, Unsettled or Judged."""

    word: str
    why: Reason
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NotJudged(Verdict):
    """A row without figures: not comparable, or runs that diverged."""


@dataclass(frozen=True, kw_only=True)
class Measured(Verdict):
    """A row with a change.

    Units: fractions (0.38 is +38 %) of the baseline's value, or of what it lacks to 1, points of a success rate, or own
    units on the scale `absolute`; `value` and `base_value` as logged; steps of the trainer; `seeds` are counted, not
    runs. Absent: `cut_at_step` is None where the runs are about equally long.
    """

    scale: str
    lower_is_better: bool
    value: float
    base_value: float
    change: float
    seeds: int
    base_seeds: int
    cut_at_step: int | None = None


@dataclass(frozen=True, kw_only=True)
class Unsettled(Measured):
    """A change in own units where nobody knows yet how far seeds differ: no interval."""


@dataclass(frozen=True, kw_only=True)
class Judged(Measured):
    """A row with an interval. `low` and `high` bound it at the row's own step of its family, so that interval
    and word never disagree; `p` is adjusted the same way. `mde`: a rise of this size is found in four of five
    such set-ups.
    """

    low: float
    high: float
    p: float
    mde: float

    @property
    def half_width(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2

    @property
    def is_provisional(self) -> bool:
        """Whether a side has one seed, so that the word holds for this seed alone."""
        return min(self.seeds, self.base_seeds) == 1


@dataclass(frozen=True)
class Error:
    """What an interval is made of: variances on the metric's scale, of both sides' means and inside the runs.

    `points` are those of the window; `is_assumed`: no config of either side has replicates.
    """

    runs: float
    baselines: float
    tail: float
    df: float
    points: int
    is_assumed: bool

    @property
    def total(self) -> float:
        """The variance of the difference."""
        return self.runs + self.baselines + self.tail


@dataclass(frozen=True)
class Narrowing:
    """What one more run would do: on which side, and the half-width that is expected then.

    Absent: `hours` is None where the runtime of that side is unknown.
    """

    of_baseline: bool
    run: str
    half_width: float
    hours: float | None


@dataclass(frozen=True, kw_only=True)
class JudgedBySeeds(Judged):
    """A change that is judged by the noise between seeds.

    `forecast` is SeedsNeeded, SeedsBeyond or RepeatFirst; `wide` what widens the interval most.
    """

    error: Error
    forecast: Reason
    wide: Reason
    narrowing: Narrowing


@dataclass(frozen=True)
class Rollouts:
    """The counts behind the difference of two success rates, and what more of them would show.

    `needed` is the number a side that would settle what matters, `hundred` the half-width of 100 a side.
    """

    k: int
    n: int
    base_k: int
    base_n: int
    needed: int
    hundred: float


@dataclass(frozen=True, kw_only=True)
class JudgedRates(Judged):
    """The difference of two success rates, with the counts behind it."""

    rollouts: Rollouts


def size(verdict: Verdict) -> float:
    """How large a change is, either way; infinite for a run that diverged or was not comparable."""
    return abs(verdict.change) if isinstance(verdict, Measured) else math.inf

"""What came out of a comparison: a word, a reason, and the figures where there are any."""

import math
from dataclasses import dataclass

from actot.facts import Reason

IMPROVED, REGRESSED, SAME = "improved", "regressed", "same"


WITHIN_NOISE, NOT_COMPARABLE = "within noise", "not comparable"


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


@dataclass(frozen=True)
class Row:
    """One run against one group of baselines in one metric; `baselines` are those that were compared."""

    run: str
    baseline: str
    metric: str
    against: str = "picked"
    baselines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict(Row):
    """What is said of a row: NotJudged or Judged."""

    word: str
    why: Reason
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NotJudged(Verdict):
    """A row without figures: not comparable, or a run that diverged."""


@dataclass(frozen=True, kw_only=True)
class Judged(Verdict):
    """A row with a change and its interval.

    Units: fractions (0.38 is +38 %), of the baseline's value or points of a success rate; steps of the
    trainer. `low` and `high` bound the 95 % interval, unadjusted; `p_adjusted` is Holm's over the
    family; `mde` is the half-width of the interval, the smallest change that could have been seen.
    Absent: `cut_at_step` is None where the runs are equally long.
    """

    value: float
    base_value: float
    change: float
    low: float
    high: float
    p: float
    p_adjusted: float
    mde: float
    cut_at_step: int | None = None


def size(verdict: Verdict) -> float:
    """How large a change is, either way; infinite for a run that diverged or was not comparable."""
    return abs(verdict.change) if isinstance(verdict, Judged) else math.inf


@dataclass(frozen=True, kw_only=True)
class JudgedBySeeds(Judged):
    """A relative change, judged by the noise between seeds.

    Absent: `seeds_needed` is None where more seeds than affordable would be needed; `three_seeds` is
    the change that three a side would show.
    """

    seeds_needed: int | None
    three_seeds: float
    assumed_noise: bool


@dataclass(frozen=True, kw_only=True)
class JudgedRates(Judged):
    """The difference of two success rates, with the counts behind it."""

    rollouts: Rollouts

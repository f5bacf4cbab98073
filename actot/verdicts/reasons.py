"""Why a verdict is what it is, and what stands beside it: a type for each reason."""

from dataclasses import dataclass
from typing import Any

from actot.analysis.config_changes import Change
from actot.facts import Absence, Reason


@dataclass(frozen=True)
class OtherKnob(Reason):
    """A knob that makes runs incomparable (data, policy type) differs."""

    knob: str
    run: Any
    base: Any


@dataclass(frozen=True)
class OtherEvalSet(Reason):
    """The runs were evaluated on other sets."""

    metric: str
    run: float
    base: float


@dataclass(frozen=True)
class PolicyIndependent(Reason):
    """The metric does not depend on the policy."""

    metric: str


@dataclass(frozen=True)
class NoDirection(Reason):
    """The metric has no better or worse."""

    metric: str


@dataclass(frozen=True)
class Rescaled(Reason):
    """A changed knob rescales the metric."""

    metric: str
    knob: str


@dataclass(frozen=True)
class NoData(Reason):
    """A run has no finite point."""

    run: str
    missing: Absence | None


@dataclass(frozen=True)
class FewPoints(Reason):
    """A run or the window has fewer points than are needed."""

    n: int
    least: int


@dataclass(frozen=True)
class NotPositive(Reason):
    """A relative change needs values above 0."""

    value: float


@dataclass(frozen=True)
class NoCount(Reason):
    """A success rate without the number of rollouts behind it."""

    run: str
    knob: str
    rate: float | None


@dataclass(frozen=True)
class TooShort(Reason):
    """A run ended before half of the other's last step."""

    run: str
    end: int
    other: int


@dataclass(frozen=True)
class Annealed(Reason):
    """The learning rates were annealed over different budgets; shares of each one's own highest rate."""

    step: int
    run: float
    base: float


@dataclass(frozen=True)
class OtherSchedule(Reason):
    """Schedules that are not constant end at different steps."""

    schedule: Any
    run: int
    base: int


@dataclass(frozen=True)
class Identical(Reason):
    """The run's curve is that of a baseline, point for point."""

    metric: str
    run: str


@dataclass(frozen=True)
class BaselineUnusable(Reason):
    """No baseline has a value, for this reason."""

    run: str
    reason: Reason


@dataclass(frozen=True)
class Diverged(Reason):
    """NaN or Inf from that step to the end."""

    step: int


@dataclass(frozen=True)
class Clear(Reason):
    """The interval is clear of noise."""


@dataclass(frozen=True)
class Inside(Reason):
    """The whole interval lies within the smallest effect of interest."""


@dataclass(frozen=True)
class Noise(Reason):
    """The interval holds 0."""


@dataclass(frozen=True)
class Small(Reason):
    """The interval excludes 0, and the change is smaller than the smallest effect of interest."""


@dataclass(frozen=True)
class NoiseUnknown(Reason):
    """In own units, and nobody knows yet how far seeds differ."""


@dataclass(frozen=True)
class CountedRollouts(Reason):
    """The counts that were compared."""

    k: int
    n: int
    base_k: int
    base_n: int


@dataclass(frozen=True)
class CountedSeeds(Reason):
    """The same, with the spread between training seeds in the interval."""

    k: int
    n: int
    base_k: int
    base_n: int


@dataclass(frozen=True)
class OneKnob(Reason):
    """The runs differ in this change alone."""

    change: Change


@dataclass(frozen=True)
class Replicate(Reason):
    """The runs have the same effective config."""


@dataclass(frozen=True)
class Alias(Reason):
    """The same quantity was logged under several names."""

    keys: tuple[str, ...]


@dataclass(frozen=True)
class LastPoint(Reason):
    """The last point was judged, not the tail's mean."""


@dataclass(frozen=True)
class UnknownConfig(Reason):
    """A run came without its config, so it is no replicate of any other."""

    run: str


@dataclass(frozen=True)
class Repeats(Reason):
    """Runs of one config and seed came out otherwise: they count as one seed."""

    runs: int
    seeds: int


@dataclass(frozen=True)
class Early(Reason):
    """The comparison ends before half of what was planned."""

    end: int
    budget: int


@dataclass(frozen=True)
class OneValue(Reason):
    """Each side logged one value, and the noise is assumed."""


@dataclass(frozen=True)
class AlsoDiverged(Reason):
    """Other runs of the same config diverged; they have rows of their own."""

    runs: tuple[str, ...]


@dataclass(frozen=True)
class SeedsNeeded(Reason):
    """So many seeds a side would settle an effect of that size."""

    n: int
    effect: float


@dataclass(frozen=True)
class SeedsBeyond(Reason):
    """More than so many seeds a side would be needed."""

    most: int
    effect: float


@dataclass(frozen=True)
class RepeatFirst(Reason):
    """Neither side has replicates: nothing can be said of how many are needed."""


@dataclass(frozen=True)
class FewEvals(Reason):
    """The interval is wide because of the scatter inside the runs, over so many points."""

    points: int


@dataclass(frozen=True)
class OneSeed(Reason):
    """The interval is wide because the config has one seed."""

    run: str


@dataclass(frozen=True)
class SeedsScatter(Reason):
    """The interval is wide because the config's seeds scatter."""

    run: str
    n: int
    spread: float


@dataclass(frozen=True)
class OneBaselineSeed(Reason):
    """The interval is wide because the baseline has one seed."""

    run: str


@dataclass(frozen=True)
class BaselineSeedsScatter(Reason):
    """The interval is wide because the baseline's seeds scatter."""

    run: str
    n: int
    spread: float


@dataclass(frozen=True)
class AssumedNoise(Reason):
    """The interval is wide because how far seeds differ is assumed."""

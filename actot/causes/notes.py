"""What the probabilities rest on, why there are none, and what was left out: a type for each statement."""

from collections.abc import Sequence
from dataclasses import dataclass

from actot.facts import Evidence


@dataclass(frozen=True)
class Compared(Evidence):
    """How the runs with the knobs lie against those without.

    Units: `change` is a fraction, as in a verdict, of a metric on that scale.
    """

    count: int
    others: int
    change: float
    scale: str


@dataclass(frozen=True)
class AlmostSurely(Compared):
    """The same, where the probability is above 0.99."""


@dataclass(frozen=True)
class VeryLikely(Compared):
    """The same, where it is above 0.95."""


@dataclass(frozen=True)
class Together(Evidence):
    """The knobs do harm only together with others."""

    knobs: Sequence[str]
    others: Sequence[str]


@dataclass(frozen=True)
class OrSeed(Evidence):
    """A carrier that may be worse by its seed alone."""

    run: str


@dataclass(frozen=True)
class IsRanking(Evidence):
    """Nothing is named, or not all: the order is a ranking. Units: per cent."""

    named: int


@dataclass(frozen=True)
class FewConfigs(Evidence):
    """No probabilities: too few configs with a value."""

    n: int
    least: int


@dataclass(frozen=True)
class NoReplicates(Evidence):
    """No probabilities: no config was run twice, so nobody knows what a seed does."""


@dataclass(frozen=True)
class ByRollouts(Evidence):
    """No probabilities: counts of rollouts have another noise."""

    metric: str


@dataclass(frozen=True)
class OwnUnits(Evidence):
    """No probabilities: the size of an effect in own units is not known beforehand."""

    metric: str


@dataclass(frozen=True)
class FewerPairs(Evidence):
    """Too many shapes of effects for all of their pairs."""

    paired: int


@dataclass(frozen=True)
class FewerThresholds(Evidence):
    """A knob has more values than are tried as thresholds."""

"""What the levels of all runs say of a class of knobs."""

from collections.abc import Iterator, Sequence

from actot.causes.cause import AS_LIKELY_AS_NOT, NAMED
from actot.causes.columns import Pattern
from actot.causes.notes import AlmostSurely, Compared, OrSeed, Together, VeryLikely
from actot.causes.weighing import Weighing
from actot.facts import Evidence

ALMOST_SURE = 0.99


def partners(pattern: Pattern, weighing: Weighing) -> tuple[str, ...]:
    """The knobs with which those of a class do harm only together."""
    if (weighing.harm(pattern) or 0.0) <= AS_LIKELY_AS_NOT:
        return ()
    return tuple(k for other in weighing.partners(pattern) for k in weighing.knobs[other])


def weighed(
    pattern: Pattern, carriers: Sequence[str], others: Sequence[str], weighing: Weighing
) -> Iterator[Evidence]:
    """How the runs with a class lie against those without, and what else it may be."""
    harm = weighing.harm(pattern) or 0.0
    kind = AlmostSurely if harm > ALMOST_SURE else VeryLikely if harm > NAMED else Compared
    change, scale = weighing.change(pattern)
    yield kind(len(pattern), len(weighing.levels) - len(pattern), change, scale)
    if others:
        yield Together(weighing.knobs[pattern], others)
    unlucky = weighing.unlucky
    if unlucky is not None and unlucky in carriers:
        yield OrSeed(unlucky)

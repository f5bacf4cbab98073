"""The word that an interval says: the one drawn, so that picture and word never disagree."""

from actot.facts import Reason
from actot.verdicts.reasons import Clear, Inside, Noise, Small
from actot.verdicts.verdict import IMPROVED, REGRESSED, SAME, WITHIN_NOISE


def word_of(
    low: float, high: float, change: float, effect: float | None, lower_is_better: bool
) -> tuple[str, Reason]:
    """What an interval says. Without a smallest effect that matters, nothing is ever `same`."""
    if effect is not None and -effect <= low and high <= effect:
        return SAME, Inside()
    if low <= 0 <= high:
        return WITHIN_NOISE, Noise()
    if effect is not None and abs(change) < effect:
        return WITHIN_NOISE, Small()
    return (IMPROVED if (change < 0) == lower_is_better else REGRESSED), Clear()

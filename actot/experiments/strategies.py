"""How runs isolate what made a run worse: reverts in one round, halving in several, and a verification.

A strategy is a generator: it asks for a round of runs, is sent their outcomes, and returns an answer.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, log2

from actot.experiments.answers import (
    EachAlone,
    NotAmongThem,
    NotEnough,
    NotWorse,
    Single,
    TakesPart,
    Together,
    Unverified,
)
from actot.facts import Answer
from actot.verdicts.verdict import REGRESSED, SAME

REVERT, HALVE, VERIFY, REPEAT, ALONE = "revert", "halve", "verify", "repeat", "alone"
SECOND = 2  # seeds, where one has not settled it
MOST_SEEDS = 3  # of a run that is one of several and unsure


@dataclass(frozen=True)
class Mix:
    """A run between the anchor and the regressed run: the suspects `moved` have the regressed run's values, the others
    the anchor's. What is no suspect is the anchor's, in a revert the regressed run's.
    """

    moved: tuple[str, ...]
    is_revert: bool = False


@dataclass(frozen=True)
class Outcome:
    """On which side of half-way between the anchor and the regressed run a mix came out.

    `is_sure`: it is surely apart from the config on the other side. `word` is its verdict against the anchor.
    """

    is_harmed: bool
    is_sure: bool
    word: str


@dataclass(frozen=True)
class Round:
    """Mixes that are wanted at once, so many seeds of each; `more` rounds follow at most, if all goes as supposed."""

    kind: str
    mixes: tuple[Mix, ...]
    seeds: int
    more: int


Strategy = Generator[Round, Sequence[Outcome], Answer]


@dataclass(frozen=True)
class Course:
    """How far a strategy has come: the rounds with their outcomes, the answer, or the round that it waits for."""

    rounds: tuple[tuple[Round, tuple[Outcome, ...]], ...]
    answer: Answer | None = None
    waits_for: Round | None = None


def follow(strategy: Strategy, read: Callable[[Round], Sequence[Outcome] | None]) -> Course:
    """Go on until there is an answer, or a round of which outcomes are missing."""
    rounds: list[tuple[Round, tuple[Outcome, ...]]] = []
    wanted = next(strategy)
    while True:
        outcomes = read(wanted)
        if outcomes is None:
            return Course(tuple(rounds), waits_for=wanted)
        if not any(_holds(known, wanted) for known, _ in rounds):
            rounds.append((wanted, tuple(outcomes)))
        try:
            wanted = strategy.send(outcomes)
        except StopIteration as end:
            return Course(tuple(rounds), answer=end.value)


def begun(strategy: str, suspects: Sequence[str], seeds: int) -> Strategy:
    """A strategy by its name. Where each run takes a second seed, the regressed run takes it first."""
    if seeds == SECOND:
        (again,) = yield Round(REPEAT, (Mix(tuple(suspects), is_revert=True),), SECOND, 2)
        if again.word != REGRESSED:
            return NotWorse()
    return (yield from STRATEGIES[strategy](suspects, seeds))


def _holds(known: Round, wanted: Round) -> bool:
    """Whether a round already asked for all of another one."""
    return {*wanted.mixes} <= {*known.mixes} and wanted.seeds <= known.seeds


def reverts(suspects: Sequence[str], seeds: int) -> Strategy:
    """Every suspect put back in a run of its own. What heals is needed; several that heal act together."""
    mixes = [Mix(tuple(k for k in suspects if k != back), is_revert=True) for back in suspects]
    wanted = Round(REVERT, tuple(mixes), seeds, 1)
    healed = yield from _those(wanted, lambda outcome: not outcome.is_harmed)
    needed = tuple(k for k, m in zip(suspects, mixes, strict=True) if m in healed)
    if not needed:
        return (yield from _none_heals(suspects, seeds))
    if len(needed) > 1:
        return (yield from _several_heal(needed, seeds))
    return (yield from verification(needed, seeds))


def halving(suspects: Sequence[str], seeds: int) -> Strategy:
    """Half of the suspects moved, and on with the half that does the harm, as long as one knob alone does it."""
    left = tuple(suspects)
    while len(left) > 1:
        half = left[: len(left) // 2]
        more = ceil(log2(len(left)))
        (outcome,) = yield Round(HALVE, (Mix(half),), seeds, more)
        left = half if outcome.is_harmed else left[len(half) :]
    # Neither half does it: no knob alone, or one of the runs was misled by its seed.
    return (yield from verification(left, seeds, lambda: reverts(suspects, seeds)))


def verification(
    knobs: Sequence[str], seeds: int, otherwise: Callable[[], Strategy] | None = None
) -> Strategy:
    """These knobs alone at the regressed run's values: regressed, or not, or open after a second seed."""
    wanted = Round(VERIFY, (Mix(tuple(knobs)),), seeds, 0)
    (outcome,) = yield wanted
    if otherwise and not outcome.is_harmed:
        return (yield from otherwise())
    if outcome.word not in (REGRESSED, SAME) and seeds < SECOND:
        (outcome,) = yield replace(wanted, seeds=SECOND)
    if outcome.word == REGRESSED:
        return Single(tuple(knobs)) if len(knobs) == 1 else Together(tuple(knobs))
    return Unverified(tuple(knobs)) if outcome.is_harmed else NotEnough(tuple(knobs))


def _several_heal(needed: tuple[str, ...], seeds: int) -> Strategy:
    """Knobs of which each is needed: they act only together, unless one of them alone is enough for the anchor."""
    mixes = (Mix(needed), *(Mix((knob,)) for knob in needed))
    harmed = yield from _those(Round(VERIFY, mixes, seeds, 0), lambda outcome: outcome.is_harmed)
    enough = tuple(mix.moved[0] for mix in harmed if len(mix.moved) == 1)
    if not enough:
        return (yield from verification(needed, seeds))
    if len(enough) > 1:
        return EachAlone(enough)
    answer = yield from verification(enough, seeds)
    if isinstance(answer, Single):
        return TakesPart(enough, tuple(k for k in needed if k not in enough))
    return answer


def _none_heals(suspects: Sequence[str], seeds: int) -> Strategy:
    """The regressed run was bad by its seed, or several suspects do the harm each alone."""
    whole = Mix(tuple(suspects), is_revert=True)
    (again,) = yield Round(REPEAT, (whole,), SECOND, 1)
    if again.word != REGRESSED:
        return NotWorse()
    wanted = Round(ALONE, tuple(Mix((knob,)) for knob in suspects), seeds, 0)
    harmed = yield from _those(wanted, lambda outcome: outcome.is_harmed)
    enough = tuple(mix.moved[0] for mix in harmed)
    if not enough:
        return NotAmongThem(tuple(suspects))
    if len(enough) == 1:
        return (yield from verification(enough, seeds))
    return EachAlone(enough)


def _those(
    wanted: Round, is_one: Callable[[Outcome], bool]
) -> Generator[Round, Sequence[Outcome], list[Mix]]:
    """The mixes of a round that came out so. One of several may have by its seed alone: what is unsure gets others."""
    outcomes = dict(zip(wanted.mixes, (yield wanted), strict=True))
    those = [mix for mix, outcome in outcomes.items() if is_one(outcome)]
    for seeds in range(wanted.seeds + 1, MOST_SEEDS + 1):
        unsure = tuple(mix for mix in those if not outcomes[mix].is_sure)
        if len(those) < 2 or not unsure:
            break
        outcomes |= zip(unsure, (yield replace(wanted, mixes=unsure, seeds=seeds)), strict=True)
        those = [mix for mix in those if is_one(outcomes[mix])]
    return those


REVERTS, HALVING, VERIFICATION = "reverts", "halving", "verification"
STRATEGIES: Mapping[str, Callable[[Sequence[str], int], Strategy]] = {
    REVERTS: reverts,
    HALVING: halving,
    VERIFICATION: verification,
}

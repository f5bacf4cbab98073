"""What an isolation has found."""

from dataclasses import dataclass

from actot.facts import Answer


@dataclass(frozen=True)
class OfKnobs(Answer):
    """An answer, and the knobs that it is about."""

    knobs: tuple[str, ...]


@dataclass(frozen=True)
class Single(OfKnobs):
    """One knob does the harm: with it alone at the regressed run's value the anchor is worse for certain."""


@dataclass(frozen=True)
class Together(OfKnobs):
    """These knobs do the harm only together: putting any one of them back heals, and all of them at once do harm."""


@dataclass(frozen=True)
class TakesPart(OfKnobs):
    """One knob alone does harm; in the regressed run, putting back one of those `beside` heals as well."""

    beside: tuple[str, ...]


@dataclass(frozen=True)
class EachAlone(OfKnobs):
    """Each of these knobs does harm alone."""


@dataclass(frozen=True)
class Unverified(OfKnobs):
    """These knobs are needed for the harm; whether they are enough is open after two seeds."""


@dataclass(frozen=True)
class NotEnough(OfKnobs):
    """These knobs are needed for the harm, but alone they do none: something else that differs takes part."""


@dataclass(frozen=True)
class NotWorse(Answer):
    """The regressed config itself is not worse for certain, as once it has a second seed."""


@dataclass(frozen=True)
class NotAmongThem(OfKnobs):
    """None of these knobs is needed and none is enough. `knobs` are those that were tried."""

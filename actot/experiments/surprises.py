"""What a plan did not reckon with."""

from dataclasses import dataclass

from actot.facts import Reason, Surprise


@dataclass(frozen=True)
class Better(Surprise):
    """These runs of the plan are better than its anchor, which is no longer the best there is."""

    runs: tuple[str, ...]
    anchor: str


@dataclass(frozen=True)
class Noisier(Surprise):
    """The regression is not clear of the noise by enough, as the source shows it now: each run takes more seeds.

    Units: `change` and `mde` are fractions, or own units.
    """

    regressed: str
    change: float
    mde: float
    scale: str
    seeds: int


@dataclass(frozen=True)
class Unreadable(Surprise):
    """These runs have run and cannot be compared with the anchor."""

    runs: tuple[str, ...]
    why: Reason

"""A cause: knobs that moved in the very same runs, a word, and where it is named its probability."""

from dataclasses import dataclass

from actot.analysis.config_changes import Change
from actot.facts import Evidence

CONFIRMED, LIKELY, POSSIBLE, RULED_OUT = "confirmed", "likely", "possible", "ruled out"
NAMED, AS_LIKELY_AS_NOT, HARDLY = 0.95, 0.5, 0.05  # the probabilities between the words
# In the order of the ranking; what has no word only has a place in it.
ORDER = (CONFIRMED, LIKELY, POSSIBLE, None, RULED_OUT)


@dataclass(frozen=True)
class Moved:
    """A knob, and what the carriers of its cause did to it."""

    knob: str
    group: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Cause:
    """Knobs that may have made runs worse, named together because no run moved them apart.

    `carriers` are the regressed runs that moved them, or where none regressed all runs that did. `together_with` are
    knobs without which they do no harm. The first of the evidence is what the word rests on.
    Absent: `word` is None where it is only ranked; `probability` wherever it is not above 0.95, and of what did its harm in
    runs without a value, as diverged ones.
    """

    moved: tuple[Moved, ...]
    carriers: tuple[str, ...]
    word: str | None = None
    probability: float | None = None
    together_with: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rank: int = 0

    @property
    def knobs(self) -> tuple[str, ...]:
        """The names of the knobs, the largest change first."""
        return tuple(m.knob for m in self.moved)

    @property
    def is_confounded(self) -> bool:
        """Whether it holds knobs that these runs cannot tell apart."""
        return len(self.moved) > 1

    @property
    def is_named(self) -> bool:
        """Whether it is said to be a cause, rather than ranked."""
        return self.word in (CONFIRMED, LIKELY)

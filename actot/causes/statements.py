"""What is said for or against a knob: a type for each statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from actot.analysis.config_changes import Change
from actot.facts import Evidence
from actot.verdicts.verdict import Judged, Verdict


@dataclass(frozen=True)
class Carried(Evidence):
    """Which of the regressed runs changed the knob, and to what."""

    knob: str
    carriers: Sequence[str]
    of: int
    changes: Sequence[Change]


@dataclass(frozen=True)
class NotAlone(Evidence):
    """Runs that regressed without the knob."""

    knob: str
    rows: Sequence[Verdict]


@dataclass(frozen=True)
class Leaning(Evidence):
    """Runs that changed the knob and are worse where they are judged alone."""

    knob: str
    rows: Sequence[Verdict]


@dataclass(frozen=True)
class LeaningWithout(Evidence):
    """Runs that did not change the knob and are worse where they are judged alone."""

    knob: str
    rows: Sequence[Verdict]


@dataclass(frozen=True)
class Separates(Evidence):
    """No healthy run changed the knob."""

    knob: str
    healthy: int


@dataclass(frozen=True)
class AlsoHealthy(Evidence):
    """Healthy runs changed the knob, though not as far."""

    knob: str
    runs: Sequence[str]


@dataclass(frozen=True)
class OtherValue(Evidence):
    """Healthy runs changed the knob to another value of a category."""

    knob: str
    runs: Sequence[str]


@dataclass(frozen=True)
class Outside(Evidence):
    """The values lie beyond what healthy runs tried."""

    knob: str
    values: Sequence[Any]
    low: Any
    high: Any


@dataclass(frozen=True)
class Milder(Evidence):
    """Runs that changed the knob and came out surely less bad."""

    knob: str
    rows: Sequence[Verdict]
    whole: Judged


@dataclass(frozen=True)
class Cleared(Evidence):
    """Healthy runs went as far."""

    knob: str
    runs: Sequence[str]


@dataclass(frozen=True)
class ClearedFor(Evidence):
    """Healthy runs went as far as some of the regressed ones."""

    knob: str
    rows: Sequence[Verdict]
    carriers: Sequence[str]


@dataclass(frozen=True)
class MatchedPair(Evidence):
    """A run that differs from others in this knob alone, and how it came out."""

    knob: str
    run: str
    baseline: Sequence[str]
    base: Any
    value: Any
    row: Verdict


@dataclass(frozen=True)
class PairClears(Evidence):
    """Such a run went as far and is no worse."""

    knob: str
    run: str
    baseline: Sequence[str]


@dataclass(frozen=True)
class Symptom(Evidence):
    """What the training curves of a regressed run point to.

    Units: `l1` in per cent, `jitter` as a multiple of the reference's. Absent: `group` is None where they
    point to no group of knobs.
    """

    run: str
    group: str | None
    l1: float
    jitter: float


@dataclass(frozen=True)
class OptimizerSymptom(Symptom):
    """Training is worse too, and not rougher."""


@dataclass(frozen=True)
class OtSymptom(Symptom):
    """Training is rougher, and the transport plan has collapsed."""

    mass: float


@dataclass(frozen=True)
class OverfitSymptom(Symptom):
    """Training is not worse, the evaluation is."""

    most: float
    metric: str


@dataclass(frozen=True)
class Outlier(Evidence):
    """A regressed run with the very knobs of healthy ones."""

    run: str
    duplicates: Sequence[str]


@dataclass(frozen=True)
class Confounded(Evidence):
    """Knobs that always moved together."""

    knobs: Sequence[str]


@dataclass(frozen=True)
class Undecided(Evidence):
    """Runs moved the knobs apart, but their own outcome is undetermined."""

    knobs: Sequence[str]
    rows: Sequence[Verdict]


@dataclass(frozen=True)
class Untangle(Evidence):
    """Which runs would separate the knobs: a run that carries them all, with one of them put back."""

    knobs: Sequence[str]
    run: str


@dataclass(frozen=True)
class Rival(Evidence):
    """A version or commit that differs, which no config shows, with the runs that it belongs to."""

    runs: Sequence[str]
    what: str
    value: str
    base: str

"""What a profile may hold: metrics, knobs and where they stand, windows, noise, thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VALUES = ("tail_mean", "last")  # what is judged of a run
SCALES = ("ratio", "complement", "absolute")  # how two values are compared


@dataclass(frozen=True)
class Metric:
    """A figure of a run: the keys under which it is logged, and when it may decide a verdict.

    The first key with a finite point wins. A proxy is another quantity: shown, never compared.
    `ratio` and `per_knob` derive a metric from another one; `rescaled_by` names knobs or groups.
    `rollouts` makes it a success rate in per cent: the knob that holds how many were rolled out.
    Its keys in `percent` are per cent; another key whose values never exceed 1 is a fraction.
    `scale` says how values are compared: `ratio`, `complement` (the ratio of 1 - x, for rates near 1), or
    `absolute`, in own units, for what may change its sign: then `smallest_effect` is in these units, too.
    """

    name: str
    keys: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    direction: str | None = None
    title: Mapping[str, str] = field(default_factory=dict)
    group: str = "other"
    every: str | None = None
    ratio: tuple[str, ...] = ()
    per_knob: tuple[str, ...] = ()
    rescaled_by: tuple[str, ...] = ()
    policy_independent: bool = False
    zero_is_missing: bool = False
    rollouts: str = ""
    percent: tuple[str, ...] = ()
    scale: str = "ratio"
    smallest_effect: float | None = None


@dataclass(frozen=True)
class Place:
    """Where a knob's value stands under a condition: tied paths, a ratio of two, or a fixed value."""

    when: Mapping[str, Any] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    ratio: tuple[str, ...] = ()
    value: Any = None


@dataclass(frozen=True)
class Knob:
    """One thing that a researcher turns: `cases` say where it is read and written.

    `disabled_when` maps a knob to the value that switches this one off; a knob that is not `effective`
    never counts as a change; `integer` ones take whole numbers. `sweep_factors` holds the factors of a sweep around the anchor.
    """

    name: str
    group: str = "other"
    scale: str = "category"
    cases: tuple[Place, ...] = ()
    disabled_when: Mapping[str, Any] = field(default_factory=dict)
    effective: bool = True
    sweep_factors: tuple[float, ...] = ()
    integer: bool = False


@dataclass(frozen=True)
class Conditional:
    """Paths or values that hold where `when` does."""

    when: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tail:
    """The last window: k = min(n, max(least, min(most, ceil(fraction n))))."""

    fraction: float = 0.10
    least: int = 5
    most: int = 100


@dataclass(frozen=True)
class Learnt:
    """What a team's earlier runs taught of a metric's seed spread, where the knobs in `same` have these values."""

    metric: str
    spread: float
    df: float
    same: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Noise:
    """What is assumed of the relative seed spread before any is measured, and what `actot noise` learnt."""

    prior: float = 0.04
    prior_df: float = 4.0
    complement_prior: float = 0.15
    history: tuple[Learnt, ...] = ()


@dataclass(frozen=True)
class Annealing:
    """How learning rates fall: the metric of the rate, the knobs of the schedule and of the step at which it ends.

    The schedule `none` is constant; of the one called `unknown` nothing is known.
    """

    rate: str = ""
    schedule: str = ""
    end: str = ""
    unknown: str = ""


@dataclass(frozen=True)
class Explicit:
    """How a config states what the trainer's preset decides: `set` as it is, nulls from the anchor."""

    unlocks: tuple[str, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    steps_at: str | None = None


@dataclass(frozen=True)
class Gate:
    """A bound that a short run keeps where it is worth its full length: the metric's value at its end.

    `falls_by` is a share of its first point; `disabled_when` is as a knob's.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    falls_by: float | None = None
    disabled_when: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TemplateKey:
    """The knob of a recipe's key: `values` translates words, `times` makes a share of that knob a number."""

    knob: str
    values: Mapping[str, Any] = field(default_factory=dict)
    times: str = ""


@dataclass(frozen=True)
class Profile:
    """A whole profile. Fractions are fractions: 0.02 is 2 %. Where `judge` has no data, a logged key is proposed."""

    name: str
    judge: tuple[str, ...]
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    knobs: Mapping[str, Knob] = field(default_factory=dict)
    divergence: tuple[str, ...] = ()
    same_knobs: tuple[str, ...] = ()
    same_metrics: tuple[str, ...] = ()
    budget: str = ""
    naming_fields: tuple[str, ...] = ()
    tail: Tail = Tail()
    value: str = "tail_mean"
    noise: Noise = Noise()
    annealing: Annealing = Annealing()
    smallest_effect: float = 0.02
    alpha: float = 0.05
    min_points: int = 5
    guard: float = 3.0
    gate: tuple[Gate, ...] = ()
    defaults: tuple[Conditional, ...] = ()
    shadowed: tuple[Conditional, ...] = ()
    bookkeeping: tuple[str, ...] = ()
    path_groups: Mapping[str, str] = field(default_factory=dict)
    trainer: tuple[str, ...] = ()
    explicit: Explicit = Explicit()
    checkpoint: str = ""
    untyped: tuple[str, ...] = ()
    reset: Mapping[str, Any] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    template_keys: Mapping[str, TemplateKey] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""  # the file or name that it was loaded from
    # Knobs that stand for several paths of the runs that are compared; no file holds them.
    folds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

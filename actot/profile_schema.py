"""What a profile may hold: metrics, knobs and where they stand, windows, noise, thresholds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VALUES = ("tail_mean", "last")  # what is judged of a run
SCALES = ("ratio", "complement", "absolute")  # how two values are compared
# What a condition may ask of a path instead of one value.
CONDITIONS = ("same_as", "differs_from", "any_of", "present")


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
    """Where a knob's value stands under a condition: tied paths, a product or ratio of some, or a fixed value.

    `logged` is where the trainer notes a value that it does not let one choose; `value` holds where it did not.
    `write` are all paths that hold the value; of these a config gets only the ones that it has.
    """

    when: Mapping[str, Any] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    ratio: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    logged: str = ""
    value: Any = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that belongs to the knob here."""
        noted = (self.logged,) if self.logged else ()
        return (*self.read, *self.ratio, *self.product, *self.write, *noted)


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
    """Paths or values that hold where `when` does: a value for each path, or one of CONDITIONS on it."""

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

    The schedule `none` is constant; of the one called `unknown` nothing is known. Where it `fits_budget`, the
    trainer shortens a schedule that is longer than the training.
    """

    rate: str = ""
    schedule: str = ""
    end: str = ""
    unknown: str = ""
    fits_budget: bool = False


@dataclass(frozen=True)
class Explicit:
    """How a config states what the trainer's preset decides: `set` as it is, nulls from the anchor.

    `schedules` holds a form for every schedule that has one; `steps_at` is where a form that ends somewhere says so.
    With a preset of several rates, those in `one_rate` must agree, as an explicit optimizer has one for all.
    """

    unlocks: tuple[str, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)
    schedules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    schedule_at: str = ""
    steps_at: str = ""
    one_rate: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrainerCheck:
    """What the trainer refuses to start with: at `path` a number above another one, or above that at another path;
    no multiple of a number; none of some values.
    """

    path: str
    when: Mapping[str, Any] = field(default_factory=dict)
    at_most: str | float | None = None
    multiple_of: int = 0
    any_of: tuple[Any, ...] = ()


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
    noted: tuple[
        Conditional, ...
    ] = ()  # paths at which the trainer only says what it does: read, never written
    bookkeeping: tuple[str, ...] = ()
    path_groups: Mapping[str, str] = field(default_factory=dict)
    trainer: tuple[str, ...] = ()
    explicit: Explicit = Explicit()
    trainer_checks: tuple[TrainerCheck, ...] = ()
    checkpoint: str = ""
    untyped: tuple[str, ...] = ()
    reset: Mapping[str, Any] = field(default_factory=dict)
    templates: Mapping[str, str] = field(default_factory=dict)
    template_keys: Mapping[str, TemplateKey] = field(default_factory=dict)
    rules: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    where: str = ""  # the file or name that it was loaded from
    extends: str = ""  # the profile that it adds to
    inherited: tuple[str, ...] = ()  # the knobs that only that one names
    # Knobs that stand for several paths of the runs that are compared; no file holds them.
    folds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

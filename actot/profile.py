"""The profile: what differs between teams and is not logic. Metric names, keys, knobs, thresholds.

A profile is a YAML file; an unknown key in it is an error that names the known ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from actot.errors import BadInput
from actot.files.bounded_yaml import DEEPEST, MOST_VALUES, YAML_ERRORS, TooLarge, plain_yaml
from actot.files.typed_tree import build, expect_list, expect_mapping
from actot.foreign_text import legible

SHELF = Path(__file__).parent / "profiles"
DEFAULT = "act_ot"
LARGEST = 1_000_000  # bytes; a profile is read whole
LONGEST = 1_000  # letters of a message, which may name what stands in the file
MOST_POINTS = 100_000  # of a tail
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
class TemplateKey:
    """The knob of a recipe's key: `values` translates words, `times` makes a share of that knob a number."""

    knob: str
    values: Mapping[str, Any] = field(default_factory=dict)
    times: str = ""


@dataclass(frozen=True)
class Profile:
    """A whole profile. Fractions are fractions: 0.02 is 2 %."""

    name: str
    judge: tuple[str, ...]
    metrics: Mapping[str, Metric]
    knobs: Mapping[str, Knob]
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


def tail(text: str) -> Tail | None:
    """`0.1,5,100` as a window, or None for a text that is none."""
    try:
        share, least, most = text.split(",")
        found = Tail(float(share), int(least), int(most))
    except ValueError:
        return None
    fits = 0.001 <= found.fraction <= 1 and 2 <= found.least <= found.most <= MOST_POINTS
    return found if fits else None


def show_tail(window: Tail) -> str:
    """`0.1,5,100`."""
    return f"{window.fraction:g},{window.least},{window.most}"


@lru_cache(maxsize=16)
def load(where: str = DEFAULT) -> Profile:
    """The profile of that name, or of that file. Raises: BadInput with the place of the fault."""
    path = SHELF / f"{where}.yaml" if "/" not in where and "." not in where else Path(where)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise BadInput(f"{where}: too large for a profile (over 1 MB)")
        return replace(parse(data.decode(), where), where=where)
    except OSError as e:
        known = ", ".join(sorted(p.stem for p in SHELF.glob("*.yaml")))
        raise BadInput(
            f"{where}: no profile can be read there; give a YAML file or one of: {known}"
        ) from e
    except UnicodeDecodeError as e:
        raise BadInput(f"{where}: not UTF-8 text; save the profile as UTF-8") from e


def parse(text: str, where: str) -> Profile:
    """The profile in a YAML text. Raises: BadInput with the place of the fault."""
    try:
        return _parse(text, where)
    except BadInput as e:
        raise BadInput(legible(e, LONGEST)) from e.__cause__


def _parse(text: str, where: str) -> Profile:
    try:
        tree = plain_yaml(text)
    except (TooLarge, RecursionError) as e:
        raise BadInput(
            f"{where}: more than {MOST_VALUES} values or {DEEPEST} levels, aliases written out; this is no profile"
        ) from e
    except YAML_ERRORS as e:
        line = getattr(getattr(e, "problem_mark", None), "line", None)
        at = "" if line is None else f", line {line + 1}"
        raise BadInput(f"{where}{at}: not valid YAML; mend it there") from e
    tree = expect_mapping(tree, where)
    parts: dict[str, Any] = {
        "tail": build(Tail, tree.get("tail", {}), f"{where}: tail"),
        "noise": _noise(tree.get("noise", {}), f"{where}: noise"),
        "annealing": build(Annealing, tree.get("annealing", {}), f"{where}: annealing"),
        "explicit": build(Explicit, tree.get("explicit", {}), f"{where}: explicit"),
        "defaults": _conditionals(tree, "defaults", where),
        "shadowed": _conditionals(tree, "shadowed", where),
        "metrics": {
            name: build(
                Metric, {"name": name, **expect_mapping(m, name)}, f"{where}: metrics.{name}"
            )
            for name, m in expect_mapping(tree.get("metrics", {}), f"{where}: metrics").items()
        },
        "knobs": {
            name: _knob(name, expect_mapping(k, name), f"{where}: knobs.{name}")
            for name, k in expect_mapping(tree.get("knobs", {}), f"{where}: knobs").items()
        },
    }
    keys = expect_mapping(tree.get("template_keys", {}), f"{where}: template_keys")
    parts["template_keys"] = {
        key: build(TemplateKey, k if isinstance(k, Mapping) else {"knob": k}, f"{where}: {key}")
        for key, k in keys.items()
    }
    profile = build(Profile, {**tree, **parts}, where)
    _check_names(profile, where)
    return profile


def _knob(name: str, tree: Mapping[str, Any], where: str) -> Knob:
    cases = tuple(build(Place, c, f"{where}: cases") for c in expect_list(tree, "cases", where))
    return build(Knob, {"name": name, **tree, "cases": cases}, where)


def _noise(tree: Any, where: str) -> Noise:
    tree = expect_mapping(tree, where)
    history = tuple(
        build(Learnt, h, f"{where}: history") for h in expect_list(tree, "history", where)
    )
    return build(Noise, {**tree, "history": history}, where)


def _conditionals(tree: Mapping[str, Any], key: str, where: str) -> tuple[Conditional, ...]:
    return tuple(build(Conditional, c, f"{where}: {key}") for c in expect_list(tree, key, where))


def _template(text: Any) -> Mapping[str, Any] | None:
    """What a template holds, or None where it is no YAML mapping."""
    try:
        tree = plain_yaml(text)
    except YAML_ERRORS:
        return None
    return tree if isinstance(tree, Mapping) else None


def _check_names(profile: Profile, where: str) -> None:
    """Every metric or knob that the profile mentions is one that it defines."""
    groups = {k.group for k in profile.knobs.values()}
    mentions = [("metric", "judge", n) for n in profile.judge]
    mentions += [("metric", "divergence", n) for n in profile.divergence]
    mentions += [("metric", "same_metrics", n) for n in profile.same_metrics]
    mentions += [("knob", "same_knobs", n) for n in profile.same_knobs]
    mentions += [("knob", "budget", n) for n in [profile.budget] if n]
    names = profile.annealing
    mentions += [("metric", "annealing", n) for n in [names.rate] if n]
    mentions += [("knob", "annealing", n) for n in (names.schedule, names.end) if n]
    mentions += [("metric", "noise", h.metric) for h in profile.noise.history]
    if profile.value not in VALUES:
        raise BadInput(f"{where}: value is one of {', '.join(VALUES)}; found {profile.value!r}")
    for metric in profile.metrics.values():
        if metric.direction not in (None, "lower", "higher"):
            raise BadInput(
                f"{where}: metrics.{metric.name}: direction is lower, higher or left out"
            )
        if metric.scale not in SCALES:
            raise BadInput(
                f"{where}: metrics.{metric.name}: scale is one of {', '.join(SCALES)}; found {metric.scale!r}"
            )
        mentions += [("metric", metric.name, n) for n in metric.ratio + metric.per_knob[:1]]
        mentions += [("knob", metric.name, n) for n in metric.per_knob[1:]]
        mentions += [("knob", metric.name, n) for n in (metric.every, metric.rollouts) if n]
        mentions += [("knob", metric.name, n) for n in metric.rescaled_by if n not in groups]
    for knob in profile.knobs.values():
        mentions += [("knob", knob.name, n) for n in knob.disabled_when]
    for name, text in profile.templates.items():
        if _template(text) is None:
            raise BadInput(f"{where}: templates.{name}: not a YAML mapping; mend it there")
    for key, meant in profile.template_keys.items():
        mentions += [("knob", key, n) for n in (meant.knob, meant.times) if n]
    defined = {"metric": list(profile.metrics), "knob": list(profile.knobs)}
    for kind, place, name in mentions:
        if name not in defined[kind]:
            raise BadInput(
                f"{where}: {place} names the {kind} {name}, which is not defined; "
                f"known are {', '.join(defined[kind])}"
            )

"""The profile: what differs between teams and is not logic. Metric names, keys, knobs, thresholds.

A profile is a YAML file; an unknown key in it is an error that names the known ones.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from actot.errors import BadInput
from actot.files.bounded_yaml import DEEPEST, MOST_VALUES, YAML_ERRORS, TooLarge, plain_yaml
from actot.files.typed_tree import build, expect_list, expect_mapping
from actot.foreign_text import legible
from actot.profile_schema import (
    CONDITIONS,
    SCALES,
    VALUES,
    Annealing,
    Conditional,
    Explicit,
    Gate,
    Knob,
    Learnt,
    Metric,
    Noise,
    Place,
    Profile,
    Tail,
    TemplateKey,
    TrainerCheck,
)

SHELF = Path(__file__).parent / "profiles"
OT, LEROBOT, GENERIC = "act_ot", "lerobot", "generic"
DEFAULT = OT
OF_LEROBOT = ("policy.type", "dataset.repo_id", "use_policy_training_preset")
APPENDED = (
    "defaults",
    "shadowed",
    "bookkeeping",
    "trainer_checks",
)  # lists that add to those of the extended profile
LARGEST = 1_000_000  # bytes; a profile is read whole
LONGEST = 1_000  # letters of a message, which may name what stands in the file
MOST_POINTS = 100_000  # of a tail


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


def fitting(configs: Iterable[Mapping[str, Any]]) -> str:
    """The name of the profile for runs with these configs.

    OT's where one enables it, LeRobot's where one holds a path of that trainer, else the generic one.
    """
    given = [*configs]
    if any(_at(config, "ot.enable") is True for config in given):
        return OT
    is_lerobot = any(_at(config, path) is not None for config in given for path in OF_LEROBOT)
    return LEROBOT if is_lerobot else GENERIC


def _at(config: Mapping[str, Any], path: str) -> Any:
    """What stands at a path of a config, nested or dotted; None where nothing does."""
    if path in config:
        return config[path]
    first, _, rest = path.partition(".")
    below = config.get(first)
    return _at(below, rest) if isinstance(below, Mapping) and rest else None


def known() -> tuple[str, ...]:
    """The names of the profiles that come with it."""
    return tuple(sorted(p.stem for p in SHELF.glob("*.yaml")))


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
        raise BadInput(
            f"{where}: no profile can be read there; give a YAML file or one of: {', '.join(known())}"
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
    tree, inherited = _extended(expect_mapping(tree, where), where)
    parts: dict[str, Any] = {
        "inherited": inherited,
        "tail": build(Tail, tree.get("tail", {}), f"{where}: tail"),
        "noise": _noise(tree.get("noise", {}), f"{where}: noise"),
        "annealing": build(Annealing, tree.get("annealing", {}), f"{where}: annealing"),
        "explicit": build(Explicit, tree.get("explicit", {}), f"{where}: explicit"),
        "gate": tuple(build(Gate, g, f"{where}: gate") for g in expect_list(tree, "gate", where)),
        "defaults": _conditionals(tree, "defaults", where),
        "shadowed": _conditionals(tree, "shadowed", where),
        "noted": _conditionals(tree, "noted", where),
        "trainer_checks": tuple(
            build(TrainerCheck, c, f"{where}: trainer_checks")
            for c in expect_list(tree, "trainer_checks", where)
        ),
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
    _check_conditions(profile, where)
    return profile


def _extended(tree: Mapping[str, Any], where: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The tree with what it extends under it, and the knobs that it has from there alone."""
    name = tree.get("extends")
    if name is None:
        return dict(tree), ()
    if name not in known():
        raise BadInput(f"{where}: extends {name!r}, which is none of {', '.join(known())}")
    text = (SHELF / f"{name}.yaml").read_text(encoding="utf-8")
    base, _ = _extended(plain_yaml(text), name)
    inherited = tuple(k for k in base.get("knobs", {}) if k not in (tree.get("knobs") or {}))
    return {
        **base,
        **{key: _added(key, base.get(key), own) for key, own in tree.items()},
    }, inherited


def _added(key: str, base: Any, own: Any) -> Any:
    """What an extending profile says of a key, on top of what it extends: its own names come last."""
    if key in APPENDED and isinstance(own, list):
        return [*(base or []), *own]
    if not isinstance(own, Mapping) or not isinstance(base, Mapping):
        return own
    kept = {name: entry for name, entry in base.items() if name not in own}
    if key not in ("metrics", "knobs"):
        return {**kept, **own}
    return kept | {name: _entry(base.get(name), entry) for name, entry in own.items()}


def _entry(base: Any, own: Any) -> Any:
    """A metric or knob, field by field."""
    return {**base, **own} if isinstance(base, Mapping) and isinstance(own, Mapping) else own


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


def _check_conditions(profile: Profile, where: str) -> None:
    """Every condition is a value, or one question that is known."""
    conditionals = [c.when for c in (*profile.defaults, *profile.shadowed, *profile.noted)]
    conditionals += [c.when for c in profile.trainer_checks]
    conditionals += [place.when for knob in profile.knobs.values() for place in knob.cases]
    kinds = dict(zip(CONDITIONS, (str, str, list, bool), strict=True))
    for when in conditionals:
        for path, want in when.items():
            if not isinstance(want, Mapping):
                continue
            name, argument = next(iter(want.items()), ("", None))
            if len(want) != 1 or not isinstance(argument, kinds.get(str(name), type(None))):
                raise BadInput(
                    f"{where}: when {path}: a condition is a value or one of {', '.join(CONDITIONS)}; found {dict(want)}"
                )


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
    mentions += [("metric", "gate", g.metric) for g in profile.gate]
    mentions += [("knob", "gate", n) for g in profile.gate for n in g.disabled_when]
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

"""One run to start: the anchor's config with one knob turned, guarded, never one that exists."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actot import configs, edits
from actot.edits import NoEffect
from actot.errors import BadInput
from actot.noise import SAME_LENGTH, SeedNoise
from actot.profile import Profile
from actot.readings import Reading
from actot.verdicts import Why

ROUNDING = 1e-4  # values are written with six digits


@dataclass(frozen=True)
class PlannedRun:
    """A run to start: its config is complete, only the trainer's command is missing.

    `remark`: what the guard says of the value; `donor` the run that lends what hangs on the knob.
    """

    name: str
    knob: str
    value: Any
    seed: Any
    config: Mapping[str, Any]
    remark: Why | None = None
    donor: str | None = None


@dataclass(frozen=True)
class Bench:
    """What runs are planned from."""

    anchor: Reading
    readings: Sequence[Reading]
    healthy: Sequence[Reading]
    metric: str
    noise: SeedNoise
    profile: Profile


@dataclass(frozen=True)
class Wish:
    """A run that is wanted. None is the anchor's own seed and budget."""

    knob: str
    value: Any
    seed: int | None = None
    steps: int | None = None
    donor: str | None = None


@dataclass(frozen=True)
class Plans:
    """What became of wishes: runs, values that exist already with their runs, and refusals."""

    runs: tuple[PlannedRun, ...] = ()
    have: tuple[tuple[Any, tuple[str, ...]], ...] = ()
    refused: tuple[Why, ...] = ()


def plan(bench: Bench, wishes: Sequence[Wish], *, override: bool = False) -> Plans:
    """Every wish as a run, an existing run or a refusal; with `override` the guard only warns."""
    runs: dict[str, PlannedRun] = {}
    have: dict[str, tuple[Any, tuple[str, ...]]] = {}
    refused = []
    for wish in wishes:
        try:
            run = planned(bench, wish)
        except NoEffect:
            refused.append(Why("no_effect", {"knob": wish.knob, "value": wish.value}))
            continue
        except BadInput:
            refused.append(Why("no_place", {"knob": wish.knob, "value": wish.value}))
            continue
        known = existing(bench, run, any_seed=wish.seed is None)
        if known:
            have[run.name] = (wish.value, known)
        elif run.remark and run.remark.name == "guard_refuses" and not override:
            refused.append(run.remark)
        else:
            runs.setdefault(run.name, run)
    return Plans(tuple(runs.values()), tuple(have.values()), tuple(refused))


def planned(bench: Bench, wish: Wish) -> PlannedRun:
    """The run of a wish, with the guard's remark. Raises: BadInput where the knob has no place."""
    profile, anchor = bench.profile, bench.anchor
    by_id = {r.id: r for r in bench.readings}
    donor = None if wish.donor is None else by_id[wish.donor].run.config
    config = edits.turn(anchor.run.config, wish.knob, wish.value, profile, donor=donor)
    name = [anchor.id, wish.knob, configs.show(wish.value)]
    if wish.seed is not None:
        config = edits.turn(config, "seed", wish.seed, profile)
        name.append(f"s{wish.seed}")
    if wish.steps is not None and wish.steps != anchor.settings.value(profile.budget):
        config = edits.turn(config, profile.budget, wish.steps, profile)
        name.append(f"{wish.steps}steps")
    label = slug("_".join(name))
    return PlannedRun(
        label,
        wish.knob,
        wish.value,
        configs.read(config, profile).value("seed"),
        edits.reset(config, label, profile),
        guard(bench, wish.knob, wish.value),
        wish.donor,
    )


def guard(bench: Bench, knob: str, value: Any) -> Why | None:
    """Why a value is refused ("guard_refuses") or only warned of ("guard_warns"), or None.

    A knob that is not effective (the seed) is free.
    """
    anchor = bench.anchor.settings.value(knob)
    times = configs.ratio(anchor, value)
    entry = bench.profile.knobs.get(knob)
    if times is None or (entry is not None and not entry.effective):
        return None
    tried = [r.settings.value(knob) for r in bench.healthy]
    tried = [t for t in tried if configs.ratio(anchor, t) is not None]
    low, high = min(tried, default=anchor), max(tried, default=anchor)
    facts = {"knob": knob, "value": value, "times": times, "anchor": anchor}
    facts |= {"low": low, "high": high}
    limit = bench.profile.guard * (1 + ROUNDING)
    if times <= 0 or not 1 / limit <= times <= limit:
        return Why("guard_refuses", facts)
    if not low <= value <= high:
        return Why("guard_warns", facts)
    return None


def bounded(bench: Bench, knob: str, value: Any) -> tuple[Any, Why | None]:
    """The value, or as near to it as the guard lets one go, with the guard's words on the value."""
    remark = guard(bench, knob, value)
    if remark is None or remark.name != "guard_refuses":
        return value, remark
    anchor = bench.anchor.settings.value(knob)
    factor = bench.profile.guard if abs(value) > abs(anchor) else 1 / bench.profile.guard
    return float(f"{anchor * factor:.6g}"), remark


def existing(bench: Bench, run: PlannedRun, *, any_seed: bool) -> tuple[str, ...]:
    """The runs of the source that are this one already: equal effective knobs, as long a budget.

    With `any_seed` a run of another seed counts too: the value has been tried.
    """
    settings = configs.read(run.config, bench.profile)
    stamp, budget = configs.fingerprint(settings), settings.value(bench.profile.budget)
    return tuple(
        r.id
        for r in bench.readings
        if configs.fingerprint(r.settings) == stamp
        and r.run.state == "finished"
        and (any_seed or configs.equal(r.settings.value("seed"), run.seed))
        and _as_long(r, budget, bench.profile)
    )


def alike(bench: Bench) -> Iterator[Reading]:
    """The runs of the source with the anchor's effective knobs, the anchor among them."""
    stamp = configs.fingerprint(bench.anchor.settings)
    return (r for r in bench.readings if configs.fingerprint(r.settings) == stamp)


def _as_long(reading: Reading, budget: Any, profile: Profile) -> bool:
    mine = reading.budget(profile)
    known = mine is not None and isinstance(budget, int | float)
    return not known or abs(mine - budget) <= SAME_LENGTH * budget


def slug(text: str) -> str:
    """A name that is safe as a file name, a job name and a sweep value."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text).strip("_.")[:120]

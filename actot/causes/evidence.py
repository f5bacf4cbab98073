"""What speaks for a knob, or against it: who moved it and came out how, matched pairs, rivals."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from actot.analysis import train_config
from actot.analysis.run_summary import Reading
from actot.analysis.train_config import Change
from actot.causes import knob_distance
from actot.causes.outcomes import Scene, is_below, worst
from actot.profile import Profile
from actot.verdicts import comparability, judging
from actot.verdicts.judging import NOT_COMPARABLE, PAIR, REGRESSED, Verdict
from actot.verdicts.seed_noise import SAME_LENGTH

UNSURE = 0.5  # what counts that leans to one side and is not surely there


@dataclass(frozen=True)
class Evidence:
    """One statement for or against a knob: the name of its sentence, and the facts that fill it."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """Two sides of the source that differ in one knob alone, and what that change did."""

    change: Change
    row: Verdict

    def innocence(self, scene: Scene) -> float:
        """How surely it shows that its change does not do it: 1, half, or 0 for not at all.

        A pair that starts elsewhere than the reference says nothing of the way from there to its start.
        """
        reference = scene.reference[0].settings
        if not train_config.equal(self.change.base, reference.value(self.change.knob)):
            return 0.0
        if is_below(self.row, scene.explain / 2, scene.profile):
            return 1.0
        return UNSURE if is_below(self.row, scene.explain, scene.profile) else 0.0

    def convicts(self, moved: Iterable[Change], scene: Scene) -> bool:
        """Worse, by enough to explain the regression, with a change on the way of a suspected one."""
        enough = self.row.change is None or worst(self.row, scene.profile) >= scene.explain / 2
        on_the_way = any(
            knob_distance.is_part(self.change, change, scene.profile) for change in moved
        )
        return self.row.word == REGRESSED and enough and on_the_way


def matched_pairs(
    knobs: Iterable[str], scene: Scene, readings: Iterable[Reading]
) -> dict[str, list[Pair]]:
    """Clean ablations of the source by knob, from the value nearest to the reference's, all judged as one family.

    Runs of one config stand on the base's side together, and one of them, a regressed one first, on the other.
    """
    regressed = {r.id for r in scene.regressed}
    usable = [r for r in readings if r.run.state == "finished" and r.id not in scene.outliers]
    usable.sort(key=lambda r: r.id not in regressed)
    found = [(k, run, bases) for k in knobs for run, bases in _ablations(k, scene, usable)]
    rows = judging.judge(
        [(run, bases) for _, run, bases in found], scene.metric, scene.noise, scene.profile, PAIR
    )
    pairs: dict[str, list[Pair]] = {}
    for (knob, run, bases), row in zip(found, rows, strict=True):
        if row.word != NOT_COMPARABLE:
            a, b = bases[0].settings, run.settings
            ratio = train_config.ratio(a.value(knob), b.value(knob))
            change = Change(knob, b.groups[knob], a.value(knob), b.value(knob), ratio)
            pairs.setdefault(knob, []).append(Pair(change, row))
    return pairs


def _ablations(
    knob: str, scene: Scene, readings: Iterable[Reading]
) -> Iterable[tuple[Reading, list[Reading]]]:
    """The runs that differ from others in this knob alone, with those others."""
    alike: dict[Any, dict[str, list[Reading]]] = {}
    for reading in readings:
        if knob in reading.settings.knobs:
            rest = train_config.fingerprint(reading.settings, without=knob)
            values = alike.setdefault(rest, {})
            values.setdefault(reading.settings.stamps[knob], []).append(reading)
    for values in alike.values():
        nearest = min(values, key=lambda v: _from_reference(values[v][0], knob, scene))
        bases = sorted(values.pop(nearest), key=lambda r: r.run.created)
        for run, *_ in values.values():
            yield run, _as_long(run, _usable(bases, scene), scene.metric)


def _from_reference(run: Reading, knob: str, scene: Scene) -> tuple[float, str]:
    """How far the run's value of a knob lies from the reference's, and when the run was made."""
    a, b = scene.reference[0].settings.value(knob), run.settings.value(knob)
    if train_config.equal(a, b):
        return 0.0, run.run.created
    way = knob_distance.distance(Change(knob, "", a, b, train_config.ratio(a, b)), scene.profile)
    return (math.inf if way is None else abs(way)), run.run.created


def _usable(bases: Sequence[Reading], scene: Scene) -> Sequence[Reading]:
    """The bases with a value; where none has one, all: what one of them says of a divergence may count."""
    usable = [b for b in bases if comparability.unusable(b, scene.metric, scene.profile) is None]
    return usable or bases


def _as_long(run: Reading, bases: Sequence[Reading], metric: str) -> list[Reading]:
    """The bases that are as long as the run; where none is, the first."""
    end = run.summaries[metric].last_step or 0
    ends = {b.id: b.summaries[metric].last_step or 0 for b in bases}
    return [b for b in bases if abs(ends[b.id] - end) <= SAME_LENGTH * end] or [bases[0]]


def movers(
    knob: str, carriers: Sequence[str], is_cleared: bool, scene: Scene
) -> Iterator[Evidence]:
    """Who moved a knob: the regressed runs, the healthy ones, and those in between."""
    moved = [scene.moved[run][knob] for run in carriers]
    of = list(scene.outliers if carriers[0] in scene.outliers else (r.id for r in scene.regressed))
    facts = {"knob": knob, "carriers": carriers, "of": len(of)}
    yield Evidence("carried", {**facts, "changes": _spoken(moved)})
    without = [run for run in of if run not in carriers]
    if without and not is_cleared:
        yield Evidence("not_alone", {"knob": knob, "rows": _rows(without, scene)})
    yield from _healthy(knob, carriers, is_cleared, scene)
    if is_cleared:
        return
    milder = [r.id for r in scene.movers(knob, scene.milder)]
    if milder:
        known = [row for r in scene.regressed if (row := scene.rows[r.id]).change is not None]
        whole = min(known, key=lambda row: abs(row.change))
        yield Evidence("milder", {"knob": knob, "rows": _rows(milder, scene), "whole": whole})
    leaning = [r.id for r in scene.movers(knob, scene.leaning)]
    if leaning:
        yield Evidence("leaning", {"knob": knob, "rows": _rows(leaning, scene)})
    rest = [r.id for r in scene.leaning if r.id not in leaning]
    if rest:
        yield Evidence("leaning_without", {"knob": knob, "rows": _rows(rest, scene)})


def _rows(runs: Iterable[str], scene: Scene) -> list[Verdict]:
    return [scene.rows[run] for run in runs]


def _healthy(
    knob: str, carriers: Sequence[str], is_cleared: bool, scene: Scene
) -> Iterator[Evidence]:
    """What the healthy runs say of a knob: it is cleared, for some runs or all, or nobody went there."""
    profile = scene.profile
    tried = {r.id: scene.moved[r.id][knob] for r in scene.movers(knob, scene.healthy)}
    moved = {run: scene.moved[run][knob] for run in carriers}
    far = [
        (run, h)
        for h, went in tried.items()
        for run, change in moved.items()
        if knob_distance.share(went, change, profile) == 1
    ]
    runs = list(dict.fromkeys(h for _, h in far))
    if runs and is_cleared:
        yield Evidence("cleared", {"knob": knob, "runs": runs})
    elif runs:
        of = list(dict.fromkeys(run for run, _ in far))
        facts = {"knob": knob, "rows": _rows(runs, scene), "carriers": of}
        yield Evidence("cleared_for", facts)
    if is_cleared:
        return
    near = [h for h in tried if h not in runs]
    if not tried:
        yield Evidence("separates", {"knob": knob, "healthy": len(scene.healthy)})
    elif near:
        has_distance = any(knob_distance.distance(c, profile) is not None for c in moved.values())
        facts = {"knob": knob, "runs": near}
        yield Evidence("also_healthy", facts) if has_distance else Evidence("other_value", facts)
    yield from _outside(knob, list(moved.values()), list(tried.values()), profile)


def _outside(
    knob: str, moved: Sequence[Change], tried: Sequence[Change], profile: Profile
) -> Iterator[Evidence]:
    """Which values lie beyond those that healthy runs tried, the base's among them."""
    values = [c.value for c in _spoken(moved) if knob_distance.outside([c], tried, profile)]
    known = [c.value for c in tried if knob_distance.distance(c, profile) is not None]
    if values and known:
        low, high = (end(*known, moved[0].base) for end in (min, max))
        facts = {"knob": knob, "values": values, "low": low, "high": high}
        yield Evidence("outside", facts)


def ablations(
    knob: str, is_cleared: bool, pairs: Iterable[Pair], scene: Scene
) -> Iterator[Evidence]:
    """What the matched pairs of a knob show, and which of them clear it."""
    healthy = {r.id for r in scene.healthy}
    for pair in pairs:
        row = pair.row
        facts = {"knob": knob, "run": row.run, "baseline": row.baselines, "row": row}
        facts |= {"base": pair.change.base, "value": pair.change.value}
        yield Evidence("pair", facts)
        if is_cleared and row.run not in healthy and pair.innocence(scene) == 1:
            yield Evidence("pair_clears", facts)


def outliers(knob: str, scene: Scene) -> Iterator[Evidence]:
    """Regressed runs whose config is healthy in another run: the knob is not asked to explain them."""
    for run, twins in scene.outliers.items():
        if knob in scene.moved[run] or not scene.moved[run]:
            yield Evidence("outlier", {"run": run, "twins": twins})


def rivals(scene: Scene) -> list[Evidence]:
    """Versions and commits that differ from the reference's: changes that no config shows."""
    base = scene.reference[0].run.versions
    return [
        Evidence("rival", {"run": run.id, "what": c.knob, "value": c.value, "base": c.base})
        for run in scene.regressed
        for c in train_config.uncontrolled(base, run.run.versions)
    ]


def _spoken(moved: Iterable[Change]) -> list[Change]:
    """Each different change once."""
    return list({(repr(c.base), repr(c.value)): c for c in moved}.values())

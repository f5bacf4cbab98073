"""Verdicts, changes and symptoms -> ranked Causes. No regression, no causes.

The score of a knob is separation + size + symptoms + matched pairs, each in words and run ids in the
evidence. Knobs that changed in exactly the same runs cannot be told apart: they share one score.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from actot import configs, verdicts
from actot.configs import Change
from actot.noise import SeedNoise
from actot.profile import Profile
from actot.readings import Reading
from actot.verdicts import IMPROVED, REGRESSED, SAME, WITHIN_NOISE, Verdict

SIZE_WEIGHT, SYMPTOM_WEIGHT, PAIR_WEIGHT = 0.2, 0.1, 0.5
ROUGHER = 1.5  # jitter above this factor of the reference's counts as higher
COLLAPSED = 1e-3


@dataclass(frozen=True)
class Evidence:
    """One statement for or against a knob: the name of its sentence, and the facts that fill it."""

    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cause:
    """A knob that may have caused the regression.

    `carriers` are the regressed runs that changed it; `confounded_with` the knobs that changed in
    exactly the same runs, unless an ablation of one of them regressed too. A score of 0 means that healthy runs clear it.
    """

    knob: str
    group: str
    rank: int
    score: float
    carriers: tuple[str, ...]
    changes: tuple[Change, ...]
    confounded_with: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What is known when causes are sought: the regressed and the healthy runs against the reference.

    `moved[id]` holds the changes of a run against the reference by knob.
    """

    reference: Sequence[Reading]
    regressed: Sequence[Reading]
    healthy: Sequence[Reading]
    moved: Mapping[str, Mapping[str, Change]]
    metric: str
    noise: SeedNoise
    profile: Profile


def scene(
    reference: Sequence[Reading],
    readings: Iterable[Reading],
    rows: Iterable[Verdict],
    context: Iterable[Verdict],
    noise: SeedNoise,
    profile: Profile,
) -> Scene | None:
    """The scene of the picked `rows`, with healthy runs from all of the source (`context`)."""
    rows = [row for row in rows if row.word == REGRESSED]
    if not rows:
        return None
    metric = rows[0].metric
    lower = profile.metrics[metric].direction == "lower"
    explain = min(abs(row.change) if row.change is not None else math.inf for row in rows)
    by_id = {r.id: r for r in readings}
    picked = {row.run for row in rows}
    healthy = []
    for row in context:
        if row.word in (IMPROVED, SAME, WITHIN_NOISE) and row.run not in picked:
            worst = row.high if lower else -row.low
            if worst < explain / 2:
                healthy.append(by_id[row.run])
    regressed = [by_id[i] for i in dict.fromkeys(row.run for row in rows)]
    moved = {
        r.id: {c.knob: c for c in configs.changes(reference[0].settings, r.settings)}
        for r in (*regressed, *healthy)
    }
    return Scene(reference, regressed, healthy, moved, metric, noise, profile)


def rank(scene: Scene | None, readings: Sequence[Reading]) -> tuple[Cause, ...]:
    """The suspects, the strongest first; knobs that healthy runs clear stand last with score 0."""
    if scene is None:
        return ()
    knobs = dict.fromkeys(k for r in scene.regressed for k in scene.moved[r.id])
    causes = [_weigh(knob, scene, readings) for knob in knobs]
    groups: dict[Any, list[Cause]] = {}
    for cause in causes:
        groups.setdefault(_pattern(cause, scene), []).append(cause)
    order = sorted(groups.values(), key=lambda g: -max(c.score for c in g))
    ranked = []
    for place, group in enumerate(order, 1):
        score = max(c.score for c in group)
        for cause in sorted(group, key=lambda c: -_size(c)):
            others = tuple(c.knob for c in group if c is not cause)
            evidence = cause.evidence
            if others and score > 0:
                evidence += (Evidence("confounded", {"knob": cause.knob, "others": others}),)
            ranked.append(
                replace(cause, rank=place, score=score, confounded_with=others, evidence=evidence)
            )
    return tuple(ranked)


def _pattern(cause: Cause, scene: Scene) -> Any:
    """The runs in which the knob moved; what a healthy run or an ablation tells apart is alone."""
    ablated = any(e.name == "pair" and e.facts["row"].word == REGRESSED for e in cause.evidence)
    if cause.score == 0 or ablated:
        return cause.knob
    return frozenset(i for i, moved in scene.moved.items() if cause.knob in moved)


def _weigh(knob: str, scene: Scene, readings: Sequence[Reading]) -> Cause:
    """One knob with its evidence and its own score."""
    moved = [scene.moved[r.id][knob] for r in scene.regressed if knob in scene.moved[r.id]]
    carriers = tuple(r.id for r in scene.regressed if knob in scene.moved[r.id])
    healthy = [r for r in scene.healthy if knob in scene.moved[r.id]]
    went = {r.id: scene.moved[r.id][knob] for r in healthy}
    cleared = all(any(_covers(h, change) for h in went.values()) for change in moved)
    clears = [i for i, h in went.items() if cleared and any(_covers(h, c) for c in moved)]
    facts = {"knob": knob, "carriers": carriers, "of": len(scene.regressed)}
    evidence = [Evidence("carried", {**facts, "changes": _spoken(moved)})]
    if clears:
        evidence.append(Evidence("cleared", {"knob": knob, "runs": clears}))
    elif healthy:
        evidence.append(Evidence("also_healthy", {"knob": knob, "runs": [r.id for r in healthy]}))
    else:
        evidence.append(Evidence("separates", {"knob": knob, "healthy": len(scene.healthy)}))
    pairs = list(_matched_pairs(knob, scene, readings))
    evidence += [
        Evidence("pair", {"knob": knob, "run": p.run, "baseline": p.baseline, "row": p})
        for p in pairs
    ]
    symptoms = [e for e in _symptoms(scene) if e.facts["group"] == moved[0].group]
    if clears:
        score = 0.0
    else:
        coverage = len(carriers) / len(scene.regressed)
        score = coverage * (1 - len(healthy) / (len(scene.healthy) + 1))
        score += SIZE_WEIGHT * _outside(moved, [scene.moved[r.id][knob] for r in healthy])
        score += SYMPTOM_WEIGHT * bool(symptoms)
        score += PAIR_WEIGHT * any(p.word == REGRESSED for p in pairs)
        evidence += symptoms
    evidence += _rivals(scene)
    return Cause(knob, moved[0].group, 0, score, carriers, tuple(moved), evidence=tuple(evidence))


def _covers(healthy: Change, moved: Change) -> bool:
    """Whether a healthy run has the value of a regressed one, or went further in its direction."""
    if configs.equal(healthy.value, moved.value):
        return True
    mine, theirs = healthy.ratio, moved.ratio
    if mine is None or theirs is None or mine <= 0 or theirs <= 0:
        return False
    return mine >= theirs > 1 or mine <= theirs < 1


def _outside(moved: Sequence[Change], tried: Sequence[Change]) -> float:
    """How far the change lies outside what healthy runs tried, 0 to 1; a decade counts whole."""
    size = max((_log_size(c) for c in moved), default=0.0)
    return min(1.0, max(0.0, size - max((_log_size(c) for c in tried), default=0.0)))


def _log_size(change: Change) -> float:
    return abs(math.log10(abs(change.ratio))) if change.ratio else 0.0


def _size(cause: Cause) -> float:
    """For the order inside a group: the learning rate before a category."""
    return max(_log_size(c) for c in cause.changes) if cause.knob != "lr" else math.inf


def _spoken(moved: Iterable[Change]) -> list[Change]:
    """Each different change once."""
    return list({(repr(c.base), repr(c.value)): c for c in moved}.values())


def _matched_pairs(knob: str, scene: Scene, readings: Sequence[Reading]) -> Iterable[Verdict]:
    """Pairs of the source that differ in this knob alone: a clean ablation, judged as one family."""
    alike: dict[Any, dict[Any, Reading]] = {}
    for reading in readings:
        if reading.run.state == "finished" and knob in reading.settings.knobs:
            rest = configs.fingerprint(reading.settings, without=knob)
            value = repr(reading.settings.value(knob))
            alike.setdefault(rest, {}).setdefault(value, reading)
    base_value = repr(scene.reference[0].settings.value(knob))
    pairs = []
    for group in alike.values():
        base = group.get(base_value)
        if base is not None:
            pairs += [(r, [base]) for value, r in group.items() if value != base_value]
    rows = verdicts.judge(pairs, scene.metric, scene.noise, scene.profile, "pair")
    return [row for row in rows if row.word != verdicts.NOT_COMPARABLE]


def _symptoms(scene: Scene) -> Iterable[Evidence]:
    """What the curves of the regressed runs point to: the optimizer, or the OT plan."""
    base = scene.reference[0].summaries
    for run in scene.regressed:
        mine = run.summaries
        l1, jitter = (
            _times(mine, base, m, f) for m, f in (("train_l1", "last_mean"), ("train_l1", "jitter"))
        )
        grad = _times(mine, base, "grad_norm", "jitter")
        if l1 is None or jitter is None:
            continue
        facts = {"run": run.id, "l1": 100 * (l1 - 1), "jitter": jitter}
        if l1 > 1 + scene.profile.matters and jitter <= ROUGHER and (grad or 0) <= ROUGHER:
            yield Evidence("optimizer_symptom", {**facts, "group": "optimizer"})
        mass = mine["ot_pi_sum"].last_mean if "ot_pi_sum" in mine else None
        if jitter > ROUGHER and mass is not None and mass < COLLAPSED:
            yield Evidence("ot_symptom", {**facts, "mass": mass, "group": "ot"})


def _times(mine: Any, base: Any, metric: str, figure: str) -> float | None:
    if metric not in mine:
        return None
    a, b = getattr(mine[metric], figure), getattr(base[metric], figure)
    return a / b if a is not None and b else None


def _rivals(scene: Scene) -> list[Evidence]:
    """Versions and commits that differ from the reference's: changes that no config shows."""
    base = scene.reference[0].run.versions
    found = []
    for run in scene.regressed:
        for name, value in run.run.versions.items():
            if name in base and base[name] != value:
                facts = {"run": run.id, "what": name, "value": value, "base": base[name]}
                found.append(Evidence("rival", facts))
    return found

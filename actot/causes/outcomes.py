"""Who got worse, who did not, and what each of them moved: where causes are sought."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from actot.analysis import train_config
from actot.analysis.run_summary import Reading
from actot.analysis.train_config import Change
from actot.profile import Profile
from actot.verdicts.judging import IMPROVED, REGRESSED, SAME, WITHIN_NOISE, Verdict
from actot.verdicts.seed_noise import SeedNoise

NOT_WORSE = (IMPROVED, SAME, WITHIN_NOISE)
KINDS = ("leaning", "healthy", "milder", "unclear")


@dataclass(frozen=True)
class Scene:
    """The regressed runs that are to be explained, and what the other runs of the source say to that.

    `outliers` are the other regressed runs by id, with the healthy runs of the very same effective
    knobs: no knob sets them apart. `leaning` runs were picked and count as worse where they
    are judged alone, but not among all picked rows. Of the runs that are not worse, the intervals of
    `healthy` ones end below half of the regression, of `milder` ones below the whole of it; `unclear`
    ones may be as bad or not. `rows[id]` and `moved[id]` hold the verdict of a run and its changes by
    knob, both against the reference.
    Units: `explain` is the smallest of the regressions, a fraction; infinite where all diverged.
    """

    reference: Sequence[Reading]
    regressed: Sequence[Reading]
    outliers: Mapping[str, Sequence[str]]
    leaning: Sequence[Reading]
    healthy: Sequence[Reading]
    milder: Sequence[Reading]
    unclear: Sequence[Reading]
    rows: Mapping[str, Verdict]
    moved: Mapping[str, Mapping[str, Change]]
    explain: float
    metric: str
    noise: SeedNoise
    profile: Profile

    def movers(self, knob: str, runs: Iterable[Reading]) -> list[Reading]:
        """Those of the runs that moved a knob."""
        return [r for r in runs if knob in self.moved[r.id]]


def scene(
    reference: Sequence[Reading],
    readings: Iterable[Reading],
    rows: Iterable[Verdict],
    context: Iterable[Verdict],
    noise: SeedNoise,
    profile: Profile,
) -> Scene | None:
    """The scene of the picked `rows`; `context` holds every run of the source, judged alone.

    Absent: None where no picked run regressed.
    """
    picked = {row.run: row for row in rows}
    bad = {i: row for i, row in picked.items() if row.word == REGRESSED}
    if not bad:
        return None
    explain = min(math.inf if row.change is None else abs(row.change) for row in bad.values())
    alone = {row.run: row for row in context if row.run not in bad and row.change is not None}
    kinds = {i: _kind(row, i in picked, explain, profile) for i, row in alone.items()}
    by_id = {r.id: r for r in readings}
    others = {kind: [by_id[i] for i in alone if kinds[i] == kind] for kind in KINDS}
    base = reference[0].settings
    known = [*bad, *(i for i in alone if kinds[i])]
    moved = {i: {c.knob: c for c in train_config.changes(base, by_id[i].settings)} for i in known}
    outliers = _outliers(bad, moved, reference, others["healthy"])
    return Scene(
        reference=reference,
        regressed=[by_id[i] for i in bad if i not in outliers],
        outliers=outliers,
        **others,
        rows=alone | bad,
        moved=moved,
        explain=explain,
        metric=next(iter(bad.values())).metric,
        noise=noise,
        profile=profile,
    )


def worst(row: Verdict, profile: Profile) -> float:
    """The end of a row's interval in the direction of worse."""
    return row.high if profile.metrics[row.metric].direction == "lower" else -row.low


def is_below(row: Verdict, limit: float, profile: Profile) -> bool:
    """Judged, not regressed, and surely less bad than the limit."""
    return row.word in NOT_WORSE and worst(row, profile) < limit


def _kind(row: Verdict, is_picked: bool, explain: float, profile: Profile) -> str:
    """What a run is that did not regress among the picked rows, one of KINDS.

    Absent: "" for one that was not picked and is worse: it may have causes of its own.
    """
    if is_below(row, explain / 2, profile):
        return "healthy"
    if is_below(row, explain, profile):
        return "milder"
    if row.word == REGRESSED and not is_picked:
        return ""
    return "leaning" if row.word == REGRESSED and worst(row, profile) >= explain else "unclear"


def _outliers(
    bad: Iterable[str],
    moved: Mapping[str, Mapping[str, Change]],
    reference: Iterable[Reading],
    healthy: Sequence[Reading],
) -> dict[str, list[str]]:
    """The regressed runs that differ from a healthy one in no knob, with all such."""
    twins = {i: [h.id for h in healthy if moved[h.id] == moved[i]] for i in bad}
    twins |= {i: [r.id for r in reference] for i in bad if not moved[i]}
    return {i: ids for i, ids in twins.items() if ids}

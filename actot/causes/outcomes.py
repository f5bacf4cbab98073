"""Who got worse, who did not, and what each of them moved: where causes are sought."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from actot.analysis import config_changes
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Profile
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import IMPROVED, REGRESSED, SAME, WITHIN_NOISE, Judged, Verdict

NOT_WORSE = (IMPROVED, SAME, WITHIN_NOISE)
KINDS = ("worse_unadjusted", "healthy", "partial", "undetermined")


@dataclass(frozen=True)
class RegressionContext:
    """The regressed configs that are to be explained, and what the other runs of the source say to that.

    The first run of each row stands for its config.
    `outliers` are the other regressed runs by id, with the healthy runs of the very same effective
    knobs: no knob sets them apart. `worse_unadjusted` runs were picked and count as worse where they
    are judged alone, but not among all picked rows. Of the runs that are not worse, the intervals of
    `healthy` ones end below half of the regression, of `partial` ones below the whole of it; `undetermined`
    ones may be as bad or not. `rows[id]` and `moved[id]` hold the verdict of a run and its changes by
    knob, both against the reference.
    Units: `explain` is the smallest of the regressions, a fraction; infinite where all diverged.
    """

    reference: Sequence[RunSummary]
    regressed: Sequence[RunSummary]
    outliers: Mapping[str, Sequence[str]]
    worse_unadjusted: Sequence[RunSummary]
    healthy: Sequence[RunSummary]
    partial: Sequence[RunSummary]
    undetermined: Sequence[RunSummary]
    rows: Mapping[str, Verdict]
    moved: Mapping[str, Mapping[str, Change]]
    regression_to_explain: float
    metric: str
    noise: SeedNoise
    profile: Profile

    def movers(self, knob: str, runs: Iterable[RunSummary]) -> list[RunSummary]:
        """Those of the runs that moved a knob."""
        return [r for r in runs if knob in self.moved[r.id]]


def regression_context(
    reference: Sequence[RunSummary],
    summaries: Iterable[RunSummary],
    rows: Iterable[Verdict],
    context: Iterable[Verdict],
    noise: SeedNoise,
    profile: Profile,
) -> RegressionContext | None:
    """What is to be explained of the picked `rows`; `context` holds every config of the source, judged alone.

    Absent: None where no picked run regressed.
    """
    picked = {row.run: row for row in rows}
    bad = {i: row for i, row in picked.items() if row.word == REGRESSED}
    if not bad:
        return None
    regression_to_explain = min(
        abs(row.change) if isinstance(row, Judged) else math.inf for row in bad.values()
    )
    alone = {r.run: r for r in context if r.run not in bad and isinstance(r, Judged)}
    kinds = {i: _kind(row, i in picked, regression_to_explain) for i, row in alone.items()}
    by_id = {r.id: r for r in summaries}
    others = {kind: [by_id[i] for i in alone if kinds[i] == kind] for kind in KINDS}
    base = reference[0].settings
    known = [*bad, *(i for i in alone if kinds[i])]
    moved = {i: {c.knob: c for c in config_changes.changes(base, by_id[i].settings)} for i in known}
    outliers = _outliers(bad, moved, reference, others["healthy"])
    return RegressionContext(
        reference=reference,
        regressed=[by_id[i] for i in bad if i not in outliers],
        outliers=outliers,
        **others,
        rows={**alone, **bad},
        moved=moved,
        regression_to_explain=regression_to_explain,
        metric=next(iter(bad.values())).metric,
        noise=noise,
        profile=profile,
    )


def worst(row: Judged) -> float:
    """The end of a row's interval in the direction of worse."""
    return row.high if row.lower_is_better else -row.low


def is_below(row: Verdict, limit: float) -> bool:
    """Judged, not regressed, and surely less bad than the limit."""
    return isinstance(row, Judged) and row.word in NOT_WORSE and worst(row) < limit


def _kind(row: Judged, is_picked: bool, regression_to_explain: float) -> str:
    """What a run is that did not regress among the picked rows, one of KINDS.

    Absent: "" for one that was not picked and is worse: it may have causes of its own.
    """
    if is_below(row, regression_to_explain / 2):
        return "healthy"
    if is_below(row, regression_to_explain):
        return "partial"
    if row.word == REGRESSED and not is_picked:
        return ""
    return (
        "worse_unadjusted"
        if row.word == REGRESSED and worst(row) >= regression_to_explain
        else "undetermined"
    )


def _outliers(
    bad: Iterable[str],
    moved: Mapping[str, Mapping[str, Change]],
    reference: Iterable[RunSummary],
    healthy: Sequence[RunSummary],
) -> dict[str, list[str]]:
    """The regressed runs that differ from a healthy one in no knob, with all such."""
    duplicates = {i: [h.id for h in healthy if moved[h.id] == moved[i]] for i in bad}
    duplicates |= {i: [r.id for r in reference] for i in bad if not moved[i]}
    return {i: ids for i, ids in duplicates.items() if ids}

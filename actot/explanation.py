"""What needs a reference: neighbours, changes, causes, and what to run next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from actot.analysis import config_changes
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import RunSummary
from actot.causes import outcomes, ranking, weighing
from actot.causes.outcomes import NOT_WORSE
from actot.causes.ranking import Ranking
from actot.errors import BadInput
from actot.experiments import proposals
from actot.experiments.experiment import Experiment
from actot.experiments.guard import PlanContext
from actot.profile_schema import Profile
from actot.verdicts import comparability, judging, rows
from actot.verdicts.seed_noise import SeedNoise
from actot.verdicts.verdict import NEIGHBOUR, Verdict


@dataclass(frozen=True)
class Explained:
    """What needs a reference."""

    neighbours: tuple[Verdict, ...] = ()
    changes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    ranking: Ranking = field(default_factory=Ranking)
    healthy: tuple[RunSummary, ...] = ()
    anchor: RunSummary | None = None
    experiments: tuple[Experiment, ...] = ()


def explain(
    chosen: Sequence[Sequence[RunSummary]],
    groups: Sequence[Sequence[RunSummary]],
    verdicts: Sequence[Verdict],
    configs: rows.Configs,
    everything: Mapping[str, RunSummary],
    metric: str,
    noise: SeedNoise,
    profile: Profile,
    anchor: str | None,
) -> Explained:
    """Neighbours, changes, causes and experiments; `chosen` are the picked runs by config."""
    reference, summaries = groups[0], tuple(everything.values())
    mine = [r for config in chosen for r in config]
    near = rows.neighbours(chosen, configs, {b.id for g in groups for b in g}, metric, profile)
    neighbours = judging.judge(near, metric, noise, profile, NEIGHBOUR)
    known = {r.id for r in (*reference, *mine)}
    others = ([r for r in config if r.id not in known] for config in configs.values())
    sides = [(config, reference) for config in (*chosen, *filter(None, others))]
    alone = judging.judge_alone(sides, metric, noise, profile)
    headlines = [v for v in verdicts if v.baseline == reference[0].id]
    context = outcomes.regression_context(reference, summaries, headlines, alone, noise, profile)
    weighed = weighing.weigh(reference, summaries, metric, profile)
    ranked = ranking.rank(context, weighed, reference, summaries)
    not_worse = [everything[i] for v in alone if v.word in NOT_WORSE for i in v.runs]
    healthy = tuple(r for r in reference if comparability.unusable(r, metric, profile) is None)
    healthy += tuple(context.healthy if context else not_worse)
    start = _anchor(anchor, groups, everything, metric, profile)
    experiments: tuple[Experiment, ...] = ()
    if start is not None:
        planned = PlanContext(start, summaries, healthy, metric, noise, profile)
        experiments = proposals.propose(
            planned, verdicts, ranked.causes, context.regressed if context else ()
        )
    changes = {r.id: config_changes.changes(reference[0].settings, r.settings) for r in mine}
    return Explained(
        tuple(v for side in neighbours for v in side), changes, ranked, healthy, start, experiments
    )


def _anchor(
    chosen: str | None,
    groups: Sequence[Sequence[RunSummary]],
    everything: Mapping[str, RunSummary],
    metric: str,
    profile: Profile,
) -> RunSummary | None:
    """The chosen anchor, else the best baseline. Raises: BadInput for one that cannot be an anchor."""
    if not chosen:
        return proposals.choose_anchor(groups, metric, profile)
    if chosen not in everything:
        raise BadInput(f"anchor {chosen}: no such run in this source")
    if comparability.unusable(everything[chosen], metric, profile):
        raise BadInput(f"anchor {chosen}: diverged or without a value; choose another run")
    return everything[chosen]

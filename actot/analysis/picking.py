"""What was picked: whether it can be judged at all, and in which metric."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from actot import step_axis
from actot.analysis import metric_stats, open_metrics, run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import BadInput
from actot.foreign_text import few
from actot.profile_schema import Metric, Profile
from actot.records import RunInfo

MOST_PICKED = 500  # runs and baselines that are judged at a time
SHOWN_IDS = 20  # of the known ones, where one is unknown
NOTHING_LOGGED = Metric("loss", keys=("loss",), direction="lower")


def deciding_metric(
    metric: str | None,
    direction: str | None,
    picked: Sequence[RunSummary],
    baselines: Sequence[RunSummary],
    profile: Profile,
) -> tuple[Metric, bool]:
    """The metric that decides, and whether its name alone proposed it.

    The one asked for; else the profile's first with data; else the likeliest logged key. Raises: BadInput.
    """
    where = baselines or picked
    if metric is not None:
        return _asked_for(metric, direction, (*picked, *baselines), profile), False
    if direction is not None:
        raise BadInput("a direction goes with a metric; name that too")
    for name in profile.judge:
        if any(r.finite(name) is not None for r in where):
            return profile.metrics[name], False
    proposed = open_metrics.proposals(picked, baselines, profile)
    # A profile without names decides by any key: where no direction is known, that is what is said.
    likely = proposed or (() if profile.judge else open_metrics.in_both(picked, baselines))
    if likely:
        return open_metrics.metric_of(likely[0], None, (*picked, *baselines)), True
    return profile.metrics[profile.judge[0]] if profile.judge else NOTHING_LOGGED, False


def _asked_for(
    name: str, direction: str | None, runs: Sequence[RunSummary], profile: Profile
) -> Metric:
    metric = open_metrics.named(name, profile)
    if metric is None:
        logged = frozenset(key for r in runs for key in r.run.series)
        if name not in logged:
            near = metric_stats.nearest((name,), logged) or tuple(sorted(logged))
            known = few((*profile.metrics, *near), SHOWN_IDS)
            raise BadInput(f"metric {name}: neither in the profile nor logged; known are {known}")
        metric = open_metrics.metric_of(name, None, runs)
    return replace(metric, direction=direction) if direction else metric


def resolve(texts: Sequence[str], runs: Sequence[RunInfo]) -> tuple[str, ...]:
    """The ids that texts name: ids, or names that one run alone has; each text one of them, or several with commas between.

    What no run is called stays as it is. Raises: BadInput for no name at all, or the name of several runs.
    """
    named: dict[str, list[str]] = {}
    for run in runs:
        named.setdefault(run.name, []).append(run.id)
    ids = {run.id for run in runs}
    longest = 1 + max((name.count(",") for name in ids | named.keys()), default=0)
    found: list[str] = []
    for text in texts:
        parts = text.split(",")
        while parts:
            # An id or a name may hold commas of its own: the longest that is known is meant.
            lengths = range(min(longest, len(parts)), 0, -1)
            starts = ((n, _join(parts[:n])) for n in lengths)
            known = ((n, start) for n, start in starts if start in ids or start in named)
            n, name = next(known, (1, _join(parts[:1])))
            parts = parts[n:]
            if name in ids or name not in named:
                found += [name] if name else []
                continue
            if len(named[name]) > 1:
                raise BadInput(
                    f"{name}: {len(named[name])} runs are called so; give an id: {few(named[name], SHOWN_IDS)}"
                )
            found += named[name]
    if not found:
        raise BadInput(
            "no run given; name runs by id or name, with commas between or an option each"
        )
    return tuple(dict.fromkeys(found))


def _join(parts: Sequence[str]) -> str:
    return ",".join(parts).strip()


def check_picks(picked: Sequence[str], baselines: Sequence[str], known: Collection[str]) -> None:
    """Raises: BadInput for too many picks, one that the source does not hold, or that is on both sides."""
    n = len(picked) + len(baselines)
    if n > MOST_PICKED:
        raise BadInput(f"{n} runs are picked; judge at most {MOST_PICKED} at a time")
    unknown = [i for i in (*picked, *baselines) if i not in known]
    if unknown:
        raise BadInput(
            f"run {few(unknown, SHOWN_IDS)}: not in this source; it holds {few([*known], SHOWN_IDS)}"
        )
    both = sorted(set(picked) & set(baselines))
    if both:
        raise BadInput(
            f"{', '.join(both)}: picked as a run and as a baseline; leave one of the two"
        )


def on_agreed_axis(
    everything: Mapping[str, RunSummary], picked: Sequence[str], profile: Profile
) -> dict[str, RunSummary]:
    """All runs on a logged counter where the lengths of the picked ones agree on that, and not on their own steps."""
    runs = [everything[i].run for i in picked]
    plans = {i: everything[i].budget(profile) for i in picked}
    axis = step_axis.agreed(runs, lambda run: plans[run.id])
    if not axis:
        return dict(everything)
    return {
        i: run_summary.summarize(step_axis.on(r.run, axis, step_axis.AGREED), profile)
        if axis in step_axis.counters(r.run)
        else r
        for i, r in everything.items()
    }

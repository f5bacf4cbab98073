"""What was picked: whether it can be judged at all, and in which metric."""

from collections.abc import Collection, Mapping, Sequence

from actot import step_axis
from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import BadInput
from actot.profile_schema import Profile
from actot.records import RunInfo

MOST_PICKED = 500  # runs and baselines that are judged at a time
SHOWN_IDS = 20  # of the known ones, where one is unknown


def deciding_metric(metric: str | None, where: Sequence[RunSummary], profile: Profile) -> str:
    """The metric that decides: the one asked for, else the profile's first with data."""
    if metric is not None:
        if metric not in profile.metrics:
            known = ", ".join(profile.metrics)
            raise BadInput(f"metric {metric}: not in the profile; known are {known}")
        return metric
    return next(
        (m for m in profile.judge if any(r.finite(m) is not None for r in where)), profile.judge[0]
    )


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
                    f"{name}: {len(named[name])} runs are called so; give an id: {_few(named[name])}"
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
        raise BadInput(f"run {_few(unknown)}: not in this source; it holds {_few([*known])}")
    both = sorted(set(picked) & set(baselines))
    if both:
        raise BadInput(
            f"{', '.join(both)}: picked as a run and as a baseline; leave one of the two"
        )


def _few(ids: Sequence[str]) -> str:
    """The first ids, and how many more there are."""
    more = f" and {len(ids) - SHOWN_IDS} more" if len(ids) > SHOWN_IDS else ""
    return ", ".join(ids[:SHOWN_IDS]) + more


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

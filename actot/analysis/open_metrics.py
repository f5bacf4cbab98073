"""Metrics that no profile names: every logged key is one, with the direction that its words tell or a user says."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from actot.analysis import metric_stats
from actot.analysis.metric_stats import MetricStats
from actot.analysis.run_summary import RunSummary
from actot.profile_schema import Metric, Profile

# What decides first stands first: what a policy does before what it was trained on.
HIGHER = (
    *("success", "accuracy", "acc", "reward", "rewards", "rew", "return", "returns", "score"),
    *("f1", "auc", "auroc", "iou", "miou", "dice", "precision", "recall", "r2", "likelihood"),
    *("bleu", "rouge", "psnr", "ssim"),
)
LOWER = (
    *("loss", "error", "err", "l1", "l2", "mse", "rmse", "mae", "nll", "perplexity", "ppl"),
    *("kl", "kld", "bce", "wer", "cer", "fid", "lpips", "ade", "fde", "regret"),
)
RANK = {word: n for n, word in enumerate((*HIGHER, *LOWER))}
EVALUATED = {"eval", "evaluation", "val", "valid", "validation", "test", "dev", "holdout"}
# Only trying a policy out tells this; with a word of training in the key it may be the training's own.
TRIED, TRAINED = {"success", "successes"}, {"train", "training"}
# An episode, a seed, a task or a batch of several.
PART = re.compile(r"[_/.#-]\d+\Z|_step\Z")
# What Lightning writes behind the name of a metric: over what it was averaged.
AVERAGED = re.compile(r"(?<=.)_(epoch|step)\Z")
# Spreads, counters, schedules and timings, whatever else stands in the name.
NO_RESULT = {"lr", "grad", "gradient", "norm", "epoch", "step", "steps", "iter", "time", "seconds"}
NO_RESULT |= {"fps", "std", "sem", "var", "n", "num", "count", "len", "length", "coef", "weight"}
CHUNK = re.compile(r"[A-Za-z0-9]+")
WORD = re.compile(r"[A-Z]?[a-z]+[0-9]*|[A-Z]+(?![a-z])[0-9]*")
SURE_RATE = 0.5  # an accuracy that is better than this on average is judged by what it lacks


def direction_of(key: str) -> str | None:
    """`lower` or `higher` as the last telling word of a key says, or None where no word does."""
    words = _words(key)
    telling = [w for w in words if w in RANK]
    if not telling or NO_RESULT & {*words}:
        return None
    return "higher" if telling[-1] in HIGHER else "lower"


def named(key: str, profile: Profile) -> Metric | None:
    """The profile's metric of that name, or that is logged under that key; None for no such metric."""
    by_key = (m for m in profile.metrics.values() if key in m.keys)
    return profile.metrics.get(key) or next(by_key, None)


def metric_of(key: str, direction: str | None, runs: Iterable[RunSummary]) -> Metric:
    """A logged key as a metric: the scale is the one on which its values in the later half of these runs stand."""
    return Metric(
        key,
        keys=(key,),
        direction=direction or direction_of(key),
        scale=_scale(key, _later_values(key, runs)),
    )


def in_both(picked: Sequence[RunSummary], baselines: Sequence[RunSummary]) -> tuple[str, ...]:
    """The keys with a finite point in a run of each side, those first that most likely decide.

    What a logger writes of itself (`_runtime`) is none.
    """
    sides = [side for side in (picked, baselines) if side]
    keys = [{k for r in side for k, s in r.run.series.items() if len(s.finite())} for side in sides]
    shared = set.intersection(*keys) if keys else set()
    return tuple(sorted((k for k in shared if not k.startswith("_")), key=_order))


def proposals(
    picked: Sequence[RunSummary], baselines: Sequence[RunSummary], profile: Profile
) -> tuple[str, ...]:
    """The keys of both sides that may decide, the likeliest first.

    Where the profile names what decides, a key that it knows as something else does not, and of runs with a config
    nothing but evaluations does: the loss of training holds what the config weighs.
    """
    claimed = {k for m in profile.metrics.values() for k in (*m.keys, *m.proxies)}
    is_open = not profile.judge or not any(r.settings.flat for r in (*picked, *baselines))
    return tuple(
        key
        for key in in_both(picked, baselines)
        if direction_of(key) and key not in claimed and (is_open or _is_evaluated(key))
    )


def figures(summary: RunSummary, profile: Profile) -> Mapping[str, MetricStats]:
    """The figures of the profile's metrics, then of every other logged key that is not a logger's own (`_runtime`)."""
    claimed = {k for m in profile.metrics.values() for k in (*m.keys, *m.proxies)}
    # A key may be called as a metric of the profile that this run logged under none of its keys.
    known = {name for name, stats in summary.stats.items() if stats.key}
    others = sorted(summary.run.series.keys() - claimed - known)
    return {
        **summary.stats,
        **{
            key: metric_stats.summarize(
                summary.run.series[key], metric_of(key, None, [summary]), profile.tail
            )
            for key in others
            if not key.startswith("_")
        },
    }


def _order(key: str) -> tuple[bool, bool, bool, bool, int, int, str]:
    rank = max((RANK[w] for w in _words(key) if w in RANK), default=len(RANK))
    return (
        direction_of(key) is None,
        not _is_evaluated(key),
        rank >= len(HIGHER),
        bool(PART.search(key)),
        rank,
        len(key),
        key,
    )


def _is_evaluated(key: str) -> bool:
    words = {*_words(key)}
    return bool(EVALUATED & words) or bool(TRIED & words and not TRAINED & words)


def _words(key: str) -> list[str]:
    chunks = CHUNK.findall(AVERAGED.sub("", key))
    # `mIoU` is one word, `valLoss` two.
    known = ([c.lower()] if c.lower() in RANK else WORD.findall(c) for c in chunks)
    words = [word.lower() for some in known for word in some]
    # The monitor of Stable-Baselines3 calls the reward of an episode `r`.
    return [*words[:-1], "reward"] if key.rpartition("/")[2] == "r" else words


def _later_values(key: str, runs: Iterable[RunSummary]) -> np.ndarray:
    logged = (r.run.series[key].finite().values for r in runs if key in r.run.series)
    return np.concatenate([np.empty(0), *(x[len(x) // 2 :] for x in logged)])


def _scale(key: str, values: np.ndarray) -> str:
    if not len(values) or values.min() <= 0:
        return "absolute" if len(values) else "ratio"
    is_rate = direction_of(key) == "higher" and values.max() < 1 and values.mean() > SURE_RATE
    return "complement" if is_rate else "ratio"

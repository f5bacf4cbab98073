"""`eval_info.json` of lerobot-eval, in all its forms, as one row: successes and rollouts, overall and by task.

One task: `per_episode` and `aggregated`; several: `per_task` with lists of outcomes, `per_group`, `overall`. A file that holds no
episode gives its rate and number of episodes. Rates are per cent there; a count is never guessed where neither stands.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from actot.errors import BadInput
from actot.foreign_text import parsed

FILE = "eval_info.json"
SUCCESS = "success"
STEP = re.compile(r"(?:^|/)checkpoints?[/_-]0*(\d{1,12})(?=/)")
MOST_TASKS = 500
REWARDS = (("sum_reward", "sum_rewards"), ("max_reward", "max_rewards"))


def row(name: str, text: str) -> dict[str, float]:
    """The columns of a file: `success_k` and `success_n`, the same for each task, mean rewards, and the checkpoint's step.

    Raises: BadInput for a file that holds neither an episode nor a rate.
    """
    try:
        tree = parsed(text)
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, Mapping):
        raise BadInput(f"{name}: not JSON as lerobot-eval writes it; copy the file again")
    found: dict[str, float] = {}
    counts = dict(_by_task(tree))
    for task, (k, n) in counts.items() if len(counts) > 1 else ():
        found |= {f"{SUCCESS}/{task}_k": k, f"{SUCCESS}/{task}_n": n}
    whole = _sum(counts.values()) or _stated(tree)
    if whole is None:
        raise BadInput(f"{name}: holds no episode and no success rate; evaluate the policy again")
    found |= {f"{SUCCESS}_k": whole[0], f"{SUCCESS}_n": whole[1]}
    found |= dict(_rewards(tree))
    step = STEP.search(name)
    return {"step": float(step[1]) if step else 0.0, **found}


def _by_task(tree: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, int]]]:
    """(task, (successes, rollouts)) of each task that names its outcomes; "" where there is one."""
    episodes = _list(tree, "per_episode")
    outcomes = _outcomes(_mapping(e).get("success") for e in episodes)
    if outcomes:
        yield "", (sum(outcomes), len(outcomes))
    for task in _list(tree, "per_task")[:MOST_TASKS]:
        one = _mapping(task)
        outcomes = _outcomes(_list(one.get("metrics"), "successes"))
        if outcomes:
            yield f"{one.get('task_group')}.{one.get('task_id')}", (sum(outcomes), len(outcomes))


def _outcomes(values: Iterable[Any]) -> list[bool]:
    """What is an outcome among these; numpy wrote some as numbers."""
    return [bool(v) for v in values if isinstance(v, bool) or v in (0, 1)]


def _sum(counts: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    pairs = list(counts)
    return (sum(k for k, _ in pairs), sum(n for _, n in pairs)) if pairs else None


def _stated(tree: Mapping[str, Any]) -> tuple[int, int] | None:
    """The successes and episodes of the whole, where no episode is told."""
    for place in ("overall", "aggregated"):
        whole = _mapping(tree.get(place))
        rate, n, k = (_number(whole.get(x)) for x in ("pc_success", "n_episodes", "n_success"))
        if n and k is None and rate is not None:
            k = rate * n / 100
        if n and k is not None and 0 <= k <= n + 0.5:
            return round(k), round(n)
    return None


def _rewards(tree: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The mean of each kind of reward over all episodes."""
    for one, several in REWARDS:
        found = [_mapping(episode).get(one) for episode in _list(tree, "per_episode")]
        for task in _list(tree, "per_task")[:MOST_TASKS]:
            found += _list(_mapping(task).get("metrics"), several)
        known = [v for v in map(_number, found) if v is not None]
        if known:
            yield f"avg_{one}", sum(known) / len(known)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(tree: Any, key: str) -> list[Any]:
    found = _mapping(tree).get(key)
    return found if isinstance(found, list) else []


def _number(value: Any) -> float | None:
    """A number that is one; JSON may hold NaN, infinity, and integers that no float holds."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    with suppress(OverflowError):
        return float(value) if math.isfinite(value) else None
    return None

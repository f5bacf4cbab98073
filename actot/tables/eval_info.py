"""`eval_info.json` of lerobot-eval, in all its forms, as one row: successes and rollouts, overall and by task.

One task: `per_episode` and `aggregated`; several: `per_task` with lists of outcomes, `per_group`, `overall`. A file that holds no
episode gives its rate and number of episodes. Rates are per cent there; a count is never guessed where neither stands.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from actot.errors import BadInput

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
        tree = json.loads(text)
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
    outcomes = _outcomes(e.get("success") for e in episodes if isinstance(e, Mapping))
    if outcomes:
        yield "", (sum(outcomes), len(outcomes))
    for task in _list(tree, "per_task")[:MOST_TASKS]:
        metrics = task.get("metrics") if isinstance(task, Mapping) else None
        outcomes = _outcomes(_list(metrics, "successes"))
        if outcomes:
            yield f"{task.get('task_group')}.{task.get('task_id')}", (sum(outcomes), len(outcomes))


def _outcomes(values: Iterable[Any]) -> list[bool]:
    """What is an outcome among these; numpy wrote some as numbers."""
    return [bool(v) for v in values if isinstance(v, bool) or v in (0, 1)]


def _sum(counts: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
    pairs = list(counts)
    return (sum(k for k, _ in pairs), sum(n for _, n in pairs)) if pairs else None


def _stated(tree: Mapping[str, Any]) -> tuple[int, int] | None:
    """The successes and episodes of the whole, where no episode is told."""
    for place in ("overall", "aggregated"):
        whole = tree.get(place)
        rate, n = (_number(whole, key) for key in ("pc_success", "n_episodes"))
        k = _number(whole, "n_success")
        if n and k is None and rate is not None:
            k = rate * n / 100
        if n and k is not None and 0 <= k <= n + 0.5:
            return round(k), round(n)
    return None


def _rewards(tree: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The mean of each kind of reward over all episodes."""
    for one, several in REWARDS:
        episodes = _list(tree, "per_episode")
        found = [_number(e, one) for e in episodes]
        for task in _list(tree, "per_task")[:MOST_TASKS]:
            metrics = task.get("metrics") if isinstance(task, Mapping) else None
            found += [v if _is_number(v) else None for v in _list(metrics, several)]
        known = [v for v in found if v is not None]
        if known:
            yield f"avg_{one}", sum(known) / len(known)


def _list(tree: Any, key: str) -> list[Any]:
    found = tree.get(key) if isinstance(tree, Mapping) else None
    return found if isinstance(found, list) else []


def _number(tree: Any, key: str) -> float | None:
    found = tree.get(key) if isinstance(tree, Mapping) else None
    return float(found) if isinstance(found, int | float) and _is_number(found) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""How long the line takes for a large project, and which of its stations the time goes to.

python bench/line.py    prints seconds and shares; the runs are made up in memory around a bundled one.
"""

import copy
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from types import ModuleType
from typing import Any

import numpy as np

from actot import (
    causes,
    configs,
    edits,
    experiments,
    noise,
    profile,
    readings,
    report,
    rules,
    sources,
    study,
    verdicts,
)
from actot.records import Run, Series
from actot.stats import tail

RUNS, METRICS, POINTS, EVERY, PICKED, SEEDS = 500, 15, 2_000, 10, 5, 4
PROFILE = profile.load()
CONSTANT = ("eval_batches", "lr")
BASE = "recipe000"
LR = ("policy.optimizer_lr", "policy.optimizer_lr_backbone")
# Every tenth recipe is broken: a learning rate 20 times higher, with another decay.
BROKEN = {**dict.fromkeys(LR, 0.01), "policy.optimizer_weight_decay": 0.05}
WORSE = 1.4
TRIED: Mapping[str, tuple[Any, ...]] = {
    "ot.loss_config.reg": (0.05, 0.07, 0.12, 0.2),
    "ot.lambda_ot": (0.05, 0.08, 0.12, 0.2),
    "ot.window_size": (5, 15, 20),
    "ot.sharpness": (6.0, 24.0),
    "batch_size": (12, 48),
    "policy.kl_weight": (5.0, 20.0),
}
# What the line calls, by station. A call inside a call counts for the outer one.
STATIONS: Mapping[str, tuple[tuple[ModuleType, str], ...]] = {
    "reading": ((readings, "read"),),
    "noise": ((noise, "measure"),),
    "verdicts": ((verdicts, "group_baselines"), (verdicts, "judge"), (verdicts, "neighbour")),
    "findings": ((rules, "check"),),
    "causes": ((causes, "scene"), (causes, "rank")),
    "experiments": ((experiments, "choose_anchor"), (experiments, "propose")),
    "report": ((report, "write"),),
}


def main() -> None:
    """Make up, time, print."""
    runs = list(made_up(np.random.default_rng(0)))
    broken = [r.id for r in runs if configs.flatten(r.config)[LR[0]] == BROKEN[LR[0]]]
    seconds = watch()
    start = time.perf_counter()
    # Two replicates, and the recipe beside them.
    baselines = [f"{BASE}_s1", f"{BASE}_s2", "recipe001_s1"]
    found = study.study(runs, broken[::SEEDS][:PICKED], baselines, PROFILE, source="bench")
    text = report.write(found, "en")
    total = time.perf_counter() - start
    seconds["the rest"] = total - seconds.total()
    print(f"{RUNS} runs of {METRICS} metrics x {POINTS} points, {PICKED} of them judged")
    for station in (*STATIONS, "the rest"):
        print(f"  {station:34}  {seconds[station]:8.3f} s   {seconds[station] / total:6.1%}")
    print(f"  {'all':34}  {total:8.3f} s")
    print(
        f"  which made {len(found.verdicts)} verdicts, {len(found.findings)} findings, "
        f"{len(found.causes)} causes, {len(found.experiments)} experiments, {len(text)} letters"
    )


def made_up(rng: np.random.Generator) -> Iterator[Run]:
    """Recipes of a few changed knobs with four seeds each, the first unchanged."""
    model = sources.load("sample", "base_a_s1")
    metrics = [m for m in PROFILE.metrics.values() if m.name not in CONSTANT]
    keys = [k for m in metrics for k in m.keys if k in model.series][:METRICS]
    ends = np.array([tail(model.series[k], PROFILE.tail).values.mean() for k in keys])
    starts = np.array([model.series[k].values[0] for k in keys])
    steps = EVERY * np.arange(1, POINTS + 1)
    falling = np.exp(-np.linspace(0, 14, POINTS))
    for at in range(RUNS):
        recipe, seed = divmod(at, SEEDS)
        if seed == 0:
            changes = made_up_changes(recipe, rng)
        level = ends * (1 + 0.03 * rng.standard_normal()) * (WORSE if LR[0] in changes else 1.0)
        clean = level[:, None] + (starts - level)[:, None] * falling
        values = clean * (1 + 0.02 * rng.standard_normal((METRICS, POINTS)))
        config = copy.deepcopy(dict(model.config))
        for path, value in {**changes, "seed": seed + 1, "steps": int(steps[-1])}.items():
            edits.write(config, path, value, PROFILE)
        yield Run(
            id=f"recipe{recipe:03}_s{seed + 1}",
            name="act",
            state="finished",
            config=config,
            created=f"2026-01-{1 + at // 24:02}T{at % 24:02}:00:00+00:00",
            runtime_s=3600.0,
            series={k: Series(k, steps, v) for k, v in zip(keys, values, strict=True)},
        )


def made_up_changes(recipe: int, rng: np.random.Generator) -> dict[str, Any]:
    """One to three knobs of a recipe; every tenth recipe is broken beside that."""
    if recipe == 0:
        return {}
    paths = rng.permutation(list(TRIED))[: rng.integers(1, 4)]
    changes = {str(p): TRIED[p][rng.integers(len(TRIED[p]))] for p in paths}
    return changes | (BROKEN if recipe % 10 == 9 else {})


def watch() -> Counter[str]:
    """The seconds of each station, counted from now on."""
    seconds: Counter[str] = Counter()
    inside: list[str] = []

    def timed(station: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def call(*args: Any, **kwargs: Any) -> Any:
            if inside:
                return work(*args, **kwargs)
            inside.append(station)
            start = time.perf_counter()
            try:
                made = work(*args, **kwargs)
                # A generator works only where it is read.
                return list(made) if isinstance(made, Iterator) else made
            finally:
                seconds[inside.pop()] += time.perf_counter() - start

        return call

    for station, functions in STATIONS.items():
        for module, name in functions:
            setattr(module, name, timed(station, getattr(module, name)))
    return seconds


if __name__ == "__main__":
    main()

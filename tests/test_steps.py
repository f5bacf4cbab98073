"""The steps on which runs are compared: declared, chosen or agreed upon, gone back on, or forked."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import builders
from support.by_text import offline
from support.shared import made_once
from support.wandb_server import Served, Server

from actot import sources, step_axis, study
from actot.analysis import run_summary
from actot.analysis.run_summary import RunSummary
from actot.errors import BadInput
from actot.records import Run, make_series
from actot.step_axis import AGREED, CHOSEN, DECLARED
from actot.study import Study
from actot.verdicts import replicates

EVAL = builders.key("eval_l1")
COUNTER = "train/global_step"
LENGTH, OFTEN = 2000, 50


def level(step: int, end: float) -> float:
    return end + 0.3 * np.exp(-step / 500)


def logged_rows(end: float, every: int, seed: int) -> list[dict[str, Any]]:
    """What a trainer logs that calls `log` without a step, every so many of its own."""
    rng = np.random.default_rng(seed)
    steps = range(every, LENGTH + 1, every)
    return [
        {EVAL: level(s, end) * (1 + rng.normal(0, 0.01)), COUNTER: s, "epoch": s / 400}
        for s in steps
    ]


def counted(run_id: str, end: float, every: int, seed: int, **more: Any) -> dict[str, Any]:
    config = builders.config(seed=seed, steps=LENGTH)
    axes = [[COUNTER, None], ["eval/*", COUNTER]]
    return {
        "id": run_id,
        "name": run_id,
        "config": config,
        "axes": axes,
        "rows": logged_rows(end, every, seed),
        **more,
    }


@pytest.fixture(scope="session")
def declaring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs that log every 50 steps, one of the same level that logs every 500, as the client records them."""
    specs = [counted(f"base{s}", 0.08, OFTEN, s) for s in (1, 2, 3)]
    specs.append(counted("sparse", 0.08, 200, 4))
    return made_once(tmp_path_factory, "declaring", lambda f: builders.record(f, specs))


@pytest.fixture(scope="session")
def forking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trunk, a fork of it with another rate, and a fork of the fork with the same."""
    turned = builders.config(builders.own_optimizer(2e-4, 1e-4), seed=1)

    def points(first: int, last: int, value: float) -> list[list[Any]]:
        return [[s, EVAL, value + s / 1e6] for s in range(first, last + 1, OFTEN)]

    config = builders.config(seed=1)
    specs = [
        {"id": "trunk", "name": "trunk", "config": config, "points": points(50, 2000, 0.1)},
        {
            "id": "child",
            "name": "child",
            "config": turned,
            "points": points(1050, 2000, 0.2),
            "fork_from": "trunk?_step=1000",
        },
        {
            "id": "leaf",
            "name": "leaf",
            "config": turned,
            "points": points(1550, 2000, 0.3),
            "fork_from": "child?_step=1500",
        },
    ]
    return made_once(tmp_path_factory, "forking", lambda f: builders.record(f, specs))


def loaded(where: str) -> list[Run]:
    found = sources.list_runs(where)
    return [sources.load(found, info.id) for info in found.runs]


def summarized(run: Run) -> RunSummary:
    return run_summary.summarize(run, builders.PROFILE)


def studied(where: str, run: str, *bases: str) -> Study:
    return study.study(loaded(where), [run], bases, builders.PROFILE)


def test_a_declared_step_metric_is_the_step_axis(declaring: Path) -> None:
    runs = {r.id: r for r in loaded(str(declaring))}
    for run_id, every in (("base1", OFTEN), ("sparse", 200)):
        run = runs[run_id]
        assert (run.axis, run.axis_origin) == (COUNTER, DECLARED)
        assert run.series[EVAL].steps.tolist() == list(range(every, LENGTH + 1, every))
        own = offline.load(str(declaring), run_id)
        assert run.series[EVAL].values.tolist() == own.series[EVAL].values.tolist()
        assert own.series[EVAL].steps.tolist() == list(range(LENGTH // every))


def test_runs_that_log_more_or_less_often_are_compared_where_they_stood(declaring: Path) -> None:
    found = studied(str(declaring), "sparse", "base1", "base2", "base3")
    row = found.headline("sparse")
    assert row is not None and (row.word, row.runs) == ("within noise", ("sparse",))
    assert all(f.rule != "other_axis" for f in found.findings)


@pytest.mark.parametrize(
    ("pattern", "key", "moves"),
    [
        ("eval/*", "eval/a", True),
        ("eval/*", "train/a", False),
        ("eval/a", "eval/a", True),
        ("*", "loss", True),
        ("eval", "eval/a", False),
    ],
)
def test_a_step_metric_holds_for_its_key_or_pattern(pattern: str, key: str, moves: bool) -> None:
    steps = [0, 1, 2]
    series = {
        key: make_series(key, steps, [3.0, 2.0, 1.0]),
        "t": make_series("t", steps, [10.0, 20.0, 30.0]),
    }
    run = step_axis.declared(
        replace(builders.run("r", keys={}), series=series, axes={pattern: "t"})
    )
    assert run.series[key].steps.tolist() == ([10, 20, 30] if moves else steps)


def test_any_logged_key_can_be_chosen_as_the_step(declaring: Path) -> None:
    run = next(r for r in loaded(f"{declaring}?step=epoch") if r.id == "sparse")
    assert (run.axis, run.axis_origin) == ("epoch", CHOSEN)
    # 200 of 2,000 steps are half an epoch.
    assert run.series[EVAL].steps.tolist() == list(range(500, 5001, 500))
    assert any("thousandths" in w for w in run.warnings)


def test_a_step_that_was_not_logged_is_named_with_what_may_count(declaring: Path) -> None:
    listed = sources.list_runs(f"{declaring}?step=nothing")
    with pytest.raises(BadInput, match=rf"step=nothing: not logged; .*{COUNTER}"):
        sources.load(listed, "sparse")


def test_a_key_that_jumps_up_and_down_counts_no_steps() -> None:
    with pytest.raises(BadInput, match="falls 40 times, so it counts no steps"):
        step_axis.on(counter_of([*[1.0, 0.0] * 40]), "n")


def counter_of(values: list[float]) -> Run:
    steps = range(len(values))
    series = {
        "x": make_series("x", steps, np.arange(len(values))),
        "n": make_series("n", steps, values),
    }
    return replace(builders.run("r", keys={}), series=series)


def test_a_counter_that_falls_went_back_and_what_it_had_reached_is_given_up() -> None:
    run = step_axis.on(counter_of([10, 20, 30, 40, 20, 30, 50]), "n")
    assert run.series["x"].steps.tolist() == [10, 20, 30, 50]
    assert run.series["x"].values.tolist() == [0, 4, 5, 6]
    assert run.rewinds == ((40, 20),)


def test_points_between_two_values_of_the_counter_have_the_last_one() -> None:
    run = counter_of([10, 20, 30])
    late = make_series("late", [0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0])
    early = make_series("early", [-1, 0], [5.0, 6.0])
    moved = step_axis.on(replace(run, series={**run.series, "late": late, "early": early}), "n")
    assert moved.series["late"].steps.tolist() == [10, 20, 30]
    assert moved.series["late"].values.tolist() == [0.0, 1.0, 3.0]
    assert moved.series["early"].values.tolist() == [6.0]


def served(rows: list[dict[str, Any]], run_id: str, config: Mapping[str, Any]) -> Served:
    return Served(run_id, [{"_step": s, **row} for s, row in enumerate(rows)], config=config)


@pytest.mark.parametrize("form", [{"5": 1}, {"4": COUNTER}])
def test_a_server_says_in_the_config_which_step_metric_was_declared(
    server: Server, form: Mapping[str, Any]
) -> None:
    own = {"m": [{"1": COUNTER, "6": [3]}, {"2": "eval/*", "6": [1], **form}]}
    server.runs = [served(logged_rows(0.08, 200, 1), "r1", {"lr": 1.0, "_wandb": own})]
    (run,) = loaded("wandb://team/tube")
    assert (run.axis, run.axis_origin) == (COUNTER, DECLARED)
    assert run.series[EVAL].steps.tolist() == list(range(200, LENGTH + 1, 200))
    assert run.config == {"lr": 1.0}


def test_a_step_can_be_chosen_for_a_project(server: Server) -> None:
    server.runs = [served(logged_rows(0.08, 200, 1), "r1", {})]
    (run,) = loaded(f"wandb://team/tube?step={COUNTER}")
    assert run.series[EVAL].steps.tolist() == list(range(200, LENGTH + 1, 200))


@pytest.mark.parametrize(
    "broken",
    [None, 7, {"m": 7}, {"m": [None, {"1": 4}, {"2": "x", "5": 99}, {"1": "x", "5": "y"}]}],
)
def test_a_damaged_entry_of_the_client_declares_nothing(server: Server, broken: Any) -> None:
    server.runs = [served(logged_rows(0.08, 200, 1), "r1", {"_wandb": broken})]
    (run,) = loaded("wandb://team/tube")
    assert run.axis == "" and run.series[EVAL].steps.tolist() == list(range(10))


def without_steps(run_id: str, end: float, every: int, seed: int) -> Run:
    """A run whose steps count its rows, beside a counter that it never declared."""
    rows = logged_rows(end, every, seed)
    keys = {k: make_series(k, range(len(rows)), [r[k] for r in rows]) for k in (EVAL, COUNTER)}
    config = builders.config(seed=seed, steps=LENGTH)
    return replace(builders.run(run_id, settings=config, keys={}), series=keys)


def test_a_counter_on_which_the_lengths_agree_is_taken_and_named() -> None:
    runs = [without_steps(f"base{s}", 0.08, OFTEN, s) for s in (1, 2, 3)]
    runs.append(without_steps("sparse", 0.08, 200, 4))
    found = study.study(runs, ["sparse"], ["base1"], builders.PROFILE)
    row = found.headline("sparse")
    assert row is not None and row.word == "within noise"
    assert {r.run.axis_origin for r in found.summaries.values()} == {AGREED}
    said = [f for f in found.findings if f.rule == "other_axis"]
    assert {f.run for f in said} >= {"sparse", "base1"} and said[0].facts["axis"] == COUNTER


def test_runs_as_long_as_planned_keep_their_steps_although_a_counter_agrees() -> None:
    short = builders.healthy("short", settings=builders.config(steps=1000), n=20)
    long = builders.healthy("long", settings=builders.config(steps=2000), n=40)

    def seen(run: Run, each: float) -> Run:
        steps = run.series[EVAL].steps
        return replace(
            run, series={**run.series, "samples": make_series("samples", steps, steps * each)}
        )

    runs = [seen(short, 16.0), seen(long, 8.0)]
    assert step_axis.agreed(runs) == "samples"
    found = study.study(runs, ["short"], ["long"], builders.PROFILE)
    assert {r.run.axis for r in found.summaries.values()} == {""}


def test_a_run_that_is_counted_in_epochs_has_no_planned_steps() -> None:
    run = without_steps("r", 0.08, 200, 1)
    summary = summarized(replace(run, axis="epoch"))
    assert summary.budget(builders.PROFILE) is None
    assert summarized(replace(run, axis=COUNTER)).budget(builders.PROFILE) == LENGTH


def test_a_resumed_part_ends_what_was_reached_beyond_its_first_step(tmp_path: Path) -> None:
    one = {"id": "rew", "name": "rew", "config": builders.config(steps=4000)}
    first = [[s, EVAL, 0.2] for s in range(50, 4001, 50)]
    second = [[s, EVAL, 0.1] for s in range(2050, 3001, 50)]
    builders.record(
        tmp_path,
        [{**one, "points": first, "exit_code": 1}, {**one, "points": second, "resume": True}],
    )
    (run,) = loaded(str(tmp_path))
    assert run.last_step == 3000 and run.rewinds == ((4000, 2050),)
    values = run.series[EVAL].values
    assert (values[run.series[EVAL].steps < 2050] == 0.2).all() and (
        values[run.series[EVAL].steps >= 2050] == 0.1
    ).all()


def test_a_copied_run_folder_is_no_resumption(declaring: Path, tmp_path: Path) -> None:
    file = builders.run_file(declaring, "base1")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / file.name).write_bytes(file.read_bytes())
    (run,) = loaded(str(tmp_path))
    assert run.rewinds == () and len(run.series[EVAL]) == LENGTH // OFTEN


def test_a_fork_has_the_history_of_its_trunk_in_front(forking: Path) -> None:
    runs = {r.id: r for r in loaded(str(forking))}
    child, leaf = runs["child"], runs["leaf"]
    assert (child.fork, leaf.fork) == (("trunk", 1000), ("child", 1500))
    assert child.series[EVAL].steps.tolist() == list(range(50, 2001, 50))
    s = child.series[EVAL].steps
    assert child.series[EVAL].values.tolist() == [(0.1 if x <= 1000 else 0.2) + x / 1e6 for x in s]
    assert leaf.series[EVAL].values.tolist() == [
        (0.1 if x <= 1000 else 0.2 if x <= 1500 else 0.3) + x / 1e6 for x in s
    ]


def test_a_fork_with_another_config_changed_it_on_the_way(forking: Path) -> None:
    found = studied(str(forking), "child", "trunk")
    said = {f.rule: f for f in found.findings if f.run == "child"}
    assert said["config_changed"].facts["step"] == 1000
    assert said["forked"].facts == {"trunk": "trunk", "step": 1000, "steps": (1000, 2000)}


def test_a_fork_whose_trunk_is_elsewhere_says_what_is_missing(
    forking: Path, tmp_path: Path
) -> None:
    file = builders.run_file(forking, "child")
    (tmp_path / file.name).write_bytes(file.read_bytes())
    (run,) = loaded(str(tmp_path))
    assert any("forked from trunk at step 1000" in w for w in run.warnings)
    assert run.series[EVAL].steps[0] == 1050


def test_forks_of_one_trunk_share_its_seed() -> None:
    def one(run_id: str, seed: int, fork: str | None) -> Any:
        run = builders.healthy(run_id, settings=builders.config(seed=seed))
        return summarized(replace(run, fork=(fork, 500) if fork else None))

    group = [
        one("a", 1, None),
        one("b", 2, "a"),
        one("c", 3, "b"),
        one("d", 1, None),
        one("e", 5, None),
    ]
    group += [one("f", 6, "gone"), one("g", 7, "gone")]
    seeds = [{r.id for r in same} for same in replicates.by_seed(group, builders.PROFILE)]
    assert seeds == [{"a", "b", "c", "d"}, {"e"}, {"f", "g"}]


def test_a_stray_step_far_beyond_the_plan_is_found_and_makes_nothing_too_short() -> None:
    jump = builders.healthy("jump", settings=builders.config(steps=2000, seed=2))
    eval_l1 = jump.series[EVAL]
    stray = make_series(EVAL, [*eval_l1.steps, 607_500], [*eval_l1.values, eval_l1.values[-1]])
    runs = [replace(jump, series={**jump.series, EVAL: stray}), builders.healthy("base")]
    found = study.study(runs, ["jump"], ["base"], builders.PROFILE)
    row = found.headline("jump")
    assert row is not None and row.word == "within noise"
    assert [f.facts["last"] for f in found.findings if f.rule == "beyond_plan"] == [607_500]


def test_what_a_run_says_of_its_steps_survives_the_cache(
    declaring: Path, forking: Path, tmp_path: Path
) -> None:
    for where in (declaring, forking):
        found = sources.list_runs(str(where))
        for info in found.runs:
            fresh = sources.load(found, info.id, revision=info.revision, folder=tmp_path)
            again = sources.load(found, info.id, revision=info.revision, folder=tmp_path)
            facts = ("axis", "axis_origin", "axes", "rewinds", "fork", "earlier", "revision")
            assert [getattr(again, f) for f in facts] == [getattr(fresh, f) for f in facts]
            assert fresh.revision == info.revision

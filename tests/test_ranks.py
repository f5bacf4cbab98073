"""The ranks of one distributed training are one run: no seeds, no repeats."""

from support import builders

from actot.records import Run
from actot.study import Study
from actot.verdicts.verdict import JudgedBySeeds


def rank(run_id: str, level: float, seed: int, minute: int, **kwargs: object) -> Run:
    settings = builders.config(seed=None)
    created = f"2025-01-01T00:{minute:02}:{seed:02}+00:00"
    return builders.healthy(run_id, level, settings, seed=seed, created=created, **kwargs)


def study_of(groups: tuple[str, ...]) -> Study:
    """Three ranks that came out a little apart, started in these groups, against three seeds."""
    bases = [builders.healthy(f"b{i}", 0.39 + 0.01 * i, builders.config(seed=i)) for i in (1, 2, 3)]
    mine = [
        rank(f"r{i}", 0.40 + 0.001 * i, i + 7, 5, group=group) for i, group in enumerate(groups)
    ]
    return builders.planted_study([r.id for r in mine], ["b1", "b2", "b3"], [*bases, *mine])


def seeds_of(study: Study) -> int:
    (row,) = study.headlines
    assert isinstance(row, JudgedBySeeds)
    return row.seeds


def test_ranks_of_one_group_and_start_are_one_seed() -> None:
    assert seeds_of(study_of(("ddp", "ddp", "ddp"))) == 1


def test_runs_without_a_seed_in_groups_of_their_own_are_as_many_seeds() -> None:
    assert seeds_of(study_of(("a", "b", "c"))) == 3
    assert seeds_of(study_of(("", "", ""))) == 3


def test_ranks_add_nothing_to_the_noise_of_their_config() -> None:
    together, apart = study_of(("ddp",) * 3), study_of(("a", "b", "c"))
    assert [g.runs for g in together.noise.groups] == [("b1", "b2", "b3", "r0")]
    assert [g.runs for g in apart.noise.groups] == [("b1", "b2", "b3", "r0", "r1", "r2")]


def test_the_rank_that_logged_the_metric_stands_for_the_training() -> None:
    bases = [builders.healthy(f"b{i}", 0.39 + 0.01 * i, builders.config(seed=i)) for i in (1, 2, 3)]
    silent = builders.run(
        "r0",
        builders.config(seed=None),
        group="ddp",
        created="2025-01-01T00:05:00+00:00",
        train_l1=builders.curve(0.1),
    )
    runs = [*bases, silent, rank("r1", 0.4, 1, 5, group="ddp")]
    study = builders.planted_study(["r0", "r1"], ["b1", "b2", "b3"], runs)
    assert [v.word for v in study.headlines if "r1" in v.runs] == ["within noise"]

"""Counting on columns gives what comparing two configs at a time gives."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from support import builders

from actot.analysis import config_changes, knob_settings, nearest_configs
from actot.analysis.knob_settings import Settings

SETTINGS = [r.settings for r in builders.sample().values()]
VALUES = some.one_of(
    some.booleans(),
    some.none(),
    some.sampled_from([1, 1.0, "1", 2, 1e-5, "1e-5", (1, 2), float("nan")]),
)


def pairwise(bases: list[Settings], others: list[Settings]) -> list[list[int]]:
    """The same, one pair after the other."""
    return [[len(config_changes.changes(base, other)) for other in others] for base in bases]


def test_the_counts_are_the_numbers_of_changes_of_every_pair() -> None:
    odd = [
        knob_settings.read(tree, builders.PROFILE)
        for tree in (
            {},
            {"a": 1, "b.c": [1, 2]},
            builders.config({**builders.A_STABLE, "ot": None}),
            builders.config({"optimizer.lr": 1.0, "steps": 7}, seed=9),
            builders.config(builders.C_LABEL),
        )
    ]
    everyone = [*SETTINGS, *odd]
    found = nearest_configs.distances(everyone, everyone)
    assert found.tolist() == pairwise(everyone, everyone)
    assert found.max() > 10


@settings(max_examples=60, deadline=None)
@given(some.lists(some.dictionaries(some.sampled_from("abcde"), VALUES), min_size=2, max_size=5))
def test_the_counts_are_right_for_any_values(trees: list[dict[str, Any]]) -> None:
    read = [knob_settings.read(tree, builders.PROFILE) for tree in trees]
    assert nearest_configs.distances(read[:1], read).tolist() == pairwise(read[:1], read)


def test_knobs_that_are_off_in_one_of_the_two_are_among_what_is_counted() -> None:
    assert len({one.off for one in SETTINGS}) > 1


def test_of_equally_near_runs_the_first_id_is_taken_whatever_the_order() -> None:
    base = builders.summary("base", builders.config())
    others = [builders.summary(i, builders.config({builders.REG: 0.3})) for i in ("c", "a", "b")]
    for order in (others, others[::-1]):
        found = nearest_configs.nearest([base], order, builders.PROFILE)
        assert {run: (near.id, n) for run, (near, n) in found.items()} == {"base": ("a", 1)}


def test_nothing_is_counted_where_there_is_nobody() -> None:
    assert nearest_configs.distances([], SETTINGS).shape == (0, len(SETTINGS))
    assert nearest_configs.distances(SETTINGS, []).shape == (len(SETTINGS), 0)
    assert nearest_configs.closest(SETTINGS[0], {}) == []


def test_hundreds_of_runs_are_compared_without_looking_at_each_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = [
        builders.summary(f"r{i:03}", builders.config({builders.REG: 0.1 + i / 100}))
        for i in range(300)
    ]
    asked = []
    monkeypatch.setattr(config_changes, "changes", lambda *pair, **_: asked.append(pair) or ())
    found = nearest_configs.nearest(runs, runs, builders.PROFILE)
    assert len(found) == 300 and not asked
    assert np.array([n for _, n in found.values()]).max() == 1

"""What came together is one knob: a part that was null, the keys of a newer trainer; lists in words."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from support import builders

from actot.__main__ import main
from actot.analysis import config_values
from actot.analysis.config_changes import Change
from actot.analysis.run_summary import summarize
from actot.experiments import config_edit
from actot.output import change_words
from actot.study import Study

PART = {"enable": True, "max_num_transforms": 3, "tfs": {"crop": {"weight": 1.0}}, "note": None}
NEWER = {
    "average": {"enable": False, "power": 0.75, "decay": None},
    "accelerator": {"ddp": {"static": True}, "precision": None},
    "parallel": {"image": "trainer:latest", "timeout": "2d"},
    "prefetching": 4,
    "tolerance": 1e-4,
    "checkpoints_as": "safetensors",
}
LR20 = {"policy.optimizer_lr": 2e-4, "policy.optimizer_lr_backbone": 2e-4}


def study_of(
    runs: Mapping[str, Mapping[str, Any]], bad: tuple[str, ...] = (), **versions: str
) -> Study:
    """Three healthy runs of the base config against these runs; the bad ones are half as bad again."""
    made = [builders.healthy(f"b{i}", 0.4 + 0.004 * i, builders.config(seed=i)) for i in (1, 2, 3)]
    made += [
        builders.healthy(i, 0.6 if i in bad else 0.404, {**c, "seed": 7}) for i, c in runs.items()
    ]
    made = [replace(r, versions=versions) for r in made]
    return builders.planted_study([*runs], ["b1", "b2", "b3"], made)


def moved(study: Study, run: str) -> dict[str, Change]:
    return {c.knob: c for c in study.changes[run]}


def test_a_part_that_was_null_is_one_change_and_one_cause_that_a_run_of_its_own_would_test() -> (
    None
):
    tree = builders.config({**LR20, "aug": PART})
    study = study_of({"r": tree}, bad=("r",))
    assert sorted(moved(study, "r")) == ["aug", "lr"]
    assert moved(study, "r")["aug"].base == config_values.ABSENT
    assert config_values.show(moved(study, "r")["aug"].value) == (
        "(enable true, max_num_transforms 3, tfs.crop.weight 1, note null)"
    )
    (isolate,) = (e for e in study.experiments if e.kind == "isolate")
    assert {k for c in study.suspects for k in c.knobs} == {"lr", "aug"}
    planned = {r.knob: r.config for r in isolate.runs}
    assert "aug" not in planned["aug"]
    assert planned["lr"]["aug"] == PART


def test_a_part_is_written_whole_and_taken_out_whole() -> None:
    null = study_of({"r": builders.config({"aug": PART})}, bad=("r",))
    context = null.plan_context
    assert context is not None
    value = moved(null, "r")["aug"].value
    assert config_edit.with_knob(context.config, "aug", value).tree["aug"] == PART
    back = config_edit.with_knob(context.at("r").config, "aug", config_values.ABSENT)
    assert "aug" not in back.tree
    assert back.settings.fingerprint == context.config.settings.fingerprint


def test_a_matched_pair_in_a_whole_part_confirms_it() -> None:
    both = builders.config({**LR20, "aug": PART})
    study = study_of({"r": both, "alone": builders.config({"aug": PART})}, bad=("r", "alone"))
    assert study.causes[0].knobs == ("aug",)
    assert study.causes[0].word == "confirmed"


def test_what_differs_among_the_runs_that_have_a_part_stays_a_knob_of_its_own() -> None:
    other = {**PART, "max_num_transforms": 5}
    study = study_of({"r": builders.config({"aug": PART}), "s": builders.config({"aug": other})})
    assert sorted(moved(study, "r")) == ["aug", "aug.max_num_transforms"]
    assert moved(study, "s")["aug.max_num_transforms"].value == 5


def test_the_keys_of_a_newer_trainer_are_one_rival_that_a_healthy_run_clears(
    tmp_path: Path,
) -> None:
    runs = {"same": {**builders.BASE, **NEWER}, "lr20": {**builders.config(LR20), **NEWER}}
    study = study_of(runs, bad=("lr20",))
    newer = "config of a newer trainer (10 keys)"
    assert [c.knobs for c in study.suspects] == [("lr",)]
    assert [c.knobs for c in study.ruled_out] == [(newer,)]
    assert sorted(moved(study, "lr20")) == sorted([newer, "lr"])
    (only,) = study_of({"lr20": runs["lr20"]}, bad=("lr20",)).causes
    assert set(only.knobs) == {"lr", newer}


def test_a_run_of_the_newer_trainer_alone_that_is_worse_has_that_as_its_cause() -> None:
    study = study_of({"same": {**builders.BASE, **NEWER}}, bad=("same",))
    (cause,) = study.suspects
    assert cause.knobs == ("config of a newer trainer (10 keys)",)
    assert not [e for e in study.experiments if e.kind == "isolate"]


def test_baselines_of_a_newer_trainer_than_the_runs_are_seen_too() -> None:
    runs = [builders.healthy(f"b{i}", 0.4, {**builders.config(seed=i), **NEWER}) for i in (1, 2, 3)]
    study = builders.planted_study(
        ["old"], ["b1", "b2", "b3"], [*runs, builders.healthy("old", 0.4)]
    )
    assert [*moved(study, "old")] == ["config of a newer trainer (10 keys)"]


def test_one_known_commit_is_one_trainer_and_a_few_new_keys_are_somebodys_own() -> None:
    tree = {**builders.BASE, **NEWER}
    assert "parallel" in moved(study_of({"r": tree}, **{"git commit": "abc"}), "r")
    few = {**builders.BASE, "prefetching": 4, "tolerance": 1e-4}
    assert sorted(moved(study_of({"r": few}), "r")) == ["prefetching", "tolerance"]


def test_a_part_that_the_profile_knows_is_no_sign_of_a_newer_trainer() -> None:
    old = {k: v for k, v in builders.BASE.items() if k != "ot"}
    runs = [builders.healthy(f"b{i}", 0.4, {**old, "seed": i}) for i in (1, 2, 3)]
    study = builders.planted_study(["r"], ["b1", "b2", "b3"], [*runs, builders.healthy("r", 0.4)])
    assert not any(knob.startswith("config of") for knob in moved(study, "r"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2]", (1, 2)),
        ("(0.5, 2)", (0.5, 2)),
        ("['a', 'b']", ("a", "b")),
        ("[]", ()),
        ("(1,)", (1,)),
    ],
)
def test_text_that_spells_a_list_is_that_list(text: str, value: tuple[Any, ...]) -> None:
    assert config_values.plain(text) == value
    assert config_values.equal(config_values.plain(text), value)


@pytest.mark.parametrize("text", ["[", "[1, 2", "(a)", "[" * 1900 + "]" * 1900, "[1]x", "()()"])
def test_text_that_spells_none_stays_text(text: str) -> None:
    assert config_values.plain(text) == text


@pytest.mark.parametrize(
    ("base", "value", "en", "zh"),
    [
        (range(40), range(20), "40 → 20 episodes, 20-39 dropped", "40 → 20 episodes、去掉 20-39"),
        (range(9), range(12), "9 → 12 episodes, 9-11 added", "9 → 12 episodes、增加 9-11"),
        ([*range(9)], [*range(8, -1, -1)], "9 → 9 episodes, in another order", None),
        ([*range(9)], [0, 2, 4, 6, 8], "9 → 5 episodes, 1, 3, 5, … dropped", None),
        ([*"abcdefghi"], [*"abcdefgh", "x"], "9 → 9 episodes, i dropped, x added", None),
        ([1, 2], [1], "(1,2) → (1)", None),
    ],
)
def test_a_long_list_is_told_in_words(base: Any, value: Any, en: str, zh: str | None) -> None:
    change = Change("dataset.episodes", "data", tuple(base), tuple(value))
    assert change_words.change(change, "en") == f"dataset.episodes {en}"
    assert zh is None or change_words.change(change, "zh") == f"dataset.episodes {zh}"


def test_a_long_list_is_shown_by_its_stretches() -> None:
    assert config_values.show([*range(40)]) == "(0-39)"
    assert config_values.show([*range(20), 25, *range(30, 40), 50, 60]) == "(0-19, 25, 30-39, …)"


def test_a_dotted_key_that_contradicts_the_tree_is_a_warning_with_both_values() -> None:
    tree = {**builders.BASE, "policy.optimizer_lr": 3e-4, "batch_size": 8}
    assert summarize(builders.run("r", tree), builders.PROFILE).run.warnings == (
        "config: stands twice with two values, read as the second: policy.optimizer_lr is 0.0003 and 1e-05",
    )
    same = {**builders.BASE, "policy.optimizer_lr": 1e-5}
    assert summarize(builders.run("r", same), builders.PROFILE).run.warnings == ()


def test_the_command_counts_what_is_cleared(tmp_path: Path) -> None:
    runs = {"same": {**builders.BASE, **NEWER}, "lr20": {**builders.config(LR20), **NEWER}}
    made = [builders.healthy(f"b{i}", 0.4 + 0.004 * i, builders.config(seed=i)) for i in (1, 2, 3)]
    made += [builders.healthy(i, 0.6 if i == "lr20" else 0.404, c, seed=7) for i, c in runs.items()]
    builders.write(tmp_path, *made)
    args = ["compare", str(tmp_path), "--runs", "same,lr20", "--baselines", "b1,b2,b3"]
    said = CliRunner().invoke(main, args).output
    assert "1 ruled out: config of a newer trainer (10 keys)" in said
    assert said.count("config of a newer trainer (10 keys)") == 2

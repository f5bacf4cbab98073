"""What people type for a knob: the values, or a sentence at the field that says what would do."""

from typing import Any

import pytest
from support import builders

from actot.analysis import config_values
from actot.experiments import proposals, typed_values
from actot.experiments.guard import PlanContext
from actot.facts import Mistyped
from actot.output import messages, render

# Of a fraction, of a count, of a seed, of a switch, of a list, of a name.
NUMBER, WHOLE, SEED = "reg", "window_size", "seed"


@pytest.fixture(scope="module")
def context() -> PlanContext:
    found = builders.planted_study().plan_context
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("knob", "text", "values"),
    [
        ("reg", "0.08, 0.12", (0.08, 0.12)),
        ("reg", "1e-2,.5，5", (0.01, 0.5, 5.0)),
        ("reg", "", ()),
        ("weight_decay", "0", (0.0,)),
        ("window_size", "12, 20.0, 1e2", (12, 20, 100)),
        ("batch_size", "16", (16,)),
        ("steps", "4000", (4000,)),
        ("seed", "0, 7", (0, 7)),
        ("sampler_seed", "3", (3,)),
        ("ot_enable", "false, True", (False, True)),
        ("adam_betas", "[0.9, 0.95], (0.8,0.999)", ((0.9, 0.95), (0.8, 0.999))),
        ("scheduler", "cosine_decay_with_warmup, none", ("cosine_decay_with_warmup", "none")),
        ("optimizer_type", "'adam'", ("adam",)),
        ("dataset", "me/set_1", ("me/set_1",)),
        ("policy.chunk_size", "50", (50,)),
    ],
)
def test_a_value_is_read_as_its_knob_takes_it(
    context: PlanContext, knob: str, text: str, values: tuple[Any, ...]
) -> None:
    found = typed_values.read(context, knob, text)
    assert found == values
    assert [type(v) for v in found] == [type(v) for v in values]


@pytest.mark.parametrize(
    ("knob", "text", "name"),
    [
        *(
            (NUMBER, t, "no_number")
            for t in ("x", "True", "0.1 0.2", "0.1;0.2", "1-3", "null", "1_0")
        ),
        *((NUMBER, t, "not_finite") for t in ("nan", "NaN", "inf", "-inf", ".inf", "1e400")),
        (NUMBER, "-1", "too_small"),
        (NUMBER, "0.1, -1", "too_small"),
        (NUMBER, "[0.1", "unclosed"),
        (NUMBER, "0.1]", "unclosed"),
        (NUMBER, "[0.1, 0.2]", "no_number"),
        (NUMBER, "{a: 1}", "no_number"),
        *((WHOLE, t, "no_number") for t in ("x", "true", "1-3", "10 20")),
        (WHOLE, "1.5", "not_whole"),
        (WHOLE, "-1", "too_small"),
        (WHOLE, "1e400", "not_finite"),
        ("batch_size", "0", "too_small"),
        ("steps", "0", "too_small"),
        *((SEED, t, "no_seed") for t in ("x", "1-3", "-1", "1.5", "nan", "1e400", "True", "1 2")),
        ("ot_enable", "1", "no_switch"),
        ("ot_enable", "maybe", "no_switch"),
        ("adam_betas", "0.9", "no_list"),
        ("adam_betas", "[0.9]", "no_list"),
        ("adam_betas", "[0.9, x]", "no_list"),
        ("adam_betas", "[0.9, nan]", "no_list"),
        ("dataset", "[a, b]", "no_text"),
        ("policy.chunk_size", "12.5", "not_whole"),
        ("policy.chunk_size", "-1", "too_small"),
    ],
)
@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_what_is_no_value_is_said_with_what_would_do(
    context: PlanContext, knob: str, text: str, name: str, lang: str
) -> None:
    found = typed_values.read(context, knob, text)
    assert isinstance(found, Mistyped)
    assert found.name == name
    sentence = render.mistyped(found, lang)
    assert knob in sentence
    assert found.typed in sentence
    assert "{" not in sentence.replace(found.typed, "")
    # What is said to do, does.
    assert not isinstance(typed_values.read(context, knob, found.like), Mistyped)


def test_of_several_values_the_first_wrong_one_is_named(context: PlanContext) -> None:
    found = typed_values.read(context, "reg", "0.1, a, b")
    assert isinstance(found, Mistyped)
    assert found.typed == "a"


def test_a_long_text_is_named_by_its_beginning(context: PlanContext) -> None:
    found = typed_values.read(context, "reg", "x" * 10_000)
    assert isinstance(found, Mistyped)
    assert len(found.typed) == 60


def test_what_a_run_of_the_source_has_is_a_value_even_where_it_looks_like_none() -> None:
    runs = [
        *builders.planted(),
        builders.healthy("all", settings=builders.config({"ot.topk_src_episodes": -1})),
        builders.healthy("none", settings=builders.config({"ot.topk_src_episodes": None})),
    ]
    context = builders.planted_study(runs=runs).plan_context
    assert context is not None
    assert typed_values.read(context, "topk_src_episodes", "-1, 4") == (-1, 4)
    assert isinstance(typed_values.read(context, "reg", "-1"), Mistyped)


def test_every_planned_value_is_read_again_as_it_was_written(context: PlanContext) -> None:
    found = builders.planted_study()
    for run in (r for e in found.experiments for r in e.runs):
        (again,) = typed_values.read(context, run.knob, typed_values.written(run.value))
        assert config_values.equal(again, run.value), run.knob


def test_every_knob_of_the_anchor_reads_its_own_value(context: PlanContext) -> None:
    for knob in context.anchor.settings.knobs:
        own = context.anchor.settings.value(knob)
        if own not in (None, config_values.ABSENT) and not isinstance(own, dict):
            found = typed_values.read(context, knob, typed_values.written(own))
            assert not isinstance(found, Mistyped), (knob, own)
            assert len(found) == 1, (knob, own)
            assert config_values.equal(found[0], own), knob


def test_typed_values_of_a_knob_are_a_sweep_and_seeds_a_repetition(context: PlanContext) -> None:
    sweep = proposals.typed(context, "reg", (0.09, 0.12, 0.9))
    assert (sweep.kind, [r.value for r in sweep.runs]) == ("sweep", [0.09])
    assert sweep.have == ((0.12, ("upd_reg",)),)
    assert [w.name for w in sweep.refused] == ["refuses"]
    forced = proposals.typed(context, "reg", (0.9,), override=True)
    assert [r.remark.name for r in forced.runs] == ["refuses"]
    again = proposals.typed(context, "seed", (3, 8))
    assert (again.kind, [r.seed for r in again.runs]) == ("replicate", [8])

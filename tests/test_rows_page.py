"""Rows on screen: what joins, what is offered, how sure a word is, and what a history teaches."""

import pytest
from support.screen import Screen

ONE = {"runs": "lr20x", "base": "base_a_s1"}


def test_the_other_seeds_of_a_baseline_join_and_are_named_and_a_toggle_keeps_them_out() -> None:
    screen = Screen(**ONE)
    assert "Other seeds of the baselines joined: base_a_s2" in screen.main
    assert "base_a_s1 · 6 runs" in screen.main
    screen.switch("Only the picked baselines")
    assert "joined" not in screen.main
    assert screen.query["alone"] == "1"
    assert Screen(**ONE, alone="1").main == screen.main


def test_a_row_of_several_runs_opens_to_them_and_offers_the_rest_of_its_config() -> None:
    screen = Screen(runs="base_a_s2,base_a_s3", base="base_b_s1")
    assert "base_a_s2 · 2 seeds" in screen.main
    (runs,) = [e for e in screen.app.main.expander if e.label == "The runs"]
    shown = runs.table[0].value.reset_index().astype(str).to_numpy()
    assert [row[0].replace("\\", "") for row in shown.tolist()] == ["base_a_s2", "base_a_s3"]
    assert "can join its row" in screen.main
    screen.press("Pick these too")
    assert {"base_a_s2", "base_a_s3", "base_a_s1"} <= set(screen.picked("Runs"))
    assert "can join its row" not in screen.main


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("regressed in this seed", "mostly because lr20x is one seed", "One more seed of")),
        ("zh", ("变差（仅此种子）", "主要因为 lr20x 只有一个种子", "再多一个种子")),
    ],
)
def test_a_card_says_that_its_word_rests_on_one_seed_and_what_a_second_would_do(
    lang: str, words: tuple[str, ...]
) -> None:
    screen = Screen(**ONE, lang=lang)
    for part in words:
        assert part in screen.main


def test_a_run_that_must_not_be_compared_says_why_in_the_place_of_its_change() -> None:
    screen = Screen(runs="repeat", base="base_a_s1", alone="1")
    assert "not comparable" in screen.main
    assert "point for point" in screen.main


def test_the_noise_card_offers_what_the_replicates_teach_as_lines_of_a_profile() -> None:
    screen = Screen("Regression", **ONE)
    (button,) = screen.app.main.get("download_button")
    assert button.proto.label == "What these replicates teach, as lines for a profile"


def test_the_picture_and_the_table_of_what_would_be_found_name_every_row() -> None:
    screen = Screen("Regression", runs="lr20x,upd_reg,base_a_s2,base_a_s3", base="base_b_s1")
    assert [row[0] for row in screen.rows()][:3] == ["lr20x", "upd_reg", "base_a_s2 · 2 seeds"]
    assert "p \\(adjusted\\)" in screen.app.main.table[0].value.columns

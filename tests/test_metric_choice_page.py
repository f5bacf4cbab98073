"""What decides where no profile says so: proposed on screen, and chosen with one click."""

from pathlib import Path

import pytest
from support.screen import Screen


@pytest.fixture
def foreign(tmp_path: Path) -> str:
    """Four runs of a trainer that no profile knows, without configs."""
    for name, end in (("base1", 1.0), ("base2", 1.004), ("base3", 0.996), ("new", 1.6)):
        rows = [f"{10 * i},{end + 1 / i},{-end}" for i in range(1, 41)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["step,val/loss,wobble", *rows]))
    return str(tmp_path)


@pytest.mark.parametrize(("lang", "word"), [("en", "lower is better"), ("zh", "越低越好")])
def test_a_proposal_is_said_to_be_one(lang: str, word: str, foreign: str) -> None:
    screen = Screen(source=foreign, runs="new", base="base1,base2", lang=lang)
    assert "val/loss" in screen.main
    assert word in screen.main


def test_where_nothing_can_be_judged_a_click_takes_another_metric_or_gives_a_direction(
    foreign: str,
) -> None:
    screen = Screen(source=foreign, runs="new", base="base1,base2", metric="wobble")
    assert "Nothing can be judged in wobble" in screen.main
    (pills,) = [e for e in screen.app.main.button_group if e.label == "Judge by"]
    assert pills.options == ["val/loss"]
    screen.press("wobble: higher is better")
    assert "Nothing can be judged" not in screen.main
    assert (screen.query["metric"], screen.query["direction"]) == ("wobble", "higher")


def test_a_profile_that_is_no_bundled_one_is_not_read_from_an_address(foreign: str) -> None:
    screen = Screen(source=foreign, runs="new", base="base1", profile="/etc/passwd")
    assert "profile" not in screen.query
    assert "val/loss" in screen.main


def test_what_counts_the_steps_is_chosen_on_the_page_and_stands_in_the_link(tmp_path: Path) -> None:
    for name, often in (("base1", 10), ("base2", 10), ("new", 20)):
        rows = [f"{often * i},{64 * i},{0.4 + 1 / i}" for i in range(1, 41)]
        lines = "\n".join(["step,samples,val/loss", *rows])
        (tmp_path / f"{name}.csv").write_text(lines)
    screen = Screen("Metrics", source=str(tmp_path), runs="new", base="base1,base2")
    control = screen.widget("selectbox", "Steps are counted in")
    assert control.options == ["what fits the runs: samples", "steps as they were logged"]
    control.set_value("_step")
    screen.run()
    assert screen.query["source"] == f"{tmp_path}?step=_step"
    control = screen.widget("selectbox", "Steps are counted in")
    assert control.options == ["what fits the runs", "steps as they were logged", "samples"]
    control.set_value("samples")
    screen.run()
    assert screen.query["source"] == f"{tmp_path}?step=samples"
    screen.widget("selectbox", "Steps are counted in").set_value("")
    screen.run()
    assert screen.query["source"] == str(tmp_path)


def test_runs_that_count_in_one_way_alone_offer_no_choice(foreign: str) -> None:
    screen = Screen(source=foreign, runs="new", base="base1,base2")
    assert "Steps are counted in" not in screen.sidebar

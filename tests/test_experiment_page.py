"""The Experiments page: edits reach the files, and the guard answers at once."""

import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from support.browser import Visit
from support.screen import Screen, read
from support.session import Session

from actot.errors import BadInput
from actot.widgets import experiment_editor

PICKED = {"runs": "lr20x,lr30x,lr25x", "base": "base_a_s1"}
PICKS = "?" + "&".join(f"{name}={value}" for name, value in PICKED.items())


@pytest.fixture
def opened(tab: Visit, address: str) -> Iterator[Visit]:
    """The page is open before each test, and nothing went wrong in it at the end."""
    tab.open(f"{address}/Experiments{PICKS}")
    yield tab
    tab.check()


def card(tab: Visit, title: str) -> Locator:
    """The card of an experiment."""
    cards = tab.page.get_by_test_id("stVerticalBlock").filter(
        has=tab.page.get_by_role("heading", name=title, exact=True)
    )
    return cards.last


def edit(tab: Visit, title: str, label: str, text: str) -> None:
    """Type into a field of a card's second tab."""
    found = card(tab, title)
    found.get_by_role("tab", name="Edit").click()
    field = found.get_by_role("textbox", name=label)
    field.fill(text)
    field.press("Enter")
    tab.settle()


def downloaded(tab: Visit, path: Path) -> dict[str, str]:
    """The files of the zip, once the page has caught up with the last edit."""
    tab.settle()
    with tab.page.expect_download() as event:
        tab.page.get_by_role("button", name="Download everything").click()
    event.value.save_as(path)
    return files_of(path.read_bytes())


@pytest.fixture
def asked(address: str) -> Iterator[Session]:
    """The page as its server gives it, without a browser."""
    with closing(Session(address, "Experiments", PICKS.removeprefix("?"))) as found:
        found.ask()
        found.answer()
        yield found


def given(asked: Session) -> dict[str, str]:
    """The files of the zip that the server gives."""
    return files_of(asked.download("Download everything (zip)"))


def files_of(data: bytes) -> dict[str, str]:
    """File name -> text of a zip that unpacks into one folder."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {Path(name): archive.read(name).decode() for name in archive.namelist()}
    return {path.relative_to("next_runs").as_posix(): text for path, text in found.items()}


REG = "Sweep reg around the anchor"


@pytest.mark.browser
def test_an_edited_value_and_seeds_reach_the_configs_of_the_zip(
    opened: Visit, tmp_path: Path
) -> None:
    edit(opened, REG, "Values of reg", "0.09, 0.14")
    edit(opened, REG, "Seeds", "1, 7")
    expect(card(opened, REG)).to_contain_text("4 to run")
    files = downloaded(opened, tmp_path / "next.zip")
    config = json.loads(files["configs/base_a_s1_reg_0.14_s7.json"])
    assert (config["seed"], config["ot"]["loss_config"]["reg"]) == (7, 0.14)
    assert "base_a_s1_reg_0.09_s1" in files["run_all.sh"]
    assert "configs/base_a_s1_reg_0.08.json" not in files


def test_the_guard_answers_at_once_and_an_override_keeps_its_words_in_the_files(
    asked: Session,
) -> None:
    asked.type("Values of reg", "0.9", REG)
    assert "0 to run" in asked.says(REG)
    assert "9x the anchor's 0.1" in asked.says(REG)
    asked.tick("Override the guard", REG)
    assert "1 to run" in asked.says(REG)
    files = given(asked)
    assert "9x the anchor's 0.1" in files["sweep_reg.yaml"]
    assert "9x the anchor's 0.1" in files["README.md"]


def test_what_cannot_be_read_is_said_and_changes_nothing() -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, "Values of reg", "[0.1")
    assert "write values separated by commas" in screen.says(REG)
    assert "1 to run" in screen.says(REG)


def test_an_edit_survives_a_look_at_another_page() -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, "Values of reg", "0.09, 0.14")
    for name in ("Report", "Experiments"):
        screen.go(name)
    assert "2 to run" in screen.says(REG)


def test_any_knob_of_the_config_can_be_swept(asked: Session) -> None:
    asked.choose("Sweep another knob", "batch_size")
    title = "Sweep batch_size around the anchor"
    asked.type("Values of batch_size", "32", title)
    assert "1 to run" in asked.says(title)
    config = json.loads(given(asked)["configs/base_a_s1_batch_size_32.json"])
    assert config["batch_size"] == 32


def test_flat_sweeps_are_a_choice(asked: Session) -> None:
    asked.tick("Flat sweeps")
    asked.type("Values of reg", "0.09, 0.14", REG)
    files = given(asked)
    assert '{"reg": 0.09}' in files["sweep_reg.yaml"]
    assert "configs/base_a_s1_lr_0.0015.json" in files["isolate.yaml"]


def test_the_recipes_stand_with_what_this_trainer_makes_of_them() -> None:
    screen = Screen("Experiments", **PICKED)
    (found,) = (e for e in screen.app.main.expander if "action_lbl_focus · moves" in read(e.label))
    rows = found.table[0].value.reset_index().astype(str).to_numpy().tolist()
    (row,) = (row for row in rows if "loss.action_lbl.focal_gamma" in read(" ".join(row)))
    assert "no such knob" in read(" ".join(row))


@pytest.mark.parametrize("typed", ["2025-99-99", "!!int x", "[0.1", "*a", "&a [*a"])
def test_a_value_that_yaml_cannot_make_is_refused_in_one_sentence(typed: str) -> None:
    with pytest.raises(BadInput, match="cannot be read; write values separated by commas"):
        experiment_editor._values(typed, "en")

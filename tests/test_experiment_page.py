"""The Experiments page: edits reach the files, and the guard answers at once."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from support import builders
from support.browser import Visit
from support.screen import Screen, read
from support.session import Session

from actot.experiments import plan as plans
from actot.experiments.plan import Plan

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
    if not found.get_by_role("tab", name="Edit").is_visible():
        found.get_by_text("Details", exact=True).click()
    found.get_by_role("tab", name="Edit").click()
    field = found.get_by_role("textbox", name=label)
    field.fill(text)
    field.press("Enter")
    tab.settle()


def downloaded(tab: Visit, path: Path) -> dict[str, str]:
    """The files of the zip, once the page has caught up with the last edit."""
    tab.settle()
    with tab.page.expect_download() as event:
        tab.page.get_by_role("button", name=re.compile(r"Download \d+ runs?,")).click()
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
    return files_of(asked.download(everything(asked)))


def everything(asked: Session) -> str:
    """What the button says that gives the zip."""
    return next(label for label in asked.labels("download_button") if label.endswith("(zip)"))


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


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("Values of reg", "[0.1", "a bracket or a quotation mark has no other one"),
        ("Values of reg", "much", "reg: much is no number; write one like 0.1"),
        ("Values of reg", "0.2, nan", "reg: nan is no number that a trainer can work with"),
        ("Values of reg", "1e400", "reg: 1e400 is no number that a trainer can work with"),
        ("Values of reg", "True", "reg: True is no number"),
        ("Values of reg", "0.1 0.2", "or several with commas between them"),
        ("Values of reg", "-1", "reg: -1 is too small; write 0 or more"),
        ("Seeds", "x", "seed: x is no seed; write whole numbers from 0 on"),
        ("Seeds", "1-3", "seed: 1-3 is no seed"),
        ("Seeds", "-1", "seed: -1 is no seed"),
    ],
)
def test_what_is_no_value_is_said_below_its_field_and_nothing_is_planned(
    label: str, typed: str, said: str
) -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, label, typed)
    card = screen.card(REG)
    (at,) = (i for i, e in enumerate(card) if getattr(e, "label", None) == label)
    assert card[at + 1].type == "error"
    assert said in read(card[at + 1].value)
    assert "0 to run" in screen.says(REG)
    assert "0 to run ·" not in screen.says(REG)
    screen.edit(REG, label, "0.09" if label != "Seeds" else "7")
    assert "1 to run" in screen.says(REG)
    assert not screen.app.main.error


def test_what_an_edit_changes_stands_beside_it_with_the_guards_words() -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, "Values of reg", "0.14, 0.9, 0.12, 0.3")
    said = screen.says(REG)
    assert "reg 0.1 → 0.14 (1.4x)" in said
    assert "✕ reg 0.9 is 9x the anchor's 0.1" in said
    assert "reg 0.12: exists already, upd_reg" in said
    assert "reg 0.1 → 0.3 (3x) ⚠ reg 0.3 lies outside what healthy runs have tried" in said


def test_an_edit_survives_a_reload_and_travels_in_the_link() -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, "Values of reg", "0.09, 0.14")
    screen.edit(REG, "Seeds", "4, 5, 6")
    screen.edit(REG, "Override the guard", True)
    screen.set("multiselect", "Sweep another knob", ["batch_size"])
    screen.edit("Sweep batch_size around the anchor", "Values of batch_size", "32")
    screen.edit("Sweep batch_size around the anchor", "Budget in steps", 4800)
    screen.run()
    other = Screen("Experiments", **screen.query)
    for one in (screen, other):
        assert "6 to run" in one.says(REG)
        (field,) = (e for e in one.card(REG) if getattr(e, "label", None) == "Values of reg")
        assert field.value == "0.09, 0.14"
        assert "1 to run" in one.says("Sweep batch_size around the anchor")
        assert "base_a_s1_batch_size_32_4800steps" in one.says("Sweep batch_size around the anchor")
    screen.edit(REG, "Values of reg", "0.08")
    screen.edit(REG, "Seeds", "")
    screen.edit(REG, "Override the guard", False)
    screen.set("multiselect", "Sweep another knob", [])
    screen.run()
    assert not [k for k in screen.query if k == "edits" and "reg" in screen.query[k]]


def test_edits_are_those_of_their_anchor() -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, "Values of reg", "0.09, 0.14")
    screen.set("selectbox", "Anchor", "base_b_s1")
    screen.run()
    assert "0.09, 0.14" not in screen.main


@pytest.mark.parametrize(
    "edits",
    ["x", ",,", "base_a_s1,sweep_reg/%3Asteps=99999999999999", "base_a_s1,sweep_reg/%3Asteps=x"],
)
def test_a_link_that_somebody_wrote_by_hand_opens(edits: str) -> None:
    assert "1 to run" in Screen("Experiments", **PICKED, edits=edits).says(REG)


def test_a_screen_is_a_card_of_its_own_and_the_zip_holds_it_alone(asked: Session) -> None:
    asked.type("Values of reg", "0.09, 0.14", REG)
    asked.type("Screen first, at so many steps", "500")
    assert "base_a_s1_reg_0.09_500steps" in asked.says("Screen at 500 steps")
    files = given(asked)
    assert {n for n in files if n.endswith(".yaml")} == {"screen_500.yaml"}
    config = json.loads(files["configs/base_a_s1_reg_0.14_500steps.json"])
    assert (config["steps"], config["ot"]["loss_config"]["reg"]) == (500, 0.14)
    assert asked.query["screen"] == ["500"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("short", "steps: short is no number"),
        ("2400", "steps: 2400 is no shorter than a whole run; write one number below 2400"),
        ("100, 200", "write one number below 2400"),
        ("0", "steps: 0 is too small; write 1 or more"),
    ],
)
def test_a_length_that_screens_nothing_is_said(typed: str, said: str) -> None:
    screen = Screen("Experiments", **PICKED, screen=typed)
    assert said in " ".join(read(e.value) for e in screen.app.main.error)


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
    assert "configs/lr20x_lr_0.0005.json" in files["isolate.yaml"]


def test_the_recipes_stand_with_what_this_trainer_makes_of_them() -> None:
    screen = Screen("Experiments", **PICKED, recipes="1")
    (found,) = (e for e in screen.app.main.expander if "action_lbl_focus · moves" in read(e.label))
    rows = found.table[0].value.reset_index().astype(str).to_numpy().tolist()
    (row,) = (row for row in rows if "loss.action_lbl.focal_gamma" in read(" ".join(row)))
    assert "no such knob" in read(" ".join(row))


def test_recipes_are_neither_shown_nor_written_unless_somebody_asks(asked: Session) -> None:
    assert "action_lbl_focus" not in asked.said
    assert not [name for name in given(asked) if name.startswith("template_")]
    asked.tick("Recipes that go round")
    assert "action_lbl_focus" in asked.said
    assert [name for name in given(asked) if name.startswith("template_")]


# What is ticked.


def test_the_zip_holds_what_is_ticked_and_the_button_adds_it_up() -> None:
    screen = Screen("Experiments", **PICKED)
    button = "download_button"
    assert screen.widget(button, "Download 18 runs, about 18 min (zip)")
    titles = [w.label for w in screen.app.main.checkbox if w.value]
    assert REG in titles
    assert "Halve what lr20x changed" not in titles
    for title in titles:
        if title != REG:
            screen.set("checkbox", title, False)
    assert screen.widget(button, "Download 1 run, about 1 min (zip)")
    other = Screen("Experiments", **screen.query)
    assert [w.label for w in other.app.main.checkbox if w.value] == [REG]
    screen.set("checkbox", REG, False)
    assert screen.widget(button, "Tick an experiment to download it").disabled


def test_an_experiment_without_a_run_left_cannot_be_ticked() -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, "Values of reg", "0.9")
    assert screen.widget("checkbox", REG).disabled


def test_what_has_run_is_a_count_and_what_is_refused_is_folded() -> None:
    screen = Screen("Experiments", **PICKED)
    screen.edit(REG, "Values of reg", "0.12, 0.9, 0.14")
    said = screen.says(REG)
    assert "0.12: upd_reg" in said
    (table,) = (e for e in screen.card(REG) if e.type in ("table", "arrow_table"))
    new = " ".join(read(str(v)) for v in table.value.reset_index().to_numpy().ravel())
    assert "base_a_s1_reg_0.14" in new
    assert "0.9" not in new
    labels = [read(e.label) for e in screen.app.main.expander]
    assert "1 value refused" in labels


# A plan.

QUESTION = "Which of lr, weight_decay, grad_clip_norm, scheduler made lr20x worse than base_a_s1?"


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bundled runs and those of a plan's two rounds."""
    return str(builders.tour(tmp_path_factory.mktemp("plan") / "tour"))


def test_a_plan_is_followed_from_its_card_and_stands_in_the_link() -> None:
    screen = Screen("Experiments", **PICKED)
    (follow,) = (b for b in screen.app.main.button if b.label.startswith("Follow isolate"))
    assert "at most 5 runs in 2 rounds" in follow.label
    screen.click(follow.label)
    assert QUESTION in screen.main
    assert "Round 1 of 2: 0 of 4 have run" in screen.main
    other = Screen("Experiments", **screen.query)
    assert QUESTION in other.main
    assert "Halve what lr20x changed" not in other.main
    other.click("Stop following")
    assert QUESTION not in other.main
    assert "plan" not in other.query


def test_a_followed_plan_says_what_its_runs_say_and_its_answer(tour: str) -> None:
    wanted = plans.line(
        Plan(
            "reverts",
            "base_a_s1",
            "lr20x",
            ("lr", "weight_decay", "grad_clip_norm", "scheduler"),
            "eval_l1",
        )
    )
    screen = Screen("Experiments", source=tour, **PICKED, plan=wanted)
    assert "found: lr; verified" in screen.main
    assert "heals nothing, surely" in screen.main
    assert "lr20x_weight_decay_0.002 is better than base_a_s1" in screen.main


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "no plan"),
        (plans.line(Plan("reverts", "gone", "lr20x", ("lr",), "eval_l1")), "gone: the plan's"),
        (plans.line(Plan("reverts", "base_a_s1", "gone", ("lr",), "eval_l1")), "gone: not among"),
        (plans.line(Plan("reverts", "base_a_s1", "lr20x", ("lr",), "other")), "other decides"),
    ],
)
def test_a_plan_that_does_not_fit_is_one_sentence_and_can_be_left(text: str, said: str) -> None:
    screen = Screen("Experiments", **PICKED, plan=text)
    assert said in " ".join(read(e.value) for e in screen.app.main.error)
    screen.click("Stop following")
    assert not screen.app.main.error

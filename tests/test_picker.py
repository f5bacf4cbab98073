"""The sidebar: filters, the newest runs, neighbours as baselines, thousands of runs."""

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Locator, WebSocket, expect
from support import browser as tabs
from support import builders
from support.browser import Visit
from support.screen import Screen

from actot import study
from actot.widgets import filters

RUNS, BASELINES, NAME = "Runs", "Baselines", "Name or id"
NEIGHBOURS = "Nearest neighbours as baselines"
KEY = "eval/offline_eval/avg_l1"
# id, day of January, tags, state, learning rate, batch size
LISTED = [
    ("old_a", 1, "keep,night", "finished", 1e-5, 8),
    ("old_b", 2, "keep", "finished", 2e-5, 8),
    ("mid_a", 11, "night", "finished", 1e-5, 16),
    ("mid_b", 12, "", "crashed", 4e-5, 16),
    ("new_a", 21, "night", "finished", 4e-5, 32),
    ("new_b", 22, "", "finished", 8e-5, 64),
]


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six runs of three weeks, exported with all that the filters look at."""
    path = tmp_path_factory.mktemp("listed") / "runs.csv"
    rows = [f"run,step,{KEY},tags,state,created,config.lr,config.batch_size"]
    for run, day, tags, state, lr, batch in LISTED:
        rows += [
            f'{run},{50 * i},{0.4 + 0.01 * (i % 2)},"{tags}",{state},2026-01-{day:02}T12:00:00Z,{lr},{batch}'
            for i in range(1, 41)
        ]
    path.write_text("\n".join(rows))
    return path


@pytest.fixture(scope="module")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """5,000 runs of six points each, named as sweeps name them."""
    folder = tmp_path_factory.mktemp("thousands")
    for part in range(5):
        rows = [f"run,step,{KEY}"]
        for run in range(1000):
            rows += [f"act_ot_{part}_{run:03},{50 * i},{0.4 + 0.01 * (i % 2)}" for i in range(1, 7)]
        (folder / f"part{part}.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture(scope="module")
def unlimited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same app, but with every run among the options."""
    root = tmp_path_factory.mktemp("unlimited")
    for name in ("actot", "pages", ".streamlit"):
        shutil.copytree(tabs.ROOT / name, root / name)
    app = (tabs.ROOT / "app.py").read_text(encoding="utf-8")
    doc, rest = app.split("\n\n", 1)
    more = "from actot.widgets import filters\n\nfilters.MOST_OFFERED = 1_000_000\n"
    (root / "app.py").write_text(f"{doc}\n\n{more}{rest}", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tabs, "ROOT", root)
        with tabs.server() as found:
            yield found


def test_filters_narrow_the_options_and_keep_the_picks(listed: Path) -> None:
    screen = Screen(source=str(listed), runs="old_b", base="mid_a")
    everything = ["new_b", "new_a", "mid_b", "old_a"]
    assert screen.options(RUNS) == everything
    screen.set("text_input", NAME, "NEW_")
    assert "2 of 6 runs shown" in screen.sidebar
    assert screen.options(RUNS) == screen.options(BASELINES) == ["new_b", "new_a"]
    screen.set("text_input", NAME, "")
    for label, choice, left in (
        ("Tag", "night", ["new_a", "old_a"]),
        ("State", "crashed", ["mid_b"]),
    ):
        screen.set("multiselect", label, [choice])
        assert screen.options(RUNS) == [i for i in everything if i in left]
        screen.set("multiselect", label, [])
    assert screen.options(RUNS) == everything
    screen.app.sidebar.date_input[0].set_value(date(2026, 1, 12))
    screen.run()
    assert "3 of 6 runs shown" in screen.sidebar
    assert screen.options(RUNS) == ["new_b", "new_a", "mid_b"]
    assert (screen.picked(RUNS), screen.picked(BASELINES)) == (["old_b"], ["mid_a"])
    assert (screen.query["runs"], screen.query["base"]) == ("old_b", "mid_a")


@pytest.mark.browser
def test_a_filter_typed_in_keeps_the_picks_and_the_address(
    tab: Visit, address: str, listed: Path
) -> None:
    tab.open(f"{address}/?source={listed}&runs=old_b&base=mid_a")
    _sidebar(tab).get_by_text("Filter", exact=True).click()
    for part, text in (("year", "2026"), ("month", "01"), ("day", "12")):
        tab.page.get_by_role("spinbutton", name=f"{part}, Since").click()
        tab.page.keyboard.type(text)
    # Enter does nothing there: the date counts once another control has the focus.
    tab.page.get_by_role("combobox", name=RUNS).focus()
    tab.settle()
    expect(_sidebar(tab)).to_contain_text("3 of 6 runs shown")
    assert _options(tab, RUNS) == ["new_b", "new_a", "mid_b"]
    expect(_field(tab, RUNS)).to_contain_text("old_b")
    expect(_field(tab, BASELINES)).to_contain_text("mid_a")
    assert "runs=old_b" in tab.page.url and "base=mid_a" in tab.page.url
    tab.check()


def test_the_latest_n_come_from_what_the_filter_lets_through(listed: Path) -> None:
    screen = Screen(source=str(listed), base="new_b")
    screen.set("text_input", NAME, "_a")
    screen.set("number_input", "Latest", 2)
    screen.press("Take")
    assert screen.query["runs"] == "new_a,mid_a"
    assert "old_a" not in screen.picked(RUNS)


def test_the_reference_is_named_below_the_baselines(listed: Path) -> None:
    screen = Screen(source=str(listed), runs="new_a", base="old_b,old_a")
    assert "Reference: old_b" in screen.sidebar
    screen.set("multiselect", BASELINES, ["old_a"])
    assert "Reference: old_a" in screen.sidebar
    # Ids, without the mark.
    assert screen.query["base"] == "old_a"


def test_the_nearest_neighbours_become_the_baselines(listed: Path) -> None:
    # One knob from new_a is the crashed run, which may not stand for its config; next to it come two knobs.
    screen = Screen(source=str(listed), runs="old_b,new_a")
    assert "Pick at least one baseline" in screen.main
    screen.press(NEIGHBOURS)
    assert "old_b ← old_a (1 knob)" in screen.sidebar
    assert "new_a ← mid_a (2 knobs)" in screen.sidebar
    assert "Reference: old_a" in screen.sidebar
    assert screen.query["base"] == "old_a,mid_a"
    again = Screen(**screen.query)
    assert "mid_a" in again.picked(BASELINES)
    assert "Pick at least one baseline" not in again.main


def test_the_neighbours_are_those_that_the_study_names() -> None:
    found = study.study(
        [r.run for r in builders.sample().values()], ["lr30x"], ["base_b_s1"], builders.PROFILE
    )
    (near,) = [v.baseline for v in found.verdicts if v.against == "neighbour"]
    screen = Screen(runs="lr30x", base="base_b_s1")
    screen.press(NEIGHBOURS)
    assert f"Reference: {near}" in screen.sidebar
    assert screen.query["base"] == near


def test_without_a_neighbour_the_sidebar_says_why(listed: Path, tmp_path: Path) -> None:
    lines = listed.read_text().splitlines()
    picked = [i for i in lines if i.startswith("old_a")]
    alone, short = tmp_path / "alone.csv", tmp_path / "short.csv"
    alone.write_text("\n".join([lines[0], *picked]))
    crashed = [i for i in lines if i.startswith("mid_b")]
    short.write_text("\n".join([lines[0], *picked, *crashed]))
    bare = tmp_path / "bare.csv"
    bare.write_text(
        "\n".join(i.split(",", 3)[0] + "," + ",".join(i.split(",")[1:3]) for i in lines)
    )
    duplicates = tmp_path / "twins.csv"
    duplicates.write_text(
        "\n".join([lines[0], *picked, *[i.replace("old_a", "twin") for i in picked]])
    )
    for source, why in (
        (alone, "holds no run but the picked ones"),
        (short, "None of the 1 other runs can be a baseline: finished, not diverged"),
        (bare, "The config of no picked run is known"),
        (duplicates, "No other run differs in an effective knob"),
    ):
        screen = Screen(source=str(source), runs="old_a")
        screen.press(NEIGHBOURS)
        assert why in screen.sidebar
        assert "base" not in screen.query
    assert Screen(source=str(listed)).widget("button", NEIGHBOURS).disabled


def test_a_run_beyond_the_offered_ones_stays_picked_and_is_found_by_the_filter(
    thousands: Path,
) -> None:
    # Only baselines are picked, so that no run is loaded.
    screen = Screen(source=str(thousands), base="act_ot_0_000")
    assert screen.picked(BASELINES) == ["act_ot_0_000"]
    assert "narrow the filter to see the other 4699" in screen.sidebar
    screen.set("text_input", NAME, "_1_00")
    assert screen.options(RUNS) == [f"act_ot_1_00{i}" for i in range(9, -1, -1)]
    assert "narrow the filter" not in screen.sidebar
    assert screen.picked(BASELINES) == ["act_ot_0_000"]


@pytest.mark.browser
def test_of_thousands_of_runs_a_click_sends_little(
    tab: Visit, address: str, unlimited: str, thousands: Path
) -> None:
    new, old = (_traffic(tab, where, thousands) for where in (address, unlimited))
    for what in new:
        (sent, took), (all_sent, all_took) = new[what], old[what]
        print(
            f"{what}: {sent / 1e3:.1f} kB in {took:.2f} s with {filters.MOST_OFFERED} options, "
            f"{all_sent / 1e3:.1f} kB in {all_took:.2f} s with 5000"
        )
    for what in ("open", "pick", "page"):
        assert new[what][0] < 0.4 * old[what][0]
    # Unchanged messages are not sent again; what is left are those too small to be kept.
    assert new["nothing"][0] < 0.25 * old["open"][0]


def _traffic(tab: Visit, address: str, source: Path) -> dict[str, tuple[int, float]]:
    """(bytes to the browser, seconds) of opening, of a rerun, of a pick and of the next page."""
    received = [0]
    found = {}

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: received.append(len(data)))

    def measure(what: str, act: Callable[[], object]) -> None:
        received.clear()
        start = time.monotonic()
        act()
        tab.page.wait_for_selector(tabs.DONE)
        took = time.monotonic() - start
        tab.settle()
        found[what] = sum(received), took

    tab.page.on("websocket", listen)
    # The first look reads the tables, which is no matter of the sidebar.
    tab.open(f"{address}/?source={source}")
    measure("open", lambda: tab.page.goto(f"{address}/?source={source}"))
    latest = tab.page.get_by_role("spinbutton", name="Latest")
    measure("nothing", lambda: (latest.fill("4"), latest.press("Enter")))
    box = tab.page.get_by_role("combobox", name=BASELINES)
    box.click()
    box.fill("4_900")
    measure("pick", lambda: tab.page.keyboard.press("Enter"))
    tab.page.keyboard.press("Escape")
    expect(_sidebar(tab)).to_contain_text("Reference: act_ot_4_900")
    measure("page", lambda: tab.page.get_by_role("link", name="Regression").click())
    tab.check()
    tab.page.remove_listener("websocket", listen)
    return found


def _sidebar(tab: Visit) -> Locator:
    return tab.page.get_by_test_id("stSidebar")


def _field(tab: Visit, label: str) -> Locator:
    """A picker with the chips of what is picked."""
    name = {RUNS: "runs", BASELINES: "base"}[label]
    return tab.page.locator(f'[class*="st-key-{name}-"]')


def _options(tab: Visit, label: str) -> list[str]:
    """What a picker offers beside what is picked."""
    box = tab.page.get_by_role("combobox", name=label)
    # By the keyboard: where a text field loses the focus to a click, its hint goes and the layout moves.
    box.focus()
    box.press("ArrowDown")
    found = tab.page.get_by_role("option")
    expect(found.first).to_be_visible()
    texts = [text.split(" (")[0] for text in found.all_inner_texts()]
    tab.page.keyboard.press("Escape")
    return [text for text in texts if text != "Select all"]

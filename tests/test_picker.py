"""The sidebar in a real browser: filters, the newest runs, neighbours as baselines, thousands of runs."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, WebSocket, expect
from support import browser as tabs
from support import builders
from support.browser import Visit

from actot import study
from actot.widgets import filters

pytestmark = pytest.mark.browser
RUNS, BASELINES = "Runs", "Baselines"
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


def test_filters_narrow_the_options_and_keep_the_picks(
    tab: Visit, address: str, listed: Path
) -> None:
    tab.open(f"{address}/?source={listed}&runs=old_b&base=mid_a")
    everything = ["new_b", "new_a", "mid_b", "old_a"]
    assert _options(tab, RUNS) == everything
    _sidebar(tab).get_by_text("Filter", exact=True).click()
    words = tab.page.get_by_role("textbox", name="Name or id")
    _type(tab, words, "NEW_")
    expect(_sidebar(tab)).to_contain_text("2 of 6 runs shown")
    assert _options(tab, RUNS) == _options(tab, BASELINES) == ["new_b", "new_a"]
    _type(tab, words, "")
    for label, choice, left in (
        ("Tag", "night", ["new_a", "old_a"]),
        ("State", "crashed", ["mid_b"]),
    ):
        _pick(tab, label, choice)
        assert _options(tab, RUNS) == [i for i in everything if i in left]
        tab.page.locator(f'[class*="st-key-{label.lower()}-"]').get_by_label("Remove").click()
        tab.settle()
    assert _options(tab, RUNS) == everything
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


def test_the_latest_n_come_from_what_the_filter_lets_through(
    tab: Visit, address: str, listed: Path
) -> None:
    tab.open(f"{address}/?source={listed}&base=new_b")
    _sidebar(tab).get_by_text("Filter", exact=True).click()
    _type(tab, tab.page.get_by_role("textbox", name="Name or id"), "_a")
    _type(tab, tab.page.get_by_role("spinbutton", name="Latest"), "2")
    tab.page.get_by_role("button", name="Take", exact=True).click()
    tab.settle()
    assert "runs=new_a%2Cmid_a&" in tab.page.url + "&"
    expect(_field(tab, RUNS)).not_to_contain_text("old_a")
    tab.check()


def test_the_reference_is_named_below_the_baselines(tab: Visit, address: str, listed: Path) -> None:
    tab.open(f"{address}/?source={listed}&runs=new_a&base=old_b,old_a")
    expect(_sidebar(tab)).to_contain_text("Reference: old_b")
    _field(tab, BASELINES).get_by_label("Remove").first.click()
    tab.settle()
    expect(_sidebar(tab)).to_contain_text("Reference: old_a")
    # Ids, without the mark.
    assert "&base=old_a&" in tab.page.url + "&"
    tab.check()


def test_the_nearest_neighbours_become_the_baselines(
    tab: Visit, address: str, listed: Path
) -> None:
    # One knob from new_a is the crashed run, which may not stand for its config; next to it come two knobs.
    tab.open(f"{address}/?source={listed}&runs=old_b,new_a")
    expect(tab.page.get_by_test_id("stMain")).to_contain_text("Pick at least one baseline")
    _press(tab, NEIGHBOURS)
    expect(_sidebar(tab)).to_contain_text("old_b ← old_a (1 knob)")
    expect(_sidebar(tab)).to_contain_text("new_a ← mid_a (2 knobs)")
    expect(_sidebar(tab)).to_contain_text("Reference: old_a")
    assert "base=old_a%2Cmid_a" in tab.page.url
    tab.page.reload()
    tab.settle()
    expect(_field(tab, BASELINES)).to_contain_text("mid_a")
    expect(tab.page.get_by_test_id("stMain")).not_to_contain_text("Pick at least one baseline")
    tab.check()


def test_the_neighbours_are_those_that_the_study_names(tab: Visit, address: str) -> None:
    found = study.study(
        [r.run for r in builders.sample().values()], ["lr30x"], ["base_b_s1"], builders.PROFILE
    )
    (near,) = [v.baseline for v in found.verdicts if v.against == "neighbour"]
    tab.open(f"{address}/?runs=lr30x&base=base_b_s1")
    _press(tab, NEIGHBOURS)
    expect(_sidebar(tab)).to_contain_text(f"Reference: {near}")
    assert f"base={near}" in tab.page.url and "base_b_s1" not in tab.page.url
    tab.check()


def test_without_a_neighbour_the_sidebar_says_why(
    tab: Visit, address: str, listed: Path, tmp_path: Path
) -> None:
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
        tab.open(f"{address}/?source={source}&runs=old_a")
        _press(tab, NEIGHBOURS)
        expect(_sidebar(tab)).to_contain_text(why)
        assert "base=" not in tab.page.url
    tab.open(f"{address}/?source={listed}")
    expect(tab.page.get_by_role("button", name=NEIGHBOURS)).to_be_disabled()
    tab.check()


def test_a_run_beyond_the_offered_ones_stays_picked_and_is_found_by_the_filter(
    tab: Visit, address: str, thousands: Path
) -> None:
    # Only baselines are picked, so that no run is loaded.
    tab.open(f"{address}/?source={thousands}&base=act_ot_0_000")
    expect(_field(tab, BASELINES)).to_contain_text("act_ot_0_000")
    expect(_sidebar(tab)).to_contain_text("narrow the filter to see the other 4699")
    _sidebar(tab).get_by_text("Filter", exact=True).click()
    _type(tab, tab.page.get_by_role("textbox", name="Name or id"), "_1_00")
    assert _options(tab, RUNS) == [f"act_ot_1_00{i}" for i in range(9, -1, -1)]
    expect(_sidebar(tab)).not_to_contain_text("narrow the filter")
    expect(_field(tab, BASELINES)).to_contain_text("act_ot_0_000")
    tab.check()


def test_of_thousands_of_runs_a_click_sends_little(
    chromium: Browser, address: str, unlimited: str, thousands: Path
) -> None:
    new, old = (_traffic(chromium, where, thousands) for where in (address, unlimited))
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


def _traffic(chromium: Browser, address: str, source: Path) -> dict[str, tuple[int, float]]:
    """(bytes to the browser, seconds) of opening, of a rerun, of a pick and of the next page."""
    tab = tabs.visit(chromium)
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
    tab.page.context.close()
    return found


def _sidebar(tab: Visit) -> Locator:
    return tab.page.get_by_test_id("stSidebar")


def _field(tab: Visit, label: str) -> Locator:
    """A picker with the chips of what is picked."""
    name = {RUNS: "runs", BASELINES: "base"}[label]
    return tab.page.locator(f'[class*="st-key-{name}-"]')


def _type(tab: Visit, field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Enter")
    tab.settle()
    tab.page.keyboard.press("Escape")


def _pick(tab: Visit, label: str, text: str) -> None:
    box = tab.page.get_by_role("combobox", name=label)
    box.click()
    box.fill(text)
    tab.page.keyboard.press("Enter")
    tab.settle()
    tab.page.keyboard.press("Escape")


def _press(tab: Visit, button: str) -> None:
    tab.page.get_by_role("button", name=button).click()
    tab.settle()


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

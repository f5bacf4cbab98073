"""In a real browser: from the first start to one's own runs, and runs that are still training."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from support import browser as tabs
from support.browser import Visit

pytestmark = pytest.mark.browser
SAMPLE = tabs.ROOT / "actot" / "sample" / "runs"


def copied(folder: Path, *runs: str) -> Path:
    """A folder with some of the bundled runs."""
    for run in runs:
        (found,) = SAMPLE.glob(f"*-{run}")
        shutil.copytree(found, folder / found.name)
    return folder


def test_own_runs_are_two_clicks_away_and_offered_again_in_another_session(
    tab: Visit, looks: Callable[[str], Visit], address: str, tmp_path: Path
) -> None:
    folder = copied(tmp_path, "lr20x", "base_a_s1")
    tab.open(address)
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("Bundled runs of a small ACT policy")
    tab.page.get_by_role("button", name="Open my runs").click()
    field = tab.page.get_by_role("textbox", name="W&B project or folder")
    field.fill(str(folder))
    field.press("Enter")
    tab.settle()
    expect(main).to_contain_text("Pick runs in the sidebar")
    expect(main).not_to_contain_text("Bundled runs")
    tab.check()

    # Another session, with a storage of its own.
    other = looks("dark")
    other.open(address)
    other.page.get_by_role("button", name="Open my runs").click()
    other.page.get_by_role("button", name=str(folder)).click()
    other.settle()
    expect(other.page.get_by_test_id("stMain")).to_contain_text("Pick runs in the sidebar")
    assert "source=" in other.page.url
    other.check()


def test_a_run_that_goes_on_is_read_on_without_losing_place_or_picks(
    tab: Visit, address: str, tmp_path: Path
) -> None:
    folder = copied(tmp_path, "lr20x", "base_a_s1")
    (file,) = folder.rglob("run-lr20x.wandb")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 7 // 10])
    tab.page.set_viewport_size({"width": 1200, "height": 500})
    picks = f"source={folder}&runs=lr20x&base=base_a_s1"
    tab.open(f"{address}/Metrics?{picks}&show=eval_l1,train_l1,grad_norm,ot_pi_sum")
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("Not finished: lr20x")
    tab.page.get_by_text("Table", exact=True).click()
    tab.settle()
    row = main.locator(".figures tr").filter(has_text="lr20x").first
    before = row.inner_text()
    main.evaluate("e => e.scrollTo(0, 120)")
    place, url = main.evaluate("e => e.scrollTop"), tab.page.url
    assert place > 0

    file.write_bytes(whole)
    tab.page.get_by_role("button", name="Refresh").evaluate("e => e.click()")
    tab.settle()
    expect(main).not_to_contain_text("Not finished")
    assert row.inner_text() != before
    assert abs(main.evaluate("e => e.scrollTop") - place) <= 60
    assert tab.page.url == url
    tab.check()


def test_what_is_absent_from_the_table_says_why_under_the_pointer(tab: Visit, address: str) -> None:
    tab.open(f"{address}/Metrics?runs=lr20x&base=base_a_s1&show=eval_l1,success")
    tab.page.get_by_text("Table", exact=True).click()
    tab.settle()
    cells = tab.page.get_by_title("not logged (looked for eval/pc_success", exact=False)
    expect(cells.first).to_have_text("–")
    with tab.page.expect_download() as event:
        tab.page.get_by_role("button", name="Download CSV").click()
    text = Path(event.value.path()).read_text(encoding="utf-8")
    assert text.startswith("metric,run,role,last_mean")
    assert len(text.splitlines()) == 1 + 2 * 2
    tab.check()


def test_a_link_carries_how_the_curves_are_shown(tab: Visit, address: str) -> None:
    tab.open(f"{address}/Metrics?runs=lr20x&base=base_a_s1&smooth=10&axis=hours&log=1&show=eval_l1")
    main = tab.page.get_by_test_id("stMain")
    expect(main).to_contain_text("10 %")
    expect(main.get_by_role("radio", name="hours")).to_be_checked()
    expect(main.get_by_role("switch", name="Log scale")).to_be_checked()
    main.get_by_text("Table", exact=True).click()
    tab.settle()
    main.get_by_text("Log scale").click()
    tab.settle()
    assert "view=table" in tab.page.url
    assert "axis=hours" in tab.page.url and "smooth=10" in tab.page.url
    assert "log=" not in tab.page.url
    tab.page.reload()
    tab.settle()
    expect(main.locator(".figures")).to_be_visible()
    tab.check()

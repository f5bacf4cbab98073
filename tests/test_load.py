"""Twenty people at once on one server, and one who stays long: no error, and memory that stays bounded."""

import os
import time
from pathlib import Path

import browser as tabs
import pytest
from browser import Visit
from playwright.sync_api import Browser, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc"),
]
SESSIONS, RERUNS, WARMUP = 20, 200, 10
MOST_PER_SESSION = 15.0  # MB
MOST_GROWTH = 1.15
PATIENCE = 60_000  # ms; twenty pages share the cores of a small machine


def test_twenty_sessions_at_once_and_one_that_stays(chromium: Browser, address: str) -> None:
    pid = _process(address)
    first = tabs.visit(chromium)
    first.open(address)
    alone = _resident(pid)

    visits = [first, *(_beside(first) for _ in range(SESSIONS - 1))]
    start = time.monotonic()
    for tab in visits[1:]:
        # All ask before the first is answered.
        tab.page.goto(address, wait_until="commit")
    for tab in visits:
        main = tab.page.get_by_test_id("stMain")
        expect(main).to_contain_text("3 regressed", timeout=PATIENCE)
    opened = time.monotonic() - start
    start = time.monotonic()
    for tab in visits:
        tab.page.get_by_test_id("stSidebar").get_by_label("Remove lr20x").click()
    for tab in visits:
        main = tab.page.get_by_test_id("stMain")
        expect(main).to_contain_text("2 regressed", timeout=PATIENCE)
        tab.page.wait_for_selector(tabs.DONE, timeout=PATIENCE)
    changed = time.monotonic() - start
    for tab in visits:
        assert "runs=lr30x%2Clr25x" in tab.page.url
        tab.check()
    each = (_resident(pid) - alone) / (SESSIONS - 1)
    print(
        f"{SESSIONS} sessions: opened in {opened:.1f} s, one pick each in {changed:.1f} s; "
        f"server {alone:.0f} MB with one, {each:.1f} MB for each more"
    )
    assert each < MOST_PER_SESSION
    for tab in visits[1:]:
        tab.page.close()

    _rerun(first, WARMUP)
    before = _resident(pid)
    start = time.monotonic()
    _rerun(first, RERUNS)
    after = _resident(pid)
    print(
        f"{RERUNS} reruns in {time.monotonic() - start:.1f} s: "
        f"{before:.0f} MB before, {after:.0f} MB after"
    )
    first.check()
    assert after < MOST_GROWTH * before


def _beside(tab: Visit) -> Visit:
    """Another tab of the same window: a session of its own, which need not fetch the scripts again."""
    other = Visit(tab.page.context.new_page())
    other.page.on("pageerror", lambda e: other.errors.append(str(e)))
    return other


def _rerun(tab: Visit, times: int) -> None:
    """Draw the page again and again, as a change of the filter does; each answer is waited for."""
    for n in range(times):
        await_drawn(tab, narrow(tab, n))


def narrow(tab: Visit, n: int) -> str:
    """Type another filter, which draws the whole page again; the text that says so once it is drawn."""
    text, shown = (("lr2", "2 of 17"), ("", "17 of 17"))[n % 2]
    field = tab.page.get_by_role("textbox", name="Name or id")
    if not field.is_visible():
        tab.page.get_by_test_id("stSidebar").get_by_text("Filter", exact=True).click()
    field.fill(text)
    field.press("Enter")
    return shown


def await_drawn(tab: Visit, shown: str) -> None:
    """Until the sidebar shows so many runs, and the rest of the page is drawn too."""
    sidebar = tab.page.get_by_test_id("stSidebar")
    expect(sidebar).to_contain_text(f"{shown} runs shown", timeout=PATIENCE)
    tab.page.wait_for_selector(tabs.DONE, timeout=PATIENCE)


def _process(address: str) -> int:
    """The server among the processes that this one has started."""
    port = address.rsplit(":", 1)[1]
    for children in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in children.read_text().split():
            if port in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                return int(pid)
    raise AssertionError(f"no process serves {address}")


def _resident(pid: int) -> float:
    """Megabytes that a process holds of its own; pages of files come and go as the machine likes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1e3
    raise AssertionError(f"process {pid} has ended")

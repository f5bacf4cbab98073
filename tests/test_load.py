"""Many people at once on one server, and one who stays long: no error, and memory that stays bounded."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from support import browser as tabs
from support import load

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc"),
]
SESSIONS, RERUNS, WARMUP = 8, 60, 10
ALL_SESSIONS, ALL_RERUNS = 20, 200  # with --long
MOST_PER_SESSION = 15.0  # MB
MOST_GROWTH = 1.15


def test_many_sessions_at_once_and_one_that_stays(
    chromium: Browser, own_address: str, is_long: bool
) -> None:
    sessions, reruns = (ALL_SESSIONS, ALL_RERUNS) if is_long else (SESSIONS, RERUNS)
    pid = load.process(own_address)
    first = tabs.visit(chromium)
    first.open(own_address)
    alone = load.resident(pid)

    visits = [first, *(load.beside(first) for _ in range(sessions - 1))]
    start = time.monotonic()
    for tab in visits[1:]:
        # All ask before the first is answered.
        tab.page.goto(own_address, wait_until="commit")
    for tab in visits:
        main = tab.page.get_by_test_id("stMain")
        expect(main).to_contain_text("3 regressed", timeout=load.PATIENCE)
    opened = time.monotonic() - start
    start = time.monotonic()
    for tab in visits:
        tab.page.get_by_test_id("stSidebar").get_by_label("Remove lr20x").click()
    for tab in visits:
        main = tab.page.get_by_test_id("stMain")
        expect(main).to_contain_text("2 regressed", timeout=load.PATIENCE)
        tab.page.wait_for_selector(tabs.DONE, timeout=load.PATIENCE)
    changed = time.monotonic() - start
    for tab in visits:
        assert "runs=lr30x%2Clr25x" in tab.page.url
        tab.check()
    each = (load.resident(pid) - alone) / (sessions - 1)
    print(
        f"{sessions} sessions: opened in {opened:.1f} s, one pick each in {changed:.1f} s; "
        f"server {alone:.0f} MB with one, {each:.1f} MB for each more"
    )
    assert each < MOST_PER_SESSION
    for tab in visits[1:]:
        tab.page.close()

    load.rerun(first, WARMUP)
    before = load.resident(pid)
    start = time.monotonic()
    load.rerun(first, reruns)
    after = load.resident(pid)
    print(
        f"{reruns} reruns in {time.monotonic() - start:.1f} s: "
        f"{before:.0f} MB before, {after:.0f} MB after"
    )
    first.check()
    assert after < MOST_GROWTH * before

"""Many people at once on one server, and one who stays long: no error, and memory that stays bounded."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser
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

    # In full, everyone sits before a tab; the server does the same for who has none.
    others: list[load.Visitor] = [
        load.InTab(load.beside(first)) if is_long else load.OnWire() for _ in range(sessions - 1)
    ]
    visitors: list[load.Visitor] = [load.InTab(first), *others]
    start = time.monotonic()
    for visitor in others:
        # All ask before the first is answered.
        visitor.come(own_address)
    for visitor in visitors:
        visitor.sees("3 regressed")
    opened = time.monotonic() - start
    start = time.monotonic()
    for visitor in visitors:
        visitor.unpick("lr20x")
    for visitor in visitors:
        visitor.sees("2 regressed")
    changed = time.monotonic() - start
    for visitor in visitors:
        assert visitor.query()["runs"] == ["lr30x,lr25x"]
    each = (load.resident(pid) - alone) / (sessions - 1)
    print(
        f"{sessions} sessions: opened in {opened:.1f} s, one pick each in {changed:.1f} s; "
        f"server {alone:.0f} MB with one, {each:.1f} MB for each more"
    )
    assert each < MOST_PER_SESSION
    stays, *go = visitors if is_long else reversed(visitors)
    for visitor in go:
        visitor.leave()

    load.rerun(stays, WARMUP)
    before = load.resident(pid)
    start = time.monotonic()
    load.rerun(stays, reruns)
    after = load.resident(pid)
    print(
        f"{reruns} reruns in {time.monotonic() - start:.1f} s: "
        f"{before:.0f} MB before, {after:.0f} MB after"
    )
    assert after < MOST_GROWTH * before

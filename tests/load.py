"""`make load`: twenty sessions at work on one server, each in a tab of a real chromium.

Prints how long one change took from the key to the drawn page (median, 95th, worst) and what the server held. Fails at
an error on any page, or where the server's memory grows. `python tests/load.py SECONDS` works for that long.
"""

import sys
import time

import browser as tabs
import numpy as np
import test_load
from browser import Visit
from playwright.sync_api import expect, sync_playwright

SESSIONS, SECONDS = 20, 300.0
MOST_CHANGES = 100_000
WARM = 0.25  # of the time, after which memory may not grow any more
MOST_GROWTH = 1.15


def main(seconds: float = SECONDS) -> None:
    """Work for so many seconds. Raises: AssertionError."""
    with tabs.server() as address, sync_playwright() as playwright:
        chromium = tabs.launch(playwright)
        pid = test_load._process(address)
        visits = [first := tabs.visit(chromium)]
        visits += [test_load._beside(first) for _ in range(SESSIONS - 1)]
        for tab in visits:
            tab.page.goto(address, wait_until="commit")
        for tab in visits:
            main_part = tab.page.get_by_test_id("stMain")
            expect(main_part).to_contain_text("3 regressed", timeout=test_load.PATIENCE)
        took, warm, start = [], 0.0, time.monotonic()
        for n in range(MOST_CHANGES):
            if time.monotonic() - start > seconds:
                break
            if not warm and time.monotonic() - start > WARM * seconds:
                warm = test_load._resident(pid)
            took += _round(visits, n)
        end = test_load._resident(pid)
        for tab in visits:
            tab.check()
        median, late = np.percentile(took, [50, 95])
        print(
            f"{SESSIONS} sessions, {len(took)} changes in {time.monotonic() - start:.0f} s: median "
            f"{median:.2f} s, 95th {late:.2f} s, worst {max(took):.2f} s; server {warm:.0f} MB "
            f"after {WARM:.0%} of the time, {end:.0f} MB at the end"
        )
        assert end < MOST_GROWTH * warm
        chromium.close()


def _round(visits: list[Visit], n: int) -> list[float]:
    """One change in every session, all asked before the first is waited for; seconds until each was drawn."""
    began, took = [], []
    for tab in visits:
        began.append((time.monotonic(), test_load.narrow(tab, n)))
    for tab, (since, shown) in zip(visits, began, strict=True):
        test_load.await_drawn(tab, shown)
        took.append(time.monotonic() - since)
    return took


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))

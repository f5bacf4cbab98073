"""`make load`: twenty sessions at work on one server, each in a tab of a real chromium.

Prints how long one change took from the key to the drawn page (median, 95th, worst) and what the server held. Fails at
an error on any page, or where the server's memory grows. `python -m support.load SECONDS` works for that long.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlparse

import numpy as np
from playwright.sync_api import expect, sync_playwright

from support import browser as tabs
from support.browser import Visit
from support.session import Session

SESSIONS, SECONDS = 20, 300.0
PATIENCE = 60_000  # ms; twenty pages share the cores of a small machine
MOST_CHANGES = 100_000
WARM = 0.25  # of the time, after which memory may not grow any more
MOST_GROWTH = 1.15
FILTERS = (("lr2", "2 of 17"), ("", "17 of 17"))  # what is typed, and the runs that are left


def main(seconds: float = SECONDS) -> None:
    """Work for so many seconds. Raises: AssertionError."""
    with tabs.server() as address, sync_playwright() as playwright:
        chromium = tabs.launch(playwright)
        pid = process(address)
        visits = [first := tabs.visit(chromium)]
        visits += [beside(first) for _ in range(SESSIONS - 1)]
        for tab in visits:
            tab.page.goto(address, wait_until="commit")
        for tab in visits:
            main_part = tab.page.get_by_test_id("stMain")
            expect(main_part).to_contain_text("3 regressed", timeout=PATIENCE)
        took, warm, start = [], 0.0, time.monotonic()
        for n in range(MOST_CHANGES):
            if time.monotonic() - start > seconds:
                break
            if not warm and time.monotonic() - start > WARM * seconds:
                warm = resident(pid)
            took += _round(visits, n)
        end = resident(pid)
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
        began.append((time.monotonic(), narrow(tab, n)))
    for tab, (since, shown) in zip(visits, began, strict=True):
        await_drawn(tab, shown)
        took.append(time.monotonic() - since)
    return took


def beside(tab: Visit) -> Visit:
    """Another tab of the same window: a session of its own, which need not fetch the scripts again."""
    other = Visit(tab.page.context.new_page())
    other.page.on("pageerror", lambda e: other.errors.append(str(e)))
    return other


class Visitor(Protocol):
    """Someone who looks at the app, in a tab or without one. What is asked is waited for by `sees`."""

    def come(self, address: str) -> None: ...
    def unpick(self, run: str) -> None: ...
    def narrow(self, n: int) -> None: ...
    def sees(self, text: str) -> None: ...
    def query(self) -> dict[str, list[str]]: ...
    def leave(self) -> None: ...


class InTab:
    """A visitor in a tab of chromium."""

    def __init__(self, tab: Visit) -> None:
        self.tab = tab

    def come(self, address: str) -> None:
        self.tab.page.goto(address, wait_until="commit")

    def unpick(self, run: str) -> None:
        self.tab.page.get_by_test_id("stSidebar").get_by_label(f"Remove {run}").click()

    def narrow(self, n: int) -> None:
        narrow(self.tab, n)

    def sees(self, text: str) -> None:
        expect(self.tab.page.get_by_test_id("stApp")).to_contain_text(text, timeout=PATIENCE)
        self.tab.page.wait_for_selector(tabs.DONE, timeout=PATIENCE)
        self.tab.check()

    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlparse(self.tab.page.url).query)

    def leave(self) -> None:
        self.tab.page.close()


class OnWire:
    """A visitor without a tab: the server does for it what it does for one."""

    def come(self, address: str) -> None:
        self.session = Session(address)
        self.session.ask()

    def unpick(self, run: str) -> None:
        def without(drawn: Any, state: Any) -> None:
            left = [text for text in drawn.raw_values if text.split(" (")[0] != run]
            assert len(left) == len(drawn.raw_values) - 1
            state.string_array_value.data[:] = left

        self.session.change("multiselect", "Runs", without)

    def narrow(self, n: int) -> None:
        def typed(drawn: Any, state: Any) -> None:
            state.string_value = FILTERS[n % 2][0]

        self.session.change("text_input", "Name or id", typed)

    def sees(self, text: str) -> None:
        self.session.answer()
        assert text in self.session.said

    def query(self) -> dict[str, list[str]]:
        return self.session.query

    def leave(self) -> None:
        self.session.close()


def rerun(visitor: Visitor, times: int) -> None:
    """Draw the page again and again, as a change of the filter does; each answer is waited for."""
    for n in range(times):
        visitor.narrow(n)
        visitor.sees(f"{FILTERS[n % 2][1]} runs shown")


def narrow(tab: Visit, n: int) -> str:
    """Type another filter, which draws the whole page again; the text that says so once it is drawn."""
    text, shown = FILTERS[n % 2]
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


def process(address: str) -> int:
    """The server among the processes that this one has started."""
    port = address.rsplit(":", 1)[1]
    for children in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in children.read_text().split():
            if port in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                return int(pid)
    raise AssertionError(f"no process serves {address}")


def resident(pid: int) -> float:
    """Megabytes that a process holds of its own; pages of files come and go as the machine likes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1e3
    raise AssertionError(f"process {pid} has ended")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))

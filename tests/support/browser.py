"""A real server and a real chromium for the page tests."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, Playwright, ViewportSize, expect

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DONE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
HEIGHT = 950
LOOKS = ("light", "dark", "narrow")
# A quarter of a page's cost is what moves while it loads.
STILL = """addEventListener("DOMContentLoaded", () => {
  const rules = new CSSStyleSheet();
  rules.replaceSync("*, ::before, ::after { animation: none !important; transition: none !important }");
  document.adoptedStyleSheets.push(rules);
})"""
# When the page last spoke with its server and when it last changed. Every question to the server is answered, if only by
# "the script runs"; what is none has this long.
WATCH = """(() => {
  const seen = window.seen = { sent: 0, heard: 0, changed: 0 };
  const now = () => performance.now();
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...data) {
    if (!this.isWatched) {
      this.isWatched = true;
      this.addEventListener("message", () => { seen.heard = now(); });
    }
    seen.sent = now();
    return send.apply(this, data);
  };
  new MutationObserver(() => { seen.changed = now(); }).observe(
    document, { subtree: true, childList: true, attributes: true, characterData: true });
})()"""
IS_STILL = f"""(quiet) => {{
  const {{ sent, heard, changed }} = window.seen, now = performance.now();
  const isAnswered = heard > sent || now - sent > 2000;
  // What a widget is drawn with comes in parts; until it is there, a grey bar stands in its place.
  const isWhole = document.querySelector('[data-testid="stSkeleton"]') === null;
  return document.querySelector('{DONE}') !== null && sent > 0 && isAnswered && isWhole
    && now - Math.max(sent, heard, changed) > quiet;
}}"""
QUIET = 200  # ms; what a click changes is sent to the server well before
PATIENCE = 30_000  # ms; several browsers and servers may share two cores
expect.set_options(timeout=PATIENCE)
# Opening a sub-page by its address asks for these below the page's own path first.
KNOWN_404 = ("_stcore/health", "_stcore/host-config")


@contextmanager
def server() -> Iterator[str]:
    """The app on a free port of this machine, as `make app` starts it; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.fileWatcherType", "none"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait(f"{address}/_stcore/health")
        yield address
    finally:
        process.terminate()
        process.wait(10)


def wait(url: str) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the app did not start at {url}")


@dataclass
class Visit:
    """A tab that remembers what went wrong in it and whom it asked."""

    page: Page
    look: str = "light"
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def leave(self) -> None:
        """Go away from the page and forget everything, as if the tab were new."""
        if self.page.url.startswith("http"):
            self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.page.goto("about:blank")
        self._wear(self.look)
        self.errors.clear()
        self.foreign.clear()

    def open(self, url: str) -> None:
        """Go to an address and wait until the page is drawn."""
        self.page.goto(url)
        self.settle()

    def turn(self, look: str) -> None:
        """Give the open page another look, as a system that turns dark or a window that is made narrow does."""
        self._wear(look)
        self.settle()

    def _wear(self, look: str) -> None:
        self.page.emulate_media(color_scheme=scheme(look))
        self.page.set_viewport_size(window(look))

    def settle(self) -> None:
        """Wait until the server has answered, the script has ended and the page changes no more."""
        self.page.wait_for_timeout(QUIET)
        self.page.wait_for_function(IS_STILL, arg=QUIET, polling=50, timeout=60_000)

    def check(self) -> None:
        """No exception on the page, no error on the console, no request to a foreign host."""
        assert self.page.locator('[data-testid="stException"]').count() == 0
        assert self.errors == []
        assert self.foreign == []


# An address -> each look and a tab that shows it so.
InEveryLook = Callable[[str], Iterator[tuple[str, Visit]]]


def launch(playwright: Playwright) -> Browser:
    """The chromium of this machine, without a network of its own."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def scheme(look: str) -> Literal["light", "dark"]:
    """The colours of a look."""
    return "dark" if look == "dark" else "light"


def window(look: str) -> ViewportSize:
    """The size of its window."""
    return {"width": 400 if look == "narrow" else 1400, "height": HEIGHT}


def visit(browser: Browser, look: str = "light") -> Visit:
    """A fresh tab without a history: `light`, `dark` or `narrow`."""
    context = browser.new_context(
        accept_downloads=True,
        viewport=window(look),
        color_scheme=scheme(look),
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.add_init_script(STILL)
    context.add_init_script(WATCH)
    tab = Visit(context.new_page(), look)

    def console(message: object) -> None:
        where = message.location.get("url", "")  # type: ignore[attr-defined]
        if message.type == "error" and not where.endswith(KNOWN_404):  # type: ignore[attr-defined]
            tab.errors.append(f"{message.text} {where}")  # type: ignore[attr-defined]

    def request(asked: object) -> None:
        url = asked.url  # type: ignore[attr-defined]
        if url.startswith(("http", "ws")) and "127.0.0.1" not in url:
            tab.foreign.append(url)

    tab.page.on("console", console)
    tab.page.on("pageerror", lambda e: tab.errors.append(str(e)))
    tab.page.on("request", request)
    return tab

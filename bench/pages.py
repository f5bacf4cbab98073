"""What the Metrics page sends to a browser, beside a page that draws every point with Altair.

In a real chromium: bytes over the websocket, and seconds until the script has ended. The raw page keeps its table in
memory, as one would write it; both pages smooth on the server.
"""

import os
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright

from bench.rows import Row, figure, table_of

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support import browser as tabs

GROUP = "Charts and pages"
METRICS = ("train_l1", "train_loss", "train_kld", "grad_norm", "ot_loss", "ot_pi_sum")
KEYS = ("l1_loss", "loss", "kld_loss", "grad_norm", "ot_loss", "ot_pi_sum")
SIZES = ((8, 20_000), (60, 2_000))  # runs, points
PATIENCE = 120_000  # ms
CHART = '[data-testid="stVegaLiteChart"] svg, [data-testid="stVegaLiteChart"] canvas'
RAW = """
    import altair as alt, pandas as pd, streamlit as st
    st.set_page_config(layout="wide")
    @st.cache_resource
    def load(): return pd.read_parquet({path!r})
    share = st.select_slider("Smoothing", ["0 %", "2 %", "5 %", "10 %"], value="2 %")
    st.text_input("Note")
    width = max(1, int(float(share.split()[0]) / 100 * {points}))
    frame = load()
    for key in {keys!r}:
        part = frame[["run", "step", key]].rename(columns={{key: "y"}})
        part["y"] = part.groupby("run")["y"].transform(lambda v: v.rolling(width, 1, center=True).mean())
        chart = alt.Chart(part).mark_line().encode(x="step:Q", y="y:Q", color="run:N")
        st.altair_chart(chart, key=key)
"""
# name -> (what the row says, unit)
WANTED = {
    "start": ("from starting the server to the first page", "s"),
    "first bytes": ("first page, to the browser", "B"),
    "change s": ("after a change of the smoothing", "s"),
    "change bytes": ("after a change of the smoothing, to the browser", "B"),
    "idle s": ("a rerun that changes no chart", "s"),
    "idle bytes": ("a rerun that changes no chart, to the browser", "B"),
}
Found = dict[str, list[float]]


class Traffic:
    """The bytes that came over the websockets of a page."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._add))

    def _add(self, payload: str | bytes) -> None:
        self.bytes += len(payload)

    def take(self) -> int:
        """The bytes since the last look."""
        found, self.bytes = self.bytes, 0
        return found


def rows(sizes: Iterable[tuple[int, int]] = SIZES, rounds: int = 2) -> list[Row]:
    """The Metrics page against the raw page; none where there is no chromium."""
    if tabs.CHROMIUM is None:
        print("bench.pages needs a chromium on this machine (Debian: chromium)", file=sys.stderr)
        return []
    return [row for runs, points in sizes for row in _rows(runs, points, rounds)]


def _rows(runs: int, points: int, rounds: int) -> list[Row]:
    sides: list[Found] = [{name: [] for name in WANTED} for _ in range(2)]
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        data = write(folder, runs, points)
        chromium = tabs.launch(playwright)
        picks = ",".join(f"run{i}" for i in range(2, runs))
        query = f"source={data}&runs={picks}&base=run0,run1&show={','.join(METRICS)}"
        servers: tuple[tuple[Callable[[], AbstractContextManager[str]], str, str], ...] = (
            (partial(raw_server, folder, data, points), "", "Note"),
            (tabs.server, f"/Metrics?{query}", "Latest"),
        )
        for at in range(rounds):
            for found, (server, path, idle) in zip(sides, servers, strict=True):
                with own_cache(folder / f"cache{at}"):
                    measure(chromium, server, path, idle, found)
        chromium.close()
    size = f"{runs} runs x {points:,} points x {len(METRICS)} curves"
    return [
        Row(GROUP, f"{size}: {what}", "every point in Altair", unit, *map(figure, some))
        for name, (what, unit) in WANTED.items()
        for some in [[side[name] for side in sides]]
    ]


def measure(
    chromium: Browser,
    server: Callable[[], AbstractContextManager[str]],
    path: str,
    idle: str,
    found: Found,
) -> None:
    """Add one start, one change of the smoothing and two reruns without a change."""
    start = time.perf_counter()
    with server() as address:
        page = chromium.new_context(viewport={"width": 1400, "height": 2000}).new_page()
        page.set_default_timeout(PATIENCE)
        traffic = Traffic(page)
        page.goto(address + path)
        page.wait_for_selector(CHART)
        settle(page)
        found["start"].append(time.perf_counter() - start)
        found["first bytes"].append(traffic.take())
        # What was sent before is remembered by the browser: each change is a new one.
        page.get_by_role("slider").first.focus()
        acts = [("change", partial(page.keyboard.press, "ArrowRight"))]
        field = page.get_by_label(idle, exact=True).first
        for text in ("4", "5"):
            acts += [("", partial(field.fill, text)), ("idle", partial(field.press, "Enter"))]
        for name, act in acts:
            start = time.perf_counter()
            act()
            if name:
                settle(page)
                found[f"{name} s"].append(time.perf_counter() - start)
                found[f"{name} bytes"].append(traffic.take())
        page.context.close()


def settle(page: Page) -> None:
    """Until the script has ended and stays ended."""
    for _ in range(2):
        page.wait_for_timeout(150)
        page.wait_for_selector(tabs.DONE, timeout=PATIENCE)


@contextmanager
def own_cache(folder: Path) -> Iterator[None]:
    """No cache of the user's for the servers that are started here."""
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


@contextmanager
def raw_server(folder: Path, data: Path, points: int) -> Iterator[str]:
    """The page that draws every point."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    keys = [f"train/{k}" for k in KEYS]
    script = folder / "raw.py"
    script.write_text(textwrap.dedent(RAW).format(path=str(data), keys=keys, points=points))
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    process = subprocess.Popen(
        [*command, "--server.headless", "true", "--server.fileWatcherType", "none"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        tabs.wait(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def write(folder: Path, runs: int, points: int) -> Path:
    """A table of made-up runs."""
    rng = np.random.default_rng(1)
    steps = np.arange(1, points + 1)
    parts = []
    for i in range(runs):
        part: dict[str, object] = {"run": f"run{i}", "step": steps}
        for j, key in enumerate(KEYS):
            level = (1 + j) * (1 + 0.02 * i)
            noise = 1 + 0.02 * rng.standard_normal(points)
            part[f"train/{key}"] = level * (1 + 2 * np.exp(-steps / 3000)) * noise
        parts.append(pd.DataFrame(part))
    path = folder / "runs.parquet"
    pd.concat(parts, ignore_index=True).to_parquet(path)
    return path


if __name__ == "__main__":
    print(table_of(rows()))

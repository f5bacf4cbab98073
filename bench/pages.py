"""What the Metrics page sends to a browser, beside a page that draws every point with Altair.

8 runs x 20,000 points x 6 metrics in a real chromium: bytes over the websocket and seconds until the script has ended.
"""

import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import browser as tabs  # noqa: E402

METRICS = ("train_l1", "train_loss", "train_kld", "grad_norm", "ot_loss", "ot_pi_sum")
KEYS = ("l1_loss", "loss", "kld_loss", "grad_norm", "ot_loss", "ot_pi_sum")
POINTS, RUNS, TIMES = 20_000, 8, 3
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


def settle(page: Page) -> None:
    """Until the script has ended and stays ended."""
    for _ in range(2):
        page.wait_for_timeout(150)
        page.wait_for_selector(tabs.DONE, timeout=300_000)


@contextmanager
def raw_server(folder: Path, data: Path) -> Iterator[str]:
    """The page that draws every point."""
    keys = [f"train/{k}" for k in KEYS]
    script = folder / "raw.py"
    script.write_text(textwrap.dedent(RAW).format(path=str(data), keys=keys, points=POINTS))
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", "8599"]
    process = subprocess.Popen(
        [*command, "--server.headless", "true", "--server.fileWatcherType", "none"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        tabs.wait("http://127.0.0.1:8599/_stcore/health")
        yield "http://127.0.0.1:8599"
    finally:
        process.terminate()
        process.wait(10)


def measure(chromium: Browser, url: str, idle: str) -> dict[str, float]:
    """Bytes and seconds of the first load, of a change of the smoothing, of a rerun without a change."""
    context = chromium.new_context(viewport={"width": 1400, "height": 2000})
    page = context.new_page()
    page.set_default_timeout(300_000)
    traffic = Traffic(page)
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(
        '[data-testid="stVegaLiteChart"] svg, [data-testid="stVegaLiteChart"] canvas'
    )
    settle(page)
    found = {"first bytes": traffic.take(), "first s": time.perf_counter() - start}
    slider = page.get_by_role("slider").first
    changes = []
    for key in ("ArrowRight", "ArrowLeft") * TIMES:
        slider.focus()
        start = time.perf_counter()
        page.keyboard.press(key)
        settle(page)
        changes.append(time.perf_counter() - start)
    found |= {"change bytes": traffic.take() / len(changes), "change s": statistics.median(changes)}
    field = page.get_by_label(idle, exact=True).first
    field.fill("4")
    field.press("Enter")
    settle(page)
    found["idle bytes"] = traffic.take()
    context.close()
    return found


def write(folder: Path, runs: int) -> tuple[Path, pd.DataFrame]:
    """A table of synthetic runs."""
    rng = np.random.default_rng(1)
    steps = np.arange(1, POINTS + 1)
    parts = []
    for i in range(runs):
        part = {"run": f"run{i}", "step": steps}
        for j, key in enumerate(KEYS):
            level = (1 + j) * (1 + 0.02 * i)
            noise = 1 + 0.02 * rng.standard_normal(POINTS)
            part[f"train/{key}"] = level * (1 + 2 * np.exp(-steps / 3000)) * noise
        parts.append(pd.DataFrame(part))
    frame = pd.concat(parts)
    path = folder / "runs.parquet"
    frame.to_parquet(path)
    return path, frame


def main() -> None:
    """Print the table, or why there is none."""
    if tabs.CHROMIUM is None:
        print("bench/pages.py needs a chromium on this machine (Debian: chromium)")
        return
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        data, _ = write(folder, RUNS)
        chromium = tabs.launch(playwright)
        picks = ",".join(f"run{i}" for i in range(2, RUNS))
        query = f"source={data}&runs={picks}&base=run0,run1&show={','.join(METRICS)}"
        with tabs.server() as address:
            mine = measure(chromium, f"{address}/Metrics?{query}", "Latest")
        with raw_server(folder, data) as address:
            raw = measure(chromium, address, "Note")
        print(f"\n{RUNS} runs x {POINTS:,} points x {len(METRICS)} curves, real chromium\n")
        print("| | every point | actot | ratio |")
        print("|---|---:|---:|---:|")
        for key, unit in (
            ("first bytes", "MB to the browser, first load"),
            ("change bytes", "MB after a change"),
            ("idle bytes", "MB of a rerun that changes no chart"),
        ):
            a, b = raw[key] / 1e6, mine[key] / 1e6
            print(f"| {unit} | {a:.3f} | {b:.3f} | {a / b:.1f} |")
        for key, unit in (("first s", "s, first load"), ("change s", "s after a change")):
            print(f"| {unit} | {raw[key]:.2f} | {mine[key]:.2f} | {raw[key] / mine[key]:.1f} |")


if __name__ == "__main__":
    main()

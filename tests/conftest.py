"""What is recorded once and read by many tests."""

import math
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright
from support import browser, builders
from support.browser import InEveryLook, Visit
from support.shared import made_once
from support.wandb_server import Server
from xdist.scheduler import LoadFileScheduling


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="what was shortened, in full")


@pytest.fixture(scope="session")
def is_long(request: pytest.FixtureRequest) -> bool:
    """Whether counts that `make test` shortens are asked for in full."""
    return request.config.getoption("--long")


# Pages in chromium: one worker opens them all. The first page of a browser and of a server costs as much as five later ones.
PAGES = ("pages", "diff_page", "first_start", "picker", "experiment_page")
# What takes longest begins, so that no worker waits for it at the end.
LONGEST = (
    *PAGES,
    "load",
    "calibration",
    "situations",
    "fuzz",
    "cluster",
    "planted_truth",
    "report",
)


class Scheduling(LoadFileScheduling):
    """A worker takes whole files, and the files of pages together."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "pages" if Path(file).stem.removeprefix("test_") in PAGES else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling | None:
    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None


def rank(item: pytest.Item) -> int:
    """Where the file of a test stands among the longest, or behind them."""
    name = item.path.stem.removeprefix("test_")
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=rank)
    missing = pytest.mark.skip(reason="there is no chromium on this machine")
    for item in items:
        if browser.CHROMIUM is None and item.get_closest_marker("browser"):
            item.add_marker(missing)


@pytest.fixture(scope="session")
def address(own_folders: None) -> Iterator[str]:
    """The app, started once for every test that asks nothing else of its server."""
    with browser.server() as found:
        yield found


@pytest.fixture
def own_address() -> Iterator[str]:
    """The app, started for one test alone."""
    with browser.server() as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = browser.launch(playwright)
        yield found
        found.close()


@pytest.fixture(scope="session")
def looks(chromium: Browser) -> Callable[[str], Visit]:
    """The tab of a look for all tests: a new one would compile every script again."""
    opened = cache(partial(browser.visit, chromium))

    def left(look: str) -> Visit:
        found = opened(look)
        found.leave()
        return found

    return left


@pytest.fixture
def tab(looks: Callable[[str], Visit]) -> Visit:
    return looks("light")


@pytest.fixture
def in_every_look(looks: Callable[[str], Visit], is_long: bool) -> InEveryLook:
    """An address in every look: one open page that turns dark and narrow; with --long, opened afresh in each."""

    def shown(url: str) -> Iterator[tuple[str, Visit]]:
        first, *others = browser.LOOKS
        tab = looks(first)
        tab.open(url)
        yield first, tab
        for look in others:
            if is_long:
                tab = looks(look)
                tab.open(url)
            else:
                tab.turn(look)
            yield look, tab

    return shown


@pytest.fixture(autouse=True)
def own_main() -> Iterator[None]:
    """Streamlit leaves a page that it ran here as the main module, which a spawned process would run too."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True, scope="session")
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test finds or keeps anything in the folders of the user who runs it."""
    folder = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CACHE_HOME", "WANDB_CACHE_DIR", "WANDB_CONFIG_DIR", "WANDB_DATA_DIR"):
            patch.setenv(name, str(folder))
        patch.setenv("NETRC", str(folder / "netrc"))
        patch.delenv("WANDB_ENTITY", raising=False)
        yield


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An empty W&B project, and the environment that points at it."""
    with Server() as served:
        monkeypatch.setenv("WANDB_BASE_URL", served.url)
        monkeypatch.setenv("WANDB_API_KEY", served.key)
        yield served
    # The client leaves the address of its process to its children.
    os.environ.pop("WANDB_SERVICE", None)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted runs, recorded by the real client."""
    specs = [builders.spec(r, group="tube", tags=["planted", r.id[:4]]) for r in builders.planted()]
    return made_once(tmp_path_factory, "planted", lambda f: builders.record(f, specs))


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs with odd values: NaN, Inf, nested keys, text, rows larger than a block; a tiny run."""
    points = [[s, f"train/k{k}", 0.1 * s + k] for s in range(1, 41) for k in range(4)]
    points += [
        [41, "nan", math.nan],
        [41, "inf", math.inf],
        [41, "neg", -math.inf],
        [41, "nest", {"a": {"b": 1.5, "c": math.nan}}],
        [41, "text", "12"],
        [41, "flag", True],
        [42, "text", "z" * 70_000],
        [42, "train/k0", 7],
        [43, "tiny", 5e-324],
        [43, "huge", 1.7e308],
        [43, "zero", -0.0],
        [44, "text", "y" * 32_740],
        [44, "train/k0", 1e-05],
        [1000, "train/k0", 3.25],
    ]
    points += [[s, "late", s / 7] for s in range(1001, 1200)]
    points += [[1201, f"many/{i}", i / 3] for i in range(3000)]
    # History as the client takes it: steps rise.
    tiny = [[s, k, s + i / 10] for s in range(8) for i, k in enumerate(("a", "b"))]
    specs = [
        {
            "id": "odd",
            "name": "odd values",
            "group": "g1",
            "tags": ["one", "two"],
            "config": {"a": {"b": [1, 2], "c": None}, "text": "x", "lr": 1e-05, "on": True},
            "points": points,
        },
        {"id": "tiny", "name": "tiny", "config": {"steps": 8}, "points": tiny},
        {"id": "failed", "name": "failed", "config": {}, "points": tiny, "exit_code": 1},
    ]
    return made_once(tmp_path_factory, "odd", lambda f: builders.record(f, specs))

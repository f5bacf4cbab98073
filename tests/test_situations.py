"""Sources on which nothing can be planned or judged: every section, command and page still has its say."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest
from support import builders

from actot import report, study
from actot.__main__ import main
from actot.output import messages
from actot.records import Run
from actot.study import Study

PICKED, BASELINES = ("lr20x", "lr30x", "upd_reg"), ("base1", "other")
PAGES = ("app.py", *sorted(f"pages/{p.name}" for p in (builders.ROOT / "pages").glob("*.py")))


def diverging(run: Run, at: int) -> Run:
    """The same run, NaN from its point number `at` on."""
    keys = {
        key: (one.steps, [*one.values[:at], *[math.nan] * (len(one) - at)])
        for key, one in run.series.items()
    }
    return replace(run, series=builders.run(keys=keys).series)


def diverged(at: Mapping[str, int]) -> list[Run]:
    """The planted runs, some of them diverged at their own point."""
    return [diverging(r, at[r.id]) if r.id in at else r for r in builders.planted()]


def one_point() -> list[Run]:
    """The planted runs, each with its first point alone."""
    return [
        replace(
            r,
            series=builders.run(
                keys={k: (s.steps[:1], s.values[:1]) for k, s in r.series.items()}
            ).series,
        )
        for r in builders.planted()
    ]


def without_values(*ids: str) -> list[Run]:
    """The planted runs, some of them with nothing that decides, and two that diverged."""
    bare = builders.run(keys={builders.key("lr"): [1e-5] * 40}).series
    found = diverged({"lr20x": 10, "lr30x": 35})
    return [replace(r, series=bare) if r.id in ids else r for r in found]


ALL = {r.id: 20 + at for at, r in enumerate(builders.planted())}
SITUATIONS: Mapping[str, Sequence[Run]] = {
    "all baselines diverged": diverged({"base1": 30, "other": 25}),
    "all baselines diverged, the runs earlier": diverged(
        {"base1": 30, "other": 25, "lr20x": 10, "lr30x": 35}
    ),
    "the reference diverged": diverged({"base1": 30, "lr30x": 12}),
    "no baseline has a value": without_values("base1", "other"),
    "all runs diverged": diverged(ALL),
    "all diverged at one point": diverged(dict.fromkeys(ALL, 20)),
    "no config": [replace(r, config={}) for r in builders.planted()],
    "one point per metric": one_point(),
}


def export(folder: Path, runs: Sequence[Run]) -> Path:
    """The runs as a table with their configs beside it."""
    folder.mkdir()
    with (folder / "runs.csv").open("w", newline="", encoding="utf-8") as file:
        keys = list(dict.fromkeys(k for r in runs for k in r.series))
        out = csv.writer(file)
        out.writerow(["run", "step", *keys])
        for run in runs:
            for row in builders.rows_of(run):
                out.writerow([run.id, row["_step"], *(row.get(k, "") for k in keys)])
    for run in runs:
        if run.config:
            (folder / f"{run.id}.config.json").write_text(json.dumps(run.config))
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The folder of each situation."""
    place = tmp_path_factory.mktemp("situations")
    return {
        name: export(place / str(at), runs) for at, (name, runs) in enumerate(SITUATIONS.items())
    }


@pytest.fixture(params=SITUATIONS)
def folder(request: pytest.FixtureRequest, folders: Mapping[str, Path]) -> Path:
    """The folder of one situation."""
    return folders[request.param]


@cache
def studied(name: str) -> Study:
    """The study of a situation."""
    return study.study(SITUATIONS[name], PICKED, BASELINES, builders.PROFILE, source=name)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("section", report.shelf())
@pytest.mark.parametrize("name", SITUATIONS)
def test_every_section_is_written_whatever_diverged_or_is_unknown(
    name: str, section: str, lang: str
) -> None:
    text = report.write(studied(name), lang, sections=[section])
    assert text.startswith("# " + messages.texts(lang).report_head_title)


COMMANDS: Mapping[str, Sequence[str]] = {
    "runs": ("runs", "{folder}"),
    "summary": ("summary", "{folder}"),
    "compare": ("compare", "{folder}", "{picks}"),
    "diff": ("diff", "{folder}", "{picks}"),
    "suggest": ("suggest", "{folder}", "{picks}", "--out", "{out}/next"),
    "report": ("report", "{folder}", "{picks}"),
    "report in Chinese": ("report", "{folder}", "{picks}", "--lang", "zh"),
    "report --append": ("report", "{folder}", "{picks}", "--append", "{out}/r.md"),
    "report --append in Chinese": (
        "report",
        "{folder}",
        "{picks}",
        "--append",
        "{out}/r.md",
        "--lang",
        "zh",
    ),
    "report with pictures": ("report", "{folder}", "{picks}", "--out", "{out}/r.md", "--figures"),
}


@pytest.mark.parametrize("as_json", [False, True], ids=["words", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_well_whatever_diverged_or_is_unknown(
    folder: Path, command: str, as_json: bool, tmp_path: Path
) -> None:
    picks = ("--runs", ",".join(PICKED), "--baselines", ",".join(BASELINES))
    words: list[str] = []
    for word in COMMANDS[command]:
        words += picks if word == "{picks}" else [word.format(folder=folder, out=tmp_path)]
    done = CliRunner().invoke(main, [*words, *(["--json"] if as_json else [])])
    assert done.exit_code == 0, (done.output, done.exception)
    assert "Traceback" not in done.output
    if as_json:
        json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def page_of(folder: Path, page: str, lang: str = "en", **picks: str) -> Any:
    """A page of the app that shows a folder."""
    shown = AppTest.from_file(str(builders.ROOT / "app.py"), default_timeout=120)
    chosen = {"runs": ",".join(PICKED), "base": ",".join(BASELINES), "lang": lang}
    shown.query_params |= {"source": str(folder), **chosen, **picks}
    if page != "app.py":
        # The page of its own begins with the address of the link.
        shown.switch_page(page)
    return shown.run()


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_whatever_diverged_or_is_unknown(folder: Path, page: str) -> None:
    shown = page_of(folder, page)
    assert not shown.exception, shown.exception
    assert not shown.error, [e.value for e in shown.error]


NO_BASELINE = {
    "en": "every picked one diverged or has no usable value in",
    "zh": "所选基线均已发散",
}
NO_CONFIG = {"en": "came without its config", "zh": "锚点没有配置"}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("all baselines diverged", NO_BASELINE),
        ("no config", NO_CONFIG),
    ],
)
def test_the_experiments_page_says_why_nothing_can_be_planned(
    folders: Mapping[str, Path], name: str, said: Mapping[str, str], lang: str
) -> None:
    shown = page_of(folders[name], "pages/4_Experiments.py", lang)
    (text,) = [i.value for i in shown.info]
    assert said[lang] in text

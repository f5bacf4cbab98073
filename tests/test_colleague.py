"""The report as a colleague would write it: short, conditional, reproducible, safe to append."""

import errno
import json
import os
import shlex
import stat
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import builders
from test_report import section, shape

from actot import report, study
from actot.__main__ import main
from actot.errors import BadInput
from actot.output import messages, row_words, svg_figures
from actot.output.markdown import inline
from actot.records import Run
from actot.study import Study
from actot.verdicts.verdict import Judged

DOCS = builders.ROOT / "docs"
PICKS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "three recipes": (("lr20x", "lr30x", "lr25x"), ("base_a_s1", "base_b_s1")),
    "two updates": (("upd_reg", "upd_lambda"), ("base_a_s1", "base_a_s2", "base_a_s3")),
    "troubles": (("diverged", "collapse", "killed"), ("base_a_s1",)),
    "old keys, resumed, no OT": (("oldkeys", "resumed", "no_ot"), ("base_b_s1", "base_a_s1")),
    "a repeat": (("repeat",), ("base_a_s1",)),
    "no baseline": (("lr20x",), ()),
    "many": (
        ("lr20x", "lr30x", "lr25x", "upd_reg", "upd_lambda", "no_ot", "collapse"),
        ("base_a_s1",),
    ),
}


@cache
def sampled(picks: str, **kwargs: Any) -> Study:
    runs, bases = PICKS[picks]
    everything = [r.run for r in builders.sample().values()]
    return study.study(everything, runs, bases, builders.PROFILE, source="sample", **kwargs)


def summary_lines(found: Study, lang: str = "en") -> list[str]:
    text = section(found, "summary", lang)
    return [x for x in text.splitlines() if x.startswith("- ")]


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("picks", PICKS)
def test_the_summary_has_five_lines_at_most_and_names_every_verdict(picks: str, lang: str) -> None:
    found = sampled(picks)
    lines = summary_lines(found, lang)
    assert 1 <= len(lines) <= 5
    if len(found.runs) <= 6:
        for run in found.runs:
            row = found.headline(run)
            if row is not None and isinstance(row, Judged):
                named = f"{row_words.row_name(row, lang)} {row_words.word(row, lang)}"
                assert named in lines[1].replace("\\", "")
                assert row_words.interval(row, lang) in lines[1]


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("name", report.shelf())
@pytest.mark.parametrize("picks", PICKS)
def test_every_section_is_whole_in_every_bundled_situation(
    picks: str, name: str, lang: str
) -> None:
    text = section(sampled(picks), name, lang)
    assert "None" not in text.replace("sched=None", "")
    assert "nan" not in text.split()
    assert "{" not in text.replace("∈ {", "").replace("={", "").replace("${", "").replace('{"', "")


ENGLISH = {"the", "and", "of", "is", "are", "against", "with", "than", "no", "not", "was", "were"}


@pytest.mark.parametrize("picks", PICKS)
def test_no_line_of_the_chinese_report_is_half_translated(picks: str) -> None:
    text = report.write(sampled(picks), "zh")
    code = False
    for line in text.splitlines():
        code ^= line.startswith("```")
        if not code and not line.startswith(("|", "#")) and "`" not in line:
            assert not ENGLISH & set(line.lower().split()), line


# Each conditional sentence: where it speaks, and where it is silent.


def planted(*picked: str, **kwargs: Any) -> Study:
    return builders.planted_study(picked or builders.REGRESSED, **kwargs)


def with_run(run: Run, *picked: str) -> Study:
    return builders.planted_study(picked or (run.id,), runs=[*builders.planted(), run])


def rough() -> Study:
    noisy = builders.flat(0.1, seed=3, noise=0.4)
    config = builders.config(builders.A_STABLE)
    bad = builders.healthy("bad", 0.8, config, seed=71, train_l1=noisy)
    return with_run(bad)


def cleared() -> Study:
    changes = {**builders.A_STABLE, builders.REG: 0.12}
    bad = builders.healthy("bad", 0.8, builders.config(changes), seed=72)
    return with_run(bad)


def drifting() -> Study:
    t = np.linspace(0, 1, 200)
    curve = 0.36 + 0.06 * np.maximum(0, t - 0.3) + 0.5 * np.exp(-t * 30)
    config = builders.config({builders.REG: 0.12}, eval_freq=10)
    run = builders.run("late", config, every=10, eval_l1=curve)
    return with_run(run)


def alone() -> Study:
    runs = [r for r in builders.planted() if r.id not in ("base2", "base3", "other")]
    return builders.planted_study(builders.REGRESSED, ("base1",), runs)


def unpreset() -> Study:
    own = builders.own_optimizer(1e-5, 1e-4, clip=10.0, warmup=0)
    own["scheduler"]["decay_lr"] = 1e-5
    free = builders.healthy("free", 0.4, builders.config(own, seed=8), seed=74)
    return with_run(free, *builders.REGRESSED)


CONDITIONS: dict[str, tuple[str, str, Callable[[], Study], Callable[[], Study]]] = {
    "suspects": (
        "differences",
        "New runs changed lr by 20-30x",
        planted,
        lambda: planted("upd_reg"),
    ),
    "together": ("differences", "always moved together", planted, lambda: planted("upd_reg")),
    "shifted modestly": ("differences", "shifted modestly", lambda: planted("lr30x"), planted),
    "not enough alone": ("differences", "not enough alone to explain", cleared, planted),
    "not ruled out": ("differences", "not ruled out beside", planted, cleared),
    "jitter did not explode": ("differences", "Jitter did not explode", planted, rough),
    "jitter is higher": ("differences", "Jitter is higher", rough, planted),
    "fixes of jitter": ("jitter", "a larger batch_size lowers it", rough, planted),
    "calm jitter": ("jitter", "Jitter did not explode", planted, rough),
    "revert": ("recommendations", "Revert to the anchor", planted, lambda: planted("upd_reg")),
    "window": ("recommendations", "change only that, in a run of its own", planted, alone),
    "keep the preset": ("recommendations", "no healthy run has it off", planted, unpreset),
    "bound": (
        "recommendations",
        "Do not move lr beyond 3e-05",
        planted,
        lambda: planted("upd_reg"),
    ),
    "roughly match": ("comparison", "roughly match", lambda: planted("upd_reg"), planted),
    "drift": ("comparison", "Early best, then drift", drifting, lambda: planted("upd_reg")),
    "postmortem": ("postmortem", "- lr20x · eval_l1=", planted, lambda: planted("upd_reg")),
    "summary's suspect": ("summary", "First suspects: lr", planted, lambda: planted("upd_reg")),
    "summary's finding": ("summary", "Look first at bad", rough, lambda: planted("upd_reg")),
    "summary's next step": ("summary", "Next: ", planted, lambda: sampled("no baseline")),
    "assumed noise": ("summary", "assumed (no config", alone, planted),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_conditional_sentence_is_said_under_its_condition_and_nowhere_else(name: str) -> None:
    where, words, speaks, silent = CONDITIONS[name]
    assert words in section(speaks(), where).replace("\\", "")
    assert words not in section(silent(), where).replace("\\", "")


# Whoever reproduces it.


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("picks", [p for p in PICKS if PICKS[p][1]])
def test_the_command_in_the_last_line_gives_the_same_bytes(picks: str, lang: str) -> None:
    found = sampled(picks)
    more = {"note": "an 'odd' `note`", "time": "2026-01-02T03:04:05"}
    text = report.write(found, lang, **more)
    command = report.command(found, lang, **more)
    assert text.endswith(f"{inline(shlex.join(command))}\n")
    result = CliRunner().invoke(main, command[1:])
    assert result.exit_code == 0
    assert result.stdout == text


def test_the_data_in_the_last_line_change_with_a_point_or_a_config() -> None:
    def data(runs: list[Run]) -> str:
        text = report.write(builders.planted_study(runs=runs), "en").splitlines()[-1]
        return text.split("data ")[1].split(" ")[0]

    runs = builders.planted()
    at = next(i for i, r in enumerate(runs) if r.id == "lr20x")
    point = builders.healthy("lr20x", 0.6401, builders.config(builders.A_STABLE), seed=7)
    config = Run(**{**vars(runs[at]), "config": {**runs[at].config, "num_workers": 5}})
    found = {data([*runs[:at], r, *runs[at + 1 :]]) for r in (runs[at], point, config)}
    assert len(found) == 3


def test_report_as_json_carries_the_study() -> None:
    picks = ["--runs", "lr20x", "--baselines", "base_a_s1"]
    result = CliRunner().invoke(main, ["report", "sample", *picks, "--json"])
    tree = json.loads(result.stdout)
    compared = json.loads(CliRunner().invoke(main, ["compare", "sample", *picks, "--json"]).stdout)
    assert compared.items() <= tree.items()
    assert tree["markdown"].startswith("# Act/OT Comparison Report")
    assert {"experiments", "anchor", "changes", "summary", "healthy"} <= tree.keys()


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("picks", ["three recipes", "troubles"])
def test_the_reports_in_docs_are_what_the_product_writes_today(picks: str, lang: str) -> None:
    path = DOCS / f"report_{picks.replace(' ', '_')}_{lang}.md"
    assert path.read_text(encoding="utf-8") == documented(picks, lang)[path.name]
    for name, text in documented(picks, lang).items():
        assert (DOCS / name).read_text(encoding="utf-8") == text


def documented(picks: str, lang: str) -> dict[str, str]:
    """File name -> text of a report in docs/ and its pictures."""
    stem = f"report_{picks.replace(' ', '_')}_{lang}"
    pictures = {f"{stem}_{n}": t for n, t in svg_figures.draw(sampled(picks), lang).items()}
    paths = {n.removeprefix(f"{stem}_"): n for n in pictures}
    return {f"{stem}.md": report.write(sampled(picks), lang, figures=paths), **pictures}


# Pictures.


@pytest.mark.parametrize("lang", messages.LANGUAGES)
@pytest.mark.parametrize("picks", PICKS)
def test_the_pictures_are_well_formed_and_name_every_run(picks: str, lang: str) -> None:
    found = sampled(picks)
    for name, text in svg_figures.draw(found, lang).items():
        words = "".join(ET.fromstring(text).itertext())
        rows = [row_words.row_name(v, lang) for v in found.headlines]
        shown = rows if name == "intervals.svg" else found.runs[:6]
        assert all(run in words for run in shown)


def test_an_interval_is_drawn_where_its_figures_say() -> None:
    found = sampled("three recipes")
    tree = ET.fromstring(svg_figures.intervals(found, "en"))
    space = "{http://www.w3.org/2000/svg}"
    circles = [float(c.get("cx")) for c in tree.iter(f"{space}circle")]
    rows = [found.headline(r) for r in found.runs]
    changes = [r.change for r in rows]
    scale = (circles[2] - circles[0]) / (changes[2] - changes[0])
    assert circles[1] - circles[0] == pytest.approx((changes[1] - changes[0]) * scale, abs=0.2)
    thick = [x for x in tree.iter(f"{space}line") if x.get("stroke-width") == "3"]
    for line, row in zip(thick, rows, strict=True):
        width = float(line.get("x2")) - float(line.get("x1"))
        assert width == pytest.approx((row.high - row.low) * scale, abs=0.3)


# Text that no one thought of.

MARKS = [*"|[](){}<>`*_~#$!&;:@\\\n\t\"'=-+.", "http://x", "www.x.y", "\u202e", "\n\n", "| --- |"]
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
HOSTILE = st.lists(st.sampled_from(MARKS) | LETTERS, min_size=1, max_size=40).map("".join)


def hostile(name: str, note: str, key: str) -> str:
    found = builders.planted_study()
    keys = {f"logged/{key}": builders.series([1.0, 2.0])}
    changed = {
        i: replace(r, run=replace(r.run, name=name, series={**r.run.series, **keys}))
        for i, r in found.summaries.items()
    }
    return report.write(replace(found, summaries=changed), "en", note=note, time="2026-01-02")


@cache
def tame() -> Any:
    return shape(hostile("name", "note", "key"))


@settings(
    max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_name_note_or_key_changes_more_than_the_words(name: str, note: str, key: str) -> None:
    # A name or a note of white space alone is none.
    if name.strip() and note.strip():
        assert shape(hostile(name, note, key)) == tame()


# Appending.


def test_a_file_that_was_changed_meanwhile_is_noticed_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.md"
    path.write_text("before\n")
    real = os.fsync

    def other_writer(handle: int) -> None:
        path.write_text("someone else\n")
        real(handle)

    monkeypatch.setattr(os, "fsync", other_writer)
    with pytest.raises(BadInput, match="was changed meanwhile; nothing was written"):
        report.append(planted(), path, "en")
    assert path.read_text() == "someone else\n"
    assert [p.name for p in tmp_path.iterdir()] == ["r.md"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_disk_loses_nothing(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.md"
    path.write_bytes(b"before\n")

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(BadInput, match="No space left on device"):
        report.append(planted(), path, "en")
    with pytest.raises(BadInput, match="No space left on device"):
        report.save("text", path)
    assert path.read_bytes() == b"before\n"
    assert [p.name for p in tmp_path.iterdir()] == ["r.md"]


def test_a_link_stays_a_link_and_a_mode_stays_a_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.md", tmp_path / "link.md"
    real.write_text("before\n")
    real.chmod(0o640)
    link.symlink_to(real)
    assert report.append(planted(), link, "en")
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text().startswith("before\n\n---\n")


def test_appending_in_the_app_gives_the_bytes_of_the_command_line(tmp_path: Path) -> None:
    path = tmp_path / "r.md"
    path.write_bytes(b"# mine\r\n\xff not utf-8")
    longer = report.appended(path.read_bytes(), planted(), "zh", "note")
    assert report.append(planted(), path, "zh", "note")
    assert path.read_bytes() == longer
    assert report.appended(longer, planted(), "zh", "other note", "2026-01-02") is None


if __name__ == "__main__":
    for chosen in ("three recipes", "troubles"):
        for language in messages.LANGUAGES:
            for file, content in documented(chosen, language).items():
                (DOCS / file).write_text(content, encoding="utf-8")

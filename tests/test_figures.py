"""The table of figures: what stands in its cells, what stands under the pointer, and nothing foreign runs."""

import io
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest
from support import builders

from actot.output import messages, wording
from actot.study import Study
from actot.widgets import metrics_table, palette

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)> ' a|b 训练 \u202etxt"


class Cells(HTMLParser):
    """The rows of a table: (text, title, style) of each cell; every tag that stands in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[list[str]]] = []
        self.tags: set[str] = set()
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = dict(attrs)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append(["", found.get("title") or "", found.get("style") or ""])
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1][0] += data


def lines(found: Study, metrics: list[str], lang: str = "en") -> dict[str, list[list[str]]]:
    """run -> its cells, of a table of one metric."""
    return {
        r[0][0]: r[1:] for r in Cells(metrics_table.table(found, metrics, lang)).rows if len(r) > 1
    }


def test_every_figure_stands_in_the_table_with_four_digits() -> None:
    found = builders.planted_study()
    rows = lines(found, ["eval_l1"])
    for run in found.all_picked:
        stats = found.summaries[run].stats["eval_l1"]
        shown = [cell[0] for cell in rows[run]]
        for name, text in zip(metrics_table.HEADS, shown, strict=True):
            value = getattr(stats, name)
            assert math.isclose(float(text.replace(",", "")), value, rel_tol=5e-4), name
            assert len(re.sub(r"e.*|[-+.,]|^0\.0*", "", text)) <= 4 or isinstance(value, int), text


@pytest.mark.parametrize("lang", messages.LANGUAGES)
def test_an_absent_figure_has_its_reason_under_the_pointer(lang: str) -> None:
    found = builders.planted_study()
    for metric in ("success", "grad_norm"):
        summary = found.summaries["lr20x"]
        why = wording.absent(
            summary, found.profile.metrics[metric], list(metrics_table.HEADS), lang
        )
        assert why
        cells = dict(zip(metrics_table.HEADS, lines(found, [metric], lang)["lr20x"], strict=True))
        for name, (text, title, _) in cells.items():
            assert (text == "–") == (name in why)
            assert title == why.get(name, "")
        assert set(metrics_table.reasons(found, [metric], lang)) >= {
            (found.profile.metrics[metric].title[lang], reason) for reason in why.values()
        }


def test_a_change_is_coloured_by_the_metrics_direction_and_not_without_one() -> None:
    up, down = builders.flat(0.4, seed=1).cumsum(), builders.curve(0.4)
    runs = [*builders.planted()]
    runs.append(builders.healthy("rising", 0.4, seed=70, eval_l1=up, ot_pi_sum=up, success=up))
    found = builders.planted_study(("rising",), runs=runs)
    assert down[0] > down[-1]
    at = list(metrics_table.HEADS).index("pct")

    def style(metric: str, run: str) -> str:
        return lines(found, [metric])[run][at][2]

    assert palette.VERDICTS["regressed"] in style("eval_l1", "rising")
    assert palette.VERDICTS["improved"] in style("eval_l1", "base1")
    assert palette.VERDICTS["improved"] in style("success", "rising")
    assert style("ot_pi_sum", "rising") == ""


def test_a_hostile_name_is_text_in_the_table() -> None:
    runs = [replace(r, id=HOSTILE) if r.id == "lr20x" else r for r in builders.planted()]
    found = builders.planted_study((HOSTILE,), runs=runs)
    cells = Cells(metrics_table.table(found, ["eval_l1", "success"], "en"))
    assert cells.tags == {"div", "table", "thead", "tbody", "tr", "th", "td", "i"}
    assert HOSTILE in {row[0][0] for row in cells.rows}
    assert HOSTILE in {row[0][1] for row in cells.rows}


def test_the_csv_holds_the_figures_in_full_and_leaves_out_what_is_absent() -> None:
    found = builders.planted_study()
    frame = pd.read_csv(io.StringIO(metrics_table.csv(found, ["eval_l1", "success"])))
    assert len(frame) == 2 * len(found.all_picked)
    row = frame[(frame.metric == "eval_l1") & (frame.run == "lr20x")].iloc[0]
    stats = found.summaries["lr20x"].stats["eval_l1"]
    assert row["last_mean"] == pytest.approx(stats.last_mean, rel=1e-15)
    assert row["key"] == stats.key
    assert frame[frame.metric == "success"]["last_mean"].isna().all()

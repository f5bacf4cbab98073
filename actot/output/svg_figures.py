"""The pictures beside a report, as SVG: the intervals, and the judged curve over its baseline band."""

from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

import numpy as np

from actot.foreign_text import one_line
from actot.output import row_words
from actot.output.messages import texts
from actot.study import Study
from actot.verdicts.scales import smallest_effect
from actot.verdicts.verdict import IMPROVED, REGRESSED, Judged, Verdict

WIDTH, LEFT, RIGHT, ROW = 760, 190, 150, 30
# Okabe and Ito's hues; baselines are grey, a verdict is orange, blue or grey and always a word.
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B8860B", "#56B4E9")
INK, FAINT, BAND = "#3b4048", "#8a8f98", "#d9dce1"
WORDS = {REGRESSED: "#D55E00", IMPROVED: "#0072B2"}
MOST_POINTS, MOST_RUNS = 300, 6
Scale = Callable[[float], float]
FONT = "font-family=\"'Noto Sans CJK SC','Noto Sans',sans-serif\""


def draw(study: Study, lang: str) -> dict[str, str]:
    """File name -> SVG; a picture that would be empty is not among them."""
    found = {"intervals.svg": intervals(study, lang), "curves.svg": curves(study, lang)}
    return {name: text for name, text in found.items() if text}


def intervals(study: Study, lang: str) -> str:
    """Every row's change against the reference with its interval, and the change that matters."""
    rows = study.headlines
    judged = [v for v in rows if isinstance(v, Judged)]
    bounds = [row_words.shown(b, v) for v in judged for b in (v.low, v.high)]
    if not bounds:
        return ""
    low, high = min(0.0, *bounds), max(0.0, *bounds)
    margin = 0.05 * (high - low or 1)
    low, high = low - margin, high + margin

    def at(value: float) -> float:
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    height = 74 + ROW * len(rows)
    effect = row_words.shown(
        smallest_effect(study.profile.metrics[study.metric], study.profile) or 0.0, judged[0]
    )
    band = f'x="{at(-effect):.1f}" width="{at(effect) - at(-effect):.1f}"'
    parts = [f'<rect {band} y="16" height="{height - 60}" fill="{BAND}"/>']
    parts += _axis(_ticks(low, high), at, height - 44, 16, "{:+g}")
    parts.append(_line(at(0), 16, at(0), height - 44, FAINT))
    for i, row in enumerate(rows):
        parts += _interval(row, at, 16 + ROW * (i + 0.5), lang)
    unit = row_words.unit(judged[0], lang)
    title = texts(lang).figures_change
    words = title.format(base=study.groups[0][0], unit=unit)
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, height - 8, words, "middle", FAINT))
    return _svg(height, parts)


def _interval(row: Verdict, at: Scale, y: float, lang: str) -> list[str]:
    colour = WORDS.get(row.word, FAINT)
    parts = [_text(LEFT - 12, y + 4, _short(row_words.row_name(row, lang)), "end", INK)]
    end = float(LEFT)
    if isinstance(row, Judged):
        low, middle, high = (at(row_words.shown(v, row)) for v in (row.low, row.change, row.high))
        parts.append(_line(low, y, high, y, colour, 3))
        parts.append(f'<circle cx="{middle:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        end = high
    parts.append(_text(end + 10, y + 4, row_words.word(row, lang), "start", colour))
    return parts


def curves(study: Study, lang: str) -> str:
    """The judged metric of the first runs over the band between the lowest and the highest baseline."""
    runs = [r for r in study.runs if study.summaries[r].finite(study.metric) is not None]
    bases = [b for b in study.baselines if study.summaries[b].finite(study.metric) is not None]
    runs = runs[:MOST_RUNS]
    if not runs:
        return ""
    lines = {name: _points(study, name) for name in (*bases, *runs)}
    high_x = max(x[-1] for x, _ in lines.values())
    low_y = min(y.min() for _, y in lines.values())
    high_y = max(np.quantile(y, 0.98) for _, y in lines.values())
    height = 330 + 20 * ((len(runs) + 2) // 3)
    bottom = 286

    def at_x(value: float) -> float:
        return 70 + value / high_x * (WIDTH - 100)

    def at_y(value: float) -> float:
        return bottom - (min(value, high_y) - low_y) / (high_y - low_y or 1) * (bottom - 20)

    parts = _axis(_ticks(0, high_x), at_x, bottom, 20, "{:g}")
    for tick in _ticks(low_y, high_y):
        parts.append(_line(70, at_y(tick), WIDTH - 30, at_y(tick), BAND))
        parts.append(_text(62, at_y(tick) + 4, f"{tick:.4g}", "end", FAINT))
    parts += _band([lines[b] for b in bases], at_x, at_y)
    parts += [_path(*lines[b], at_x, at_y, FAINT, 1.2) for b in bases]
    colours = dict(zip(runs, HUES, strict=False))
    parts += [_path(*lines[r], at_x, at_y, colours[r], 2) for r in runs]
    metric = study.profile.metrics[study.metric].title.get(lang, study.metric)
    words = texts(lang).figures_curves.format(metric=metric)
    parts.append(_text(WIDTH / 2, bottom + 36, words, "middle", FAINT))
    for i, run in enumerate(runs):
        x, y = 70 + (i % 3) * 230, bottom + 60 + 20 * (i // 3)
        parts.append(_line(x, y - 4, x + 22, y - 4, colours[run], 3))
        parts.append(_text(x + 30, y, _short(run), "start", INK))
    return _svg(height, parts)


def _points(study: Study, run: str) -> tuple[np.ndarray, np.ndarray]:
    """A curve in at most about MOST_POINTS points; a point is the mean of its stretch."""
    series = study.summaries[run].points(study.metric)
    width = -(-len(series) // MOST_POINTS)
    starts = np.arange(0, len(series), width)
    counts = np.diff([*starts, len(series)])
    x = np.add.reduceat(series.steps.astype(float), starts) / counts
    return x, np.add.reduceat(series.values, starts) / counts


def _band(bases: Sequence[tuple[np.ndarray, np.ndarray]], at_x: Scale, at_y: Scale) -> list[str]:
    if len(bases) < 2:
        return []
    low, high = max(x[0] for x, _ in bases), min(x[-1] for x, _ in bases)
    grid = np.linspace(low, high, 120)
    values = np.array([np.interp(grid, x, y) for x, y in bases])
    there = [f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in zip(grid, values.max(0), strict=True)]
    back = [f"{at_x(x):.1f},{at_y(y):.1f}" for x, y in zip(grid, values.min(0), strict=True)]
    return [f'<polygon points="{" ".join([*there, *back[::-1]])}" fill="{BAND}"/>']


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers, about five of them."""
    rough = (high - low or 1) / 5
    unit = 10 ** np.floor(np.log10(rough))
    step = next(unit * k for k in (1, 2, 5, 10) if unit * k >= rough)
    first, last = int(np.ceil(low / step)), int(np.floor(high / step))
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def _axis(ticks: Sequence[float], at: Scale, bottom: float, top: float, form: str) -> list[str]:
    found = []
    for tick in ticks:
        found.append(_line(at(tick), top, at(tick), bottom, "#eceef1"))
        found.append(_text(at(tick), bottom + 17, form.format(tick), "middle", FAINT))
    return found


def _path(x: np.ndarray, y: np.ndarray, at_x: Scale, at_y: Scale, colour: str, width: float) -> str:
    points = " ".join(f"{at_x(a):.1f},{at_y(b):.1f}" for a, b in zip(x, y, strict=True))
    return f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}" stroke-linecap="round"/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str) -> str:
    clean = escape(one_line(words))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{clean}</text>'


def _short(name: str) -> str:
    return name if len(name) <= 24 else f"{name[:11]}…{name[-12:]}"


def _svg(height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT} font-size="13">'
    return (
        "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"])
        + "\n"
    )

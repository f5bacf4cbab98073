"""Configs side by side: every knob of the reference and the runs, what differs and where it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pandas as pd
import streamlit as st

from actot.analysis import config_changes, config_values
from actot.analysis.config_changes import Change
from actot.analysis.knob_settings import Settings
from actot.output import change_words, markdown, messages
from actot.output.messages import texts
from actot.study import Study
from actot.widgets.escaping import plain

GROUPS = ("optimizer", "ot", "data", "eval", "seed", "other")
OUTSIDE, SHADOWED, BOOKKEEPING = "uncontrolled", "shadowed", "bookkeeping"
COUNTS, DIFFERS = "●", "○"
TINT = "background-color: rgba(213, 94, 0, 0.14)"
MOST_RUNS = 6  # more of them get a count of those that differ
MOST_ROWS, MOST_TINTED = 60, 20_000  # rows in sight; cells that are coloured in good time
ROW_PX, LETTER_PX, WIDEST_PX = 35, 6.9, 760
LONG = 38  # letters from which a name or a value is shortened on screen


@dataclass(frozen=True)
class Cell:
    """A value as text, a sign where it is not the reference's, and what is to be known of it."""

    value: str
    mark: str = ""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        notes = f" ({', '.join(self.notes)})" if self.notes else ""
        return f"{self.mark} {self.value}{notes}".strip()


@dataclass(frozen=True)
class Row:
    """A knob, or a path that is none, with a cell for each run; `where`: the paths it is read from."""

    knob: str
    group: str
    cells: tuple[Cell, ...]
    where: str = ""

    @property
    def differs(self) -> bool:
        """Whether a run has another value than the reference."""
        return any(cell.mark for cell in self.cells)

    def holds(self, text: str) -> bool:
        """Whether every word of a search stands in the name, the paths or the values."""
        hay = " ".join([self.knob, self.where, *map(str, self.cells)]).lower()
        return all(word in hay for word in text.lower().split())


def order(study: Study) -> tuple[str, ...]:
    """The runs side by side: the reference, the picked ones, the other baselines."""
    reference, *others = study.baselines
    return (reference, *study.runs, *others)


def knobs(study: Study, lang: str) -> list[Row]:
    """Every knob of the runs, group by group."""
    runs = {r: study.summaries[r].settings for r in order(study)}
    base = runs[study.baselines[0]]
    counted = {r: {c.knob for c in config_changes.changes(base, s)} for r, s in runs.items()}
    moved = {
        r: {c.knob: c for c in config_changes.changes(base, s, every=True)} for r, s in runs.items()
    }
    groups = {k: g for s in runs.values() for k, g in s.groups.items()}
    rooms = {g: i for i, g in enumerate(dict.fromkeys((*GROUPS, *groups.values())))}
    known = {k: i for i, k in enumerate(study.profile.knobs)}

    def cell(run: str, knob: str) -> Cell:
        value, *notes = _value(runs[run], knob, lang)
        if knob in moved[run] and moved[run][knob].ratio is not None:
            notes.append(change_words.ratio(moved[run][knob].ratio))
        # What another setting switches off in a run is no difference of its own.
        equal = config_values.equal(base.value(knob), runs[run].value(knob)) or runs[run].is_off(
            knob
        )
        return Cell(value, COUNTS if knob in counted[run] else "" if equal else DIFFERS, (*notes,))

    return [
        Row(k, groups[k], tuple(cell(r, k) for r in runs), _where(k, runs, lang))
        for k in sorted(groups, key=lambda k: (rooms[groups[k]], known.get(k, len(known)), k))
    ]


def outside(study: Study, lang: str) -> list[Row]:
    """The library versions and commits that differ: changes that no config shows."""
    versions = {r: study.summaries[r].run.versions for r in order(study)}
    moved = {r: {c.knob for c in rivals(study, study.baselines[0], r)} for r in versions}

    def cell(run: str, name: str) -> Cell:
        value = _line(versions[run].get(name) or texts(lang).screen_unknown)
        return Cell(value, COUNTS if name in moved[run] else "")

    names = sorted(set(chain(*moved.values())))
    return [Row(n, OUTSIDE, tuple(cell(r, n) for r in versions)) for n in names]


def paths(study: Study, kind: str, lang: str) -> list[Row]:
    """The raw paths that are shadowed, or bookkeeping, in any of the runs."""
    runs = [study.summaries[r].settings for r in order(study)]
    kept = [s.shadowed if kind == SHADOWED else s.hidden for s in runs]

    def cell(at: int, path: str) -> Cell:
        base, value = (s.flat.get(path, config_values.ABSENT) for s in (runs[0], runs[at]))
        mark = "" if config_values.equal(base, value) else DIFFERS
        note = messages.named("screen_shadowed" if path in kept[at] else "screen_in_effect", lang)
        said = kind == SHADOWED and path in runs[at].flat
        return Cell(_show(value, lang), mark, (note,) if said else ())

    return [
        Row(p, kind, tuple(cell(at, p) for at in range(len(runs))))
        for p in sorted(set(chain(*kept)))
    ]


def table(rows: Sequence[Row], study: Study, lang: str, *, where: bool) -> pd.DataFrame:
    """The rows as text, a column for each run."""
    runs = order(study)
    frame = {
        texts(lang).screen_knob: [r.knob for r in rows],
        texts(lang).screen_group: [group_name(r.group, lang) for r in rows],
    }
    if len(study.runs) > MOST_RUNS:
        counts = [sum(c.mark != "" for c in r.cells) for r in rows]
        frame[texts(lang).screen_runs_that_differ] = [f"{n} / {len(runs) - 1}" for n in counts]
    if where:
        frame[texts(lang).screen_read_from] = [r.where for r in rows]
    for at, run in enumerate(runs):
        role = (
            "screen_reference" if at == 0 else "screen_baseline" if run in study.baselines else ""
        )
        title = f"{run} ({messages.named(role, lang)})" if role else run
        while title in frame:
            title += "*"  # A run may be called like another column.
        frame[title] = [str(r.cells[at]) for r in rows]
    return pd.DataFrame(frame)


def draw(rows: Sequence[Row], study: Study, lang: str, *, where: bool) -> None:
    """The table as a grid: the knobs stay in sight where the runs go on to the right."""
    names = _ends([r.knob for r in rows])
    short = [replace(r, knob=n, cells=_short(r.cells)) for n, r in zip(names, rows, strict=True)]
    frame = table(short, study, lang, where=where)
    rest = [""] * (len(frame.columns) - len(rows[0].cells))
    tints = [[*rest, *(TINT if c.mark == COUNTS else "" for c in r.cells)] for r in rows]
    style = pd.DataFrame(tints, columns=frame.columns)
    st.dataframe(
        frame.style.apply(lambda _: style, axis=None) if frame.size < MOST_TINTED else frame,
        hide_index=True,
        width="content",
        height=ROW_PX * (min(len(rows), MOST_ROWS) + 1) + 3,
        column_config={
            title: st.column_config.TextColumn(
                width=_width([title, *frame[title]]), pinned=title == frame.columns[0]
            )
            for title in frame.columns
        },
    )
    st.caption(" · ".join(_legend(rows, short, study, lang)))


def _legend(rows: Sequence[Row], short: Sequence[Row], study: Study, lang: str) -> Iterable[str]:
    """What the signs mean, and that something was shortened."""
    signs = {c.mark for r in rows for c in r.cells}
    if COUNTS in signs:
        base = plain(study.baselines[0])
        yield f"{COUNTS} {texts(lang).screen_changed_against_base.format(base=base)}"
    if DIFFERS in signs:
        yield f"{DIFFERS} {texts(lang).screen_differs_but_counts_as_no}"
    if list(rows) != list(short):
        yield texts(lang).screen_shortened_whole_in_the_markdown


def as_markdown(frame: pd.DataFrame) -> str:
    """The table as Markdown, for a document."""
    rows = [[markdown.escape(v) for v in row] for row in frame.to_numpy().tolist()]
    return markdown.table([markdown.escape(str(c)) for c in frame], rows, left=len(frame.columns))


def rivals(study: Study, base: str, run: str) -> tuple[Change, ...]:
    """The library versions and commits in which two runs differ."""
    versions, mine = (study.summaries[r].run.versions for r in (base, run))
    return config_changes.uncontrolled(versions, mine)


def _value(settings: Settings, knob: str, lang: str) -> list[str]:
    """The value of a knob as text, and how it came to be where the config does not say it."""
    found = settings.knobs.get(knob)
    if found is None:
        return [
            texts(lang).screen_not_in_effect
            if settings.is_off(knob)
            else _show(config_values.ABSENT, lang)
        ]
    origin = {"default": "screen_default", "fixed": "screen_by_the_preset"}.get(found.origin)
    return [_show(found.value, lang), *([messages.named(origin, lang)] if origin else [])]


def _where(knob: str, runs: Mapping[str, Settings], lang: str) -> str:
    """The config paths that a knob reads, and in which runs where they are not the same."""
    found: dict[str, list[str]] = {}
    for run, settings in runs.items():
        if knob in settings.knobs:
            where = ", ".join(settings.knobs[knob].paths) or texts(lang).screen_by_the_preset
            found.setdefault(where, []).append(run)
    if len(found) == 1:
        return next(iter(found))
    few = {where: [*some[:3], *(["…"] if len(some) > 3 else [])] for where, some in found.items()}
    return "; ".join(f"{where} ({', '.join(some)})" for where, some in few.items())


def brief(moved: Iterable[Change], lang: str) -> Iterable[Change]:
    """The changes as they are shown, long names and values shortened."""
    for change in moved:
        sides = (change.base, change.value)
        base, value = (c.value for c in _short([Cell(_show(v, lang)) for v in sides]))
        # A word joiner keeps the sign at its part.
        knob = _ends([change.knob])[0].replace("…[", "…\u2060[")
        yield replace(change, knob=knob, base=base, value=value)


def _short(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of a row, long values without the folders that all of these share, or their middle."""
    long = [c.value for c in cells if len(c.value) > LONG]
    folders = [v.split("/")[:-1] for v in long if " " not in v]
    shared = 0
    for names in zip(*folders, strict=False):
        if len(folders) < len(long) or len(set(names)) > 1:
            break
        shared += 1

    def brief(value: str) -> str:
        end = "/".join(["…", *value.split("/")[shared:]]) if shared else value
        half = LONG // 2
        return end if len(end) <= LONG else f"{end[:half]}…{end[-half:]}"

    return tuple(replace(c, value=brief(c.value)) if c.value in long else c for c in cells)


def _ends(names: Sequence[str]) -> list[str]:
    """Long paths by their last parts, from the item of a list on; whole where two would look alike."""
    ends = []
    for name in names:
        cut = name.rfind("[") if "[" in name else name.find(".", len(name) - LONG)
        ends.append("…" + name[cut:].lstrip(".") if len(name) > LONG and cut > 0 else name)
    return [n if ends.count(e) > 1 else e for n, e in zip(names, ends, strict=True)]


def group_name(group: str, lang: str) -> str:
    ours = (*GROUPS, OUTSIDE, SHADOWED, BOOKKEEPING)
    return messages.screen(group, lang) if group in ours else group


def _show(value: Any, lang: str) -> str:
    return (
        texts(lang).screen_absent
        if value == config_values.ABSENT
        else _line(config_values.show(value))
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _width(texts: Iterable[str]) -> int:
    """Pixels that the longest text needs; a Chinese character is as wide as two letters."""
    letters = max(sum(1 if ord(c) < 0x2E80 else 2 for c in text) for text in texts)
    return min(WIDEST_PX, 20 + round(LETTER_PX * letters))

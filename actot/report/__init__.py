"""The report as Markdown. A section is a module with

- `ORDER`: its place; `LEVEL`: of its heading; `TITLE`: in English and Chinese;
- `write(sheet)`: its Markdown, or "" where it has nothing to say.

Same inputs, same bytes: time and note are inputs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from actot import configs
from actot.errors import BadInput
from actot.markdown import escape, url
from actot.readings import Reading
from actot.study import Study

UPDATE = ("update", "comparison")
HEAD = {"en": "# Act/OT Comparison Report", "zh": "# ACT/OT 对比报告"}
AT = {"en": " ({time})", "zh": "（{time}）"}
GENERATED = {"en": "Generated: {time}", "zh": "生成时间：{time}"}


@dataclass(frozen=True)
class Sheet:
    """What a section is written from."""

    study: Study
    lang: str
    note: str = ""
    time: str = ""

    def names(self) -> list[str]:
        """The picked runs, then the baselines."""
        return [*self.study.runs, *self.study.baselines]

    def reading(self, run: str) -> Reading:
        """A run's reading."""
        return self.study.readings[run]

    def line(self, run: str) -> str:
        """`id · name · url`, the url where there is one."""
        info = self.reading(run).run
        parts = [escape(run), escape(info.name), url(info.url)]
        return " · ".join(p for p in parts if p)

    def knob(self, run: str, knob: str) -> str:
        """A knob's value as text; what is tied shows all its parts where the report wants them."""
        settings = self.reading(run).settings
        found = settings.knobs.get(knob)
        if found is None:
            return {"en": "not in the figures", "zh": "数据中未给出"}[self.lang]
        if knob in self.study.profile.report.get("pairs", ()):
            values = [settings.flat.get(p, found.value) for p in found.paths]
            return configs.show(tuple(values))
        if isinstance(found.value, bool) or found.value is None or found.value == "none":
            return str(None if found.value == "none" else found.value)
        return escape(configs.show(found.value))

    def knobs(self, run: str, wanted: Mapping[str, str]) -> str:
        """`lr=1e-05, wd=0.0001`."""
        return ", ".join(f"{short}={self.knob(run, knob)}" for short, knob in wanted.items())


@cache
def shelf() -> Mapping[str, ModuleType]:
    """Every section by its name, in the order of the report."""
    found = [(m.name, import_module(f"{__name__}.{m.name}")) for m in iter_modules(__path__)]
    return dict(sorted(found, key=lambda pair: pair[1].ORDER))


def write(
    study: Study,
    lang: str,
    *,
    sections: Sequence[str] | None = None,
    note: str = "",
    time: str = "",
) -> str:
    """The whole report. Raises: BadInput for a section that is none or a time that is none."""
    sheet = Sheet(study, lang, note, _time(time))
    unknown = [s for s in sections or () if s not in shelf()]
    if unknown:
        raise BadInput(
            f"section {', '.join(unknown)}: no such section; known are {', '.join(shelf())}"
        )
    head = [HEAD[lang]] + ([GENERATED[lang].format(time=time)] if time else [])
    return "\n\n".join([*head, *_bodies(sheet, sections or tuple(shelf()))]) + "\n"


def append(study: Study, path: Path, lang: str, note: str = "", time: str = "") -> bool:
    """Add an update to a report file, once per runs, baselines, data and language.

    Every byte before it stays. Returns whether it was added. Raises: BadInput.
    """
    mark = f"<!-- actot update {_fingerprint(study, lang)} -->"
    sheet = Sheet(study, lang, note, _time(time))
    try:
        before = path.read_bytes() if path.exists() else b""
        if mark.encode() in before.splitlines():
            return False
        text = "\n\n".join(["---", mark, *_bodies(sheet, UPDATE)]) + "\n"
        gap = (
            ""
            if not before or before.endswith(b"\n\n")
            else "\n"
            if before.endswith(b"\n")
            else "\n\n"
        )
        with path.open("ab") as file:
            file.write((gap + text).encode())
    except OSError as e:
        raise BadInput(f"{path}: cannot be written ({e.strerror}); choose another file") from e
    return True


def save(text: str, path: Path) -> None:
    """Write the report to a file. Raises: BadInput."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as e:
        raise BadInput(f"{path}: cannot be written ({e.strerror}); choose another file") from e


def _bodies(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """The sections that have something to say, each under its heading."""
    facts = {
        "n": len(sheet.study.runs),
        "runs": " & ".join(escape(r) for r in sheet.study.runs),
        "at": AT[sheet.lang].format(time=sheet.time) if sheet.time else "",
    }
    found = []
    for name, section in shelf().items():
        body = section.write(sheet) if name in names else ""
        if body:
            title = section.TITLE[sheet.lang].format(**facts)
            found.append(f"{'#' * section.LEVEL} {title}\n\n{body}")
    return found


def _time(time: str) -> str:
    """`2025-12-29 01:55` from ISO 8601."""
    try:
        return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M") if time else ""
    except ValueError as e:
        raise BadInput(f"time {time}: not ISO 8601; write it as 2025-12-29T01:55:00") from e


def _fingerprint(study: Study, lang: str) -> str:
    digest = hashlib.sha256(repr((study.runs, study.groups, lang, study.metric)).encode())
    for run in (*study.runs, *study.baselines):
        for key, series in sorted(study.readings[run].run.series.items()):
            digest.update(key.encode())
            digest.update(series.steps.tobytes() + series.values.tobytes())
    return digest.hexdigest()[:16]

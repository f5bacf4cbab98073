"""The report as Markdown. A section is a module with

- `ORDER`: its place; `LEVEL`: of its heading, whose text is `report_NAME_title` of the messages;
- `write(sheet)`: its Markdown, or "" where it has nothing to say;
- `ON_REQUEST`: true where it stands in a report only if asked for by name.

Same inputs, same bytes: time and note are inputs.
"""

import hashlib
import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType, ModuleType

from actot import __version__, profile, shelves
from actot.analysis import config_values, open_metrics
from actot.analysis.run_summary import RunSummary
from actot.errors import BadInput
from actot.files import atomic_write
from actot.output import messages, wording
from actot.output.markdown import escape, inline, url
from actot.output.messages import texts
from actot.study import Study

UPDATE = ("update", "comparison")


@dataclass(frozen=True)
class Sheet:
    """What a section is written from."""

    study: Study
    lang: str
    note: str = ""
    time: str = ""

    def summary(self, run: str) -> RunSummary:
        """The summary of a run."""
        return self.study.summaries[run]

    def line(self, run: str) -> str:
        """`id · name · url`, the url where there is one."""
        info = self.summary(run).run
        parts = [escape(run), escape(info.name), url(info.url)]
        return " · ".join(p for p in parts if p)

    def is_shown(self, metric: str) -> bool:
        """Whether a metric has its place in the figures: by the profile always, or where a picked run logged it."""
        if not self.study.profile.report.get("logged_only") or metric == self.study.metric:
            return True
        return any(self.summary(run).stats[metric].n for run in self.study.all_picked)

    def knob(self, run: str, knob: str) -> str:
        """A knob's value as text; what is tied shows all its parts where the report wants them."""
        settings = self.summary(run).settings
        found = settings.knobs.get(knob)
        if found is None:
            return texts(self.lang).report_not_in_the_figures
        if knob in self.study.profile.report.get("pairs", ()):
            values = [settings.flat.get(p, found.value) for p in found.paths]
            return config_values.show(tuple(values))
        if isinstance(found.value, bool) or found.value is None or found.value == "none":
            return str(None if found.value == "none" else found.value)
        return escape(config_values.show(found.value))

    def figures(self, run: str, wanted: Mapping[str, tuple[str, str]]) -> list[str]:
        """`jitter=0.43` for each (metric, figure); one that is missing with its reason.

        Where a whole metric is missing, its reason stands at the first of its figures.
        """
        found, named = [], set()
        for short, (metric, figure) in wanted.items():
            if not self.is_shown(metric):
                continue
            summary, entry = self.summary(run), self.study.profile.metrics[metric]
            stats = summary.stats[metric]
            why = wording.absent(summary, entry, [figure], self.lang).get(figure, "")
            if stats.n == 0 and metric in named:
                why = ""
            named.add(metric)
            shown = f"{short}={wording.number(getattr(stats, figure))}"
            found.append(f"{shown} ({escape(why)})" if why else shown)
        return found

    @property
    def judged(self) -> dict[str, tuple[str, str]]:
        """The figures of the metric that decides, for a profile that asks for none, or not for these."""
        metric = self.study.metric
        figures = ("last_mean", "last_std", "slope_last", "jitter")
        return {f"{metric} {figures[0]}": (metric, figures[0])} | {
            figure: (metric, figure) for figure in figures[1:]
        }

    def knobs(self, run: str, wanted: Mapping[str, str]) -> str:
        """`lr=1e-05, wd=0.0001`."""
        return ", ".join(f"{short}={self.knob(run, knob)}" for short, knob in wanted.items())


@cache
def shelf() -> Mapping[str, ModuleType]:
    """Every section by its name, in the order of the report."""
    return shelves.modules(__name__, __path__)


def usual() -> tuple[str, ...]:
    """The sections of a report for which none was asked."""
    return tuple(n for n, section in shelf().items() if not getattr(section, "ON_REQUEST", False))


def write(
    study: Study,
    lang: str,
    *,
    sections: Sequence[str] | None = None,
    note: str = "",
    time: str = "",
    figures: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The whole report; `figures` are titles and addresses of images. Raises: BadInput for a section that is none or a time that is none."""
    sheet = Sheet(study, lang, note, _time(time))
    unknown = [s for s in sections or () if s not in shelf()]
    if unknown:
        raise BadInput(
            f"section {', '.join(unknown)}: no such section; known are {', '.join(shelf())}"
        )
    head = [f"# {titled(sheet, 'head')}"] + (
        [texts(lang).report_generated.format(time=time)] if time else []
    )
    bodies = _bodies(sheet, sections or usual())
    pictures = [f"![{escape(name)}]({path})" for name, path in figures.items()]
    line = command(study, lang, sections=sections, note=note, time=time)
    last = f"---\n\n{provenance(study, line)}"
    return "\n\n".join([*head, *bodies[:1], *pictures, *bodies[1:], last]) + "\n"


def titled(sheet: Sheet, name: str) -> str:
    """The heading of a section, or of the report (`head`): the profile's own, else the usual one."""
    own = sheet.study.profile.report.get("titles", {}).get(name, {})
    return own.get(sheet.lang) or messages.named(f"report_{name}_title", sheet.lang)


def provenance(study: Study, line: Sequence[str]) -> str:
    """One line for whoever reproduces it: version, profile, source, data, command line."""
    parts = [f"actot {__version__}", f"profile {escape(study.profile.name)}"]
    parts += [f"source {inline(study.source)}", f"data {_digest(study)}"]
    return " · ".join([*parts, inline(shlex.join(line))])


def command(
    study: Study,
    lang: str,
    *,
    sections: Sequence[str] | None = None,
    note: str = "",
    time: str = "",
) -> list[str]:
    """The command line that writes this report again."""
    used = study.profile
    own = profile.load(used.where or profile.DEFAULT)
    direction = used.metrics[study.metric].direction or ""
    known = own.metrics.get(study.metric)
    asked = known.direction if known else open_metrics.direction_of(study.metric)
    words = ["actot", "report", study.source, "--runs", ",".join(study.runs)]
    options = {
        "--baselines": ",".join(study.baselines),
        "--metric": "" if study.proposed or study.metric in own.judge[:1] else study.metric,
        "--direction": direction if asked != direction else "",
        "--value": "" if used.value == own.value else used.value,
        "--tail": "" if used.tail == own.tail else profile.show_tail(used.tail),
        "--profile": "" if used.where == profile.DEFAULT else used.where,
        "--lang": lang,
        "--sections": ",".join(sections or ()),
        "--note": note,
        "--time": time,
    }
    for option, value in options.items():
        words += [option, value] if value else []
    words += ["--alone"] if study.alone else []
    return words


def append(study: Study, path: Path, lang: str, note: str = "", time: str = "") -> bool:
    """Add an update to a report file, once per runs, baselines, data and language.

    Every byte before it stays. Returns whether it was added. Raises: BadInput, and then the file is as
    it was.
    """
    return _rewrite(path, lambda before: appended(before, study, lang, note, time))


def appended(
    before: bytes, study: Study, lang: str, note: str = "", time: str = ""
) -> bytes | None:
    """The bytes of a report with the update behind them, or None where it is there already."""
    mark = f"<!-- actot update {_fingerprint(study, lang)} -->"
    if mark.encode() in before.splitlines():
        return None
    sheet = Sheet(study, lang, note, _time(time))
    text = "\n\n".join(["---", mark, *_bodies(sheet, UPDATE)]) + "\n"
    if not before or before.endswith(b"\n\n"):
        gap = ""
    else:
        gap = "\n" if before.endswith(b"\n") else "\n\n"
    return before + (gap + text).encode()


def save(text: str, path: Path) -> None:
    """Write the report to a file. Raises: BadInput, and then what was there is as it was."""
    _rewrite(path, lambda before: text.encode())


def _rewrite(path: Path, change: Callable[[bytes], bytes | None]) -> bool:
    """Give a file the bytes that a change makes of its own; False where it makes none. Raises: BadInput."""
    try:
        # A link stays a link: the file that it leads to is replaced.
        path = path.resolve()
        before = path.read_bytes() if path.exists() else b""
        after = change(before)
        if after is not None:
            check = partial(_check_unchanged, path, before)
            atomic_write.replace_file(path, [after], lasting=True, last_look=check)
    except OSError as e:
        raise BadInput(f"{path}: cannot be written ({e.strerror}); choose another file") from e
    return after is not None


def _check_unchanged(path: Path, before: bytes) -> None:
    """Raises: BadInput where somebody else has written to the file."""
    if (path.read_bytes() if path.exists() else b"") != before:
        raise BadInput(f"{path}: was changed meanwhile; nothing was written, run it again")


def _bodies(sheet: Sheet, names: Sequence[str]) -> list[str]:
    """The sections that have something to say, each under its heading."""
    facts = {
        "n": len(sheet.study.runs),
        "runs": " & ".join(escape(r) for r in sheet.study.runs),
        "at": texts(sheet.lang).report_at.format(time=sheet.time) if sheet.time else "",
    }
    found = []
    for name, section in shelf().items():
        body = section.write(sheet) if name in names else ""
        if body:
            title = titled(sheet, name).format(**facts)
            found.append(f"{'#' * section.LEVEL} {title}\n\n{body}")
    return found


def _time(time: str) -> str:
    """`2025-12-29 01:55` from ISO 8601."""
    try:
        return datetime.fromisoformat(time).strftime("%Y-%m-%d %H:%M") if time else ""
    except ValueError as e:
        raise BadInput(f"time {time}: not ISO 8601; write it as 2025-12-29T01:55:00") from e


def _fingerprint(study: Study, lang: str) -> str:
    """What makes an update this one: runs, baselines, data, metric and language, not the time."""
    what = repr((sorted(study.runs), sorted(study.baselines), lang, study.metric, _digest(study)))
    return hashlib.sha256(what.encode()).hexdigest()[:16]


def _digest(study: Study) -> str:
    """The logged points and the configs of the picked runs and baselines, as a few letters."""
    digest = hashlib.sha256()
    for run in sorted(study.all_picked):
        found = study.summaries[run].run
        digest.update(json.dumps([run, found.config], sort_keys=True, default=repr).encode())
        for key, series in sorted(found.series.items()):
            digest.update(key.encode())
            digest.update(series.steps.tobytes() + series.values.tobytes())
    return digest.hexdigest()[:12]

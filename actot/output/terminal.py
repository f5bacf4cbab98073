"""What the command line prints: tables, a comparison in words, JSON, complaints."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from actot.foreign_text import few, one_line
from actot.output import json_documents, render, row_words, wording
from actot.study import Study
from actot.verdicts.noise_history import Taught

MOST_NAMES = 10  # of the metrics that could decide as well, of knobs that are ruled out


def print_compare(found: Study) -> None:
    """Verdicts, findings and causes for a reader."""
    spread, scale = found.noise.spread, found.profile.metrics[found.metric].scale
    size = "" if spread is None else f"{row_words.amount(spread, scale, 'en')} "
    way = found.profile.metrics[found.metric].direction
    how = f" (proposed by its name: {way} is better)" if found.proposed and way else ""
    click.echo(f"metric {found.metric}{how}; seed noise {size}({found.noise.origin})\n")
    rows = [
        (
            row_words.row_name(v, "en"),
            row_words.base_name(v, "en"),
            v.against,
            row_words.word(v, "en"),
            row_words.interval(v),
            row_words.reason(v, found.profile, "en"),
        )
        for v in found.verdicts
    ]
    print_table(("run", "baseline", "against", "verdict", "change", "reason"), rows)
    if found.choices:
        names = few(found.choices, MOST_NAMES)
        click.echo(
            f"\nboth sides have other metrics (--metric NAME --direction lower|higher): {names}"
        )
    for run, more in found.offered.items():
        click.echo(f"\n{run}: other runs of this config can be picked with it: {', '.join(more)}")
    if found.findings:
        click.echo("\nfindings")
        for f in found.findings:
            click.echo(f"  {f.severity:8}{f.run}: {render.finding(f, 'en')}")
    if found.causes:
        click.echo("\ncauses")
        for cause in (c for c in found.causes if c not in found.ruled_out):
            knobs = render.suspects([cause], "en")
            click.echo(f"  {cause.rank}. {knobs} ({render.standing(cause, 'en')})")
            for line in render.case_against(cause, "en"):
                click.echo(f"       {line}")
        out = [knob for cause in found.ruled_out for knob in cause.knobs]
        if out:
            click.echo(f"  {len(out)} ruled out: {few(out, MOST_NAMES)}")
        for note in found.ranking.notes:
            click.echo(f"  {render.evidence(note, 'en')}")


def print_noise(groups: Sequence[Taught]) -> None:
    """The replicate groups with their spread, where seeds were repeated."""
    rows = [
        (
            t.metric,
            ", ".join(str(value) for _, value in t.same),
            f"{t.group.spread:.3g}" if t.is_own else f"{100 * t.group.spread:.1f} %",
            str(t.group.df),
            t.source,
            ", ".join(t.group.runs),
        )
        for t in groups
    ]
    print_table(("metric", "data, policy", "spread", "df", "source", "runs"), rows)


def print_summary(document: Mapping[str, Any]) -> None:
    """The figures of everything that was logged; what was not is in the JSON, with its reason."""
    columns = ("last_mean", "last_std", "slope_last", "jitter", "best", "best_step", "last", "n")
    rows = []
    for run_id, run in document["runs"].items():
        for name, figures in run["metrics"].items():
            known = [wording.number(figures[c]) for c in columns]
            absent = run["absent"].get(name, {})
            why = "; ".join(dict.fromkeys(w for f, w in absent.items() if f in columns))
            if figures["n"] or figures["n_nonfinite"]:
                whole = [*known, why] if figures["n"] else [f"- {figures['missing']}"]
                rows.append((run_id, name, *whole))
    print_table(("run", "metric", *columns, "why absent"), rows)


def print_csv(document: Mapping[str, Any]) -> None:
    """One line per run and metric, figures as they are."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("run", "metric", *json_documents.FIGURES, "missing"))
    for run_id, run in document["runs"].items():
        for name, figures in run["metrics"].items():
            values = [figures[f] for f in (*json_documents.FIGURES, "missing")]
            table.writerow((run_id, name, *values))


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; the last one is as long as it likes."""
    table = [head, *([one_line(cell) for cell in row] for row in rows)]
    widths = [
        max((len(r[i]) for r in table if i < len(r) - 1), default=0) for i in range(len(head))
    ]
    for row in table:
        cells = [c.ljust(w) for c, w in zip(row[:-1], widths, strict=False)]
        click.echo("  ".join([*cells, row[-1]]).rstrip())
    if not rows:
        click.echo("(none)")


def print_json(document: Any) -> None:
    """The one document on stdout."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def complain(text: str) -> None:
    """One line on stderr, whatever is in it."""
    click.echo(f"actot: {one_line(text)}", err=True)

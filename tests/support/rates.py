"""`make rates`: simulate how often the words are wrong, keep the counts, and write the tables of the docs.

`python -m support.rates calibration` does one of the three; the others are `planted_truth` and `isolation`. The counts stand in
tests/data/rates.json with a digest of the sources that they come from. As long as the digest holds, a test that draws
a part of them again proves them all; with other sources it draws all.
"""

import ast
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import blocks
from support import builders, calibration, isolation_rates, planted_truth

KEPT = builders.ROOT / "tests" / "data" / "rates.json"
REFRESH = "tests/data/rates.json holds rates of other sources; run `make rates` and commit it"
JUDGING = (
    "statistics",
    "verdicts",
    "analysis",
    "profiles",
    "records.py",
    "profile.py",
    "profile_schema.py",
)
# What a simulation runs on, below actot/.
SOURCES: Mapping[ModuleType, tuple[str, ...]] = {
    calibration: JUDGING,
    planted_truth: (*JUDGING, "causes", "rules", "study.py", "explanation.py"),
    isolation_rates: (*JUDGING, "experiments/strategies.py", "experiments/answers.py"),
}


# The digest.


def digest(simulation: ModuleType) -> str:
    """A digest of the sources of a simulation; comments, docstrings, annotations and layout do not count."""
    own = Path(simulation.__file__ or "").read_text(encoding="utf-8")
    texts = [normal(own), *helpers(own)]
    for path in files(SOURCES[simulation]):
        text = path.read_text(encoding="utf-8")
        texts += [path.name, normal(text) if path.suffix == ".py" else text]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def files(names: Iterable[str]) -> Iterator[Path]:
    """The modules and profiles of these rooms."""
    for name in names:
        place = builders.ROOT / "actot" / name
        inside = place.rglob("*") if place.is_dir() else [place]
        yield from sorted(p for p in inside if p.suffix in (".py", ".yaml"))


def normal(text: str) -> str:
    """A source as the interpreter means it."""
    return ast.unparse(bare(ast.parse(text)))


def bare(tree: ast.Module) -> ast.Module:
    """Without docstrings and the annotations of functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            has_docstring = ast.get_docstring(node) is not None
            node.body = node.body[has_docstring:] or [ast.Pass()]
    return tree


def helpers(text: str) -> list[str]:
    """The definitions of tests/support/builders.py that a source names, and those that these name."""
    tree = bare(ast.parse(Path(builders.__file__).read_text(encoding="utf-8")))
    known = {name: node for node in tree.body for name in defined(node)}
    asked = {n.attr for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute)}
    reached: set[str] = set()
    while asked := (asked & known.keys()) - reached:
        reached |= asked
        asked = {n.id for a in asked for n in ast.walk(known[a]) if isinstance(n, ast.Name)}
    return [ast.unparse(known[name]) for name in sorted(reached)]


def defined(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    yield from (n.id for t in targets if t for n in ast.walk(t) if isinstance(n, ast.Name))


# What is kept.


def kept(simulation: ModuleType) -> dict[str, Any]:
    """The digest and the counts of a simulation as they stand in the file."""
    return json.loads(KEPT.read_text(encoding="utf-8"))[name(simulation)]


def is_stale(simulation: ModuleType) -> bool:
    """Whether the counts come from other sources."""
    return kept(simulation)["digest"] != digest(simulation)


def name(simulation: ModuleType) -> str:
    """How a simulation is called in the file."""
    return simulation.__name__.rsplit(".", 1)[-1]


def of_cells(hits: calibration.Hits) -> dict[str, list[list[int]]]:
    """The counts of the calibration as JSON."""
    return {cell.key: parts for cell, parts in hits.items()}


def known_cells() -> calibration.Hits:
    """The counts of the calibration as they are kept."""
    cells = {cell.key: cell for cell in calibration.CELLS}
    return {cells[key]: parts for key, parts in kept(calibration)["counts"].items()}


def of_cases(known: planted_truth.Parts) -> dict[str, list[dict[str, int]]]:
    """The counts of the planted truths as JSON."""
    return {
        f"{kind}: {case.name}": [dict(sorted(p.items())) for p in parts]
        for kind, cases in known.items()
        for case, parts in cases.items()
    }


def known_cases() -> planted_truth.Parts:
    """The counts of the planted truths as they are kept."""
    cases = {case.name: case for case in planted_truth.CASES}
    found: planted_truth.Parts = {form: {} for form in planted_truth.FORMS}
    for key, parts in kept(planted_truth)["counts"].items():
        kind, name = key.split(": ", 1)
        found[kind][cases[name]] = [Counter(p) for p in parts]
    return found


def write(simulation: ModuleType, counts: Mapping[str, Any]) -> None:
    """Keep the counts of one simulation with the digest of today's sources, one cell a line; the other's stay."""
    found = json.loads(KEPT.read_text(encoding="utf-8"))
    found[name(simulation)] = {"digest": digest(simulation), "counts": counts}
    parts = []
    for key, one in found.items():
        lines = ",\n".join(f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in one["counts"].items())
        digested = json.dumps(one["digest"])
        parts.append(f' "{key}": {{\n  "digest": {digested},\n  "counts": {{\n{lines}\n  }}\n }}')
    KEPT.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def refresh_calibration() -> None:
    """The tables of docs/calibration.md."""
    hits = calibration.measure()
    write(calibration, of_cells(hits))
    for block, lines in calibration.tables(calibration.rates(hits)).items():
        blocks.write("calibration.md", block, lines)


def refresh_planted_truth() -> None:
    """The table of docs/causes.md."""
    parts = planted_truth.measure()
    write(planted_truth, of_cases(parts))
    blocks.write("causes.md", "rates", planted_truth.table(planted_truth.rates(parts)))


def of_isolations(known: isolation_rates.Rates, first: isolation_rates.Rates) -> dict[str, Any]:
    """The counts of the isolations as JSON: of all draws, and of the first."""
    return {
        cell.key: [dict(sorted(some[cell].items())) for some in (known, first)] for cell in known
    }


def known_isolations() -> tuple[isolation_rates.Rates, isolation_rates.Rates]:
    """The counts of all draws and of the first, as they are kept."""
    cells = {cell.key: cell for cell in isolation_rates.CELLS}
    counts = kept(isolation_rates)["counts"].items()
    known, first = ({cells[key]: Counter(two[at]) for key, two in counts} for at in (0, 1))
    return known, first


def refresh_isolation() -> None:
    """The table of isolations in docs/causes.md."""
    known = isolation_rates.measure()
    write(isolation_rates, of_isolations(known, isolation_rates.first()))
    blocks.write("causes.md", "isolation", isolation_rates.table(known))


PARTS = {
    "calibration": refresh_calibration,
    "planted_truth": refresh_planted_truth,
    "isolation": refresh_isolation,
}


def main() -> None:
    """Simulate what is asked for on all cores, or all of it."""
    for part in sys.argv[1:] or PARTS:
        start = time.monotonic()
        PARTS[part]()
        print(f"{part} in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()

"""`python -m bench` measures all rows, prints the tables and writes docs/benchmarks.json and docs/benchmarks.md.

`python -m bench GROUP ...` measures some groups anew and keeps what is known of the others: reading, online, summaries, line,
pages, and growth. Where the time of the line goes is printed after it.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bench import growth, line, online, pages, reading, rows, summaries
from bench.pages import own_cache

GROUPS: Mapping[str, Any] = {
    "reading": reading,
    "online": online,
    "summaries": summaries,
    "line": line,
    "pages": pages,
}


def measure(
    names: Sequence[str], known: Mapping[str, Any], say: Callable[[str], object] = print
) -> dict[str, Any]:
    """The tree of the groups that are named, and what is known of the others."""
    machine = rows.machine()
    taken = [row for name, module in GROUPS.items() if name in names for row in module.rows()]
    found = rows.as_tree(taken, growth.sizes() if "growth" in names else [])
    found["machine"] = machine
    found["growth"] = found["growth"] or known.get("growth", [])
    fresh = {row.group for row in taken}
    every = [*found["rows"], *(r for r in known.get("rows", ()) if r["group"] not in fresh)]
    found["rows"] = [r for m in GROUPS.values() for r in every if r["group"] == m.GROUP]
    say("\n".join([*rows.table(found), "", *rows.growth_table(found)]))
    return found


def main() -> int:
    """Measure, print, write."""
    names = sys.argv[1:] or [*GROUPS, "growth"]
    unknown = [n for n in names if n not in (*GROUPS, "growth")]
    if unknown:
        print(f"{', '.join(unknown)}: no such group; known are {', '.join(GROUPS)}, growth")
        return 2
    with tempfile.TemporaryDirectory() as name, own_cache(name):
        rows.write(measure(names, rows.known()))
    if "line" in names:
        line.stations()  # last: it stands between the modules from then on
    return 0


if __name__ == "__main__":
    sys.exit(main())

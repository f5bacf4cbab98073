"""`make docs`: what of the docs is written from the code: the examples of reports, the table of findings.

A report ends in the command that writes it again; the pictures stand beside it.
"""

import inspect
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from actot import rules
from actot.__main__ import main
from bench import blocks
from support import builders

DOCS = builders.ROOT / "docs"
EXAMPLES = sorted(p.name for p in DOCS.glob("report_*.md"))


def command(name: str) -> list[str]:
    """The command in the last line of an example, without the program's name."""
    last = (DOCS / name).read_text(encoding="utf-8").splitlines()[-1]
    found = re.search(r"`actot (report .*)`$", last)
    assert found is not None, f"{name} does not end in its command"
    return shlex.split(found[1])


def write_example(name: str, folder: Path) -> list[Path]:
    """Write an example and its pictures into a folder; the files."""
    arguments = [*command(name), "--out", str(folder / name), "--figures", "--no-cache"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return sorted(folder.glob(f"{Path(name).stem}*"))


def findings_table() -> list[str]:
    """The lines of the table in docs/findings.md."""
    lines = ["| finding | severity | what it says | thresholds |", "|---|---|---|---|"]
    for name, rule in rules.shelf().items():
        known = list(inspect.signature(rule.check).parameters.values())[1:]
        numbers = [f"{p.name} {p.default:g}" for p in known if isinstance(p.default, int | float)]
        first = (inspect.getdoc(rule) or "").splitlines()[0]
        lines.append(f"| `{name}` | {rule.SEVERITY} | {first} | {', '.join(numbers)} |")
    return lines


if __name__ == "__main__":
    for example in EXAMPLES:
        write_example(example, DOCS)
    blocks.write("findings.md", "findings", findings_table())

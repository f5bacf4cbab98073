"""`make docs`: what of the docs is written from the code: console output, examples of reports, the tables of
findings and foreign runs.

A report ends in the command that writes it again; the pictures stand beside it.
"""

import contextlib
import inspect
import re
import shlex
import tempfile
from difflib import SequenceMatcher
from pathlib import Path

from click.testing import CliRunner

from actot import rules
from actot.__main__ import main
from bench import blocks
from support import builders, foreign_setups

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


CONSOLE = re.compile(r"(```console\n\$ actot ([^\n]+)\n)(.*?)(```)", re.DOTALL)
CUT = "..."  # in a console block: lines that are left out


def console_blocks(text: str, folder: Path) -> str:
    """A page with the lines of its console blocks as the commands print them in a folder with the tour's runs."""

    def renewed(block: re.Match[str]) -> str:
        result = CliRunner().invoke(main, block[2].split())
        assert result.exit_code == 0, result.output
        lines = shown(block[3].splitlines(), result.stdout.splitlines())
        return block[1] + "".join(f"{line}\n" for line in lines) + block[4]

    with contextlib.chdir(folder):
        return CONSOLE.sub(renewed, text)


def shown(old: list[str], printed: list[str]) -> list[str]:
    """For each line of a block the printed one that is most like it, in order."""
    found, at = [], 0
    for line in old:
        if line == CUT:
            found.append(line)
            continue
        left = range(at, len(printed))
        likeness = {n: SequenceMatcher(None, line, printed[n]).ratio() for n in left}
        best = max(left, key=lambda n: (printed[n].split()[:1] == line.split()[:1], likeness[n]))
        found.append(printed[best])
        at = best + 1
    return found


def write_console_blocks() -> None:
    """Renew the console blocks of the README and of the tour."""
    with tempfile.TemporaryDirectory() as folder:
        builders.tour(Path(folder) / "tour")
        for page in (builders.ROOT / "README.md", DOCS / "tour.md"):
            text = page.read_text(encoding="utf-8")
            page.write_text(console_blocks(text, Path(folder)), encoding="utf-8")


if __name__ == "__main__":
    write_console_blocks()
    for example in EXAMPLES:
        write_example(example, DOCS)
    blocks.write("findings.md", "findings", findings_table())
    blocks.write("foreign_runs.md", "setups", foreign_setups.table())

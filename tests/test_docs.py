"""The README tells the truth: its commands run, its output is theirs, its files and pages exist."""

import inspect
import re
from pathlib import Path

import builders
import pytest
from click.testing import CliRunner

from actot import rules
from actot.__main__ import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ actot ([^\n]+)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("command", "shown"), CONSOLE, ids=[c for c, _ in CONSOLE])
def test_every_console_block_is_what_the_command_prints(
    command: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    builders.tour(tmp_path / "tour")
    result = CliRunner().invoke(main, command.split())
    printed = result.stdout.splitlines()
    wanted = shown.splitlines()
    assert result.exit_code == 0
    assert wanted, "the block shows no output"
    # "..." stands for the lines that the README leaves out.
    at = 0
    for line in wanted:
        if line != "...":
            assert line in printed[at:], line
            at = printed.index(line, at) + 1


def test_the_console_blocks_are_found() -> None:
    assert len(CONSOLE) == 4


def test_every_file_that_the_readme_names_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_command_and_option_of_the_readme_exists_and_none_is_left_out() -> None:
    lines = [x for x in README.splitlines() if re.match(r"    actot \w+ +SOURCE", x)]
    named = {x.split()[1] for x in lines} | {"clear-cache"}
    assert named == set(main.commands)
    assert "    actot clear-cache\n" in README
    # What every command takes, and what every picking one does: named once.
    shared = {"--profile", "--no-cache", "--verbose", "--json", "--metric", "--value", "--tail"}
    shared |= {"--cluster"}
    assert all(option in README for option in shared)
    for line in lines:
        command = main.commands[line.split()[1]]
        options = {o for p in command.params for o in p.opts if o.startswith("--")}
        named = set(re.findall(r"--[a-z-]+", line))
        assert named <= options
        assert options - named <= shared


def test_every_page_stands_in_the_readme() -> None:
    for page in (ROOT / "pages").glob("*.py"):
        assert f"**{page.stem[2:].replace('_', ' ')}**" in README


def test_the_thresholds_of_the_readme_are_the_profiles() -> None:
    from actot import profile

    known = profile.load()
    assert (known.tail.fraction, known.tail.least, known.tail.most) == (0.10, 5, 100)
    assert (known.noise.prior, known.noise.prior_df) == (0.04, 4)
    assert (known.matters, known.alpha, known.guard) == (0.02, 0.05, 3.0)


def findings_table() -> list[str]:
    """The lines of the table in docs/findings.md: `python tests/test_docs.py` prints them."""
    lines = ["| finding | severity | what it says | thresholds |", "|---|---|---|---|"]
    for name, rule in rules.shelf().items():
        known = list(inspect.signature(rule.check).parameters.values())[1:]
        numbers = [f"{p.name} {p.default:g}" for p in known if isinstance(p.default, int | float)]
        first = inspect.getdoc(rule).splitlines()[0]
        lines.append(f"| `{name}` | {rule.SEVERITY} | {first} | {', '.join(numbers)} |")
    return lines


def test_the_page_of_findings_names_every_rule_with_its_thresholds() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert [x for x in page.splitlines() if x.startswith("|")] == findings_table()


if __name__ == "__main__":
    print("\n".join(findings_table()))

"""The README tells the truth: its commands run, its output is theirs, its files and pages exist."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import builders, written

from actot.__main__ import main
from bench import blocks

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
CONSOLE = re.findall(r"```console\n\$ actot ([^\n]+)\n(.*?)```", README + TOUR, re.DOTALL)


@pytest.mark.parametrize(("command", "shown"), CONSOLE, ids=[c for c, _ in CONSOLE])
def test_every_console_block_is_what_the_command_prints(
    command: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    builders.tour(tmp_path / "tour")
    if command.startswith("next"):
        (suggest,) = (c for c, _ in CONSOLE if c.startswith("suggest"))
        CliRunner().invoke(main, suggest.split())
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
    assert len(CONSOLE) == 5


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) < 200


def test_every_file_that_the_readme_names_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_command_and_option_of_the_readme_exists_and_none_is_left_out() -> None:
    lines = [x for x in README.splitlines() if re.match(r"    actot \w+ +(SOURCE|PLAN)", x)]
    named = {x.split()[1] for x in lines} | {"clear-cache"}
    assert named == set(main.commands)
    assert "    actot clear-cache\n" in README
    # What every command takes, and what every picking one does: named once.
    shared = {"--profile", "--no-cache", "--verbose", "--json", "--metric", "--value", "--tail"}
    shared |= {"--cluster", "--alone", "--direction"}
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
    assert (known.smallest_effect, known.alpha, known.guard) == (0.02, 0.05, 3.0)


def test_the_page_of_findings_names_every_rule_with_its_thresholds() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert [x for x in page.splitlines() if x.startswith("|")] == written.findings_table()


BLOCK = "a <!-- t --> b\n<!-- t -->\n| old |\n<!-- /t -->\nACTOT_\n"


def test_a_block_is_replaced_as_a_whole_and_nothing_else_of_its_page(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(BLOCK, encoding="utf-8")
    for lines in (["| new |", "| and more |"], ["| again |"], []):
        blocks.write("page.md", "t", lines, tmp_path)
        inside = "".join(f"{line}\n" for line in lines)
        assert path.read_text(encoding="utf-8") == BLOCK.replace("| old |\n", inside)


@pytest.mark.parametrize(
    "page",
    [
        BLOCK.replace("<!-- /t -->\n", ""),
        BLOCK.replace("\n<!-- t -->", ""),
        BLOCK + BLOCK,
        BLOCK + "<!-- /t -->\n",
        BLOCK.replace("<!-- /t -->", " <!-- /t -->"),
        "<!-- /t -->\n<!-- t -->\n",
        "",
    ],
)
def test_a_page_whose_marks_are_missing_or_doubled_is_left_as_it_is(
    page: str, tmp_path: Path
) -> None:
    path = tmp_path / "page.md"
    path.write_text(page, encoding="utf-8")
    with pytest.raises(ValueError, match="not once each"):
        blocks.write("page.md", "t", ["| new |"], tmp_path)
    assert path.read_text(encoding="utf-8") == page


PAGES = {p.name: p.read_text(encoding="utf-8") for p in blocks.DOCS.glob("*.md")}
MARK = re.compile(r"<!-- (\w+) -->")


def test_every_page_with_a_block_can_be_written_again() -> None:
    found = {(page, name) for page, text in PAGES.items() for name in MARK.findall(text)}
    assert {("cluster.md", "cluster"), ("causes.md", "rates"), ("findings.md", "findings")} <= found
    for page, name in found:
        assert blocks.replaced(PAGES[page], name, ["x"]).count("\nx\n") == 1


def test_no_table_stands_inside_of_a_sentence() -> None:
    for page, text in PAGES.items():
        if not page.startswith("report_"):
            assert not re.search(r"^[^|`\n]+(?:`[^`|\n]*)*\| .* \|$", text, re.MULTILINE), page


def test_the_page_on_the_cluster_names_its_variable() -> None:
    assert "`ACTOT_CLUSTER`" in PAGES["cluster.md"]
    assert "    ACTOT_CLUSTER=tcp://scheduler:8786 streamlit run app.py" in PAGES["cluster.md"]


@pytest.mark.parametrize("name", written.EXAMPLES)
def test_an_example_of_a_report_is_what_its_last_line_writes(name: str, tmp_path: Path) -> None:
    files = written.write_example(name, tmp_path)
    assert len(files) == 3  # the report and two pictures
    for file in files:
        kept = (ROOT / "docs" / file.name).read_text(encoding="utf-8")
        assert file.read_text(encoding="utf-8") == kept, (
            "run `make docs` and look at the difference"
        )

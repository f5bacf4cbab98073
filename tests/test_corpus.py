"""Runs of other trainers and loggers: without a file or an option, the deciding metric, the planted regression and its cause."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import builders, foreign_setups
from support.foreign_setups import SETUPS
from support.own_tables import table

from actot.__main__ import main

PAGE = builders.ROOT / "docs" / "foreign_runs.md"


@pytest.mark.parametrize("name", SETUPS)
def test_the_planted_regression_is_named_and_the_healthy_run_is_not(name: str) -> None:
    setup, said = SETUPS[name], foreign_setups.compared(name)
    assert (said["metric"], said["direction"], said["proposed"]) == (
        setup.metric,
        setup.direction,
        True,
    )
    healthy, planted = setup.runs
    assert foreign_setups.verdict(name, planted) == "regressed"
    judged = {"within noise", "same", "improved"}
    assert {*foreign_setups.verdict(name, healthy).split(", ")} <= judged
    assert foreign_setups.first_cause(name) == setup.cause


def test_the_page_of_foreign_runs_shows_what_comes_out() -> None:
    shown = [x for x in PAGE.read_text(encoding="utf-8").splitlines() if x.startswith("|")]
    assert shown == foreign_setups.table(), "run `make docs` and look at the difference"


def test_the_corpus_is_small() -> None:
    folders = [foreign_setups.CORPUS, foreign_setups.CORPUS.parent / "clients"]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    kept = [p for p in files if p.suffix != ".pyc"]
    assert sum(p.stat().st_size for p in kept) < 600_000


def test_a_reward_that_changes_its_sign_is_not_judged_where_nothing_says_what_is_a_replicate(
    tmp_path: Path,
) -> None:
    for name, end in (("a", 3.0), ("b", 3.1), ("new", -3.0)):
        lines = [f"{i},{end * i / 20 - 1}" for i in range(21)]
        table(tmp_path / f"{name}.csv", "step,eval/reward", *lines)
    picks = ["--runs", "new", "--baselines", "a,b"]
    result = CliRunner().invoke(main, ["compare", str(tmp_path), *picks, "--json", "--no-cache"])
    assert {row["verdict"] for row in json.loads(result.stdout)["rows"]} == {"noise unknown"}

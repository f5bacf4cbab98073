"""The loop closes: what was suggested was run, is recognised, and answers its question."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import builders

from actot import sources, study
from actot.__main__ import main
from actot.analysis import config_changes, knob_settings
from actot.causes.cause import POSSIBLE
from actot.study import Study

OLD = ("lr20x", "lr30x", "lr25x")
BASES = ("base_a_s1", "base_a_s2", "base_a_s3")
ISOLATED = {
    "base_a_s1_lr_0.0015": "lr",
    "base_a_s1_weight_decay_0.006": "weight_decay",
    "base_a_s1_grad_clip_norm_3.33333": "grad_clip_norm",
}
NEW = (*ISOLATED, "base_a_s1_reg_0.08")

# Stands for the toy trainer: the recorded run of that name, in the folder it is told to make.
TRAINER = """\
#!/usr/bin/env python3
import pathlib, shutil, sys
out = next(pathlib.Path(a.split("=", 1)[1]) for a in sys.argv if a.startswith("--output_dir="))
recorded = next(pathlib.Path({recorded!r}).glob(f"*-{{out.name}}"))
shutil.copytree(recorded, out / "wandb" / recorded.name)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Study:
    where = str(builders.tour(tmp_path_factory.mktemp("tour") / "tour"))
    listed = sources.list_runs(where)
    runs = [sources.load(listed, i.id) for i in listed.runs]
    return study.study(runs, (*OLD, *NEW), BASES, builders.PROFILE, source=where)


def suggested(folder: Path) -> dict[str, dict]:
    """The configs that `suggest` writes before any of them was run."""
    picks = ["--runs", ",".join(OLD), "--baselines", ",".join(BASES)]
    result = CliRunner().invoke(main, ["suggest", "sample", *picks, "--out", str(folder)])
    assert result.exit_code == 0
    return {p.stem: json.loads(p.read_text()) for p in (folder / "configs").glob("*.json")}


def test_the_recorded_runs_are_those_that_were_suggested(found: Study, tmp_path: Path) -> None:
    planned = suggested(tmp_path / "next_runs")
    for name in NEW:
        wanted = knob_settings.read(planned[name], builders.PROFILE)
        assert config_changes.fingerprint(
            found.summaries[name].settings
        ) == config_changes.fingerprint(wanted)
        assert found.summaries[name].settings.value("seed") == wanted.value("seed")
        assert found.summaries[name].budget(builders.PROFILE) == wanted.value("steps")


def test_each_new_run_is_recognised_as_a_one_knob_neighbour_of_the_anchor(found: Study) -> None:
    for name in NEW:
        row = found.headline(name)
        notes = {n.name: vars(n) for n in row.notes}
        assert notes["one_knob"]["change"].knob == ISOLATED.get(name, "reg")


def test_the_question_of_the_isolation_is_answered_knob_by_knob(found: Study) -> None:
    regressed = [k for n, k in ISOLATED.items() if found.headline(n).word == "regressed"]
    assert regressed == []
    by_knob = {knob: c for c in found.causes for knob in c.knobs}
    for name, knob in ISOLATED.items():
        pairs = [vars(e) for e in by_knob[knob].evidence if e.name == "matched_pair"]
        assert name in {p["run"] for p in pairs}
        # Alone, and within the guard, it harms nothing: it is told apart from the others.
        assert by_knob[knob].knobs == (knob,)
    possible = {c.knobs for c in found.causes if c.word == POSSIBLE}
    assert ("scheduler",) in possible, "what no run has separated yet is left"
    assert not possible & {(knob,) for knob in ISOLATED.values()}


def test_what_was_run_is_not_suggested_again(found: Study) -> None:
    planned = {r.name for e in found.experiments for r in e.runs}
    assert not planned & set(NEW)


def test_a_replicate_is_recognised_too() -> None:
    sample = [r.run for r in builders.sample().values()]
    again = study.study(sample, ["base_a_s3"], ["base_a_s1"], builders.PROFILE)
    assert "replicate" in [n.name for n in again.headline("base_a_s3").notes]


def test_the_tour_goes_through_with_recorded_runs_and_does_nothing_twice(tmp_path: Path) -> None:
    trainer = tmp_path / "trainer.py"
    trainer.write_text(TRAINER.format(recorded=str(builders.ROOT / "tests" / "data" / "tour")))
    trainer.chmod(trainer.stat().st_mode | stat.S_IXUSR)
    script = builders.ROOT / "examples" / "tour" / "tour.sh"

    def run() -> str:
        environment = {"TRAINER": f"{sys.executable} {trainer}", "PYTHON": sys.executable}
        done = subprocess.run(
            ["bash", str(script), str(tmp_path / "tour")],
            env={**os.environ, **environment, "XDG_CACHE_HOME": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    first, second = run(), run()
    assert first.count(": started") == len(NEW)
    assert second.count(": done already") == len(NEW)
    verdicts = [x for x in first.splitlines() if x.startswith(NEW) and "within noise" in x]
    assert len(verdicts) == len(NEW)

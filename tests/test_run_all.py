"""run_all.sh, run by bash with a stub that trains: slots, logs, stops, and what a second start does."""

import dataclasses
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import builders

from actot.output import experiment_files

# Trains as a trainer does: reads its config, opens a file of it that is relative to where it was started, takes
# its time, writes a checkpoint. STOP, BREAK and SLOW name runs.
TRAINER = """\
import json, os, pathlib, sys, time
args = dict(a.removeprefix("--").split("=", 1) for a in sys.argv[1:])
config = pathlib.Path(args["config_path"])
out = pathlib.Path(args.get("output_dir") or str(config).split("/checkpoints/")[0])
if "output_dir" in args and out.exists():
    sys.exit("exists")
name, log = out.name, pathlib.Path(os.environ["LOG"])
started = {"name": name, "args": sys.argv[1:], "gpu": os.environ.get("CUDA_VISIBLE_DEVICES"),
           "pid": os.getpid(), "from": time.time()}
tree = json.loads(config.read_text())
checkpoint = out / "checkpoints" / "last" / "pretrained_model" / "train_config.json"
print("trains", open(tree["ot"]["pair_info_path"]).read())
checkpoint.parent.mkdir(parents=True, exist_ok=True)
whole = log / f"{name}.part"  # whoever waits for it finds all of it
whole.write_text(json.dumps(started))
whole.rename(log / f"{name}.started")
if name in os.environ.get("SLOW", "").split():
    checkpoint.write_text(json.dumps(tree))
    time.sleep(60)
time.sleep(float(os.environ.get("SECONDS_EACH", "0")))
if name == os.environ.get("STOP"):
    checkpoint.write_text(json.dumps(tree))
    sys.exit(3)
if name == os.environ.get("BREAK"):
    sys.exit(4)
(log / f"{name}.ended").write_text(json.dumps({**started, "to": time.time()}))
"""
FEW = 6


@dataclasses.dataclass(frozen=True)
class Place:
    """The folder where one trains, with the files of experiments below it."""

    folder: Path

    @property
    def log(self) -> Path:
        """What the stub writes down."""
        return self.folder.parent / "log"

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start it as the README says; it is still running."""
        self.log.mkdir(exist_ok=True)
        for path in self.log.iterdir():
            path.unlink()
        trainer = f"{sys.executable} {self.folder.parent / 'trainer.py'}"
        return subprocess.Popen(
            ["bash", "next_runs/run_all.sh", *arguments],
            cwd=self.folder,
            env={**os.environ, "TRAINER": trainer, "LOG": str(self.log), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Its exit code and its words."""
        process = self.begin(*arguments, **environment)
        words, _ = process.communicate(timeout=120)
        return process.returncode, words

    def started(self) -> dict[str, dict]:
        """What was started since, by name."""
        return {p.stem: json.loads(p.read_text()) for p in self.log.glob("*.started")}

    def ended(self) -> list[dict]:
        """What went through."""
        return [json.loads(p.read_text()) for p in self.log.glob("*.ended")]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Six runs to do, whose configs name a file that is found from the folder where one trains alone."""
    (tmp_path / "trainer.py").write_text(TRAINER)
    home = tmp_path / "train here"
    found = builders.planted_study()
    experiment_files.save(
        experiment_files.files(found.experiments, found.profile), home / "next_runs"
    )
    pairs = builders.BASE["ot"]["pair_info_path"]
    assert not Path(pairs).is_absolute()
    (home / pairs).parent.mkdir(parents=True, exist_ok=True)
    (home / pairs).write_text("with pairs")
    return Place(home)


def names() -> list[str]:
    """The first runs, in the order of worth."""
    return [r.name for e in builders.planted_study().experiments for r in e.runs][:FEW]


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RUNS", " ".join(names()))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return


def wait_for(what: Callable[[], object]) -> None:
    """Until it holds. Raises: AssertionError after half a minute."""
    for _ in range(600):
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_run_starts_where_it_was_called_with_a_log_and_a_folder_of_its_own(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNS")
    code, words = place.run()
    assert code == 0, words
    everything = [r.name for e in builders.planted_study().experiments for r in e.runs]
    begun = sorted(place.started().values(), key=lambda run: run["from"])
    assert [run["name"] for run in begun] == everything
    for run in begun:
        name = run["name"]
        paths = [f"--config_path=next_runs/configs/{name}.json"]
        assert run["args"] == [*paths, f"--output_dir=outputs/train/{name}"]
        assert run["gpu"] is None
        assert (place.folder / "next_runs" / "logs" / f"{name}.log").read_text() == (
            "trains with pairs\n"
        )
    assert sorted(p.name for p in (place.folder / "next_runs" / "logs").iterdir()) == sorted(
        f"{name}.log" for name in everything
    )
    code, words = place.run()
    assert (code, place.started()) == (0, {})
    assert words.count("done already") == len(everything)


def test_arguments_go_to_the_trainer_of_every_run_and_are_remembered(place: Place) -> None:
    assert place.run("--steps=5000", "--log_freq=100")[0] == 0
    assert len(place.started()) == FEW
    for run in place.started().values():
        assert run["args"][2:] == ["--steps=5000", "--log_freq=100"]
    assert place.run()[1].count("done already (with --steps=5000 --log_freq=100)") == FEW


@pytest.mark.parametrize("argument", ["--output_dir=x", "--config_path=x", "--resume"])
def test_what_every_run_gets_of_its_own_is_no_argument(place: Place, argument: str) -> None:
    code, words = place.run(argument)
    assert (code, place.started()) == (2, {})
    assert f"{argument}: every run gets its own; leave it out" in words


def test_a_run_that_is_not_there_is_an_error_before_anything_starts(place: Place) -> None:
    code, words = place.run(RUNS=f"{names()[0]} nosuch")
    assert (code, place.started()) == (2, {})
    assert "nosuch: no next_runs/configs/nosuch.json" in words


def test_four_slots_train_at_once_each_on_its_gpu(place: Place) -> None:
    code, words = place.run(GPUS="0 1 2 3", SECONDS_EACH="1.5")
    assert code == 0, words
    spans = place.ended()
    assert len(spans) == FEW
    assert {run["gpu"] for run in spans} == {"0", "1", "2", "3"}
    most = max(sum(a["from"] <= b["from"] < a["to"] for a in spans) for b in spans)
    assert most == 4
    for gpu in "0123":
        mine = sorted((r["from"], r["to"]) for r in spans if r["gpu"] == gpu)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(mine))


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_ends_everything_and_a_second_start_does_what_is_left(
    place: Place, sent: signal.Signals
) -> None:
    slow = names()[1:3]
    process = place.begin(GPUS="0 1", SLOW=" ".join(slow))
    wait_for(lambda: set(slow) <= set(place.started()))
    pids = [run["pid"] for name, run in place.started().items() if name in slow]
    # The first run may still be at its end, with the two slow ones both held by slots.
    process.send_signal(sent)
    words, _ = process.communicate(timeout=30)
    assert process.returncode == 130, words
    assert "stopped; start it again to go on" in words
    assert "failed" not in words
    assert not any(is_alive(pid) for pid in pids)
    assert not list((place.folder / "next_runs" / "logs").glob("*.taken"))
    done = {p.parent.name for p in (place.folder / "outputs" / "train").glob("*/done")}
    code, words = place.run(GPUS="0 1")
    assert code == 0, words
    assert set(place.started()) == set(names()) - done
    for name in slow:
        checkpoint = f"outputs/train/{name}/{builders.PROFILE.checkpoint}"
        assert place.started()[name]["args"] == [f"--config_path={checkpoint}", "--resume=true"]
        assert f"{name}: resumed" in words


def test_a_trainer_that_does_not_listen_is_killed(place: Place) -> None:
    deaf = place.folder.parent / "deaf.py"
    deaf.write_text(
        "import signal\nfor s in (signal.SIGINT, signal.SIGTERM): signal.signal(s, signal.SIG_IGN)\n"
        + TRAINER
    )
    process = place.begin(TRAINER=f"{sys.executable} {deaf}", SLOW=" ".join(names()))
    wait_for(place.started)
    (run,) = place.started().values()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    wait_for(lambda: not is_alive(run["pid"]))


def test_it_goes_on_after_a_failure_names_its_log_and_begins_that_run_anew(place: Place) -> None:
    broken = names()[1]
    code, words = place.run(BREAK=broken)
    assert (code, len(place.started())) == (1, FEW)
    assert f"{broken}: failed with 4; the others go on" in words
    assert f"1 failed:\n  {broken}: next_runs/logs/{broken}.log" in words
    code, _ = place.run()
    assert code == 0
    assert list(place.started()) == [broken]
    assert (place.folder / "outputs" / "train" / f"{broken}.unfinished1").is_dir()


def test_a_run_that_left_a_checkpoint_is_resumed(place: Place) -> None:
    stopped = names()[0]
    assert place.run(STOP=stopped)[0] == 1
    code, words = place.run("--log_freq=5")
    checkpoint = f"outputs/train/{stopped}/{builders.PROFILE.checkpoint}"
    assert code == 0
    wanted = [f"--config_path={checkpoint}", "--resume=true", "--log_freq=5"]
    assert place.started()[stopped]["args"] == wanted
    assert f"{stopped}: resumed" in words


def test_two_starts_never_train_the_same_run(place: Place) -> None:
    first = place.begin(SLOW=names()[0])
    wait_for(place.started)
    held = place.started()
    again = subprocess.run(
        ["bash", "next_runs/run_all.sh"],
        cwd=place.folder,
        env={
            **os.environ,
            "TRAINER": f"{sys.executable} {place.folder.parent / 'trainer.py'}",
            "LOG": str(place.log),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert again.returncode == 0, again.stderr
    assert f"{names()[0]}: runs already, in process {socket.gethostname()}:" in again.stdout
    assert set(place.started()) == set(names())
    assert place.started()[names()[0]] == held[names()[0]]
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=30)


def test_a_claim_of_a_process_that_is_gone_holds_nothing_up(place: Place) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    logs = place.folder / "next_runs" / "logs"
    logs.mkdir()
    (logs / f"{names()[0]}.taken").symlink_to(f"{socket.gethostname()}:{gone.pid}")
    assert place.run()[0] == 0
    assert set(place.started()) == set(names())


def test_files_that_were_moved_are_found_where_files_says(place: Place) -> None:
    (place.folder / "next_runs").rename(place.folder.parent / "else where")
    script = place.folder.parent / "else where" / "run_all.sh"
    (place.folder / "next_runs").mkdir()
    (place.folder / "next_runs" / "run_all.sh").write_text(script.read_text())
    code, _ = place.run(FILES="../else where", RUNS=names()[0])
    assert code == 0
    (run,) = place.started().values()
    assert run["args"][0] == f"--config_path=../else where/configs/{names()[0]}.json"


def test_a_profile_without_checkpoints_never_resumes_and_one_without_a_trainer_asks_for_it() -> (
    None
):
    bare = dataclasses.replace(builders.PROFILE, checkpoint="", trainer=())
    text = experiment_files.run_all(["a"], bare)
    assert "checkpoint=''" in text
    done = subprocess.run(
        ["bash", "-c", text],
        env={k: v for k, v in os.environ.items() if k != "TRAINER"},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "TRAINER: set it to what starts a training" in done.stderr


def test_the_script_says_in_its_first_lines_what_the_files_are_called() -> None:
    text = experiment_files.run_all(["a b"], builders.PROFILE, "plans/round 2")
    assert "bash 'plans/round 2'/run_all.sh" in text
    assert "  'a b'\n" in text
    assert "@" not in text.replace('"$@"', "").replace("[@]", "")

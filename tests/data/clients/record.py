"""Record the two runs of this folder with whichever W&B client is installed: `python record.py FOLDER`.

The first run ends by itself, the second is killed. What is logged stands in `CALLS`; the tests compute the points that
a reader must find from there, not from the files. Run it where the folder, the user and the host have names that
anybody may read: the client writes them down wherever a setting does not keep it from that.
"""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

CONFIG: dict[str, Any] = {
    "policy": {"type": "act", "dims": [64, 32], "encoder": {"depth": 4, "pretrained": False}},
    "lr": 1e-4,
    "steps": 24,
    "amp": True,
    "schedule": None,
    "label": "größer »2«",
}
LATER = {"lr": 3e-4}  # the config is updated to this once the run has logged
UPDATED_AFTER = 10  # calls
GRACE_S = 5
WHOLE, KILLED = "whole", "killed"
AXIS = "env_steps"
AXES = {"eval/*": AXIS, "reward": AXIS}  # what is declared as it stands in the file
EXIT_CODE = 0
MACHINE = {
    **{"disable_meta": True, "disable_stats": True, "disable_machine_info": True},
    **{"disable_git": True, "disable_code": True, "save_code": False, "console": "off"},
    **{"host": "trainer", "username": "someone", "program": "train.py", "silent": True},
}

# (step, row) of each call of `log`; without a step the row goes on where the last one was committed.
Call = tuple[int | None, dict[str, Any]]


def calls(steps: int) -> Iterator[Call]:
    """What is logged in so many steps, call by call; several calls for some steps, and odd values."""
    for step in range(steps):
        yield step, {"train/loss": 2.0 / (step + 1), "env_steps": 128 * step, "lr": 1e-4}
        if step % 4 == 0:
            nested = {"left": {"x": step + 0.25, "y": -step}, "ok": step % 8 == 0}
            yield step, {"nested": nested, "flag": step > 10, "count": 10**12 + step}
        if step % 5 == 0:
            yield step, {"eval/success": step / 40, "eval/l1": 1e-7 * (step + 1), "reward": -step}
        if step == 7:
            yield step, {"odd": math.nan, "train/loss": 0.5}  # the later value of a step counts
        if step in (8, 9):
            yield step, {"odd": math.inf if step == 8 else -math.inf, "text": "no number"}
        if step == 10:
            yield step, {"odd": 1.5, "größe": 3.25, "a.dotted/key with blanks": 1}


# The second is killed when it has logged more than the client keeps in memory.
STEPS = {WHOLE: 24, KILLED: 120}
CALLS = {name: list(calls(steps)) for name, steps in STEPS.items()}


def settings(wandb: Any) -> Any:
    """The settings that keep the machine out of the file, as far as this client knows them."""
    known = wandb.Settings()
    spellings = {n: (n, f"_{n}", f"x_{n}") for n in MACHINE}
    names = {n: next((s for s in ways if hasattr(known, s)), None) for n, ways in spellings.items()}
    return wandb.Settings(**{s: MACHINE[n] for n, s in names.items() if s})


def record(folder: str, name: str) -> None:
    """Record one run; the one that is to be killed waits for that at its end."""
    import wandb

    run = wandb.init(
        project="clients",
        id=f"{name}-{wandb.__version__.replace('.', '-')}",
        name=f"{name} of {wandb.__version__}",
        group="versions",
        tags=["recorded", name],
        config=CONFIG,
        mode="offline",
        dir=folder,
        settings=settings(wandb),
    )
    run.define_metric(AXIS)
    for key, axis in AXES.items():
        run.define_metric(key, step_metric=axis)
    run.define_metric("train/loss", summary="min")
    for done, (step, row) in enumerate(CALLS[name]):
        if done == UPDATED_AFTER:
            run.config.update(LATER, allow_val_change=True)
        run.log(row, step=step)
    run.summary["final"] = 0.75
    if name == KILLED:
        print("logged", flush=True)
        time.sleep(600)
    run.finish(exit_code=EXIT_CODE)


def main() -> None:
    """Record both runs, each in a process of its own."""
    if len(sys.argv) == 3:
        record(sys.argv[1], sys.argv[2])
        return
    folder = sys.argv[1]
    command = [sys.executable, __file__, folder]
    subprocess.run([*command, WHOLE], check=True)
    process = subprocess.Popen(
        [*command, KILLED], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    while "logged" not in process.stdout.readline():
        pass
    # The trainer first, then what the client had started: a newer one writes down what it still holds.
    process.kill()
    time.sleep(GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for path in Path(folder).rglob("*.wandb"):
        print(path)


if __name__ == "__main__":
    main()

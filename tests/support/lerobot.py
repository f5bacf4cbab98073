"""`make lerobot`: every knob turned on a config of every policy, judged by the trainer's own parser and `validate()`.

A file that actot offers must be accepted, and exactly one value in force must differ; what it does not offer
carries its reason. The counts are written into docs/lerobot.md.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actot import profile
from actot.analysis.knob_settings import KnobValue
from actot.experiments import guard
from actot.experiments.guard import PlanContext, RunRequest
from actot.output import render
from actot.study import study
from bench import blocks
from support import builders
from support.lerobot_judge import POLICIES

HOME = builders.ROOT / ".lerobot"
VERSIONS = ("0.4.4", "0.5.1", "0.6.0")
ACCEPTED, REFUSED, WRONG = "accepted", "not offered", "wrong"
# Another value of what is no number.
OTHERS: Mapping[str, Any] = {
    "scheduler": "cosine_decay_with_warmup",
    "scheduler_name": "linear",
    "optimizer_type": "adamw",
    "adam_betas": (0.9, 0.99),
    "n_action_steps": 5,
    "policy_type": "tdmpc",
    "dataset": "team/other",
}


@dataclass(frozen=True)
class Turn:
    """One knob turned on one anchor, and what became of it."""

    version: str
    policy: str
    preset: bool
    knob: str
    outcome: str
    why: str = ""


class Trainer:
    """The trainer of one version, in a process of its own."""

    def __init__(self, version: str) -> None:
        judge = Path(__file__).with_name("lerobot_judge.py")
        command = [str(HOME / "venv/bin/python"), str(judge), str(HOME / version)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HOME
        )

    def ask(self, **request: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError("the trainer's process ended")


def another(name: str, held: KnobValue) -> Any:
    """Another value for a knob, or None where nobody could say one."""
    value = held.value
    if name in OTHERS:
        return OTHERS[name] if OTHERS[name] != value else None
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple) and value and all(isinstance(v, int | float) for v in value):
        return tuple(v * 2 for v in value)
    if isinstance(value, int | float):
        doubled = value * 2 if abs(value) >= 1 or value == 0 else value / 2
        return doubled or 1
    return None


def turns(version: str) -> Iterator[Turn]:
    """Every knob of every anchor of a version."""
    trainer = Trainer(version)
    for policy in POLICIES:
        for preset in (True, False):
            config = trainer.ask(anchor=policy, preset=preset)["config"]
            start = trainer.ask(config={**config, "output_dir": None})["effective"]
            context = context_of(config)
            for name, held in context.anchor.settings.knobs.items():
                value = another(name, held)
                if name in context.anchor.settings.ineffective or value is None:
                    continue
                planned = guard.plan_runs(context, [RunRequest(name, value)], override=True)
                outcome, why = REFUSED, "; ".join(render.guard(r, "en") for r in planned.refused)
                for run in planned.runs:
                    outcome, why = judged(trainer, dict(run.config), start)
                yield Turn(version, policy, preset, name, outcome, why)


def context_of(config: dict[str, Any]) -> PlanContext:
    """What is planned from one healthy run with this config."""
    chosen = profile.load(profile.fitting([config]))
    runs = [
        builders.healthy(i, 0.4, {**config, "seed": s}, seed=s)
        for i, s in (("anchor", 1), ("again", 2))
    ]
    context = study(runs, ["again"], ["anchor"], chosen).plan_context
    assert context is not None
    return context


def judged(trainer: Trainer, config: dict[str, Any], start: dict[str, Any]) -> tuple[str, str]:
    """Whether the trainer takes it, with exactly one other value in force."""
    said = trainer.ask(config=config)
    if "refused" in said:
        return WRONG, said["refused"]
    new = said["effective"]
    differ = sorted(k for k in {*start, *new} if start.get(k) != new.get(k) and k != "seed")
    return (ACCEPTED, "") if len(differ) == 1 else (WRONG, f"differ: {', '.join(differ)}")


def table(found: list[Turn]) -> list[str]:
    """The counts by version and policy."""
    lines = [
        f"| version | policy | {ACCEPTED} | {REFUSED} | {WRONG} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for version in VERSIONS:
        for policy in POLICIES:
            count = Counter(t.outcome for t in found if (t.version, t.policy) == (version, policy))
            cells = (count[o] for o in (ACCEPTED, REFUSED, WRONG))
            lines.append(f"| {version} | {policy} | {' | '.join(map(str, cells))} |")
    return lines


def main() -> None:
    """Turn everything, print what is wrong, and write the table."""
    found = [t for version in VERSIONS for t in turns(version)]
    for turn in found:
        if turn.outcome == WRONG or (turn.outcome == REFUSED and not turn.why):
            print(turn, file=sys.stderr)
    print(Counter(t.outcome for t in found))
    blocks.write("lerobot.md", "turns", table(found))
    sys.exit(any(t.outcome == WRONG or not (t.why or t.outcome == ACCEPTED) for t in found))


if __name__ == "__main__":
    main()

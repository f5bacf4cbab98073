"""The real trainer as a judge: reads requests, a line of JSON each, and answers each with a line.

Runs in an environment with torch and LeRobot, `python lerobot_judge.py FOLDER`, where FOLDER holds the package of one version; it knows
nothing of actot. `{"anchor": "act", "preset": true}` answers with a config of that policy as the trainer notes it;
`{"config": {...}}` parses and validates it, and answers with what would be in force.
Policies whose modules need more than their configs do are left out.
"""

import importlib
import json
import math
import sys
import tempfile
import types
from pathlib import Path
from typing import Any, ClassVar

POLICIES = ("act", "diffusion", "smolvla", "pi0", "pi05", "vqbet", "tdmpc")
UNNEEDED = ("groot", "xvla", "wall_x")
STEPS, LOOKS = 50_000, 60
OWN_RATES = ("optimizer_lr_backbone", "optimizer_vqvae_lr")
# What the trainer reads elsewhere, or never reads.
ELSEWHERE = (
    *("optimizer", "scheduler", "policy.optimizer_", "policy.scheduler_", "output_dir"),
    *("job_name", "use_policy_training_preset", "policy.repo_id", "policy.push_to_hub", "wandb"),
    "rabc_progress_path",  # follows from the dataset
)


class Stub(types.ModuleType):
    """Any name of a package that no config needs."""

    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def main() -> None:
    """Answer until the requests end."""
    sys.path.insert(0, sys.argv.pop(1))
    for name in UNNEEDED:
        for module in (f"lerobot.policies.{name}", f"lerobot.policies.{name}.configuration_{name}"):
            sys.modules[module] = Stub(module)
    for name in POLICIES:
        importlib.import_module(f"lerobot.policies.{name}.configuration_{name}")
    # The parser looks up the text of its help in the sources of every class: nine tenths of its time.
    docstring = importlib.import_module("draccus.wrappers.docstring")
    nothing = docstring.AttributeDocString()
    docstring.get_attribute_docstring = lambda *_: nothing
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request; what the trainer says is no error of the judge."""
    try:
        if "anchor" in request:
            return {"config": anchor(request["anchor"], request["preset"])}
        return {"effective": effective(validated(request["config"]))}
    except Exception as e:  # noqa: BLE001 any refusal of the trainer is its answer
        return {"refused": f"{type(e).__name__}: {e}"[:500]}


def anchor(policy: str, preset: bool) -> dict[str, Any]:
    """The config of a policy with the trainer's defaults, as it is noted after its start."""
    asked = {"type": policy, "push_to_hub": True, "repo_id": "team/policy"}
    config = validated({"dataset": {"repo_id": "team/data"}, "policy": asked, "steps": STEPS})
    tree = config.to_dict()
    if not preset:
        tree["use_policy_training_preset"] = False
        if tree["scheduler"] is None:
            rate = tree["optimizer"]["lr"]
            tree["scheduler"] = {
                "type": "cosine_decay_with_warmup",
                "num_warmup_steps": 0,
                "num_decay_steps": STEPS,
                "peak_lr": rate,
                "decay_lr": rate,
            }
        tree = validated(tree | {"output_dir": None}).to_dict()
    return json.loads(json.dumps(tree))


def validated(tree: dict[str, Any]) -> Any:
    """The trainer's own config of a tree. Raises whatever the trainer raises."""
    import draccus
    from lerobot.configs.train import TrainPipelineConfig

    tree = {k: v for k, v in tree.items() if k != "checkpoint_path"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(tree, file)
        file.flush()
        with draccus.config_type("json"):
            config = draccus.parse(TrainPipelineConfig, Path(file.name), args=[])
    config.validate()
    return config


def effective(config: Any) -> dict[str, Any]:
    """What is in force: the optimizer, the learning rates at LOOKS steps, every path that the trainer reads."""
    tree = config.to_dict()
    optimizer = {k: v for k, v in tree["optimizer"].items() if k != "lr"}
    paths = {p: v for p, v in flat(tree, "") if not p.startswith(ELSEWHERE)}
    if paths.get("policy.n_action_steps") == paths.get("policy.chunk_size"):
        paths["policy.n_action_steps"] = "whole chunk"
    if config.use_policy_training_preset:
        paths["own decay"] = getattr(config.policy, "optimizer_vqvae_weight_decay", None)
    more = paths.pop("accelerator.gradient_accumulation.steps", 1)
    paths["batch_size"] *= more
    return {
        **paths,
        **{f"optimizer.{k}": json.dumps(v) for k, v in optimizer.items()},
        "rates": sorted({json.dumps(curve) for curve in rates(config)}),
    }


def rates(config: Any) -> list[list[float]]:
    """The learning rate of each group of parameters over the training."""
    import torch

    own = [getattr(config.policy, name, None) for name in OWN_RATES]
    starts = [config.optimizer.lr]
    if config.use_policy_training_preset:
        starts += [rate for rate in own if rate is not None]
    parameter = torch.nn.Parameter(torch.zeros(1))
    scale = [1.0] * LOOKS
    if config.scheduler is not None:
        optimizer = torch.optim.AdamW([parameter], lr=1.0)
        schedule = config.scheduler.build(optimizer, config.steps)
        scale = [schedule.lr_lambdas[0](config.steps * at // LOOKS) for at in range(LOOKS)]
    return [[float(f"{start * share:.6g}") for share in scale] for start in starts]


def flat(node: Any, path: str) -> list[tuple[str, Any]]:
    """Every path of a tree with its value as text."""
    if isinstance(node, dict) and node:
        return [pair for k, v in node.items() for pair in flat(v, f"{path}.{k}" if path else k)]
    return [(path, node if isinstance(node, int | float) and math.isfinite(node) else str(node))]


if __name__ == "__main__":
    main()

"""Settings of the W&B client that keep the machine which records out of the files."""

from typing import Any


def settings() -> Any:
    """Settings for `wandb.init`; run it where folders, user and host have names that anybody may read."""
    import wandb

    kept = {"disable_meta": True, "disable_stats": True, "disable_machine_info": True}
    return wandb.Settings(
        **{f"x_{key}": value for key, value in kept.items()},
        disable_git=True,
        disable_code=True,
        console="off",
        host="trainer",
        program="train.py",
    )

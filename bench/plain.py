"""What one would write without actot: the tail means of a folder of offline runs against one of them.

python bench/plain.py FOLDER BASELINE    each file through `wandb leet inspect --json` into pandas, a table out.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a run file as the W&B client prints them."""
    wandb = Path(sys.executable).parent / "wandb"
    command = [str(wandb), "leet", "inspect", "--json", str(path)]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def history(found: list[dict[str, Any]]) -> pd.DataFrame:
    """The logged rows; nested keys become columns with dots."""
    return pd.json_normalize([r["history"]["item"] for r in found if r["type"] == "history"])


def main() -> None:
    """Print the tail mean of each numeric key, and its change against the baseline in per cent."""
    folder, baseline = Path(sys.argv[1]), sys.argv[2]
    means = {}
    for path in sorted(folder.rglob("*.wandb")):
        frame = history(records(path)).select_dtypes("number")
        ends = {}
        for key in frame.columns.drop("_step"):
            values = frame[key].dropna()
            ends[key] = values.tail(max(5, min(100, -(-len(values) // 10)))).mean()
        means[path.stem.removeprefix("run-")] = ends
    table = pd.DataFrame(means).T
    change = 100 * (table / table.loc[baseline] - 1)
    print(table.join(change, rsuffix=" %").to_string())


if __name__ == "__main__":
    main()

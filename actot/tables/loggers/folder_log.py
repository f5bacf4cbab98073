"""Logs that have one name in every run: the run is called after its folder.

Read: `progress.csv` (Stable-Baselines3, Ray Tune, rllab), `metrics.csv` (Lightning), `logs.json.txt` (diffusion_policy),
`trainer_state.json` (Hugging Face), `eval_info.json` (lerobot-eval), `logs/log.txt` (robomimic), `results.csv` (Ultralytics).
"""

import re
from dataclasses import replace

from actot.tables.loggers import Sheet
from actot.tables.run_columns import find_runs
from actot.tables.run_folders import run_of

ORDER = 40
NAMES = re.compile(
    r"(?i)(progress|metrics|results)\.csv(\.gz)?|logs\.json\.txt|metrics\.jsonl|(trainer_state|eval_info)\.json|log\.txt"
)
# Folders within that of the run.
INSIDE = {
    "trainer_state.json": r"checkpoint-\d+",
    "log.txt": "logs",
    "eval_info.json": r"checkpoints?|\d+|last|pretrained_model|evals?",
}


def plain(sheet: Sheet) -> Sheet | None:
    """The table as it is, under the name of its folder; one that names runs itself is no log of one."""
    if not NAMES.fullmatch(sheet.file) or not sheet.folders:
        return None
    run, home = run_of(sheet.folders, INSIDE.get(sheet.file, ""))
    return replace(sheet, run=run, home=home, is_log=not _names_runs(sheet))


def _names_runs(sheet: Sheet) -> bool:
    return len(find_runs(sheet.table, sheet.name, "").ids) > 1

#!/usr/bin/env bash
# From a regression to its cause: what to run next, the runs themselves, and what they say, round by round. A minute
# per run on one core. Started again, it goes on where it stopped. Usage: tour.sh [FOLDER], default ./tour.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
folder="${1:-tour}"
PYTHON="${PYTHON:-python}"
export PYTHON PYTHONPATH="$root"
trainer="${TRAINER:-bash $here/trainer.sh}"
old=lr20x,lr30x,lr25x
bases=base_a_s1,base_a_s2,base_a_s3
first="lr20x_lr_0.0005 lr20x_weight_decay_0.002 lr20x_grad_clip_norm_10 lr20x_scheduler_none"

say() { echo; echo "\$ $*"; }

mkdir -p "$folder"
[ -e "$folder/recorded" ] || cp -r "$root/actot/sample/runs" "$folder/recorded"
say actot suggest sample --runs "$old" --baselines "$bases" --out "$folder/next_runs"
"$PYTHON" -m actot suggest sample --runs "$old" --baselines "$bases" --out "$folder/next_runs"
say "RUNS=\"$first\"" bash "$folder/next_runs/run_all.sh"
TRAINER="$trainer" RUNS="$first" OUTPUTS="$folder/outputs/train" bash "$folder/next_runs/run_all.sh"
say actot next "$folder/next_runs/plan.json" "$folder"
"$PYTHON" -m actot next "$folder/next_runs/plan.json" "$folder"
say bash "$folder/next_runs/round_2/run_all.sh"
TRAINER="$trainer" OUTPUTS="$folder/outputs/train" bash "$folder/next_runs/round_2/run_all.sh"
say actot next "$folder/next_runs/plan.json" "$folder"
"$PYTHON" -m actot next "$folder/next_runs/plan.json" "$folder"

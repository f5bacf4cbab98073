#!/usr/bin/env bash
# From a regression to an answer: what to run next, the runs themselves, and what they say. A minute per run on
# one core. Started again, it goes on where it stopped. Usage: tour.sh [FOLDER], default ./tour.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
folder="${1:-tour}"
PYTHON="${PYTHON:-python}"
export PYTHON PYTHONPATH="$root"
trainer="${TRAINER:-bash $here/trainer.sh}"
old=lr20x,lr30x,lr25x
bases=base_a_s1,base_a_s2,base_a_s3
new=base_a_s1_lr_0.0015,base_a_s1_weight_decay_0.006,base_a_s1_grad_clip_norm_3.33333,base_a_s1_reg_0.08

say() { echo; echo "\$ $*"; }

mkdir -p "$folder"
[ -e "$folder/recorded" ] || cp -r "$root/actot/sample/runs" "$folder/recorded"
say actot suggest sample --runs "$old" --baselines "$bases" --out "$folder/next_runs"
"$PYTHON" -m actot suggest sample --runs "$old" --baselines "$bases" --out "$folder/next_runs"
say "RUNS=\"${new//,/ }\"" bash "$folder/next_runs/run_all.sh"
TRAINER="$trainer" RUNS="${new//,/ }" OUTPUTS="$folder/outputs/train" bash "$folder/next_runs/run_all.sh"
say actot compare "$folder" --runs "$old,$new" --baselines "$bases"
"$PYTHON" -m actot compare "$folder" --runs "$old,$new" --baselines "$bases"

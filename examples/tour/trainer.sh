#!/usr/bin/env bash
# The toy trainer under the name of its run: tour.sh gives it to run_all.sh as TRAINER.
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
for argument in "$@"; do
  case "$argument" in
    --output_dir=*) WANDB_RUN_ID="$(basename "${argument#*=}")" && export WANDB_RUN_ID ;;
  esac
done
exec "${PYTHON:-python}" "$here/../toy_act_ot/train.py" "$@"

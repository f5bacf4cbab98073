#!/usr/bin/env bash
# Every run that is not done yet, started in the folder where you train: nothing here changes directory.
#
#   bash @FOLDER@/run_all.sh                                  one after the other
#   GPUS="0 1 2 3" bash @FOLDER@/run_all.sh                   four at once, a GPU for each
#   bash @FOLDER@/run_all.sh --steps=5000 --log_freq=100      with these arguments of the trainer for every run
#
# RUNS="A B" takes these alone; TRAINER replaces the command; FILES is where configs/ is, OUTPUTS where runs write.
# Started again, it skips what is done, resumes what left a checkpoint, and begins the rest anew beside what it left.
# Each run has a log below FILES/logs. Ctrl-C stops all of them.
set -m # each slot is a process group, which is stopped as a whole
folder="${FILES:-$(dirname "$0")}"
outputs="${OUTPUTS:-@OUTPUTS@}"
checkpoint='@CHECKPOINT@'
read -r -a trainer <<< "${TRAINER:-@TRAINER@}" || exit 2
read -r -a gpus <<< "${GPUS:-}"
names=(
@NAMES@
)
if [ -n "${RUNS:-}" ]; then read -r -a names <<< "$RUNS"; fi

complain() {
  echo "$1" >&2
  exit 2
}

for argument in "$@"; do
  case "$argument" in
    --config_path | --config_path=* | --output_dir | --output_dir=* | --resume | --resume=*)
      complain "$argument: every run gets its own; leave it out (OUTPUTS says where runs write)" ;;
  esac
done
for name in "${names[@]}"; do
  [ -e "$folder/configs/$name.json" ] || complain "$name: no $folder/configs/$name.json; FILES says where configs/ is"
done
mkdir -p "$folder/logs" || exit 2

# `HOST:PROCESS` of whoever has a run; of another machine's processes nothing is known here.
is_alive() {
  [ "${1%:*}" != "$HOSTNAME" ] || kill -0 "${1##*:}" 2> /dev/null
}

# train NAME ARGUMENT...: one run, with its log; what came of it stands in its folder.
train() {
  local name="$1" out="$outputs/$1" log="$folder/logs/$1.log" how=started code aside=1 start
  shift
  if [ -n "$checkpoint" ] && [ -e "$out/$checkpoint" ]; then
    how=resumed
    start=(--config_path="$out/$checkpoint" --resume=true)
  else
    if [ -e "$out" ]; then
      while [ -e "$out.unfinished$aside" ]; do aside=$((aside + 1)); done
      mv "$out" "$out.unfinished$aside" || return
    fi
    start=(--config_path="$folder/configs/$name.json" --output_dir="$out")
  fi
  echo "$name: $how${CUDA_VISIBLE_DEVICES:+ on GPU $CUDA_VISIBLE_DEVICES}; log: $log"
  "${trainer[@]}" "${start[@]}" "$@" < /dev/null >> "$log" 2>&1
  code=$?
  if [ "$code" -eq 0 ]; then
    mkdir -p "$out" && echo "$*" > "$out/done"
  else
    echo "$name: failed with $code; the others go on" >&2
  fi
}

# slot GPU ARGUMENT...: one run after the other, each that no other slot has taken; taking is making a link.
slot() {
  trap 'exit 130' INT TERM HUP
  if [ -n "$1" ]; then export CUDA_VISIBLE_DEVICES="$1"; fi
  shift
  for name in "${left[@]}"; do
    if ln -s "$HOSTNAME:$BASHPID" "$folder/logs/$name.taken" 2> /dev/null; then train "$name" "$@"; fi
  done
}

# Gives back what this start took; names what of it is not done.
release() {
  local by
  failed=()
  for name in "${left[@]}"; do
    by="$(readlink "$folder/logs/$name.taken")"
    case " ${slots[*]} " in
      *" ${by##*:} "*)
        rm -f "$folder/logs/$name.taken"
        [ -e "$outputs/$name/done" ] || failed+=("$name") ;;
    esac
  done
}

to_all() {
  for pid in "${slots[@]}"; do kill -s "$1" -- "-$pid" 2> /dev/null && echo "$pid"; done
}

# stop SIGNAL: passes it on to every process of every slot; what is still there after ten seconds is killed.
stop() {
  trap '' INT TERM HUP
  to_all "$1" > /dev/null
  for _ in {1..100}; do
    [ -n "$(to_all 0)" ] || break
    sleep 0.1
  done
  to_all KILL > /dev/null
  release
  echo "stopped; start it again to go on" >&2
  exit 130
}

left=()
for name in "${names[@]}"; do
  by="$(readlink "$folder/logs/$name.taken")"
  if [ -e "$outputs/$name/done" ]; then
    with="$(cat "$outputs/$name/done")"
    echo "$name: done already${with:+ (with $with)}"
  elif [ -n "$by" ] && is_alive "$by"; then
    echo "$name: runs already, in process $by; if that is over, remove $folder/logs/$name.taken"
  else
    rm -f "$folder/logs/$name.taken"
    left+=("$name")
  fi
done
slots=()
trap 'stop INT' INT
trap 'stop TERM' TERM HUP
if [ "${#gpus[@]}" -eq 0 ]; then gpus=(""); fi
for gpu in "${gpus[@]}"; do
  slot "$gpu" "$@" &
  slots+=("$!")
done
wait "${slots[@]}"
release
if [ "${#failed[@]}" -gt 0 ]; then
  echo "${#failed[@]} failed:" >&2
  for name in "${failed[@]}"; do echo "  $name: $folder/logs/$name.log" >&2; done
  exit 1
fi

"""The run's name says another setting than its config."""

import re
from collections.abc import Iterator
from typing import Any

from actot.analysis import config_values
from actot.rules import Case

SEVERITY = "info"
# How a name spells a knob, and the words beside which the number is another thing: `warmup_2k`,
# `200k_frames`. A number counts whole or not at all (`lr20x`); `bs1` may be baseline 1, `batch2` the
# second batch of runs, `seed_1_2` a range.
BEGIN, END, NO_LIST = r"(?<![^\s_./-])(?<!\d\.)", r"(?![^\s_./-])", r"(?![\s_-]\d+(e-\d+)?\b)"
NUMBER = re.compile(r"(\d+(?:\.\d+)?(?:e-\d+)?)(k?)", re.IGNORECASE)
STEPS = (
    r"(?>\d+(\.\d+)?)(k([_-]?steps)?|[_-]?steps)|steps[_=-]?(?>\d+(\.\d+)?)k?",
    "from at of vs to top topk ckpt checkpoint resume resumed init pretrain pretrained warm warmup decay "
    "save eval log every chunk data dataset frame frames sample samples image images env envs "
    "param params ep eps episode episodes demo demos",
)
NAMED = {
    "lr": (
        r"lr[_= -]?(?>0\.\d+|\d+(\.\d+)?e-\d+)" + NO_LIST,
        "backbone encoder vision head min max peak init start end final last decay warmup",
    ),
    "batch_size": (
        r"(bsz?[_= -]?(?>\d\d+|[48])|batch(?>\d\d+)|batch_?size[_= -]?(?>\d+))" + NO_LIST,
        "eval val micro mini accum grad",
    ),
    "seed": (r"seed[_= -]?(?>\d+)" + NO_LIST, "sampler data dataset env eval val split"),
}
EXACT = ("batch_size", "seed")


def check(case: Case, *, near: float = 0.05) -> dict[str, Any] | None:
    """Speaks where the name gives one value of a knob and the config holds another: for steps and
    lr by more than `near` of it. A name with two values of a knob claims neither."""
    what = []
    for knob, (pattern, others) in {case.profile.budget: STEPS, **NAMED}.items():
        said = dict(_said(case.summary.run.name, pattern, others.split()))
        held = case.summary.settings.knobs.get(knob)
        if held is None or held.origin != "set" or len(set(said.values())) != 1:
            continue
        tied = held.value if isinstance(held.value, tuple) else (held.value,)
        if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in tied):
            continue
        token, number = next(iter(said.items()))
        slack = 1e-9 if knob in EXACT else near
        if all(abs(number - v) > slack * abs(v) for v in tied):
            what.append(f"{token} ≠ {knob} {config_values.show(held.value)}")
    return {"what": "; ".join(what)} if what else None


def _said(name: str, pattern: str, others: list[str]) -> Iterator[tuple[str, float]]:
    """(token, number) of every token of the name that can mean nothing else."""
    for found in re.finditer(f"{BEGIN}(?:{pattern}){END}", name, re.IGNORECASE):
        before = re.split(r"[\s_./-]+", name[: found.start()].lower().rstrip(" _./-"))[-1]
        after = re.split(r"[\s_./-]+", name[found.end() :].lower().lstrip(" _./-"))[0]
        if before not in others and after not in others:
            number = NUMBER.search(found.group())
            if number is not None:
                yield found.group(), float(number[1]) * (1000 if number[2] else 1)

"""What robomimic prints into `logs/log.txt`: after a line with the epoch, the values of it as a JSON object."""

import json
import re
from collections.abc import Iterator
from typing import Any

from actot.errors import BadInput
from actot.tables.cells import Column
from actot.tables.file_formats import Limits
from actot.tables.json_rows import columns_of

EPOCH = re.compile(r"^(Train|Validation) Epoch (\d{1,9})\s*$|^Epoch (\d{1,9}) Rollouts took", re.M)
ENV = re.compile(r"^Env: (.{1,200})$", re.M)
# An object of one epoch is short; the text between two epochs may not be.
LONGEST = 100_000


def read(
    name: str, text: str, limits: Limits, warnings: list[str]
) -> tuple[int, list[str], list[Column]]:
    """(rows, header, columns), the keys as robomimic logs them elsewhere: `Train/Loss`. Raises: BadInput."""
    broken = 0

    def items() -> Iterator[dict[str, Any]]:
        nonlocal broken
        for found in _blocks(text):
            broken += not found
            if found:
                yield found

    table = columns_of(name, items(), limits)
    if not table[0]:
        raise BadInput(f"{name}: holds no epochs as robomimic prints them; give a table")
    if broken:
        warnings.append(f"the values of {broken} epoch(s) are cut or damaged; left out")
    return table


def _blocks(text: str) -> Iterator[dict[str, Any]]:
    """The row of each heading; empty where its object is not whole."""
    heads = list(EPOCH.finditer(text))
    for head, end in zip(heads, [*(h.start() for h in heads[1:]), len(text)], strict=True):
        section = {"Train": "Train", "Validation": "Valid"}.get(head[1] or "", "Rollout")
        part = text[head.end() : min(end, head.end() + LONGEST)]
        if section != "Rollout":
            yield _row(part, int(head[2]), section + "/{}")
            continue
        for env in ENV.finditer(part):
            keys = f"{section}/{{}}/{env[1].strip().replace('{', '').replace('}', '')}"
            yield _row(part[env.end() :], int(head[3]), keys)


def _row(text: str, epoch: int, keys: str) -> dict[str, Any]:
    start = text.find("{")
    try:
        found, _ = json.JSONDecoder().raw_decode(text, start) if start >= 0 else ({}, 0)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or not found:
        return {}
    return {"epoch": epoch, **{keys.format(k): v for k, v in found.items()}}

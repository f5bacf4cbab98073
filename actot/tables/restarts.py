"""Logs that several starts were appended to: what counts of them."""

import numpy as np

from actot.tables.columns import split

# Shorter stretches than this are no starts but rows in no order.
LEAST_ROWS = 3
# A start within this many usual distances of the first step begins anew, a later one goes on from a checkpoint.
ANEW = 2


def last_starts(
    codes: np.ndarray, steps: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, dict[int, int]]:
    """(the rows that count, how many times the step falls by code) of series whose rows stand as they were logged.

    A start ends the earlier ones at its first step.
    """
    kept, falls = [], {}
    for code, at in split(codes[rows], rows):
        found = _starts(steps[at])
        if found:
            falls[code] = len(found)
            at = at[_counting(steps[at], found)]
        kept.append(at)
    return np.sort(np.concatenate(kept)) if kept else rows, falls


def _starts(steps: np.ndarray) -> list[int]:
    """Where a new start begins; none in rows that are in no order."""
    top = np.maximum.accumulate(steps)
    found = []
    for at in (np.flatnonzero(np.diff(steps) < 0) + 1).tolist():
        is_last = at + 1 == len(steps)
        # A late row stands alone: the next one goes on beyond what was reached.
        if steps[at] <= steps[0] if is_last else steps[at + 1] <= top[at - 1]:
            found.append(at)
    return found if len(steps) >= LEAST_ROWS * (len(found) + 1) else []


def _counting(steps: np.ndarray, starts: list[int]) -> np.ndarray:
    keep = np.ones(len(steps), dtype=bool)
    rises = np.diff(steps)
    usual = float(np.median(rises[rises > 0])) if (rises > 0).any() else 0.0
    first = steps[0]
    for at in starts:
        if steps[at] <= first + ANEW * usual:
            keep[:at], first = False, steps[at]
        else:
            keep[:at] &= steps[:at] < steps[at]
    return keep

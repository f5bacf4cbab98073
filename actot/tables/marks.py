"""Numbers with marks between their thousands, and with decimal commas, as plain numbers; only where one reading is left.

An apostrophe before a sign guards a spreadsheet against formulas, as in what MLflow exports: it is no part of the number.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Blanks (plain, no-break, thin, narrow no-break) and apostrophes stand between thousands alone.
BLANKS = " \u00a0\u2009\u202f'\u2019"
SPACED = rf"^[+-]?\d{{1,3}}(?:[{BLANKS}]\d{{3}})+(?:[.,]\d+)?$"
COMMAS = r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$"
DECIMAL = r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?)$"
DOTTED = r"^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?$"
GUARDED = r"^'[+-][\d.iI]"
SHORT_OR_DOTTED = re.compile(r"\d{1,3}|[1-9]\d{0,2}(?:[.,]\d{3})+")


def unmarked(cells: pa.Array) -> pa.Array:
    """Trimmed texts without marks between thousands; a comma is one where it could be nothing else in any cell."""
    guarded = _matches(cells, GUARDED)
    if guarded.any():
        cells = _where(guarded, pc.replace_substring_regex(cells, "^'", ""), cells)
    spaced = _matches(cells, SPACED)
    if spaced.any():
        plain = pc.replace_substring_regex(cells, f"[{BLANKS}]", "")
        cells = _where(spaced, plain, cells)
    comma = _matches(cells, r"^[+-]?\d*,")
    if not comma.any():
        return cells
    if not (comma & ~_matches(cells, COMMAS)).any():
        return _where(comma, pc.replace_substring(cells, ",", ""), cells)
    points = _matches(cells, r"^[+-]?\d*\.\d+$")
    if not (comma & ~_matches(cells, DECIMAL)).any() and not points.any():
        return pc.replace_substring_regex(cells, DECIMAL, r"\1.\2")
    return cells


def decimal_commas(cells: pa.Array) -> pa.Array:
    """The cells of a file where the comma is the decimal mark: beside one, a point stands between thousands."""
    plain = pc.replace_substring_regex(cells, DECIMAL, r"\1.\2")
    dotted = _matches(cells, DOTTED)
    with_comma = _matches(cells, r"^[+-]?[\d.]*,\d+$")
    if not dotted.any() or not with_comma.any():
        return plain
    whole = pc.replace_substring(pc.replace_substring(cells, ".", ""), ",", ".")
    return _where(dotted, whole, plain)


def grouped_steps(values: Sequence[Any]) -> np.ndarray | None:
    """The steps that texts as `1.050` stand for, which no fraction is; None where they are other numbers."""
    texts = [v.strip() if isinstance(v, str) else "" for v in values]
    if not texts or not all(map(SHORT_OR_DOTTED.fullmatch, texts)):
        return None
    is_short = [len(t) < 4 for t in texts]
    as_decimals = [float(t.replace(",", ".")) for t in texts if t.count(".") + t.count(",") < 2]
    # `1.000`, `2.000`, ... alone are whole numbers with three decimals.
    if (
        not any(is_short)
        and len(as_decimals) == len(texts)
        and all(map(float.is_integer, as_decimals))
    ):
        return None
    return np.array([float(re.sub("[.,]", "", t)) for t in texts])


def _matches(cells: pa.Array, pattern: str) -> np.ndarray:
    found = pc.match_substring_regex(cells, pattern).fill_null(False)
    return found.to_numpy(zero_copy_only=False)


def _where(mask: np.ndarray, yes: pa.Array, no: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(mask), yes, no)

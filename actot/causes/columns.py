"""The terms that a level may follow: the shapes of each knob, pairs of classes, and every run by its seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from actot.analysis.config_changes import Change
from actot.causes import knob_distance
from actot.causes.posterior import Term
from actot.profile_schema import Profile

FEWEST_CLASSES = 4  # as many are assumed at least: of few, none is likely beforehand
PAIRS_ODDS, SEEDS_ODDS = 0.5, 0.05  # of all pairs, and of all single runs
MOST_THRESHOLDS, MOST_COLUMNS = 100, 5_000  # of a knob, and about as many of all
MOST_CLASSES = 60  # of which every two may do harm together

Pattern = frozenset[int]  # the places of the runs that moved a knob
Moves = Sequence[Mapping[str, Change]]  # of each run, its changes by knob


@dataclass(frozen=True)
class Columns:
    """The terms of a source.

    `classes` are the knobs by their pattern, a class each; `seeds` holds by place of a term the run whose seed it is.
    `thinned`: a knob has more values than thresholds; `lacks_products`: there are more classes than make pairs.
    """

    terms: Sequence[Term]
    classes: Mapping[Pattern, Sequence[str]]
    seeds: Mapping[int, int]
    thinned: bool
    lacks_products: bool


@dataclass(frozen=True)
class _Shapes:
    """The columns of one class, each once."""

    columns: Sequence[np.ndarray]
    thinned: bool


def build(moves: Moves, profile: Profile) -> Columns:
    """All terms of runs with these changes against the reference."""
    classes: dict[Pattern, list[str]] = {}
    for knob in dict.fromkeys(k for moved in moves for k in moved):
        pattern = frozenset(at for at, moved in enumerate(moves) if knob in moved)
        classes.setdefault(pattern, []).append(knob)
    most = max(2, min(MOST_THRESHOLDS, MOST_COLUMNS // max(1, len(classes))))
    shapes = [_shapes(knobs, moves, most, profile) for knobs in classes.values()]
    terms: list[Term] = []
    for k, shape in enumerate(shapes):
        p = 1 / (max(len(classes), FEWEST_CLASSES) * len(shape.columns))
        terms += [Term(column, p / (1 - p), (k,)) for column in shape.columns]
    terms += _products(list(classes), [t.values for t in terms], len(moves))
    runs = [at for at, moved in enumerate(moves) if moved]
    seeds = {len(terms) + at: run for at, run in enumerate(runs)}
    terms += [Term(_indicator([at], len(moves)), SEEDS_ODDS / len(runs), ()) for at in runs]
    thinned = any(s.thinned for s in shapes)
    return Columns(terms, classes, seeds, thinned, len(classes) > MOST_CLASSES)


def _indicator(places: Sequence[int] | Pattern, runs: int) -> np.ndarray:
    column = np.zeros(runs)
    column[list(places)] = 1.0
    return column


def _products(classes: Sequence[Pattern], known: Sequence[np.ndarray], runs: int) -> Iterator[Term]:
    """What two classes do only together, where no other term says the same."""
    taken = {column.tobytes() for column in known}
    odds = PAIRS_ODDS / max(1, len(classes) * (len(classes) - 1) / 2)
    # The classes that moved in most runs are met together most often.
    most = sorted(range(len(classes)), key=lambda k: -len(classes[k]))[:MOST_CLASSES]
    for a, b in combinations(sorted(most), 2):
        column = _indicator(classes[a] & classes[b], runs)
        if column.any() and column.tobytes() not in taken:
            yield Term(column, odds, (a, b))


def _shapes(knobs: Sequence[str], moves: Moves, most: int, profile: Profile) -> _Shapes:
    """What the knobs of a class may do: an effect of any change, a dose, or one from a value on, by direction."""
    found: dict[bytes, np.ndarray] = {}
    thinned = False
    for knob in knobs:
        shapes = [_indicator([at for at, m in enumerate(moves) if knob in m], len(moves))]
        x = _doses([moved.get(knob) for moved in moves], profile)
        for way in () if x is None else (np.maximum(x, 0.0), np.maximum(0.0 - x, 0.0)):
            if way.any():
                values = np.unique(way[way > 0])
                thinned = thinned or len(values) > most
                places = np.linspace(0, len(values) - 1, min(most, len(values))).round()
                shapes.append(way / way.max())
                shapes += [(way >= v).astype(float) for v in values[places.astype(int)]]
        found |= {shape.tobytes(): shape for shape in shapes}
    return _Shapes(list(found.values()), thinned)


def _doses(changes: Sequence[Change | None], profile: Profile) -> np.ndarray | None:
    """How far each run moved a knob, as the log of the ratio; plain differences where there is none.

    Absent: None for a category, or where a value is no number.
    """
    moved = [c for c in changes if c is not None]
    if all(c.ratio is not None and c.ratio > 0 for c in moved):
        return np.array([np.log(c.ratio) if c and c.ratio else 0.0 for c in changes])
    knob = profile.knobs.get(moved[0].knob)
    sides = [v for c in moved for v in (c.base, c.value)]
    if knob is None or knob.scale != "linear" or not all(map(knob_distance.is_number, sides)):
        return None
    return np.array([float(c.value - c.base) if c else 0.0 for c in changes])

"""The runs of a folder of tables, under ids that are unique in it. Nothing here loads Arrow."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from actot.tables import file_formats

if TYPE_CHECKING:
    from actot.tables.found import Found

CLOCKS = ("_runtime", "_timestamp")
CHECKPOINT = re.compile(r"checkpoint-(\d{1,12})")
STATE = "trainer_state.json"


@dataclass(frozen=True)
class Place:
    """Where a run was found: the file, its name in the folder, its time and revision."""

    path: Path
    name: str
    revision: str
    created: str
    found: "Found"


def is_newest(path: Path) -> bool:
    """Whether no later checkpoint of its run holds the same file: each of them has the log up to there."""
    own = CHECKPOINT.fullmatch(path.parent.name)
    if path.name != STATE or not own:
        return True
    others = path.parent.parent.glob(f"checkpoint-*/{STATE}")
    found = (CHECKPOINT.fullmatch(o.parent.name) for o in others)
    return all(int(f[1]) <= int(own[1]) for f in found if f)


def by_id(places: Iterable[Place]) -> dict[str, list[Place]]:
    """Runs under ids that are unique in the folder.

    A run that several files name, or that has a folder of its own, is one where these files hold different keys (a chart
    each); else, and for files of one run, an id that stands twice gets the path of its file in front.
    """
    groups = _grouped(places)
    ids = dict.fromkeys(groups, "")
    for level in range(3):
        for key, some in groups.items():
            if not ids[key]:
                ids[key] = _id(some[0], level)
        counts = Counter(ids.values())
        if level < 2:
            ids = {key: i if counts[i] == 1 else "" for key, i in ids.items()}
    taken: Counter[str] = Counter()
    unique: dict[str, list[Place]] = {}
    for key, run_id in ids.items():
        while run_id in unique:
            taken[ids[key]] += 1
            run_id = f"{ids[key]}#{taken[ids[key]] + 1}"
        unique[run_id] = groups[key]
    return unique


def _grouped(places: Iterable[Place]) -> dict[tuple[str, str], list[Place]]:
    """The places of each run, by what it is called and where."""
    groups: dict[tuple[str, str], list[Place]] = {}
    shared: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        if place.found.home or place.found.named:
            shared.setdefault((place.found.id, place.found.home), []).append(place)
        else:
            groups[place.found.id, place.name] = [place]
    for (run_id, home), some in shared.items():
        some = _furthest(some) if home else some
        counts = Counter(k for p in some for k in p.found.keys.difference(CLOCKS))
        if max(counts.values(), default=1) == 1:
            groups[run_id, some[0].name] = some
        else:
            groups |= {(run_id, p.name): [p] for p in some}
    return groups


def _furthest(places: list[Place]) -> list[Place]:
    """Of the states of one trainer, the one that goes on furthest."""
    states = [p for p in places if p.path.name == STATE]
    last = max(states, key=lambda p: p.found.last_step, default=None)
    return [p for p in places if p.path.name != STATE or p is last]


def _id(place: Place, level: int) -> str:
    """The id in the file, with the path in front, with the suffix too."""
    if level == 0:
        return place.found.id
    if place.found.home and level == 1:
        root = place.path.parents[place.name.count("/")]
        home = Path(place.found.home)
        inside = home != root and home.is_relative_to(root)
        return home.relative_to(root).as_posix() if inside else place.found.id
    path = place.name if level == 2 else file_formats.stem(place.name)
    return f"{path}/{place.found.id}" if place.found.named else path

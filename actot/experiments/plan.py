"""A plan to isolate a culprit, and the file it is kept in: what is compared, who is suspected, and how."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from actot.errors import BadInput
from actot.experiments.strategies import SECOND, STRATEGIES
from actot.files import typed_tree
from actot.foreign_text import parsed

FILE = "plan.json"
LONGEST = 100_000  # letters of a file
MOST_SUSPECTS = 100


@dataclass(frozen=True)
class Plan:
    """Which of the suspects made the regressed run worse than the anchor.

    The configs are those of the runs: a plan's own runs are known by what they have in effect, not by their names. `direction` is
    None where the profile says it. `seeds`: how many of each run, where one is too noisy for its half-way rule.
    """

    strategy: str
    anchor: str
    regressed: str
    suspects: tuple[str, ...]
    metric: str
    direction: str | None = None
    seeds: int = 1


def write(plan: Plan, **words: Any) -> str:
    """The text of a plan's file, with words for who reads it beside what `read` needs."""
    return json.dumps({**words, "plan": asdict(plan)}, indent=2, ensure_ascii=False) + "\n"


def line(plan: Plan) -> str:
    """A plan in one line, for a link."""
    return json.dumps({"plan": asdict(plan)}, separators=(",", ":"), ensure_ascii=False)


def read(text: str, where: str) -> Plan:
    """The plan in a text. Raises: BadInput with what is wrong there."""
    try:
        tree = parsed(text[:LONGEST])
    except (ValueError, RecursionError) as e:
        raise BadInput(f"{where}: no plan; name a {FILE} that `actot suggest` wrote") from e
    tree = typed_tree.expect_mapping(tree, where)
    found = typed_tree.build(Plan, typed_tree.expect_mapping(tree.get("plan"), where), where)
    if found.strategy not in STRATEGIES:
        raise BadInput(f"{where}: strategy {found.strategy}; write {', '.join(STRATEGIES)}")
    names = found.suspects
    if not 0 < len(names) <= MOST_SUSPECTS or len(set(names)) < len(names):
        raise BadInput(
            f"{where}: {len(names)} suspects; name 1 to {MOST_SUSPECTS} knobs, each once"
        )
    if found.seeds not in (1, SECOND):
        raise BadInput(f"{where}: {found.seeds} seeds; write 1 or {SECOND}")
    return found

"""What is measured or simulated stands in a page between two marks, `<!-- NAME -->` and `<!-- /NAME -->`, each on a
line of its own; nothing else of the page is ever replaced.
"""

from collections.abc import Iterable
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def replaced(page: str, name: str, lines: Iterable[str]) -> str:
    """The page with these lines between the marks of a name. Raises: ValueError where they do not stand there once."""
    found = page.split("\n")
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    places = [[at for at, line in enumerate(found) if line == mark] for mark in marks]
    if [len(some) for some in places] != [1, 1] or places[0] > places[1]:
        raise ValueError(f"{' and '.join(marks)}: not once each, in this order, on own lines")
    (begin,), (end,) = places
    return "\n".join([*found[: begin + 1], *lines, *found[end:]])


def write(page: str, name: str, lines: Iterable[str], folder: Path = DOCS) -> None:
    """Put lines into their block of a page of docs. Raises: ValueError, and then the page is as it was."""
    path = folder / page
    path.write_text(replaced(path.read_text(encoding="utf-8"), name, lines), encoding="utf-8")

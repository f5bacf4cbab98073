"""Markdown that foreign text cannot break: escaping, tables, links."""

import re
from collections.abc import Sequence

# What GitHub's Markdown reads inside a line: code, emphasis, links, HTML, cells, formulas, strikes,
# entities, mentions, issue numbers, emoji, bare addresses.
SPECIAL = re.compile(
    r"[\\`*\[\]<|$~]|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w]+;)|@(?=\w)|#(?=\d)|:(?=//|\w+:)|(?<=www)\."
)
# What opens a list, a quote, a heading or a rule where it stands first.
OPENING = re.compile(r"^(\d*)([.)](?=\s|$)|[-+](?=[\s-]|$)|[>=]|#(?=[#\s]|$))")
URL = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'*+,;=%-]+")


def escape(text: str) -> str:
    """The text as text: no table, link, emphasis, image, formula or emoji comes out of it."""
    inline = SPECIAL.sub(lambda m: "\\" + m[0], " ".join(str(text).split()))
    return OPENING.sub(r"\1\\\2", inline)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """A table of finished cells; all but the first `left` columns are aligned to the right."""
    rule = ["---" if i < left else "---:" for i in range(len(head))]
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join(rule)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def url(text: str) -> str:
    """The address where it is a plain web address, else ""."""
    return text if URL.fullmatch(text) else ""


def inline(text: str) -> str:
    """Text as a code span, whatever is in it."""
    flat = " ".join(text.split())
    longest = max((len(m) for m in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if not flat or flat[0] == "`" or flat[-1] == "`" else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def code(text: str, language: str) -> str:
    """A fenced block whose fence is longer than any inside."""
    longest = max((len(m) for m in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"

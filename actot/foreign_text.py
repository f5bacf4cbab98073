"""Text that others wrote, made fit for a file, a screen or a terminal: what is in it steers nothing, tells no key."""

import base64
import json
import re
from collections.abc import Sequence
from typing import Any


def scrub(text: object) -> str:
    """The text without half surrogate pairs: JSON's escapes may hold them, no file or screen takes them."""
    return str(text).encode("utf-8", "replace").decode()


def scrub_tree(node: Any) -> Any:
    """JSON values without half surrogate pairs, keys too. Raises: RecursionError."""
    if isinstance(node, str):
        return scrub(node)
    if isinstance(node, dict):
        return {scrub_tree(key): scrub_tree(value) for key, value in node.items()}
    return [scrub_tree(value) for value in node] if isinstance(node, list) else node


def parsed(text: str) -> Any:
    """The values of a JSON text, scrubbed. Raises: ValueError, RecursionError."""
    tree = json.loads(text)
    # Only an escape, or a half pair that stands there as it is, can be one.
    return tree if text.isascii() and "\\u" not in text else scrub_tree(tree)


def one_line(text: object) -> str:
    """One line without control characters: a run's name must not steer a terminal or break a picture."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def legible(text: object, most: int = 60) -> str:
    """The text for a message: one line, not too long."""
    line = one_line(text).strip()
    return line if len(line) <= most else line[: most - 1] + "…"


def few(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are: `a, b and 3 more`; "" for none."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def hide_key(text: str, key: str) -> str:
    """The text without an API key, as it is or as it is sent."""
    sent = base64.b64encode(f"api:{key}".encode()).decode()
    return text.replace(key, "***").replace(sent, "***")


def hide_passwords(text: str) -> str:
    """The text without the names and passwords of addresses in it."""
    return re.sub(r"//[^/\s]*@", "//", text)

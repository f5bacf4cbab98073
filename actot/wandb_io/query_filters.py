"""Filters as a W&B server understands them: Mongo's language, without what it cannot decide."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from actot.errors import BadInput


def conditions(filters: Mapping[str, str]) -> dict[str, Any]:
    """The filters in the server's language (Mongo's)."""
    found: list[dict[str, Any]] = []
    for key, value in filters.items():
        if key in ("group", "state"):
            found.append({key: value})
        elif key == "id":
            found.append({"name": value})
        elif key == "tag":
            found.append({"tags": {"$in": [value]}})
        elif key == "name":
            # RE2, which knows fewer escapes than Python writes.
            found.append(
                {"displayName": {"$regex": re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", value)}}
            )
        elif key == "since":
            found.append({"createdAt": {"$gte": _day(value)}})
        elif "[" not in key:
            # An absent value may be the trainer's default, and a key with dots in it is no path there.
            path = f"config.{key}"
            found.append({"$or": [{path: {"$in": _readings(value)}}, {path: {"$exists": False}}]})
    return found[0] if len(found) == 1 else {"$and": found} if found else {}


def _day(text: str) -> str:
    try:
        at = datetime.fromisoformat(text + "-01" * max(0, 2 - text.count("-")))
    except ValueError:
        raise BadInput(f"since={text}: not a date; write it as 2025-01-31") from None
    return utc(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _readings(text: str) -> list[Any]:
    """What a config may hold where a user types this text."""
    try:
        return [text, json.loads(text)]
    except ValueError:
        return [text, *(v for v in (True, False, None) if text == str(v))]


def utc(at: datetime) -> datetime:
    """A time in UTC; one without a zone is meant so."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

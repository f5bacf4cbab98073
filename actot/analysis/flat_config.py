"""A nested config as dotted paths, and what stands where."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from actot.analysis.config_values import ABSENT, equal, plain
from actot.errors import BadInput
from actot.profile_schema import Profile

DEEPEST, MOST_PATHS, MOST_LETTERS, MOST_ITEMS = 40, 20_000, 10_000_000, 2_000


def flatten(config: Mapping[str, Any], naming_fields: tuple[str, ...] = ()) -> dict[str, Any]:
    """Dotted path -> value; an item of a list of dicts is `path[name]` by its naming field.

    A list of more than MOST_ITEMS dicts is one value. Raises: BadInput for a config that is too deep or
    too large to be one.
    """
    flat: dict[str, Any] = {}
    letters = 0

    def check(depth: int) -> None:
        if depth > DEEPEST or len(flat) > MOST_PATHS or letters > MOST_LETTERS:
            raise BadInput(
                f"config: nested deeper than {DEEPEST} levels or more than {MOST_PATHS} values; "
                "this is no train config"
            )

    def walk(node: Any, path: str, depth: int) -> None:
        nonlocal letters
        letters += len(path)
        check(depth)
        if isinstance(node, Mapping) and node:
            # An agent of a sweep leaves `a.b` beside the tree; what the trainer parsed stands in the tree.
            for key, value in sorted(node.items(), key=lambda pair: "." not in str(pair[0])):
                walk(value, f"{path}.{key}" if path else str(key), depth + 1)
        elif (
            isinstance(node, list | tuple)
            and 0 < len(node) <= MOST_ITEMS
            and all(isinstance(i, Mapping) for i in node)
        ):
            for name, item in zip(item_names(node, naming_fields), node, strict=True):
                walk(item, f"{path}[{name}]", depth + 1)
        elif path:
            descend(node, depth)
            flat[path] = plain(node)

    def descend(node: Any, depth: int) -> None:
        check(depth)
        inner = node.values() if isinstance(node, Mapping) else node
        for value in inner if isinstance(node, Mapping | list | tuple) else ():
            descend(value, depth + 1)

    walk(config, "", 0)
    return flat


def prefixes(path: str) -> list[str]:
    """`a`, `a.b`, `a.b[c]` for `a.b[c]`: what a path leads through, and the path itself."""
    ends = [at for at, letter in enumerate(path) if letter in ".[" and at]
    return [*(path[:at] for at in ends), path]


def conflicts(
    config: Mapping[str, Any], naming_fields: tuple[str, ...] = ()
) -> dict[str, tuple[Any, Any]]:
    """Path -> (value of a dotted key, value in the tree beside it) where the two differ."""
    dotted = {k: v for k, v in config.items() if isinstance(k, str) and "." in k}
    if not dotted:
        return {}
    tree = flatten({k: v for k, v in config.items() if k not in dotted}, naming_fields)
    beside = flatten(dotted, naming_fields)
    return {p: (v, tree[p]) for p, v in beside.items() if p in tree and not equal(v, tree[p])}


def item_names(items: Sequence[Mapping[str, Any]], naming_fields: Sequence[str]) -> list[str]:
    """What the items of a list are called: by naming field, else by place; a name twice gets `#2`."""
    names: list[str] = []
    times: Counter[str] = Counter()
    for at, item in enumerate(items):
        name = str(next((item[f] for f in naming_fields if item.get(f) is not None), at))
        again = times[name]
        names.append(f"{name}#{again + 1}" if again else name)
        times[names[-1].split("#")[0]] += 1
    return names


def with_defaults(flat: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """The paths of a config, and the trainer's defaults where it is silent."""
    full = dict(flat)
    for block in profile.defaults:
        if holds(block.when, full):
            full.update({p: plain(v) for p, v in block.values.items() if p not in flat})
    return full


def holds(when: Mapping[str, Any], flat: Mapping[str, Any]) -> bool:
    """Whether every path has the wanted value.

    `{same_as: path}` and `{differs_from: path}` compare two paths that the config has, `{any_of: values}` takes one of
    several, `{present: true}` any value but null.
    """
    return all(_is(flat.get(path, ABSENT), want, flat) for path, want in when.items())


def _is(value: Any, want: Any, flat: Mapping[str, Any]) -> bool:
    if not isinstance(want, Mapping):
        return value is not ABSENT and equal(value, want)
    [(condition, argument)] = want.items()
    if condition == "present":
        return argument is not equal(value, ABSENT)
    if condition == "any_of":
        return any(equal(value, one) for one in argument)
    other = flat.get(argument, ABSENT)
    known = not equal(value, ABSENT) and not equal(other, ABSENT)
    return known and equal(value, other) is (condition == "same_as")


def matching(want: str, flat: Mapping[str, Any]) -> list[str]:
    """The paths that a profile path names; `*` stands for anything inside one part."""
    if "*" not in want:
        return [want] if want in flat else []
    pattern = re.compile(re.escape(want).replace(r"\*", r"[^\].]*"))
    return [p for p in flat if pattern.fullmatch(p)]

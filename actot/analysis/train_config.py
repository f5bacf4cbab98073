"""A train config as a value: its tree, its flat view, its knobs; a turned knob makes another one.

A new tree shares all that did not change with the old one, and its flat view is the old one with the
changed paths: a turn neither copies nor flattens the whole config.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from actot.analysis import flat_config, knob_settings
from actot.analysis.config_values import plain
from actot.analysis.knob_settings import Settings
from actot.errors import BadInput
from actot.profile_schema import Knob, Place, Profile

SEGMENT = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


@dataclass(frozen=True)
class TrainConfig:
    """A config of a trainer, never changed in place."""

    tree: Mapping[str, Any]
    flat: Mapping[str, Any]
    profile: Profile

    @classmethod
    def parse(cls, tree: Mapping[str, Any], profile: Profile) -> "TrainConfig":
        """The value of a nested config. Raises: BadInput for what is no config."""
        return cls(tree, flat_config.flatten(tree, profile.naming_fields), profile)

    @cached_property
    def settings(self) -> Settings:
        """The effective knobs."""
        return knob_settings.read_flat(self.flat, self.profile)

    def place(self, knob: Knob) -> Place | None:
        """Where this config has the knob."""
        return knob_settings.active_place(knob, flat_config.with_defaults(self.flat, self.profile))

    def with_path(self, path: str, value: Any) -> "TrainConfig":
        """The config with a value at a path; `*` stands for every matching path, an int stays an int.

        Raises: BadInput where the config has no such place.
        """
        if "*" in path:
            config = self
            for match in flat_config.matching(path, self.flat):
                config = config.with_path(match, value)
            return config
        tree, written = self._written(self.tree, SEGMENT.findall(path), value, path)
        inside = (f"{path}.", f"{path}[")
        rest = {p: v for p, v in self.flat.items() if p != path and not p.startswith(inside)}
        return TrainConfig(tree, rest | self._flat_at(path, written), self.profile)

    def without_path(self, path: str) -> "TrainConfig":
        """The config without a path of its dicts; unchanged where there is none. Raises: BadInput within a list."""
        if "[" in path:
            raise BadInput(
                f"config: {path} stands in a list, which would not be the same without it"
            )
        tree = _without(self.tree, path.split("."))
        return self if tree is self.tree else TrainConfig.parse(tree, self.profile)

    def without(self, *keys: str) -> "TrainConfig":
        """The config without some of its top-level keys."""
        if not set(keys) & set(self.tree):
            return self
        tree = {k: v for k, v in self.tree.items() if k not in keys}
        return TrainConfig.parse(tree, self.profile)

    def _flat_at(self, path: str, value: Any) -> dict[str, Any]:
        """What the flat view holds of a value that stands at a path."""
        if isinstance(value, Mapping | list | tuple):
            return flat_config.flatten({path: value}, self.profile.naming_fields)
        return {path: plain(value)}

    def _written(
        self, node: Any, segments: list[tuple[str, str]], value: Any, path: str
    ) -> tuple[Any, Any]:
        """A copy of a node with the value behind these segments, and the value as it was written."""
        if node is None:
            raise BadInput(f"config: {path} leads through a null; the config has no place for it")
        (part, item), *rest = segments
        if item:
            return self._in_list(node, item, rest, value, path)
        if rest:
            inner, written = self._written(node.get(part, {}), rest, value, path)
            return {**node, part: inner}, written
        old = node.get(part)
        is_whole = isinstance(old, int) and not isinstance(old, bool)
        if is_whole and isinstance(value, float) and value.is_integer():
            value = int(value)
        written = list(value) if isinstance(value, tuple) else value
        return {**node, part: written}, written

    def _in_list(
        self, items: Any, name: str, rest: list[tuple[str, str]], value: Any, path: str
    ) -> tuple[Any, Any]:
        names = flat_config.item_names(items, self.profile.naming_fields)
        if name not in names:
            raise BadInput(f"config: no item {name} in the list")
        at = names.index(name)
        inner, written = self._written(items[at], rest, value, path)
        return [*items[:at], inner, *items[at + 1 :]], written


def _without(node: Any, parts: list[str]) -> Any:
    """A copy of a dict without what stands there, or the dict itself where nothing does."""
    first, *rest = parts
    if not isinstance(node, Mapping) or first not in node:
        return node
    if not rest:
        return {key: value for key, value in node.items() if key != first}
    inner = _without(node[first], rest)
    return node if inner is node[first] else {**node, first: inner}

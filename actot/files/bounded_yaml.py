"""YAML from strangers, read within limits: no tags, no bombs, no endless nesting."""

from typing import Any

import yaml

MOST_VALUES, DEEPEST = 20_000, 40  # of a YAML file, every alias written out


# The errors that a text that is no YAML is read with.
YAML_ERRORS = (
    yaml.YAMLError,
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


class TooLarge(ValueError):
    """A YAML text that stands for more than anything that is read here."""


class _Loader(yaml.SafeLoader):
    """A loader that stops at too many values; every one of them takes its time."""

    left = MOST_VALUES

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.left -= 1
        if self.left < 0:
            raise TooLarge
        return super().compose_node(parent, index)


def plain_yaml(text: str) -> Any:
    """The values in a YAML text. Raises: one of YAML_ERRORS, also for aliases that grow without end."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_size(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _check_size(root: yaml.Node) -> None:
    """Raises: TooLarge where the values, every alias written out, are too many or too deep."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, depth: int) -> int:
        if depth > DEEPEST:
            raise TooLarge
        if id(node) not in sizes:
            parts = node.value if isinstance(node, yaml.CollectionNode) else []
            inner = [n for part in parts for n in (part if isinstance(part, tuple) else (part,))]
            sizes[id(node)] = 1 + sum(size(n, depth + 1) for n in inner)
        if sizes[id(node)] > MOST_VALUES:
            raise TooLarge
        return sizes[id(node)]

    size(root, 0)

"""Values of a YAML file as dataclasses: what does not fit is named with its place."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from actot.errors import BadInput

T = TypeVar("T")


def expect_list(tree: Mapping[str, Any], key: str, where: str) -> list[Any]:
    found = tree.get(key, [])
    if not isinstance(found, list):
        raise BadInput(f"{where}: {key} is a list; found {type(found).__name__}")
    return found


def expect_mapping(tree: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(tree, Mapping):
        raise BadInput(f"{where}: expected names with values, found {type(tree).__name__}")
    return tree


def build(kind: type[T], tree: Any, where: str) -> T:
    """A dataclass from a mapping; lists become tuples."""
    tree = expect_mapping(tree, where)
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    unknown = [str(k) for k in tree if k not in known]
    if unknown:
        raise BadInput(
            f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        )
    missing = [
        name
        for name, f in known.items()
        if f.default is MISSING and f.default_factory is MISSING and name not in tree
    ]
    if missing:
        raise BadInput(f"{where}: {', '.join(missing)} must be given")
    kinds = get_type_hints(kind)
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in tree.items()}
    for key, value in values.items():
        if not _fits(value, kinds[key]):
            raise BadInput(
                f"{where}: {key} is {str(value)[:60]!r}, which is not {_called(kinds[key])}"
            )
    return kind(**values)


def _fits(value: Any, kind: Any) -> bool:
    """Whether a value of the file is of a field's type; what a mapping holds is checked where used."""
    if kind is Any:
        return True
    origin, parts = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return any(_fits(value, part) for part in parts)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(v, parts[0]) for v in value)
    if origin is not None:
        return isinstance(value, Mapping)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _called(kind: Any) -> str:
    """A type in the words of the file's author."""
    names = {float: "a number", int: "a whole number", str: "a text", bool: "true or false"}
    if get_origin(kind) is tuple:
        return (
            "a list"
            if get_args(kind)[0] is Any
            else f"a list, each of it {_called(get_args(kind)[0])}"
        )
    return names.get(kind, "names with values" if get_origin(kind) else "that kind of value")

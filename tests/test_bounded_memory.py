"""A memory that does not grow for ever forgets what nobody asks for."""

from actot.bounded_memory import BoundedMemory


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    memory: BoundedMemory[str, int] = BoundedMemory(2)
    memory["a"] = 1
    memory["b"] = 2
    assert memory.get("a") == 1
    memory["c"] = 3
    assert dict(memory) == {"a": 1, "c": 3}
    assert memory.get("b") is None and "b" not in memory


def test_it_is_a_dict_for_everything_else() -> None:
    memory: BoundedMemory[str, list[int]] = BoundedMemory(3)
    memory.setdefault("a", []).append(1)
    memory.setdefault("a", []).append(2)
    assert memory["a"] == [1, 2] and list(memory) == ["a"] and len(memory) == 1
    assert memory.pop("a") == [1, 2] and memory.pop("a", None) is None

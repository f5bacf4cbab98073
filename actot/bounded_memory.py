"""What a process remembers without growing for ever."""

from collections import OrderedDict, UserDict
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedMemory(UserDict[K, V]):
    """A dict of at most so many entries: what was not asked for longest is forgotten first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.data: OrderedDict[K, V] = OrderedDict()
        self.most = most

    def __getitem__(self, key: K) -> V:
        value = self.data[key]
        self.data.move_to_end(key)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        self.data[key] = value
        self.data.move_to_end(key)
        while len(self.data) > self.most:
            self.data.popitem(last=False)

"""A file is replaced as a whole or stays as it was; its mode, and a link to it, stay in both cases."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from actot.files.atomic_write import replace_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def broken() -> Iterator[bytes]:
    yield b"half"
    raise OSError(28, "No space left on device")


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for parts in ([b"one"], [b"t", memoryview(b"wo")], []):
        replace_file(path, parts)
        assert path.read_bytes() == b"".join(parts)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("private", [True, False])
def test_a_write_that_fails_kills_nothing_and_leaves_nothing(tmp_path: Path, private: bool) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def refuse() -> None:
        assert path.read_bytes() == b"old"
        raise ValueError("changed meanwhile")

    with pytest.raises(OSError, match="No space"):
        replace_file(path, broken(), private=private)
    with pytest.raises(ValueError, match="meanwhile"):
        replace_file(path, [b"new"], private=private, last_look=refuse)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_stop_in_the_middle_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, stop)
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, [b"new"], lasting=True)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_mode_and_a_link_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    replace_file(link, [b"new"])
    assert link.is_symlink() and path.read_bytes() == b"new" and mode(path) == 0o640


def test_a_new_file_is_as_readable_as_any_and_a_private_one_is_its_users_alone(
    tmp_path: Path,
) -> None:
    (tmp_path / "plain").write_bytes(b"")
    replace_file(tmp_path / "new", [b"x"])
    assert mode(tmp_path / "new") == mode(tmp_path / "plain")
    replace_file(tmp_path / "own", [b"x"], private=True)
    assert mode(tmp_path / "own") == 0o600


def test_a_private_file_is_not_written_through_a_link(tmp_path: Path) -> None:
    elsewhere, path = tmp_path / "elsewhere", tmp_path / "a"
    elsewhere.write_bytes(b"theirs")
    path.symlink_to(elsewhere)
    replace_file(path, [b"mine"], private=True)
    assert elsewhere.read_bytes() == b"theirs" and not path.is_symlink()


def test_a_file_with_the_longest_of_names_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    replace_file(path, [b"x"])
    assert path.read_bytes() == b"x"

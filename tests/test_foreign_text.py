"""Text of others: what is in it steers no terminal, breaks no file, and tells no key."""

import base64

import pytest

from actot.foreign_text import hide_key, hide_passwords, legible, one_line, scrub, scrub_tree


def test_half_surrogate_pairs_become_question_marks_everywhere_in_a_tree() -> None:
    assert scrub("a\ud800b") == "a?b" and scrub(5) == "5" and scrub("💡") == "💡"
    tree = {"k\udc00": ["\ud800", 1, None, {"in": "x"}]}
    assert scrub_tree(tree) == {"k?": ["?", 1, None, {"in": "x"}]}


@pytest.mark.parametrize("text", ["a\nb", "a\x1bb", "a\u202eb", "a\x00b", "a\tb"])
def test_a_control_character_is_a_blank(text: str) -> None:
    assert one_line(text) == legible(text) == "a b"


def test_a_message_holds_no_more_than_it_was_given_room_for() -> None:
    assert legible("  " + "x" * 60 + "\n") == "x" * 60
    assert legible("x" * 61) == "x" * 59 + "…" and legible("abcd", 3) == "ab…"


def test_a_key_and_a_password_are_told_in_no_form() -> None:
    sent = base64.b64encode(b"api:geheim").decode()
    assert hide_key(f"geheim, Basic {sent}!", "geheim") == "***, Basic ***!"
    assert hide_passwords("https://ann:pw@host/x and //b@c") == "https://host/x and //c"

"""Protobuf's wire format: messages as numbered fields, whole numbers as varints."""

from collections.abc import Iterator
from typing import Any


def varint(buf: bytes, pos: int) -> tuple[int, int]:
    """The number that begins at a byte, and the byte after it. Raises: IndexError, ValueError."""
    byte = buf[pos]
    if byte < 0x80:
        return byte, pos + 1
    value, shift = byte & 0x7F, 7
    while True:
        pos += 1
        byte = buf[pos]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, pos + 1
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def fields_of(buf: bytes) -> Iterator[tuple[int, Any]]:
    """(field number, value) of a message: bytes for length-delimited fields, an int for the others."""
    pos, size = 0, len(buf)
    while pos < size:
        tag, pos = varint(buf, pos)
        wire = tag & 7
        if wire == 2:
            length, pos = varint(buf, pos)
            if pos + length > size:
                raise ValueError("a field is longer than its message")
            yield tag >> 3, buf[pos : pos + length]
            pos += length
        elif wire == 0:
            value, pos = varint(buf, pos)
            yield tag >> 3, value
        elif wire in (1, 5):
            width = 8 if wire == 1 else 4
            yield tag >> 3, int.from_bytes(buf[pos : pos + width], "little")
            pos += width
        else:
            raise ValueError(f"unknown wire type {wire}")


def signed(value: int) -> int:
    """A whole number as the client meant it: protobuf writes those below 0 as their two's complement."""
    return (value + 2**63) % 2**64 - 2**63

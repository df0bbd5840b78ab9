"""Objects with large arrays as one stretch of bytes, in which the arrays stay where they lie: nothing is copied (pickle's
protocol 5 with buffers out of band, PEP 574).
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator

LEAST = 1 << 14
"""Bytes from which on an array is worth a place of its own."""
ALIGNMENT = 32
_LENGTH = struct.Struct("<Q")


def packed(item: object) -> bytes:
    """`item` as bytes: how many parts there are, the length of each, and the parts."""
    buffers: list[pickle.PickleBuffer] = []

    def is_small(buffer: pickle.PickleBuffer) -> bool:
        if buffer.raw().nbytes < LEAST:
            return True
        buffers.append(buffer)
        return False

    data = pickle.dumps(item, protocol=5, buffer_callback=is_small)
    parts = [memoryview(data), *(buffer.raw() for buffer in buffers)]
    lengths = b"".join(map(_LENGTH.pack, [len(parts), *map(len, parts)]))
    return b"".join(map(_filled, [memoryview(lengths), *parts]))


def unpacked(held: memoryview) -> object:
    """What was `packed`; its arrays stay in `held`, and cannot be written to."""
    data, *buffers = _parts(held)
    return pickle.loads(data, buffers=buffers)


def _parts(held: memoryview) -> Iterator[memoryview]:
    (count,) = _LENGTH.unpack_from(held)
    place = _ending(_LENGTH.size * (count + 1))
    for number in range(1, count + 1):
        (length,) = _LENGTH.unpack_from(held, number * _LENGTH.size)
        yield held[place : place + length]
        place += _ending(length)


def _filled(part: memoryview) -> bytes:
    return bytes(part).ljust(_ending(len(part)), b"\0")


def _ending(length: int) -> int:
    """Where what follows so many bytes begins."""
    return -(-length // ALIGNMENT) * ALIGNMENT

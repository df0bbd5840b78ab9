"""A count of each of some forked processes, which all may read."""

from __future__ import annotations

import mmap
import struct

COUNT = struct.Struct("i")


class SharedCounts:
    """To be made before the processes are forked."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._memory = mmap.mmap(-1, processes * COUNT.size)

    def put(self, seat: int, count: int) -> None:
        COUNT.pack_into(self._memory, seat * COUNT.size, count)

    def least_of_others(self, seat: int) -> int | None:
        """None where there are no others."""
        places = (place for place in range(self._processes) if place != seat)
        return min((COUNT.unpack_from(self._memory, place * COUNT.size)[0] for place in places), default=None)

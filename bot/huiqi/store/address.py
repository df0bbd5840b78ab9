"""Where a database is: the path of a SQLite file, or the address of one on a PostgreSQL server."""

from __future__ import annotations

import re

PRIVATE = ":memory:"
"""The address of a SQLite database that is only in memory."""
_SCHEMES = ("postgresql", "postgres")
_PASSWORD = re.compile(r"(?<=://)([^/?@:]*):[^/?]*@|(?<=[?&]password=)[^&]*")


def is_postgresql(address: str) -> bool:
    return scheme(address) in _SCHEMES


def scheme(address: str) -> str:
    """What stands before ://; empty for a path."""
    return address.partition("://")[0] if "://" in address else ""


def spoken(address: str) -> str:
    """The address as it may be shown: without its password."""
    return _PASSWORD.sub(lambda found: f"{found[1]}@" if found[1] is not None else "***", address)

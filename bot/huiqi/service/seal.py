"""Files of the cache hold pickles, which run code when they are read: only those are read that this program, run by this
user, wrote. Each stands behind an HMAC (RFC 2104) of SHA-256, which many processors reckon by themselves, whose key only
the user can read.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from pathlib import Path

KEY = "key"
KEY_LENGTH = 32
SEAL_LENGTH = 32


class NotSealed(Exception):
    """A file was not written by this user, or its key is not only theirs; the message says which and what to do."""


def sealed(data: bytes, cache: Path) -> bytes:
    """`data` behind a seal. Raises NotSealed, or OSError where no key can be made."""
    return _seal(data, _key(cache)) + data


def unsealed(file: Path) -> memoryview:
    """What `sealed` sealed. Raises NotSealed, or OSError."""
    # A copy: what is mapped could be changed by another between the seal and its reading.
    held = memoryview(file.read_bytes())
    if not hmac.compare_digest(held[:SEAL_LENGTH], _seal(held[SEAL_LENGTH:], _key(file.parent))):
        raise NotSealed(f"{file} 不是本程序以这个用户写的")
    return held[SEAL_LENGTH:]


def _seal(data: bytes | memoryview, key: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _key(cache: Path) -> bytes:
    """The key of a folder, made when it is first wanted."""
    file = cache / KEY
    with contextlib.suppress(FileExistsError):
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_LENGTH))
    status = file.stat()
    if os.name == "posix" and (status.st_uid != os.getuid() or status.st_mode & 0o077):
        raise NotSealed(f"缓存的密钥 {file} 别的用户也能读写，请删去它")
    return file.read_bytes()

"""How the platforms sign and encrypt what they call us with (developer.work.weixin.qq.com, 加解密方案说明, path/90968).

Signature: SHA-1 of token, timestamp, nonce and the encrypted text, sorted and put together. Encryption: AES-256-CBC, the
first 16 bytes of the key as initialisation vector, PKCS#7 to blocks of 32 bytes, of 16 random bytes, four bytes of length
(big-endian), the message, and the id of whom it is for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

KEY_LENGTH = 43
"""Characters of an EncodingAESKey."""
BLOCK = 32
RANDOM = 16


class NotGenuine(Exception):
    """A call is not the platform's, or not for us; the message says what was wrong, for the log."""


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def is_signed(claimed: str, *parts: str) -> bool:
    return hmac.compare_digest(claimed.encode(), signature(*parts).encode())


class Crypto:
    """`token`, `encoding_key`: as they were filled in on both sides; `receive_id`: whom messages are for (the corp id, of
    a 公众号 the app id)."""

    def __init__(self, token: str, encoding_key: str, receive_id: str) -> None:
        self._token = token
        self._receive_id = receive_id.encode()
        self._key = base64.b64decode(encoding_key + "=")

    def opened(self, claimed: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
        """The message in an encrypted text whose signature is right. Raises NotGenuine."""
        if not is_signed(claimed, self._token, timestamp, nonce, encrypted):
            raise NotGenuine("the signature is wrong")
        try:
            sealed = base64.b64decode(encrypted, validate=True)
            decryptor = Cipher(AES(self._key), CBC(self._key[:16])).decryptor()
            padded = decryptor.update(sealed) + decryptor.finalize()
        except (ValueError, binascii.Error):
            raise NotGenuine("the text is not encrypted as it should be") from None
        pad = padded[-1] if padded else 0
        if not 1 <= pad <= BLOCK or padded[-pad:] != bytes([pad]) * pad:
            raise NotGenuine("the text was encrypted with another key")
        plain = padded[RANDOM:-pad]
        if len(plain) < 4:
            raise NotGenuine("the text is too short")
        (length,) = struct.unpack(">I", plain[:4])
        if not hmac.compare_digest(plain[4 + length :], self._receive_id):
            raise NotGenuine("the text is for another receiver")
        return plain[4 : 4 + length]

    def sealed(self, message: bytes, timestamp: str, nonce: str) -> tuple[str, str]:
        """(encrypted text, its signature), as the platform makes them."""
        plain = os.urandom(RANDOM) + struct.pack(">I", len(message)) + message + self._receive_id
        pad = BLOCK - len(plain) % BLOCK
        encryptor = Cipher(AES(self._key), CBC(self._key[:16])).encryptor()
        sealed = encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()
        encrypted = base64.b64encode(sealed).decode()
        return encrypted, signature(self._token, timestamp, nonce, encrypted)

"""Keys for other systems: made by an administrator, shown once, ended at once."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence

from huiqi.curation.roles import CurationError, Member
from huiqi.store.api_keys import ApiKey, ApiKeyStore
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

SCOPES: Mapping[str, str] = {
    "ask": "提问（/api/v1/ask）",
    "retrieval": "外部知识库（/retrieval）",
    "mcp": "MCP（/mcp）",
}
"""What a key may be for, and what staff call it."""
LONGEST_NAME = 60
MOST_A_MINUTE = 100_000
BEGINNING = 8
MARK = "hq_"


class ApiKeys:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = ApiKeyStore(database)
        self._audit = AuditTrail(database)

    def make(self, name: str, scopes: Sequence[str], a_minute: int, by: Member) -> str:
        """A new key, which nobody can be shown again. Raises CurationError."""
        by.require("admin")
        name = name.strip()
        if not name or len(name) > LONGEST_NAME:
            raise CurationError(f"请写明给谁用，例如“区政务大模型”，最多 {LONGEST_NAME} 个字")
        if not scopes or set(scopes) - SCOPES.keys():
            raise CurationError("请至少选一项这个密钥能做的事")
        if not 0 <= a_minute <= MOST_A_MINUTE:
            raise CurationError(f"每分钟的次数要在 0（不限）到 {MOST_A_MINUTE} 之间")
        secret = MARK + secrets.token_urlsafe(32)
        with transaction(self._database):
            number = self._store.add(name, secret[:BEGINNING], digest_of(secret), scopes, a_minute, by.name)
            self._audit.add(
                by.name, "新建密钥", "api_key", str(number), None, {"name": name, "scopes": [*scopes]}
            )
        return secret

    def end(self, number: int, by: Member) -> None:
        by.require("admin")
        with transaction(self._database):
            key = self._store.get(number)
            if key is None or key.ended_at:
                raise CurationError("没有这个密钥，或已经停用了")
            self._store.end(number)
            self._audit.add(by.name, "停用密钥", "api_key", str(number), {"name": key.name}, None)

    def all(self) -> list[ApiKey]:
        return self._store.all()


def digest_of(secret: str) -> str:
    """A key is long and random: a plain hash of it cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Files to download with an entry: brought by staff, named in the entry's draft, given out once that is published."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any

from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.roles import CurationError, Member
from huiqi.store.attachments import AttachmentStore
from huiqi.store.database import Database
from huiqi.store.drafts import Draft
from huiqi.store.transaction import transaction

LARGEST_ATTACHMENT = 5 * 1024 * 1024
"""Bytes. A form to fill in is far smaller; what is larger is a scan, and belongs among the sources."""
BEGINNINGS = {".docx": b"PK\x03\x04", ".xlsx": b"PK\x03\x04", ".pdf": b"%PDF-"}
"""How a file of each kind begins."""
LONGEST_NAME = 80


class AttachmentDesk:
    def __init__(self, database: Database, drafting: Drafting) -> None:
        self._database = database
        self._drafting = drafting
        self._store = AttachmentStore(database)

    def content(self, digest: str) -> bytes:
        found = self._store.content(digest)
        if found is None:
            raise CurationError("没有这个附件，可能是从别处导入的条目，请重新上传")
        return found

    def attach(self, by: Member, entry: str, name: str, content: bytes) -> Draft:
        """Put a file into the draft of an entry; one of the same name is replaced. Raises CurationError for what is no
        such file."""
        by.require("editor")
        name = PurePath(name.replace("\\", "/")).name.strip()
        suffix = PurePath(name).suffix.lower()
        if suffix not in BEGINNINGS:
            raise CurationError(f"附件只能是 {'、'.join(BEGINNINGS)}，“{name[:40]}”不是")
        if len(name) > LONGEST_NAME:
            raise CurationError(f"文件名太长（最多 {LONGEST_NAME} 个字），请改短再传")
        if len(content) > LARGEST_ATTACHMENT:
            raise CurationError(f"附件太大，最多 {LARGEST_ATTACHMENT // 1024 // 1024} MB")
        if not content.startswith(BEGINNINGS[suffix]):
            raise CurationError(f"“{name}”里面不是 {suffix} 文件，请用原来的程序另存一份再传")
        with transaction(self._database):
            digest = self._store.add(content, by.name)
            kept = [one for one in self.attached(entry) if one["name"] != name]
            return self._save(by, entry, [*kept, {"name": name, "sha256": digest}], f"附件：{name}")

    def detach(self, by: Member, entry: str, name: str) -> Draft:
        by.require("editor")
        with transaction(self._database):
            kept = [one for one in self.attached(entry) if one["name"] != name]
            return self._save(by, entry, kept, f"去掉附件：{name}")

    def attached(self, entry: str) -> list[dict[str, str]]:
        """{name, sha256} of each file of the entry's draft, or of what is published."""
        return list((self._drafting.current("entry", entry) or {}).get("attachments") or [])

    def _save(self, by: Member, entry: str, files: list[dict[str, str]], note: str) -> Draft:
        current: Any = self._drafting.current("entry", entry)
        if current is None:
            raise CurationError("没有这个条目，请从列表里打开")
        content = json.loads(json.dumps(current)) | {"attachments": files}
        if not files:
            del content["attachments"]
        draft = self._drafting.open_of("entry", entry)
        return self._drafting.save(by, "entry", entry, content, draft.version if draft else 0, note)

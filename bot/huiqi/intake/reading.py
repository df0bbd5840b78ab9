"""A file that somebody brings, as a document: its blocks, or a sentence that says why there are none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from huiqi.formats.child import Busy, TooMuch, ask_child
from huiqi.intake.blocks import MOST_CHARACTERS, Block, blocks_of, of_text
from huiqi.intake.readers import LARGEST_FILE, PROGRAM, SECONDS

PASTED = "粘贴的文字.txt"


class DocumentError(Exception):
    """The file cannot be read as a document; the message says why and what to do."""


@dataclass(frozen=True)
class Original:
    """`digest`: SHA-256 of the file as hexadecimal digits."""

    name: str
    digest: str
    blocks: tuple[Block, ...]

    @property
    def written(self) -> list[tuple[str, str]]:
        return [(block.kind, block.text) for block in self.blocks]

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)


def read_document(raw: bytes, name: str) -> Original:
    """The document in a file. Raises DocumentError."""
    if len(raw) > LARGEST_FILE:
        raise DocumentError(f"“{name}”有 {len(raw) // 1024 // 1024} MB，最多 20 MB，请删去图片或拆成几个文件")
    try:
        said = ask_child(PROGRAM, raw, SECONDS, name)
    except Busy:
        raise DocumentError("正在读别人交来的文件，请过一会儿再试") from None
    except TooMuch:
        raise DocumentError(
            f"“{name}”读了 {SECONDS} 秒或占满内存还没有读完，不像正常的文件，没有收下；请重新导出或拆开"
        ) from None
    if "refused" in said:
        raise DocumentError(said["refused"])
    return Original(name, digest_of(raw), blocks_of((kind, text) for kind, text in said["written"]))


def read_pasted(text: str) -> Original:
    """The document that somebody pasted. Raises DocumentError."""
    if not text.strip():
        raise DocumentError("没有文字，请粘贴文件的正文")
    if len(text) > MOST_CHARACTERS:
        raise DocumentError(f"文字超过 {MOST_CHARACTERS // 10000} 万字，请拆开再交")
    return Original(PASTED, digest_of(text.encode()), of_text(text))


def digest_of(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()

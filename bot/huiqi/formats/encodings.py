"""Text as people's programs write it to files."""

from __future__ import annotations

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def decoded(raw: bytes) -> str | None:
    """The text of a file: UTF-8, what Excel calls Unicode text (UTF-16), or GBK, of which GB 18030 is the whole. None
    where it is none of these."""
    for encoding in ("utf-16",) if raw[:2] in _UTF_16 else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None

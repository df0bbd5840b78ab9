"""The number of an official document as it stands in a text: issuer〔year〕number号, or an announcement's 公告year年第number号."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DOCUMENT_NUMBER = re.compile(
    r"(?P<issuer>[一-鿿]{1,8})?[〔\[(（]?(?P<year>20\d\d)[〕\])）] ?第?(?P<number>\d+)号"
)
_ANNOUNCEMENT = re.compile(
    r"(?P<before>公告|通告|令)? ?(?P<year>20\d\d)年 ?第?(?P<number>\d{1,4})号 ?(?P<after>公告|通告|令)?"
)
_SHORT = re.compile(r"(?<![\d.])第?(?!1号文件)(?P<number>\d{1,4})号(?P<kind>文件?|公告|通告|令)(?!号)")
"""一号文件 is what the first document of a year is called, whoever issued it."""
_ANNOUNCED = ("公告", "通告", "令")
"""How the key of what is no 文 begins: a document that is called one is none of these."""


@dataclass(frozen=True)
class DocumentNumber:
    """The number of a document as it stands in a text, from `start` to `end`. `key`: issuer〔year〕number号; of an
    announcement 公告 (通告, 令) stands in place of the issuer, whoever that is; nothing where the text tells neither. `year`: 0
    where a document is named by its number alone (9号文)."""

    key: str
    year: int
    text: str
    start: int
    end: int

    @property
    def is_short(self) -> bool:
        return "〔" not in self.key


def find_document_number(text: str) -> DocumentNumber | None:
    """The first document number in `text`; one with its year in brackets before any other."""
    if "号" not in text:
        return None
    if found := _DOCUMENT_NUMBER.search(text):
        before = found["issuer"] or ""
    elif found := _ANNOUNCEMENT.search(text):
        before = found["before"] or found["after"] or ""
    else:
        return None
    key = f"{before}〔{found['year']}〕{int(found['number'])}号"
    return DocumentNumber(key, int(found["year"]), found[0].strip(), found.start(), found.end())


def find_asked_number(text: str) -> DocumentNumber | None:
    """The first document number in a question, where people leave the year out as well (9号文)."""
    if whole := find_document_number(text):
        return whole
    found = _SHORT.search(text) if "号" in text else None
    if found is None:
        return None
    kind = found["kind"] if found["kind"] in _ANNOUNCED else ""
    return DocumentNumber(f"{kind}〕{int(found['number'])}号", 0, found[0], found.start(), found.end())


def shortened(key: str) -> str:
    """The key of a document as it is named by its number alone."""
    before, _, number = key.partition("〔")
    return f"{before if before in _ANNOUNCED else ''}〕{number.partition('〕')[2]}"


def is_document(asked: str, own: str) -> bool:
    """Whether the number that was `asked` for, with what stands before it, is the document numbered `own` (both keys of
    `DocumentNumber`). Where the question leaves the issuer out, or the year too, the figures decide."""
    if "〔" not in asked:
        return shortened(own) == asked
    return own.endswith(asked) if asked.startswith("〔") else asked.endswith(own)


def is_numbered(written: str | None, asked: str) -> bool:
    """Whether a document whose number is `written` so is the one whose number (a key of `DocumentNumber`) was `asked`
    for."""
    found = find_document_number(written or "")
    return found is not None and is_document(asked, found.key)

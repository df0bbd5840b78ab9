"""Takes personal data out of a text before it is stored.

Masked: mobile numbers, identity cards (GB 11643-1999, with its check digit), bank cards (Luhn, ISO/IEC 7812-1),
e-mail addresses, number plates. Kept: 统一社会信用代码 (GB 32100-2015: a company's own public number), public
hotlines and landlines, amounts and document numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from huiqi.language.legible import legible

# Written wide (１３８) or with a longer dash (138–0013–8000) a number is no less a number; each sign stays one sign.
_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_NARROW = str.maketrans(
    _WIDE + _DASHES + "\u3000", "".join(chr(ord(sign) - 0xFEE0) for sign in _WIDE) + "-" * len(_DASHES) + " "
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
_DIGITS = re.compile(r"(?<![0-9A-Za-z.])\+?\d(?:[ \-]?\d){9,18}[Xx]?(?![0-9A-Za-z])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z][· ]?"
    r"(?=[A-HJ-NP-Z0-9]*\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![0-9A-Za-z])",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_IDENTITY = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

MOBILE, IDENTITY, BANK_CARD, EMAIL, PLATE = "[手机号]", "[身份证号]", "[银行卡号]", "[邮箱]", "[车牌号]"


def mask(text: str) -> str:
    """`text` with each piece of personal data replaced by its kind in brackets, and without what nobody can read; all else
    stays as it was written."""
    text = legible(text)
    for pattern, kind_of in _KINDS:
        kept, end = [], 0
        for found in pattern.finditer(text.translate(_NARROW)):
            kind = kind_of(found[0])
            if kind is not None:
                kept += [text[end : found.start()], kind]
                end = found.end()
        text = "".join([*kept, text[end:]])
    return text


def _kind_of_number(written: str) -> str | None:
    number = re.sub(r"[ \-+]", "", written)
    if _IDENTITY.fullmatch(number) and is_identity_number(number):
        return IDENTITY
    if is_credit_code(number):
        return None
    if _MOBILE.fullmatch(number):
        return MOBILE
    if 15 <= len(number) <= 19 and number.isdigit() and is_luhn(number):
        return BANK_CARD
    return None


_KINDS: Sequence[tuple[re.Pattern[str], Callable[[str], str | None]]] = (
    (_EMAIL, lambda _: EMAIL),
    (_PLATE, lambda _: PLATE),
    (_DIGITS, _kind_of_number),
)


def is_identity_number(number: str) -> bool:
    """Check digit of an 18-character identity number (ISO 7064 MOD 11-2, as in GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _IDENTITY_WEIGHTS, strict=True))
    return _IDENTITY_CHECKS[total % 11] == number[17].upper()


def is_credit_code(code: str) -> bool:
    """Check character of an 18-character 统一社会信用代码 (GB 32100-2015)."""
    code = code.upper()
    if len(code) != 18 or any(character not in _CREDIT_ALPHABET for character in code):
        return False
    if code[0] not in "159Y" or code[1] not in "1239":
        return False
    total = sum(
        _CREDIT_ALPHABET.index(character) * weight
        for character, weight in zip(code[:17], _CREDIT_WEIGHTS, strict=True)
    )
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == code[17]


def is_luhn(number: str) -> bool:
    """Luhn check of a card number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0

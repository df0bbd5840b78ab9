"""Takes personal data out of a text before it is stored anywhere.

Masked, however it is spelled (full width, Chinese numerals, blanks, dots, dashes and slashes between digits): mobile numbers,
identity cards (GB 11643-1999 with its check digit, and the 15 digits of before), bank cards (Luhn, ISO/IEC 7812-1), travel
documents, e-mail addresses, number plates; and what follows 微信, QQ, 地址, 我叫, 联系人 where it has the form of one. Kept:
统一社会信用代码 (GB 32100-2015: a company's own public number), public hotlines and landlines, amounts, dates and document
numbers. What nobody can read is left out as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from huiqi.language.legible import legible

MOBILE, IDENTITY, BANK_CARD, EMAIL, PLATE = "[手机号]", "[身份证号]", "[银行卡号]", "[邮箱]", "[车牌号]"
TRAVEL, WECHAT, QQ, ADDRESS, NAME = "[证件号]", "[微信号]", "[QQ号]", "[地址]", "[姓名]"

_MARKED = re.compile(
    "|".join(map(re.escape, (MOBILE, IDENTITY, BANK_CARD, EMAIL, PLATE, TRAVEL, WECHAT, QQ, ADDRESS, NAME)))
)

_BETWEEN = r"[ \t\-./·_]{1,3}"
"""What may stand between the digits of one number."""
_NUMBER = re.compile(rf"(?<![0-9A-Za-z])\+?\d+(?:{_BETWEEN}\d+)*[Xx]?(?![0-9A-Za-z])")
_GROUP = re.compile(r"\d+[Xx]?")
_MOBILE = re.compile(r"(?:(?:00)?86|0)?1[3-9]\d{9}")
_IDENTITY = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_OLD_IDENTITY = re.compile(
    r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])\d{4}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}"
)
"""Before 1999: the region (GB/T 2260), the day of birth with two digits of the year, an order."""
_CARD_GROUPS = re.compile(r"\d{15,19}|\d{6}[ -]\d{9,13}|(?:\d{4}[ -]){3}\d{3,4}(?:[ -]\d{1,4})?")
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_LONGEST_NUMBER = 19

_SAYS = r"(?:号码|号|账号)?[ 是为:]{0,3}"
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭"
    "廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武戚莫孔汤温康施洪季庄涂欧詹甘柯翁"
)
_WRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"), EMAIL),
    (
        re.compile(
            r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-NP-Z][· ]?"
            r"(?=[A-HJ-NP-Z0-9]*\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![0-9A-Za-z])",
            re.IGNORECASE,
        ),
        PLATE,
    ),
    (
        re.compile(r"(?<![0-9A-Za-z])(?:[EGCHMTD]\d{8}|E[A-HJ-NP-Z]\d{7})(?![0-9A-Za-z])", re.IGNORECASE),
        TRAVEL,
    ),
    (
        re.compile(
            rf"(?:微信|威信|薇信|(?<![a-z])(?:weixin|wechat|vx|wx)){_SAYS}"
            r"(?P<secret>[a-z][a-z0-9_-]{5,19}|\d{6,12})(?![a-z0-9])",
            re.IGNORECASE,
        ),
        WECHAT,
    ),
    (re.compile(rf"(?:(?<![a-z])qq|扣扣){_SAYS}(?P<secret>[1-9]\d{{4,11}})(?!\d)", re.IGNORECASE), QQ),
    (
        re.compile(
            r"(?:地址|住址|家住|住在)[ 是在为:]{0,3}(?P<secret>[^ ,.;!?，。；！？、\n\[][^,;!?，。；！？\n\[]{1,30}?"
            r"\d+ ?(?:号|栋|座|室|楼|单元|房|层|弄)(?:[^,;!?，。；！？\n\[]{0,12}?\d+ ?(?:号|栋|座|室|楼|单元|房|层|弄))*)"
        ),
        ADDRESS,
    ),
    (
        re.compile(
            rf"(?:我叫|我的名字叫|姓名|联系人)[ 是为叫:]{{0,3}}(?P<secret>(?:[{_SURNAMES}]|欧阳|上官|司马|诸葛|司徒)"
            r"(?!式)[\u4e00-\u9fff]{1,2}?)(?=[ ,.;!?，。；！？、()（）\[\d\n]|$|电话|手机|微信)"
        ),
        NAME,
    ),
)
_HINT = re.compile(r"[\d@]|微信|威信|薇信|weixin|wechat|vx|wx|我叫|我的名字叫|姓名|联系人", re.IGNORECASE)
"""Without any of it nothing of _WRITTEN is in a text, and a number only in Chinese numerals."""
FEWEST_DIGITS = 11
"""Of the shortest number that is personal by itself, a mobile one's."""
_CHINESE_NUMERALS = "〇零○一壹幺二贰三叁四肆五伍六陆七柒八捌九玖"
_CHINESE_DIGIT = re.compile(f"[{_CHINESE_NUMERALS}]")
_CHINESE_DIGITS = str.maketrans(_CHINESE_NUMERALS, "0001112233445566778899")
_DASHES = frozenset("\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\u30fc")


_without: set[str] = set()
"""Texts in which nothing is to be masked, those looked at of late: each is looked at several times on its way to where it is
stored. None with personal data is kept here."""
MOST_WITHOUT = 1000


def mask(text: str) -> str:
    """`text` with each piece of personal data replaced by its kind in brackets; all else stays as it was written."""
    if text in _without:
        return text
    masked = _masked(text)
    if masked == text:
        if len(_without) >= MOST_WITHOUT:
            _without.clear()
        _without.add(text)
    return masked


def _masked(text: str) -> str:
    text = legible(text)
    flat = _flat(text)
    if not _HINT.search(flat) and len(_CHINESE_DIGIT.findall(flat)) < FEWEST_DIGITS:
        # Most texts hold nothing that any of the patterns begins with.
        return text
    for pattern, kind in _WRITTEN:
        secret = "secret" if "secret" in pattern.groupindex else 0
        pieces = [(*found.span(secret), kind) for found in pattern.finditer(flat)]
        if pieces:
            text = _replaced(text, pieces)
            flat = _flat(text)
    if pieces := list(_numbers(flat)):
        text = _replaced(text, pieces)
        flat = _flat(text)
    # A numeral beside a number (其一13800138000) is none of its digits, so those are looked at by themselves.
    pieces = list(_numbers(flat.translate(_CHINESE_DIGITS)))
    return _replaced(text, pieces) if pieces else text


MOSTLY = 0.5
"""Of the letters, figures and characters of a text, the share from which on more of it says who somebody is than
anything else. The words around a number (我的手机号码是……，谢谢) are hardly ever longer than it."""


def personal_share(text: str) -> float:
    """The share of a text's letters, figures and characters that `mask` takes out, from 0 to 1."""
    written = sum(map(str.isalnum, text))
    kept = sum(map(str.isalnum, _MARKED.sub("", mask(text))))
    return 1.0 - kept / written if written else 0.0


def kinds_of_personal(text: str) -> tuple[str, ...]:
    """What kinds of personal data a text holds, in its order: 手机号, 身份证号."""
    return tuple(dict.fromkeys(found[0][1:-1] for found in _MARKED.finditer(mask(text))))


def without_personal(text: str) -> str:
    """A text without its personal data, nothing put in the place of it."""
    return _MARKED.sub(" ", mask(text))


def _replaced(text: str, pieces: Iterable[tuple[int, int, str]]) -> str:
    """`text` with the pieces between two places put as their kind; in order, none over another."""
    kept, end = [], 0
    for start, stop, kind in pieces:
        kept += [text[end:start], kind]
        end = stop
    return "".join([*kept, text[end:]])


def _flat(text: str) -> str:
    """The text in one spelling, each sign in its place."""
    return text if text.isascii() else "".join(map(_flat_sign, text))


@lru_cache(8192)
def _flat_sign(sign: str) -> str:
    if sign in _DASHES:
        return "-"
    flat = unicodedata.normalize("NFKC", sign)
    return flat if len(flat) == 1 else sign


def _numbers(flat: str) -> Iterator[tuple[int, int, str]]:
    """(from, to, kind) of the personal numbers of a text. Where several numbers stand behind each other, any groups of
    digits that follow each other may be one, the longest first."""
    for run in _NUMBER.finditer(flat):
        groups = [
            (found.start() + run.start(), found.end() + run.start()) for found in _GROUP.finditer(run[0])
        ]
        first = 0
        while first < len(groups):
            start = groups[first][0]
            for last in range(min(len(groups), first + _LONGEST_NUMBER) - 1, first - 1, -1):
                stop = groups[last][1]
                kind = _kind_of_number(flat[start:stop]) if stop - start <= 3 * _LONGEST_NUMBER else None
                if kind is not None:
                    if kind:
                        is_dialled = first == 0 and flat[run.start()] == "+"
                        yield (run.start() if is_dialled else start), stop, kind
                    first = last
                    break
            first += 1


def _kind_of_number(written: str) -> str | None:
    """The kind of a number; "" for one that is public, None for what is none."""
    number = re.sub(r"[^0-9Xx]", "", written)
    if len(number) > _LONGEST_NUMBER:
        return None
    if _IDENTITY.fullmatch(number) and is_identity_number(number):
        return IDENTITY
    if is_credit_code(number):
        return ""
    if _MOBILE.fullmatch(number):
        return MOBILE
    if number == written and _OLD_IDENTITY.fullmatch(number):
        return IDENTITY
    if _CARD_GROUPS.fullmatch(written) and number.isdigit() and is_luhn(number):
        return BANK_CARD
    return None


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

"""One spelling for one thing: width, case, traditional characters, spoken forms, numerals.

The same steps run over the question and over every alternate of the pack, so that both meet in the middle.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property

from huiqi.language.numerals import digits_for_numerals

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_SPACES = re.compile(r"\s+")
# The year in a document number may stand in brackets of any kind: （…）, […], 〔…〕.
_YEAR_OF_DOCUMENT = re.compile(r"[〔\[(【{] ?((?:19|20)\d\d) ?[〕\])】}] ?(第?) ?(\d{1,4}) ?号")
# What may stay between characters: digits' own signs, and one space for everything that separates.
_SEPARATORS = re.compile(r"[^\w%+.〔〕-]+|_+")
_LATIN = re.compile(r"[\da-z@]")
_SIGN = re.compile(r"[.+-]")
_LONE_SIGN = re.compile(r"(?<![0-9a-z])[.+-]|[.+-](?![0-9a-z])|-{2,}")
# 著 is 着 but where something is written or well known.
_ZHE = re.compile(r"(?<![显名原专编土论卓昭巨译合遗拙])著(?![作名书者述录称])")
_PARTICLES = frozenset("啊呀呢吧吗哈嘛哦了")
_REPEATED = re.compile(r"[啊呀呢吧吗哈嘛哦了]+([啊呀呢吧吗哈嘛哦了])")

# A telephone, card or company number says who asks, not what: with the words that announce it, it is left out.
_WHO = re.compile(
    r"(?:我们?的?|公司的?)?(?:电话|手机号?|微信号?|邮箱|身份证号?|信用代码|联系方式|车牌号?)?(?:是|为|号|:)*"
    r"(?:\+?\d(?:[ -]?\d){9,}x?|[0-9a-z]{15,}|[0-9a-z._-]+@[0-9a-z.-]+)"
)

SHORT_FILLER = 2
"""Fillers up to this many characters are dropped as whole words, longer ones wherever they stand."""


class Normaliser:
    """Normalises text. `traditional` maps code points to simplified ones, `phrases` whole words where a
    character alone does not say which (瞭解, 瞭望); `rewrites` are spoken → written."""

    def __init__(
        self,
        traditional: Mapping[int, int],
        rewrites: Sequence[tuple[str, str]],
        fillers: Sequence[str],
        phrases: Mapping[str, str] | None = None,
    ) -> None:
        self._traditional = traditional
        self._traditional_characters = frozenset(map(chr, traditional))
        self._phrases = dict(phrases or {})
        self._phrase_characters = frozenset("".join(self._phrases))
        self._rewrites = dict(rewrites)
        self._rewrite = _alternation(self._rewrites)
        # Short particles are dropped after segmentation only: 酒吧 must keep its 吧.
        self._filler = _alternation([filler for filler in fillers if len(filler) > SHORT_FILLER])

    @cached_property
    def _phrase(self) -> re.Pattern[str]:
        """A long pattern that hardly a text needs."""
        return re.compile(_either(self._phrases))

    def simplified(self, text: str) -> str:
        """Width, invisible characters, case and traditional characters only; punctuation is kept."""
        text = unicodedata.normalize("NFKC", text)
        if not text.isalnum():
            text = _INVISIBLE.sub("", text)
        text = text.lower()
        # Most texts need no conversion, and asking costs less than converting.
        if not self._phrase_characters.isdisjoint(text):
            text = self._phrase.sub(lambda match: self._phrases[match[0]], text)
        if not self._traditional_characters.isdisjoint(text):
            text = text.translate(self._traditional)
        return _ZHE.sub("着", text) if "著" in text else text

    def __call__(self, text: str) -> str:
        # Each pattern is tried only where that stands without which it cannot match.
        text = self.simplified(text)
        if not text.isalnum():
            text = _SPACES.sub(" ", text)
        if not _PARTICLES.isdisjoint(text):
            text = _REPEATED.sub(r"\1", text)
        if _LATIN.search(text):
            text = _WHO.sub(" ", text)
        if "不了" in text:
            text = _cannot().sub(r"不能\1\2", text)
        if self._rewrite:
            text = self._rewrite.sub(lambda match: self._rewrites[match[0]], text)
        if self._filler:
            text = self._filler.sub(" ", text)
        text = digits_for_numerals(text)
        if "号" in text:
            text = _YEAR_OF_DOCUMENT.sub(r"〔\1〕\2\3号", text)
        if not text.isalnum():
            text = _SEPARATORS.sub(" ", text)
        if _SIGN.search(text):
            text = _LONE_SIGN.sub(" ", text)
        return " ".join(text.split())


@cache
def _cannot() -> re.Pattern[str]:
    """复不了工 says 不能复工: the verb and its object are taken apart by 不了 alone. Made when it is first wanted, for a class
    of so many characters takes long."""
    return re.compile(r"([一-鿿])不了([一-鿿])(?![一-鿿]*解)")


def _alternation(words: Mapping[str, str] | Sequence[str]) -> re.Pattern[str] | None:
    return re.compile(_either(words)) if words else None


def _either(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))

"""Which choice of a question is meant by what somebody typed: 没有的, 我们做口罩的, 三十几个人, 不太清楚, 算了.

The choices' own words and a table of what people say for them (`words` in eligibility.yaml) are compared with the
text, slips of the keyboard forgiven; nothing is chosen where two choices fit alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from rapidfuzz import fuzz

from huiqi.eligibility.quantities import PEOPLE, Quantity, read_quantities
from huiqi.eligibility.rules import NOT_KNOWN
from huiqi.pack.model import STOP, UNSURE, CheckQuestion

ALIKE = 85.0
"""RapidFuzz partial ratio from which a phrase is said in a text."""
LONG_ENOUGH_FOR_SLIPS = 6
"""A shorter phrase with one character changed is another phrase."""
LEAST_PART = 1 / 3
"""How much of a phrase must be said for a part of it (大型 of 大型企业)."""
LONGEST = 24
"""A longer text tells more than an answer."""
_WHOLE = 1000.0
"""What a text fits that is nothing but the phrase, more than any part can."""
_STOPS = re.compile(r"[\s,。.!?;:、~…“”\"'/]+")
_LEAD_IN = re.compile(
    r"^(?:嗯|呃|额|哦|那|好像|好[吧的]?|行吧?|应该|可能|大概|目前|现在|暂时|我们?|咱们?|本?公司|我司|企业|这[边里])+(?=.)"
)
_PARTICLES = re.compile(r"(?<=.)(?:[吧啊呀哦啦嘛哈的了呗咯哟噢]|(?<=[有没是])呢)+$")
_NEGATED = re.compile(r"(?:[不没](?:有|是|算)?|未|非|无)(?:太|很|怎么|那么|大)?在?$")
_NEGATIONS = re.compile("[不没未非无]")
_ASKS = re.compile(
    r"怎么|怎样|如何|什么|啥|哪|多少|多久|为何|吗|呢|能不能|可不可以|是不是|有没有|算不算|要不要|是否|请问|想问"
)
_TOPIC = re.compile("申请|政策|补贴|补助|贴息|材料|条件|电话")
# 没什么影响, 不怎么难, 啥都没做 ask nothing.
_NOTHING = re.compile(r"[没不](?:有|算)?(?:什么|啥|怎么)(?!办)|(?:什么|啥)[都也]")


class Unchosen(Enum):
    """Why an answer is none of the choices."""

    ASKS = "it is a question of its own"
    SEVERAL = "it fits two choices alike"
    PEOPLE = "it is a head-count, and nothing says which choice that is"
    UNKNOWN = "it fits nothing"


def is_question(text: str) -> bool:
    """Whether `text` asks something, by its words; a mere question mark after an answer does not."""
    return bool(_ASKS.search(_NOTHING.sub("", text)))


@dataclass(frozen=True)
class AnswerReader:
    """`words`: choice → what people say for it in every question, 不清楚 and 不做了 among them. `simplify` folds width,
    case and traditional characters."""

    words: Mapping[str, tuple[str, ...]]
    simplify: Callable[[str], str] = lambda text: unicodedata.normalize("NFKC", text).lower()

    def gives_up(self, text: str) -> bool:
        """Whether all of `text` says 不做了."""
        clauses = _clauses(self.simplify(text))
        return bool(clauses) and all(self._fit([clause], STOP) >= _WHOLE for clause in clauses)

    def is_unsure(self, text: str) -> bool:
        """Whether `text` says 不清楚."""
        return len(text) <= LONGEST and self._fit(_clauses(self.simplify(text)), UNSURE) > 0

    def read(self, question: CheckQuestion, text: str) -> int | Unchosen:
        """The number of the choice that `text` means, NOT_KNOWN for 不清楚, or why it means none."""
        clauses = _clauses(self.simplify(text))
        fits = {
            number: self._fit(clauses, choice, question.words.get(choice, ()))
            for number, choice in enumerate(question.choices)
        }
        fits[NOT_KNOWN] = self._fit(clauses, UNSURE)
        best = max(fits, key=lambda number: fits[number])
        is_whole = fits[best] >= _WHOLE
        # 不知道选哪个 asks nothing, 不知道怎么申请 does.
        if not is_whole and (_TOPIC.search(text) or (best != NOT_KNOWN and is_question(text))):
            return Unchosen.ASKS
        if is_whole or (fits[best] > 0 and len(text) <= LONGEST):
            is_alone = sum(fit == fits[best] for fit in fits.values()) == 1
            return best if is_alone else Unchosen.SEVERAL
        if is_question(text):
            return Unchosen.ASKS
        heads = [item for item in read_quantities(text) if item.unit == PEOPLE]
        return _by_people(question, heads[0]) if len(heads) == 1 else Unchosen.UNKNOWN

    def _fit(self, clauses: Sequence[str], choice: str, words: Sequence[str] = ()) -> float:
        """How well what was typed fits a choice, 0 for not at all: the more of a phrase is said, the better."""
        phrases = [(choice, True), *((word, False) for word in (*words, *self.words.get(choice, ())))]
        best = 0.0
        for phrase, may_be_part in phrases:
            phrase = "".join(_clauses(self.simplify(phrase)))
            for form in _forms("".join(clauses)):
                best = max(best, _fit(form, phrase, may_be_part))
            for clause in clauses if len(clauses) > 1 else ():
                # One of several clauses is not all that was said.
                best = max(
                    best, *(min(_fit(form, phrase, may_be_part), len(phrase)) for form in _forms(clause))
                )
        return best


def _clauses(text: str) -> list[str]:
    return [clause for clause in _STOPS.split(text) if clause]


def _forms(typed: str) -> tuple[str, ...]:
    """`typed` as it is, and without what says nothing before and after it."""
    bare = _LEAD_IN.sub("", typed)
    return tuple(dict.fromkeys((typed, bare, _PARTICLES.sub("", typed), _PARTICLES.sub("", bare))))


def _fit(typed: str, phrase: str, may_be_part: bool) -> float:
    """`may_be_part`: whether a part of the phrase says it (大型 of 大型企业)."""
    if typed == phrase:
        return _WHOLE
    if len(phrase) == 1:
        return 1.0 if typed.startswith(phrase) else 0.0
    least = max(2.0, len(phrase) * LEAST_PART) if may_be_part else len(phrase)
    if len(typed) < least:
        return 0.0
    found = fuzz.partial_ratio_alignment(
        phrase, typed, score_cutoff=ALIKE if len(phrase) >= LONG_ENOUGH_FOR_SLIPS else 100.0
    )
    if found is None:
        return 0.0
    in_phrase, in_typed = phrase[found.src_start : found.src_end], typed[found.dest_start : found.dest_end]
    # 不在本地 does not say 在本地, and 裁员 does not say 没有裁员.
    if _NEGATED.search(typed[: found.dest_start]) or _NEGATED.search(phrase[: found.src_start]):
        return 0.0
    if len(_NEGATIONS.findall(in_phrase)) != len(_NEGATIONS.findall(in_typed)):
        return 0.0
    return min(len(in_phrase), len(in_typed)) * found.score / 100


def _by_people(question: CheckQuestion, heads: Quantity) -> int | Unchosen:
    """The choice that is for as many people as were named, all of them."""
    least, most = heads.span or (heads.value, heads.value)
    for choice, (lowest, highest) in question.people.items():
        if least >= lowest and (highest is None or (most is not None and most <= highest)):
            return question.choices.index(choice)
    return Unchosen.PEOPLE

"""An entry's texts cut into statements, and the statement that answers a question.

A statement is a sentence or a list item. It knows the facet it stands in and what it holds (an amount, a share, a
date …). Which one answers is chosen by a conditional logit over a handful of features, fitted once.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import chain
from math import fsum, log
from operator import add
from pathlib import Path

import numpy as np

from huiqi.language.analysis import CONCEPT
from huiqi.language.asking import only_asks
from huiqi.language.lexicon import Lexicon, find_phrases
from huiqi.matching.features import Question
from huiqi.pack.model import UNKNOWN, Entry

Sides = tuple[tuple[str, str], ...]
SUMMARY = ""
"""The facet of the statements of an entry's summary."""

PAYMENT = "payment"
"""The kind of the statements that say when, or how, money reaches a company."""


BASIS = "document"
"""The kind of the statements that name a document by its number; what a question after 文号 or 哪份文件 wants."""


@dataclass(frozen=True)
class Kind:
    """A kind of thing that a statement may hold and a question may want, and the writing by which each is known: two
    regular expressions, the second over normalised text. Rows do not depend on each other."""

    name: str
    label: str
    holds: str
    wants: str


KINDS = (
    Kind(
        "amount",
        "金额",
        holds=r"\d(?:\.\d+)?(?:余)?[万亿]?元|[一二三五十百千]+万元",
        wants=r"多少钱|多少万|几万|几千|几百|几块|金额|额度|上限|最高|最多|封顶|顶格|奖金|奖多少|补多少|报多少|资助多少|\d[万亿]",
    ),
    Kind(
        "share",
        "比例",
        holds=r"\d%|百分之|[一二三四五六七八九]成|\d折|\d倍|减半|全额|免费|免征|零成本|不收费|不加收",
        wants=r"几成|百分之几|几个点|比例|几折|打折|几个百分点|一半|减半|多少利息|免多少|减多少|退多少|返多少|全额|全包|要钱|[收交花掏]不?[收交花掏]?钱|收费|免费",
    ),
    Kind(
        "date",
        "日期",
        holds=r"\d年|\d月(?!租|内)|\d日|月底|年底",
        wants=r"什么时候|何时|哪天|哪一天|几号|几月|截止|截至|到期|哪年|哪一年|最晚|最迟|最早|为止|月底|年底|期限",
    ),
    Kind(
        "period",
        "时长",
        holds=r"\d+个?(?:月(?!\d)|年|天|日|工作日|小时|分钟|秒)(?![前起])|[几半一二三四五六七八九十]+个?(?:月|年|天|工作日|小时|分钟|秒)",
        wants=r"几个月|多少个月|多久|多长时间|几天|多少天|几年|几个工作日|几小时|几十秒|多快|时限",
    ),
    Kind(
        PAYMENT,
        "给钱的时间",
        holds=r"到账|拨付|拨款|打款|发放到|退到|划到|(?:直接|自动|主动|依职权)(?:退|返|发)",
        wants=r"到账|拨付|拨款|打款|打到|发下来|收到钱|拿到钱|给钱|到手",
    ),
    Kind(
        "phone",
        "电话",
        holds=r"0\d{2,3}-?\d{7,8}|(?<!\d)1\d{4}(?!\d)|(?<!\d)1[3-9]\d{9}",
        wants=r"电话|号码|热线|联系方式",
    ),
    Kind(
        "site",
        "在哪里办",
        holds=r"网站|平台|系统|小程序|公众号|APP|网址|https?:|窗口|大厅",
        wants=r"哪里|哪儿|在哪|网址|网站|平台|入口|渠道|线上|网上|哪个系统",
    ),
    Kind(
        "unit",
        "单位",
        holds=r"局|委|中心|政府|法院|税务|银行",
        wants=r"谁|部门|哪个局|单位管|归口|主管|哪家",
    ),
    Kind(
        "parts",
        "有哪几项",
        holds=r"(?:、[^、，。；]+){3}|\d+个方面|[：:][^。]*(?:[；、][^。；、]+){2}|^\d{1,2}[.、．]",
        wants=r"哪些|哪几|什么内容|包括|包含|涵盖|方面|有啥|有些什么|些什么|都有什么|讲了|说了|几块|清单|分别|列一",
    ),
    Kind(
        BASIS,
        "文件",
        holds=r"〔\d{4}〕\d+号|\d{4}年第\d+号|令第\d+号",
        wants=r"文号|(?:什么|哪个|哪份|哪一份|哪些?)文件|文件编?号|文件是?(?:哪个|几|多少)号|几号文|(?:依据|根据)是?(?:什么|哪里|哪儿|啥)",
    ),
    Kind(
        "yes_no",
        "是或不是",
        holds=r"^(?:有|没有|可以|不可以|能|不能|要|不用|不要|不|是|不是|免费|会|不会|算|须|必须|允许|鼓励)(?:[：，。]|[^，。：]{0,6}：|免|收|需|得)",
        wants=r"吗|能不能|可不可以|可以不|能否|可否|是否|是不是|要不要|用不用|有没有|(.)不\1|不$|没$|没有$|么$",
    ),
)
_HOLDS = {kind.name: re.compile(kind.holds) for kind in KINDS}
_WANTS = {kind.name: re.compile(kind.wants) for kind in KINDS}
WEIGHTS = Path(__file__).with_name("statement_weights.json")
FEATURES = (
    "asked",
    "other",
    "summary",
    "opening",
    "holds",
    "yes_no",
    "said",
    "meant",
    "characters",
    "alike",
    "same_side",
    "other_side",
    "unknown",
)
CHARACTERS_EACH = 2.5
"""A word's characters say this much less, each, than the word: it brings the two to one scale for the fit."""
JOINT = "。"
"""Parts a statement from the questions that it is asked with."""
CHANCE = 1.0
"""Nats that are added to all that the pairs of characters of a written question tell: what they share with another by chance, so
that a question of few pairs is never wholly like it."""
TELLING = 0.15
"""Words of a question below this share of an unknown word's weight tell no statement from another."""
UNSAID_AT = 0.5
"""A word of the question of at least this weight is answered too, where the entry says it anywhere."""
_PUBLISHED = re.compile(
    r"(?P<year>20\d\d)年(?:(?P<month>\d{1,2})月)?(?:(?P<day>\d{1,2})日)?(?P<half>[上下]半年)?的?[^，。；、]{0,8}?(?:报道|转载|通知|公告|通报|统计|文件)"
)
# A day on which something begins or was published is none on which it ends.
_DAY = re.compile(
    r"(?P<year>20\d\d)年(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|底|末)(?!起|发布|印发|公布|施行|实施|启动|上线|推出|出台|开通|成立)"
)
_UNTIL = re.compile(
    r"(?P<year>20\d\d)年[^。]*?(?:到|至)(?:(?P<own_year>20\d\d)年)?(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})日|[底末])?"
)
_ITEM = re.compile(r"^\s*\d{1,2}[.、．]\s*")
_SENTENCE = re.compile(r"[^。！？\n]*(?:[。！？]+[”」』）]*|\n|$)")
_PARTED = re.compile(r"[\W_]+")
_FIGURE = re.compile(r"\d")
_NOT_KNOWN = re.compile(UNKNOWN + r"|没有查到|没有写明|没有公布")


@dataclass(frozen=True)
class Writing:
    """Normalised text without spaces, with its pairs of characters and synonym groups."""

    compact: str
    terms: frozenset[str]

    def says(self, word: str, concepts: Iterable[str]) -> bool:
        """Whether it says `word`, or one of the synonym groups that stand for it."""
        return word in self.compact or not self.terms.isdisjoint(concepts)


@dataclass(frozen=True)
class Statement:
    """`facet`: where it stands, SUMMARY for the summary; `place`: its place there, from 0; `is_item`: one of a
    list; `own`: what it says; `known_by`: the same with the questions that staff wrote for it; `sides`: of what has opposites,
    which side it says (规上, 规下); `asked`: the pairs of characters of each question that it answers."""

    text: str
    facet: str
    place: int
    is_item: bool
    sources: tuple[str, ...]
    holds: frozenset[str]
    own: Writing
    known_by: Writing
    sides: Sides = ()
    asked: tuple[frozenset[str], ...] = ()

    @cached_property
    def is_unknown(self) -> bool:
        """Whether it says that something is not known."""
        return bool(_NOT_KNOWN.search(self.text))

    @property
    def is_opening(self) -> bool:
        """Whether it is what the entry opens with, as a whole or on one of its aspects."""
        return self.place == 0

    def was_known_on(self, day: date) -> bool:
        """Whether nothing that it quotes (据某年12月报道) was published after `day`."""
        return self._known_from <= day

    @cached_property
    def _known_from(self) -> date:
        return _last_published(self.text)

    @cached_property
    def last_day(self) -> date | None:
        """The latest day that it names, to the end of the month where it names no day."""
        return max((_last_day(found) for found in _DAY.finditer(self.text)), default=None)

    def period_end(self) -> date | None:
        """The last day of the period that it names (…年2月1日至3月31日); the first such, None where it names none."""
        found = _UNTIL.search(self.text)
        if found is None:
            return None
        year, month = int(found["own_year"] or found["year"]), min(max(int(found["month"]), 1), 12)
        last = monthrange(year, month)[1]
        return date(year, month, min(int(found["day"] or last), last))


@dataclass(frozen=True)
class Wanted:
    """What a question wants of an entry: the chance of each aspect, the kinds of thing, its telling words, each with
    its weight and the synonym groups that stand for it, and its pairs of characters."""

    aspects: Mapping[str, float]
    kinds: frozenset[str]
    words: tuple[tuple[str, float, tuple[str, ...]], ...] = ()
    sides: Sides = ()
    pairs: frozenset[str] = frozenset()


def cut(text: str) -> Iterator[tuple[str, bool]]:
    """The sentences and list items of `text` in order, each with whether it is an item. Nothing but white space is
    lost."""
    for line in text.split("\n"):
        if _ITEM.match(line):
            yield line.strip(), True
            continue
        for sentence in _SENTENCE.findall(line):
            if sentence.strip():
                yield sentence.strip(), False


@dataclass(frozen=True)
class Page:
    """The statements of an entry, and what the entry is called: its names tell none of its statements from another."""

    entry: Entry
    statements: tuple[Statement, ...]
    names: str

    @cached_property
    def _asked(self) -> tuple[dict[str, float], dict[str, list[int]], list[float], list[int]]:
        """Pair of characters → what it tells of statements that are asked with it, the more the fewer are, and → the numbers of
        the questions that hold it; and for each question all that its pairs tell, and the place of the statement that answers
        it."""
        counts = Counter(chain.from_iterable(frozenset().union(*item.asked) for item in self.statements))
        rarities = [_rarity(count, len(self.statements)) for count in range(len(self.statements) + 1)]
        tells = {pair: 0.0 if pair in self.names else rarities[count] for pair, count in counts.items()}
        asked = [(place, question) for place, item in enumerate(self.statements) for question in item.asked]
        holding: dict[str, list[int]] = defaultdict(list)
        for number, (_, question) in enumerate(asked):
            for pair in question:
                holding[pair].append(number)
        totals = [fsum(map(tells.__getitem__, question)) + CHANCE for _, question in asked]
        return tells, holding, totals, [place for place, _ in asked]

    def alike(self, wanted: frozenset[str]) -> list[float]:
        """For each statement how much of that question which it answers and which is likest stands in a question of these
        pairs, from 0 to 1."""
        tells, holding, totals, places = self._asked
        shared: dict[int, float] = {}
        for pair in sorted(wanted & tells.keys()):
            for question in holding[pair]:
                shared[question] = shared.get(question, 0.0) + tells[pair]
        most = [0.0] * len(self.statements)
        for question, told in shared.items():
            place = places[question]
            most[place] = max(most[place], told / totals[question])
        return most


class StatementBook:
    """The statements of entries, cut when first asked for, and the choice among them."""

    def __init__(
        self,
        lexicon: Lexicon,
        sides: Callable[[str], Sides] = lambda text: (),
        weights: Sequence[float] | None = None,
        written: Callable[[Entry], Sequence[str] | None] = lambda entry: None,
    ) -> None:
        """`sides`: which side of what has opposites a normalised text says (matching.marks.Marker.sides). `written`: the
        alternates of an entry, normalised, where somebody has them; else they are normalised here."""
        self._lexicon = lexicon
        self._sides = sides
        self._normalise = lexicon.normaliser()
        self._written = written
        self._weights = np.array(weights if weights is not None else shipped_weights())
        self._kept: dict[int, Page] = {}

    def of(self, entry: Entry) -> tuple[Statement, ...]:
        return self._page(entry).statements

    def wanted(self, question: Question | None, aspects: Mapping[str, float]) -> Wanted:
        """What `question` wants, given the chance of each aspect; a button asks without one."""
        if question is None:
            return Wanted(aspects, frozenset())
        asking = question.asking
        kinds = frozenset(kind for kind, words in _WANTS.items() if words.search(asking))
        # The questions that staff wrote for a statement ask in such forms too (有吗, 算不算), whatever they ask about.
        words = tuple(
            item for item in question.words_to_answer if item[1] >= TELLING and not only_asks(item[0])
        )
        return Wanted(aspects, kinds, words, question.marks.sides, _pairs(asking))

    def best(self, entry: Entry, wanted: Wanted, facets: Collection[str] | None = None) -> list[Statement]:
        """The statements of `entry` (of `facets` only, where given), the one that answers best first."""
        page = self._page(entry)
        places = [
            place for place, item in enumerate(page.statements) if facets is None or item.facet in facets
        ]
        if not places:
            return []
        chosen = [page.statements[place] for place in places]
        scores = np.array(features(page, places, wanted)) @ self._weights
        ranked = [chosen[place] for place in np.argsort(-scores, kind="stable")]
        if is_opposite(ranked[0].sides, wanted.sides):
            # Who rents from a private owner is not told first what tenants of the state are given.
            same = next((item for item in ranked if set(item.sides) & set(wanted.sides)), ranked[0])
            ranked.remove(same)
            ranked.insert(0, same)
        return ranked

    def fit(self, entry: Entry, wanted: Wanted, told: Sequence[Statement]) -> list[float]:
        """How well each of some statements of `entry` answers: the logarithm of its chance, but for what is the same for all."""
        page = self._page(entry)
        scores = np.array(features(page, range(len(page.statements)), wanted)) @ self._weights
        places = {id(item): place for place, item in enumerate(page.statements)}
        return [float(scores[places[id(item)]]) for item in told]

    def unsaid(self, entry: Entry, wanted: Wanted, told: Sequence[Statement]) -> Statement | None:
        """The statement of `entry` that says the most telling word of the question which those `told` do not say (滞纳金,
        beside until when), the first of them; None where nothing is left that any says."""
        page = self._page(entry)
        left = [
            (weight, word, concepts)
            for word, weight, concepts in wanted.words
            if weight >= UNSAID_AT
            and len(word) > 1
            and word not in page.names
            and not _FIGURE.search(word)
            and not any(item.own.says(word, concepts) for item in told)
        ]
        known = [item for item in page.statements if not item.is_unknown and not item.is_item]
        for _, word, concepts in sorted(left, key=lambda item: -item[0]):
            for item in known:
                if item.own.says(word, concepts):
                    return item
        return None

    def is_of(self, statement: Statement, entry: Entry, wanted: Wanted) -> bool:
        """Whether `statement` of `entry`, or a question that it answers, says as much of the question as a telling word."""
        names = self._page(entry).names
        said = (
            weight
            for word, weight, concepts in wanted.words
            if word not in names and statement.known_by.says(word, concepts)
        )
        return sum(said) >= UNSAID_AT

    def tells_of(self, statement: Statement, entry: Entry, aspects: Mapping[str, float]) -> str | None:
        """The facet of `entry` that `statement` tells of: the one it stands in; for a sentence of the summary, the one
        that says most of the same, by its share of the terms times the chance that it is asked. None where none does."""
        if statement.facet != SUMMARY:
            return statement.facet if statement.facet in entry.facets else None
        said = [
            (len(item.own.terms & statement.own.terms) * aspects.get(item.facet, 0.0), item.facet)
            for item in self.of(entry)
            if item.facet in entry.facets
        ]
        most, facet = max(said, default=(0.0, ""), key=lambda pair: pair[0])
        return facet if most else None

    def rows(self, entry: Entry, wanted: Wanted) -> list[list[float]]:
        """The features of every statement of `entry`, for fitting."""
        page = self._page(entry)
        return features(page, range(len(page.statements)), wanted)

    def _page(self, entry: Entry) -> Page:
        kept = self._kept.get(id(entry))
        if kept is None or kept.entry is not entry:
            statements = tuple(self._cut(entry))
            names = self._normalise(entry.short_title).replace(" ", "|")
            kept = self._kept[id(entry)] = Page(entry, statements, names)
        return kept

    def _cut(self, entry: Entry) -> Iterator[Statement]:
        texts = [(SUMMARY, entry.summary.text, entry.summary.sources)]
        texts += [(name, facet.text, facet.sources) for name, facet in entry.facets.items()]
        texts.append(("叠加", entry.stacking.text, entry.stacking.sources))
        details = [(detail.words, tuple(map(self._normalise, detail.questions))) for detail in entry.details]
        openings = self._questions_of_openings(entry)
        for facet, told, sources in texts:
            for place, (text, is_item) in enumerate(cut(told or "")):
                holds = frozenset(kind for kind, writing in _HOLDS.items() if writing.search(text))
                normalised = self._normalise(text)
                asked = [question for words, questions in details if words in text for question in questions]
                own = self._writing(normalised)
                answers = asked if place else [*asked, *openings.get(facet, ())]
                yield Statement(
                    text,
                    facet,
                    place,
                    is_item,
                    sources,
                    holds,
                    own,
                    self._writing(JOINT.join((normalised, *asked))) if asked else own,
                    self._sides(normalised),
                    tuple(map(_pairs, answers)),
                )

    def _questions_of_openings(self, entry: Entry) -> Mapping[str, list[str]]:
        """Facet → the alternates that ask it, normalised; those that ask no aspect in particular ask the summary. Most of
        them want what it opens with."""
        found: dict[str, list[str]] = {}
        written = self._written(entry) or map(self._normalise, entry.alternates)
        for alternate, normalised in zip(entry.alternates, written, strict=True):
            for facet in entry.alternate_aspects.get(alternate) or (SUMMARY,):
                found.setdefault(facet, []).append(normalised)
        return found

    def _writing(self, normalised: str) -> Writing:
        compact = normalised.replace(" ", "")
        pairs = set(_pairs(compact))
        concepts = self._lexicon.concepts
        for start, end in find_phrases(compact, concepts, self._lexicon.prefixes):
            pairs.update(CONCEPT + concept for concept, _ in concepts[compact[start:end]])
        return Writing(compact, frozenset(pairs))


def was_published_by(text: str, day: date) -> bool:
    """Whether nothing that `text` quotes (据某年12月报道) was published after `day`."""
    return _last_published(text) <= day


def _last_published(text: str) -> date:
    """The day on which the last of what `text` quotes was published, as early as it may have been."""
    return max(map(_first_day, _PUBLISHED.finditer(text)), default=date.min)


def _first_day(found: re.Match[str]) -> date:
    month = min(max(int(found["month"] or (7 if found["half"] == "下半年" else 1)), 1), 12)
    return date(
        int(found["year"]), month, min(int(found["day"] or 1), monthrange(int(found["year"]), month)[1])
    )


def _last_day(found: re.Match[str]) -> date:
    year, month = int(found["year"]), min(max(int(found["month"]), 1), 12)
    last = monthrange(year, month)[1]
    return date(year, month, min(int(found["day"] or last), last))


def _pairs(text: str) -> frozenset[str]:
    """The pairs of characters of normalised text, none across what parts it."""
    if text.isalnum():
        return frozenset(map(add, text, text[1:]))
    parts = _PARTED.split(text)
    return frozenset(part[place : place + 2] for part in parts for place in range(len(part) - 1))


def features(page: Page, places: Sequence[int], wanted: Wanted) -> list[list[float]]:
    """How well the statements at some places of `page` answer, each as numbers in the order of FEATURES."""
    items = [page.statements[place] for place in places]
    most = max(wanted.aspects.values(), default=0.0)
    # Who asks when money comes asks an aspect of its own, and the document is told of the policy: no other statement is
    # better for naming a payment or a number.
    kinds = wanted.kinds - {"yes_no", PAYMENT, BASIS}
    said, meant = _words_said(items, wanted, page.names)
    characters = _characters_said(items, wanted, page.names)
    alike = page.alike(wanted.pairs)
    return [
        _features(item, wanted, kinds, most, (*shared, alike[place]))
        for place, item, *shared in zip(places, items, said, meant, characters, strict=True)
    ]


def is_opposite(own: Sides, wanted: Sides) -> bool:
    """Whether one text says a side of something of which the other says another."""
    said = dict(own)
    return any(said.get(name, side) != side for name, side in wanted)


def _words_said(items: Sequence[Statement], wanted: Wanted, names: str) -> tuple[list[float], list[float]]:
    """For each statement how much it says of the question's telling words: of the very words, and of these or their
    synonyms. A word counts more the fewer of the statements say it, one that all say not at all."""
    said, meant = [0.0] * len(items), [0.0] * len(items)
    for word, weight, concepts in wanted.words:
        if word in names:
            continue
        if not _FIGURE.search(word):
            _add(said, weight, [word in item.known_by.compact for item in items])
        _add(meant, weight, [item.known_by.says(word, concepts) for item in items])
    return said, meant


def _characters_said(items: Sequence[Statement], wanted: Wanted, names: str) -> list[float]:
    """For each statement how much it says of the telling words' characters, the rarer among the statements the more: what no
    dictionary links (寄到哪里, 邮寄地址) is often written with one character of the same."""
    weights: dict[str, float] = {}
    for word, weight, _ in wanted.words:
        for character in word:
            if character not in names and not _FIGURE.match(character):
                weights[character] = max(weight, weights.get(character, 0.0))
    totals = [0.0] * len(items)
    for character, weight in weights.items():
        _add(totals, weight / CHARACTERS_EACH, [character in item.known_by.compact for item in items])
    return totals


def _rarity(count: int, of: int) -> float:
    """What is said by `count` of so many statements tells so much of them, in nats."""
    return log((of + 1) / (count + 0.5))


def _add(totals: list[float], weight: float, holds: Sequence[bool]) -> None:
    """Adds what something says to the total of each that holds it, by its weight and by how few hold it."""
    count = sum(holds)
    if 0 < count < len(holds):
        value = weight * _rarity(count, len(holds))
        for place, holds_it in enumerate(holds):
            if holds_it:
                totals[place] += value


def _features(
    item: Statement, wanted: Wanted, kinds: frozenset[str], most: float, shared: Sequence[float]
) -> list[float]:
    asked = wanted.aspects.get(item.facet, 0.0)
    return [
        asked,
        most if item.facet != SUMMARY and asked < most / 2 else 0.0,
        (1.0 - most) if item.facet == SUMMARY else 0.0,
        1.0 if item.place == 0 else 0.5 if item.place == 1 else 0.0,
        len(kinds & item.holds) / len(kinds) if kinds else 0.0,
        1.0 if "yes_no" in wanted.kinds and "yes_no" in item.holds else 0.0,
        *shared,
        1.0 if set(item.sides) & set(wanted.sides) else 0.0,
        1.0 if is_opposite(item.sides, wanted.sides) else 0.0,
        1.0 if item.is_unknown else 0.0,
    ]


@cache
def shipped_weights() -> tuple[float, ...]:
    """The weights that come with the package, in the order of FEATURES."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return tuple(float(stored.get(name, 0.0)) for name in FEATURES)

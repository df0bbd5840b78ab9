"""How well one entry fits one question, as a row of numbers that the model weighs.

Each feature has a name, a sentence that policy staff understand, and one place where it is worked out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter, mul
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz

from huiqi.language.analysis import BIGRAM, SOUND, Analysis
from huiqi.language.document_number import is_document
from huiqi.language.spelling import Repair
from huiqi.matching.background import COMMON, subject_of
from huiqi.matching.corpus import IN_TEXT, EntryView, MatchingBase
from huiqi.matching.marks import Marks
from huiqi.matching.told import BESIDE_SHARE, mere_asides, weigh_told
from huiqi.matching.trades import Trades
from huiqi.search.index import best
from huiqi.search.vectors import Numbered, numbered

FEATURES: dict[str, str] = {
    "whole": "最像的相似问，问题里说到了多少",
    "second": "第二像的相似问有多像",
    "string": "整句的相似程度",
    "heaviest": "最要紧的一个词条目没有",
    "evidence_lead": "字词证据领先其他条目多少",
    "evidence_behind": "字词证据落后其他条目多少",
    "body": "答案正文里有问题的词",
    "keyword": "命中条目的关键词",
    "negative": "命中条目的排除词",
    "level": "问的层级与条目一致，条目又说得通",
    "level_soft": "提到的地名属于别的层级，那一级有说得通的",
    "level_unsaid": "条目多半带着层级来问，问题却没说层级",
    "counted": "提到的“几条”“几项”与条目一致",
    "opposite": "说的是相反的一面（裁员与不裁员、提前与推迟…）",
    "district": "最近一级自己的政策优先",
    "sibling": "概览条目：问题说的是同一政策里的某一项",
    "mass": "说中的信息总量（长问题里也看得出）",
    "mass_missing": "没说中的信息总量相对说中的",
    "pairs_missing": "要紧的词连起来的说法条目没有",
    "core_missing": "条目的问法里总有的词，问题里没有",
    "verbatim": "相似问一字不差",
    "document": "问的文号或文件名就是条目的文件",
    "document_whole": "只问文件，没有说哪一项：由概览或文件的第一条来答",
    "article_whole": "问第几条：由概览来答",
    "talk_stays": "刚才谈的就是这一条：接着问的，多半还是它",
    "talk_near": "与刚才谈的有联系，或是它在别的层级的对应条目",
    "talk_same": "刚才谈的就是这一条，这句又像接着问",
    "talk_same_bare": "刚才谈的就是这一条，这句没有说别的事",
    "talk_linked": "与刚才谈的有联系，这句又像接着问",
    "talk_level": "刚才谈的那件事在问到的层级上的对应条目",
    "talk_other": "这句点了别的条目的名",
    "talk_topic": "刚才那句问话里的词，本条目也说得通，这句又没有说别的事",
    "talk_explains": "接着问的话里，与刚才谈的有联系的条目说得通的部分",
    "talk_asked": "与刚才谈的那条的细节问法有多像",
}
AGAINST = frozenset(
    [
        "heaviest",
        "evidence_behind",
        "negative",
        "level_soft",
        "level_unsaid",
        "opposite",
        "sibling",
        "mass_missing",
        "pairs_missing",
        "core_missing",
        "talk_other",
    ]
)
"""Features that can only speak against an entry; all others only for it."""

NAMES = tuple(FEATURES)
_POSITION = {name: number for number, name in enumerate(NAMES)}

OUTSIDE: dict[str, str] = {
    "constant": "起点",
    "example": "与“不该回答”的例子相像",
    "example_evidence": "字词更像“不该回答”的问题，像多少",
    "entry_evidence": "字词更像条目的问题，像多少",
    "words": "问题里能判断的词多少",
    "short": "问题太短",
    "strange": "最要紧的词整个知识库里都没有",
    "level": "问题点了层级，那一级有说得通的",
    "talk": "接着刚才的话问",
}
OUTSIDE_NAMES = tuple(OUTSIDE)


NOTHING: frozenset[str] = frozenset()

NEXT_LEVEL = 0.5
"""How much less a policy is ours for each level that it is farther away."""

ITS_OWN = 5.0
"""How soon a question counts as having a subject of its own: with 0.3 of a word that the pack does not know, by three quarters."""


@dataclass(frozen=True)
class Talk:
    """What was talked about, as far as it bears on what comes next. Entries are numbers of the base.

    `entry`: the one last answered; `linked`, `siblings`: entries linked with it, and those of the same policy;
    `counterparts`: the same thing at other levels; `lean`: how likely the next question leans back, by its shape;
    `topic`: the question that led to `entry`; `rival`: the chance, by the question alone, of the likeliest entry
    that has nothing to do with it; `asked`: the terms of each question that staff wrote for a sentence of `entry`."""

    entry: int
    linked: frozenset[int]
    counterparts: frozenset[int]
    siblings: frozenset[int]
    lean: float
    asked: tuple[frozenset[str], ...] = ()
    topic: Question | None = None
    rival: float = 0.0

    @property
    def kin(self) -> frozenset[int]:
        """The entry, those linked with it, and its counterparts."""
        return self.linked | self.counterparts | {self.entry}


@dataclass(frozen=True)
class Question:
    """A question taken apart, ready to be compared with entries. `default`: the weight of a word that the pack does
    not know; `asking`: the normalised text without the asides and the trade, that is without who asks, from where and why;
    `is_aside`: for each word, whether it stands in one or tells the trade of who asks; `of_trade`: the places of the
    latter; `titled`: the policy whose title stands in the question; `repairs`: misspelt words that were restored."""

    analysis: Analysis
    marks: Marks
    weights: dict[str, float]
    total: float
    word_weights: tuple[float, ...]
    default: float
    is_aside: tuple[bool, ...]
    of_trade: frozenset[int]
    asking: str
    titled: str | None = None
    repairs: tuple[Repair, ...] = ()

    @property
    def text(self) -> str:
        return self.analysis.text

    @cached_property
    def subject(self) -> float:
        """How much the question says of a subject of its own: the weight of its words above that of words which
        stand in the questions of most entries (材料, 多少, 申请), in words that the pack does not know."""
        return subject_of(
            weight for weight, aside in zip(self.shares_of_default, self.is_aside, strict=True) if not aside
        )

    @cached_property
    def words_to_answer(self) -> tuple[tuple[str, float, tuple[str, ...]], ...]:
        """The words by which one statement of an entry can answer better than another, each with its weight as a share of
        that of a word which the pack does not know, and the synonyms that stand for it: all but who asks from where and
        why. What trade they are in may be what an entry speaks of (幼儿园), and counts in full here."""
        weights, concepts_of = self.shares_of_default, self.analysis.concepts_of
        return tuple(
            (word, weights[place] / (BESIDE_SHARE if place in self.of_trade else 1.0), concepts_of[place])
            for place, word in enumerate(self.analysis.words)
            if place in self.of_trade or not self.is_aside[place]
        )

    @cached_property
    def shares_of_default(self) -> tuple[float, ...]:
        """The weight of each word as a share of that of a word which the pack does not know."""
        return tuple(weight / self.default for weight in self.word_weights)

    @cached_property
    def shares_against(self) -> tuple[float, ...]:
        """The same as it speaks against an entry: what is said in an aside may speak for one only."""
        return tuple(
            0.0 if aside else weight
            for weight, aside in zip(self.shares_of_default, self.is_aside, strict=True)
        )

    @cached_property
    def seams(self) -> tuple[tuple[str, float], ...]:
        """The pairs of characters where two telling words meet, each with the lesser weight of the two."""
        analysis = self.analysis
        found = []
        for place in range(len(analysis.words) - 1):
            (_, end), (start, _) = analysis.spans[place], analysis.spans[place + 1]
            weight = min(self.shares_of_default[place], self.shares_of_default[place + 1])
            if end == start and weight > COMMON and not self.is_aside[place]:
                pair = analysis.words[place][-1] + analysis.words[place + 1][0]
                found.append((BIGRAM + pair, weight))
        return tuple(found)

    @cached_property
    def explainable(self) -> tuple[tuple[str, tuple[tuple[str, float], ...], tuple[str, ...]], ...]:
        """Each word with what else an entry may hold of it: synonyms (and how far they stand for the word),
        and the character pairs of a long word."""
        analysis = self.analysis
        return tuple(
            (
                word,
                tuple((term, 0.9 * analysis.terms[term]) for term in concepts),
                tuple(BIGRAM + word[place : place + 2] for place in range(len(word) - 1))
                if len(word) > 2
                else (),
            )
            for word, concepts in zip(analysis.words, analysis.concepts_of, strict=True)
        )

    @cached_property
    def explains(self) -> dict[str, list[tuple[int, float]]]:
        """For each word and each synonym of one: the places of the words that it explains, and how far."""
        found: dict[str, list[tuple[int, float]]] = {}
        for place, (word, concepts, _) in enumerate(self.explainable):
            for term, strength in ((word, 1.0), *concepts):
                found.setdefault(term, []).append((place, strength))
        return found

    @cached_property
    def also_explained(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """By what else an entry may explain each word: by its text, and by character pairs."""
        return tuple((IN_TEXT + word, pairs) for word, _, pairs in self.explainable)

    @cached_property
    def sought(self) -> frozenset[str]:
        """All terms by which an entry may explain a word of the question."""
        pairs = (pair for _, _, pairs in self.explainable for pair in pairs)
        return frozenset([*self.explains, *pairs, *(pair for pair, _ in self.seams)])


Held = Mapping[str, int]
"""What one entry holds of what a question seeks: see MatchingBase.held."""


@dataclass
class Candidate:
    """One entry that the question may mean, with what speaks for it. `alternate`: the place of its likest alternate, and
    `is_verbatim`: whether that is this very question. `words`: those of the question, `shares`: how far
    the entry explains each, `lacking`: how much of its weight stays unexplained, `lacks`: that of the heaviest; `strange`: that of
    the places where two words meet as they never do in the entry's questions; `explained`: the part of the question's information that is explained."""

    entry: int
    features: list[float]
    alternate: int | None = None
    is_verbatim: bool = False
    barred: str | None = None
    probability: float = 0.0
    explained: float = 0.0
    lacks: float = 0.0
    strange: float = 0.0
    words: Sequence[str] = ()
    shares: Sequence[float] = ()
    lacking: Sequence[float] = ()

    def with_probability(self, probability: float) -> Candidate:
        """The same entry with another chance."""
        # Ten times a question: dataclasses.replace takes several times as long.
        return Candidate(
            self.entry,
            self.features,
            self.alternate,
            self.is_verbatim,
            self.barred,
            probability,
            self.explained,
            self.lacks,
            self.strange,
            self.words,
            self.shares,
            self.lacking,
        )

    @property
    def matched(self) -> tuple[str, ...]:
        return tuple(word for word, share in zip(self.words, self.shares, strict=True) if share >= USED_ONCE)

    @property
    def missing(self) -> tuple[str, ...]:
        """The telling words that the entry does not explain."""
        return tuple(
            word
            for word, share, weight in zip(self.words, self.shares, self.lacking, strict=True)
            if share < USED_ONCE and weight > COMMON
        )


def take_apart(
    base: MatchingBase,
    analysis: Analysis,
    marks: Marks,
    asides: frozenset[int] = frozenset(),
    repairs: tuple[Repair, ...] = (),
    opening: re.Pattern[str] | None = None,
    titled: str | None = None,
    trades: Trades | None = None,
) -> Question:
    """`asides`: which pieces of the text (those between its spaces) only say who asks; `opening`: the courtesies
    that a piece may begin with (请问); `trades`: by which to find words that only say who asks."""
    words = base.word_weights(analysis)
    pieces = analysis.text.split(" ")
    if asides and not marks.names_rule:
        asides = mere_asides(analysis, pieces, asides, [weight / base.default_idf for weight in words])
    in_aside = analysis.stand_in(asides)
    of_trade: frozenset[int] = frozenset()
    if trades is not None:
        shares = [
            0.0 if aside else weight / base.default_idf for weight, aside in zip(words, in_aside, strict=True)
        ]
        of_trade = trades.mentioned(analysis, shares, base.names)
    is_aside = tuple(aside or place in of_trade for place, aside in enumerate(in_aside))
    words = [
        weight * BESIDE_SHARE if aside else weight for weight, aside in zip(words, is_aside, strict=True)
    ]
    words = weigh_told(analysis, pieces, asides, words, base.default_idf)
    weights = base.question_weights(analysis, words)
    spared = analysis.without(of_trade).split(" ")
    kept = [piece for number, piece in enumerate(spared) if piece and number not in asides]
    asking = " ".join(opening.sub("", piece) if opening else piece for piece in kept)
    return Question(
        analysis,
        marks,
        weights,
        sum(weights.values()) or 1.0,
        tuple(words),
        base.default_idf,
        is_aside,
        of_trade,
        asking,
        titled,
        repairs,
    )


def nominate(
    base: MatchingBase,
    question: Question,
    asked: Numbered,
    without: int | None = None,
    to_come: frozenset[int] = frozenset(),
) -> tuple[dict[int, list[int]], npt.NDArray[np.float32]]:
    """Entries worth a look with their best alternates, and the evidence for every entry.

    `asked`: the question's terms by their numbers in the alternates; `without`: an alternate treated as absent (left
    out when training); `to_come`: entries that nobody knew of on the day asked about, which take no other's place."""
    closest = 2 * CLOSEST_OF_ALL if to_come else CLOSEST_OF_ALL
    found = base.alternate_index.top(asked, closest + (without is not None))
    by_entry: dict[int, list[int]] = {}
    entry_of = base.alternates.entries[[number for number, _ in found]].tolist() if found else []
    for (number, _), entry in zip(found, entry_of, strict=True):
        if number != without:
            by_entry.setdefault(entry, []).append(number)
    # The terms have the same numbers there.
    evidence_scores = base.evidence_index.scores(asked) / np.float32(base.default_idf)
    if without is not None:
        _leave_out(base, question, without, evidence_scores)
    wanted = NOMINATED if len(question.word_weights) > FEW_WORDS else NOMINATED_OF_FEW_WORDS
    ranked = evidence_scores[: base.out_of_scope_entry]
    if to_come:
        ranked = ranked.copy()
        ranked[list(to_come)] = 0.0
    likely = [entry for entry, _ in best(ranked, wanted)]
    known = [entry for entry in by_entry if entry not in to_come][:wanted]
    ahead = [entry for entry in by_entry if entry in to_come][:NOMINATED_AHEAD] if to_come else []
    chosen = dict.fromkeys([*known, *likely, *ahead])
    return {entry: by_entry.get(entry, []) for entry in chosen}, evidence_scores


def _leave_out(base: MatchingBase, question: Question, without: int, scores: npt.NDArray[np.float32]) -> None:
    """Take the left-out alternate's own words out of its entry's evidence."""
    gone = frozenset(base.alternate_vectors.terms_of(without))
    entry = base.alternates[without].entry
    row = entry if entry >= 0 else base.out_of_scope_entry
    index = base.evidence_index
    (vocabulary,) = base.usage.held(question.weights, [row])
    for term, weight in question.weights.items():
        number = index.terms.get(term)
        if number is None or term not in gone:
            continue
        start, end = int(index.offsets[number]), int(index.offsets[number + 1])
        rows = index.documents[start:end]
        place = int(np.searchsorted(rows, row))
        if place == len(rows) or rows[place] != row:
            continue
        impact = float(index.impacts[start + place]) * index.unit
        held = vocabulary.get(term, 1)
        # Solved from `evidence` for a share that is smaller by what was left out.
        left = (held - 1) / held
        scores[row] -= weight / base.default_idf * (impact - math.log1p(left * math.expm1(impact)))


def describe(
    base: MatchingBase,
    question: Question,
    without: int | None = None,
    talk: Talk | None = None,
    to_come: frozenset[int] = frozenset(),
) -> tuple[list[Candidate], list[float]]:
    """Candidates with their features, and the features of answering none of them. `talk`: what was talked about
    before; its entries are candidates whatever the question says. `to_come`: entries that nobody knew of on the day
    asked about; how far the others lead is told among themselves."""
    asked = numbered(base.alternate_vectors.terms, question.weights)
    by_entry, evidence_scores = nominate(base, question, asked, without, to_come)
    if talk is not None:
        for number in sorted({talk.entry, *talk.linked, *talk.counterparts}):
            by_entry.setdefault(number, [])
    of_document = _of_document(base, question)
    is_found = bool(by_entry.keys() & set(of_document))
    for place in of_document:
        # Number and title are no words of the subject: what stands beside them (…是什么) need not find the entries.
        if not is_found or base.entries[place].speaks:
            by_entry.setdefault(place, [])
    gone = frozenset(base.alternate_vectors.terms_of(without)) if without is not None else NOTHING
    poorer = base.alternates[without].entry if without is not None else -1
    closest = [number for numbers in by_entry.values() for number in numbers[:CLOSEST]]
    begin = base.starts[-1]
    examples = [begin + place for place, _ in base.out_of_scope_index.top(asked, CLOSEST_EXAMPLES)]
    compared = [*closest, *(number for number in examples if number != without)]
    likenesses = _likenesses(base, question, asked, compared)
    alternates = dict(zip(closest, likenesses, strict=False))
    held, bodies = base.held_and_told(question.sought, question.analysis.words, list(by_entry))
    candidates = [
        _candidate(
            base,
            question,
            entry,
            [alternates[number] for number in numbers[:CLOSEST]],
            own,
            gone if entry == poorer else NOTHING,
        )
        for (entry, numbers), own in zip(by_entry.items(), held, strict=True)
    ]
    scale = max(question.total / base.default_idf, 1.0)
    chosen = list(by_entry)
    evidence: list[float] = evidence_scores[chosen].tolist()
    everything = sorted(evidence, reverse=True)
    known = everything
    if to_come:
        known = sorted(
            [own for entry, own in zip(chosen, evidence, strict=True) if entry not in to_come], reverse=True
        )
    for candidate, own, body in zip(candidates, evidence, bodies, strict=True):
        ordered = everything if candidate.entry in to_come else known
        best_other = (ordered[1] if len(ordered) > 1 else 0.0) if own == ordered[0] else ordered[0]
        ahead, behind = _ahead_and_behind((own - best_other) / scale / 2.0)
        candidate.features[_POSITION["evidence_lead"]] = ahead
        candidate.features[_POSITION["evidence_behind"]] = behind
        candidate.features[_POSITION["body"]] = min(body / 20.0, 1.0)
    best_own = everything[0] if everything else 0.0
    likeness = [item.score for item in likenesses[len(closest) :]]
    lead = (evidence_scores.item(base.out_of_scope_entry) - best_own) / scale / 2.0
    outside = _outside(base, question, max(likeness, default=0.0), lead, gone)
    if question.marks.levels:
        outside[OUTSIDE_NAMES.index("level")] = _weigh_level(base, question.marks, candidates)
    # Who asks only about a document of ours (is 〔…〕9号 still in force) asks about it, however alike an example is.
    about = max((item.features[_POSITION["document_whole"]] for item in candidates), default=0.0)
    for name in ("example", "example_evidence", "short"):
        outside[OUTSIDE_NAMES.index(name)] *= 1.0 - about
    if talk is not None:
        named = sorted(
            ((item.features[_POSITION["keyword"]], item.entry) for item in candidates), reverse=True
        )
        for candidate in candidates:
            _talk_features(base, question, candidate, talk)
            if candidate.entry == talk.entry:
                other = next((length for length, entry in named if entry != talk.entry), 0.0)
                own = candidate.features[_POSITION["keyword"]]
                candidate.features[_POSITION["talk_other"]] = max(other - own, 0.0)
        outside[OUTSIDE_NAMES.index("talk")] = talk.lean
    return candidates, outside


def _of_document(base: MatchingBase, question: Question) -> list[int]:
    """The entries whose document the question names."""
    if question.marks.document_number is None and question.titled is None:
        return []
    return [place for place, view in enumerate(base.entries) if _names_its_document(question, view)]


def _ahead_and_behind(lead: float) -> tuple[float, float]:
    """A lead as two features, each from 0 to 1: to be ahead counts otherwise than to be behind."""
    return min(1.0, max(lead, 0.0)), min(1.0, max(-lead, 0.0))


def _talk_features(base: MatchingBase, question: Question, candidate: Candidate, talk: Talk) -> None:
    row, number, marks = candidate.features, candidate.entry, question.marks
    view = base.entries[number]
    # What the question means by itself leaves so much less to what was talked about, the less the more it leans.
    # A question without a subject of its own (找谁) is like another entry's by chance.
    rival = talk.rival ** (1.0 + 2.0 * talk.lean) * (1.0 - math.exp(-ITS_OWN * question.subject))
    open_to = 1.0 - rival
    bare = math.exp(-question.subject) * open_to
    names_period = bool(marks.years or marks.counted)
    if number == talk.entry:
        row[_POSITION["talk_stays"]] = 1.0
    if number == talk.entry and not names_period:
        row[_POSITION["talk_same"]] = talk.lean * open_to
        row[_POSITION["talk_same_bare"]] = bare
    if number in talk.kin and number != talk.entry and not names_period:
        row[_POSITION["talk_near"]] = 1.0
    if number in talk.linked:
        row[_POSITION["talk_linked"]] = talk.lean * open_to
    if number in talk.counterparts and marks.levels and view.level in marks.levels:
        row[_POSITION["talk_level"]] = bare
    if talk.topic is not None and not (number == talk.entry and names_period):
        (held,) = base.held(talk.topic.sought, talk.topic.analysis.words, [number])
        shares = _shares(talk.topic, held, view.questions, NOTHING)
        weights = [max(weight - COMMON, 0.0) for weight in talk.topic.shares_of_default]
        total = sum(weights)
        if total:
            explained = sum(weight * share for weight, share in zip(weights, shares, strict=True))
            row[_POSITION["talk_topic"]] = bare * explained / total
    if number in talk.kin:
        row[_POSITION["talk_explains"]] = candidate.explained * (1.0 - bare) * open_to
    if number == talk.entry:
        row[_POSITION["talk_asked"]] = _likest(base, question, talk.asked)


def plain_terms(analysis: Analysis) -> list[str]:
    """The terms of a text but for what its characters sound like."""
    return [term for term in analysis.terms if term[0] != SOUND]


def _likest(base: MatchingBase, question: Question, asked: Sequence[frozenset[str]]) -> float:
    """How like the question is to the likest of some that are given by their terms: by the weight of the terms that both hold, as
    a share of those of the heavier."""
    weights = {term: base.idf.get(term, base.default_idf) for term in plain_terms(question.analysis)}
    total = sum(weights.values())
    most = 0.0
    for terms in asked:
        shared = sum([weights[term] for term in terms if term in weights])
        if shared > most * total:
            own = sum([base.idf.get(term, base.default_idf) for term in terms])
            most = max(most, shared / max(total, own))
    return most


class _Likeness(NamedTuple):
    """How like an alternate is to a question. `score`: by the weight of what both hold; `said`: the part of its own that
    the question says; `text`: without spaces."""

    place: int
    score: float
    said: float
    text: str


def _likenesses(
    base: MatchingBase, question: Question, asked: Numbered, places: Sequence[int]
) -> list[_Likeness]:
    """That of each of some alternates."""
    if not places:
        return []
    found, own = base.alternate_vectors.overlaps(asked, places)
    totals = base.alternates.totals[places]
    scores = (found + own) / (question.total + totals)
    said = np.where(totals > 0.0, own / np.where(totals > 0.0, totals, 1.0), 0.0)
    texts = base.alternates.compact(places)
    return list(map(_Likeness, places, scores.tolist(), said.tolist(), texts))


def _candidate(
    base: MatchingBase,
    question: Question,
    number: int,
    alternates: Sequence[_Likeness],
    held: Held,
    gone: frozenset[str],
) -> Candidate:
    view = base.entries[number]
    row = [0.0] * len(NAMES)
    compact = question.analysis.compact
    if question.marks.counted:
        alternates = [item for item in alternates if not _counts_otherwise(base, question, item.place)]
    candidate = Candidate(number, row)
    if alternates:
        best = max(alternates, key=_score)
        candidate.alternate = best.place
        # 贷款贴息 is written there; what a document of some number says of it is not.
        candidate.is_verbatim = (
            best.text == compact and (question.marks.document_name or "").replace(" ", "") in compact
        )
        string = 0.0
        for item in alternates:
            # Below the best so far the exact likeness does not matter, and is not worked out.
            string = max(string, fuzz.ratio(compact, item.text, score_cutoff=string))
        scores = sorted([(item.score, item.said) for item in alternates], reverse=True)
        row[_POSITION["whole"]] = scores[0][1]
        row[_POSITION["second"]] = scores[1][0] if len(scores) > 1 else 0.0
        row[_POSITION["string"]] = string / 100.0
    row[_POSITION["keyword"]] = _longest_hit(view.keywords, compact)
    if view.siblings:
        row[_POSITION["sibling"]] = _heaviest_of_siblings(base, question, view)
    if view.negative_keywords and any(word in compact for word in view.negative_keywords):
        row[_POSITION["negative"]] = 1.0
    _mark_features(row, question.marks, view)
    row[_POSITION["district"]] = max(1.0 - NEXT_LEVEL * view.distance, 0.0)
    _named_outright(row, question, candidate, view)
    _cover(question, candidate, _shares(question, held, view.questions, gone))
    candidate.strange = row[_POSITION["pairs_missing"]] = _strange_pairs(question, held, gone)
    terms = question.analysis.terms
    row[_POSITION["core_missing"]] = sum([share for term, share in view.core if term not in terms])
    return candidate


_score = attrgetter("score")


def _counts_otherwise(base: MatchingBase, question: Question, place: int) -> bool:
    """Whether an alternate counts something (15条), and none of it is what the question counts."""
    counted = base.alternates.counted.get(place)
    return counted is not None and not question.marks.counted & counted


def _names_its_document(question: Question, view: EntryView) -> bool:
    """Whether the question names the document of the entry, by its number or its title."""
    number = question.marks.document_number
    is_titled = question.titled is not None and question.titled == view.policy
    return is_titled or (number is not None and names_document(number, view))


def names_document(number: str, view: EntryView) -> bool:
    """Whether `number` is a document of the entry, or one that its document replaced or ended."""
    return any(is_document(number, own) for own in view.document_numbers)


def _named_outright(row: list[float], question: Question, candidate: Candidate, view: EntryView) -> None:
    marks = question.marks
    row[_POSITION["verbatim"]] = 1.0 if candidate.is_verbatim else 0.0
    if _names_its_document(question, view):
        row[_POSITION["document"]] = 1.0
        # With a measure named beside the document, the measure is asked for.
        row[_POSITION["document_whole"]] = math.exp(-question.subject) if view.speaks else 0.0
    if marks.article is not None and view.is_overview and marks.counted & view.counted:
        row[_POSITION["article_whole"]] = 1.0


NOMINATED_AHEAD = 2
"""Of entries that nobody knew of on the day asked about, so many are looked at: they tell whether the question is about one."""
FEW_WORDS, NOMINATED_OF_FEW_WORDS = 2, 12
"""One or two words (贷款) are in many entries, all of which may be meant."""
CLOSEST_OF_ALL, NOMINATED = 32, 4
"""So many alternates are looked at, the likest of all, and so many entries: those of the likest, and those with the most
evidence. With twice as many the answers to all question sets stay the same, and each takes a tenth longer."""

CLOSEST, CLOSEST_EXAMPLES = 8, 2
"""So many of an entry's alternates, and of the examples of what is out of scope, are compared with the question, the
likeliest ones."""

USED_ONCE = 0.3
"""How far a word is explained that the entry's questions use once …"""
OWN_WORD = 0.2
"""… and the share of its questions from which on it is the entry's own word, explained in full."""
BODY_SHARE = 0.6
"""How far a word is explained that stands in the answer's text only, not in any way of asking."""


def _shares(question: Question, held: Held, questions: int, gone: frozenset[str]) -> list[float]:
    """How far the entry explains each word of the question, 0 to 1. `questions`: how many the entry has; `gone`: the
    terms of its left-out alternate."""
    often = OWN_WORD * questions
    explains = question.explains
    shares = [0.0] * len(question.explainable)
    for term, number in held.items():
        explained = explains.get(term)
        if explained is None:
            continue
        count = number - (term in gone)
        if count > 0:
            used = USED_ONCE + (1.0 - USED_ONCE) * min(count / often, 1.0)
            for place, strength in explained:
                share = strength * used
                if share > shares[place]:
                    shares[place] = share
    for place, (in_text, pairs) in enumerate(question.also_explained):
        if shares[place] < BODY_SHARE:
            if in_text in held:
                shares[place] = BODY_SHARE
            elif pairs:
                known = sum([held.get(pair, 0) > (pair in gone) for pair in pairs])
                shares[place] = max(shares[place], 0.7 * known / len(pairs))
    return shares


def _cover(question: Question, candidate: Candidate, shares: Sequence[float]) -> None:
    """Fill in the features of how much of the question's information the entry explains. What is said in an
    aside may speak for an entry, never against one."""
    weights = question.shares_of_default
    lacking = [weight * (1.0 - share) for weight, share in zip(question.shares_against, shares, strict=True)]
    unexplained = sum(lacking)
    explained = max(sum(map(mul, weights, shares)), 0.0)
    row = candidate.features
    candidate.words, candidate.shares, candidate.lacking = question.analysis.words, shares, lacking
    candidate.lacks = row[_POSITION["heaviest"]] = max(lacking, default=0.0)
    row[_POSITION["mass"]] = min(explained, 6.0) / 2.0
    row[_POSITION["mass_missing"]] = min(unexplained / (explained + 0.5), 3.0)
    candidate.explained = explained / (explained + unexplained) if explained + unexplained else 0.0


def _strange_pairs(question: Question, held: Held, gone: frozenset[str]) -> float:
    """The weight of the places where two telling words meet (失业|补助金, 残疾人|保障金) as they never meet in the
    entry's questions: two known words can make a name that is not known."""
    strange = sum([weight for pair, weight in question.seams if held.get(pair, 0) <= (pair in gone)])
    return min(strange, 2.0)


def _heaviest_of_siblings(base: MatchingBase, question: Question, view: EntryView) -> float:
    own = (question.weights.get(term, 0.0) for term in question.analysis.terms if term in view.siblings)
    return max(own, default=0.0) / base.default_idf


def _longest_hit(keywords: Sequence[str], compact: str) -> float:
    longest = max([len(word) for word in keywords if word in compact], default=0)
    return min(longest / 4.0, 1.5)


def _mark_features(row: list[float], marks: Marks, view: EntryView) -> None:
    if marks.levels:
        if view.level in marks.levels:
            row[_POSITION["level"]] = 1.0
        elif not marks.firm and not view.also_said & marks.levels:
            row[_POSITION["level_soft"]] = 1.0
    else:
        row[_POSITION["level_unsaid"]] = view.level_said
    if marks.counted and marks.counted & view.counted:
        row[_POSITION["counted"]] = 1.0
    if marks.sides and any(side not in view.sides.get(name, {side}) for name, side in marks.sides):
        row[_POSITION["opposite"]] = 1.0


def _weigh_level(base: MatchingBase, marks: Marks, candidates: Sequence[Candidate]) -> float:
    """That an entry is of the level named tells it from others as far as it fits, and by as much must be more than none;
    that a place belongs to another level speaks against an entry as far as there is one of that level which fits as well:
    the rules of all farther levels hold in a place. Returns how far one of that level fits."""
    fits = [item.explained * (1.0 - item.features[_POSITION["evidence_behind"]]) for item in candidates]
    best = max(
        (
            fit
            for item, fit in zip(candidates, fits, strict=True)
            if base.entries[item.entry].level in marks.levels
        ),
        default=0.0,
    )
    for item, fit in zip(candidates, fits, strict=True):
        row = item.features
        row[_POSITION["level"]] *= fit
        if row[_POSITION["level_soft"]]:
            row[_POSITION["level_soft"]] = min(best / max(fit, 0.01), 1.0)
    return best


def _outside(
    base: MatchingBase, question: Question, likeness: float, lead: float, gone: frozenset[str]
) -> list[float]:
    """The features of answering nothing. `likeness`: to the closest example of what is out of scope; `lead`: how much
    more evidence there is for what is out of scope than for any entry; `gone`: the terms of a left-out alternate."""
    telling = sum(weight > 0.4 * base.default_idf for weight in question.word_weights)
    strange = max(
        (
            weight
            for word, weight, aside in zip(
                question.analysis.words, question.shares_of_default, question.is_aside, strict=True
            )
            if not aside and not _is_known(base, question, word, gone)
        ),
        default=0.0,
    )
    return [
        1.0,
        base.example_weight * likeness,
        *_ahead_and_behind(lead),
        min(telling, 6) / 6.0,
        1.0 if len(question.analysis.compact) <= 4 else 0.0,
        strange,
        0.0,
        0.0,
    ]


def _is_known(base: MatchingBase, question: Question, word: str, gone: frozenset[str]) -> bool:
    """Whether any question of the pack but the left-out one holds `word`, or a synonym does."""
    index = base.alternate_index
    number = index.terms.get(word)
    held = 0 if number is None else int(index.offsets[number + 1] - index.offsets[number])
    if held:
        if held > (word in gone):
            return True
    elif word in base.idf:
        return True
    concepts = next(found for own, found, _ in question.explainable if own == word)
    return any(term in base.idf and term not in gone for term, _ in concepts)

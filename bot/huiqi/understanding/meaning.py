"""What one question means: which entry, which aspects of it, on which day, after what was talked about."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from huiqi.answering.composing import TOGETHER, VALID
from huiqi.answering.ladder import LevelFinder, knows_amount
from huiqi.answering.wording import is_own_word
from huiqi.language.asking import is_question
from huiqi.matching.decision import KEY_WORD, Decision, decide
from huiqi.matching.features import NAMES, Candidate, Question, Talk
from huiqi.matching.guards import not_before
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Entry, Pack
from huiqi.understanding.aspect_words import asks_only, shipped_words
from huiqi.understanding.aspects import AskedPart
from huiqi.understanding.context import Context
from huiqi.understanding.kin import KinFinder
from huiqi.understanding.reading import Reader, Reading
from huiqi.understanding.smalltalk import SURE

LADDER_AT = 0.45
"""Counterparts that are together at least this likely are answered with one of them."""
RUNG_AT = 0.2
"""Where a level is named, its rung on a ladder answers for a rung of another level if it is at least this likely beside it."""
SURELY_ASKED = 0.8
"""An aspect that the entry does not know must be asked for this surely; else the whole is told, for a question
about the whole is not answered with 未查明."""
RATHER_ASKED = 0.5
"""The same for whether two supports go together, which the whole does not answer."""
OUT_OF_FORCE = 0.3
"""How often a question that names no year or document means a rule that is not in force, of the times that it would if the
rule were: what nobody is given any more is seldom asked for."""
OLD = 0.5
"""The same of a rule of which no end is known, but which is older than rules usually get."""
SUPERSEDED = 0.02
"""How often such a question means a rule that has ended, or is old and without a known end, where one about the same thing
fits that is better known to hold."""
LONGEST_TERM = timedelta(days=5 * 365)
"""A rule of which no end is known seldom holds this long: offices give their rules a term of five years at most."""
ANNOUNCED = timedelta(days=365)
"""A rule that begins later than this after the day asked about was not known then."""
HEIR_AT = 0.001
"""A newer rule takes an older one's place only where it is at least this likely to be meant, of what the older one is."""
FAR_LIKELIER = 5.0
"""A rule so many times likelier than any that was known on the day asked about is what the question is about."""
EXPLAINS_MORE = 0.3
"""How much farther a word must be explained by what is gone back to than by what was talked about last: a word of its own
questions by more than one that stands in the other's text."""
_NEGATIVE = NAMES.index("negative")
_OF_LEVEL = tuple(map(NAMES.index, ("level", "level_soft", "level_unsaid")))
LONGEST_TOPIC = 40
TELLING_LEANS, OF_ITS_OWN = 0.8, 0.5
"""How likely a message leans on what was talked about that tells of who writes it, asks nothing and names nothing (才招了六个); and how
soon less, for each word of a subject that the pack does not know (密码忘了): of dialogues and of near misses after other talk, this
answers most of the ones and few of the others."""
LEANS_AT = 0.5
"""A question this likely to lean back carries the aspect that was asked for before."""


@dataclass(frozen=True)
class Meaning:
    """One question understood. `entry` is set where the decision is to answer; `aspects`: what of it is asked, in
    order; `chances`: the probability of each aspect, and in `parts` by each of several questions about the entry;
    `missing_level`: the level for which what was talked about has
    no counterpart; `leaned`: whether what was talked about decided; `lacks_subject`: it asks for an aspect of
    something, and of what was said neither in it nor before."""

    reading: Reading
    decision: Decision
    entry: str | None
    aspects: tuple[str, ...]
    chances: Mapping[str, float] = field(default_factory=dict)
    missing_level: str | None = None
    leaned: bool = False
    lacks_subject: bool = False
    parts: tuple[AskedPart, ...] = ()

    @property
    def outcome(self) -> str:
        return self.decision.outcome

    @property
    def text(self) -> str:
        return self.reading.text

    @property
    def day(self) -> date:
        return self.reading.day


@dataclass(frozen=True)
class _Standing:
    """An entry on one day. `is_bygone`: it has ended, or is old; `is_to_come`: nothing would be known of it for long;
    `share`: how often it is meant, of the times that it would be if it held."""

    is_in_force: bool
    is_bygone: bool
    is_to_come: bool
    share: float


@dataclass(frozen=True)
class _Day:
    """How all entries stand on one day, by their numbers, and those of them that are to come."""

    day: date
    standings: tuple[_Standing, ...]
    to_come: frozenset[int]


def _explains_more(one: Candidate, other: Candidate | None, apart_from: frozenset[str] = frozenset()) -> bool:
    """Whether one entry explains a word that names something far better than another does. `apart_from`: words that name
    nothing of the sort."""
    shares = [0.0] * len(one.words) if other is None else other.shares
    return any(
        len(word) > 1
        and word not in shipped_words()
        and word not in apart_from
        and own - share >= EXPLAINS_MORE
        for word, own, share in zip(one.words, one.shares, shares, strict=True)
    )


def is_to_come(pack: Pack, entry: Entry, day: date) -> bool:
    """Whether nobody knew of `entry` on `day`, nor for long after."""
    first = not_before(pack, entry)
    return first is not None and first - day > ANNOUNCED


def _standing(pack: Pack, entry: Entry, day: date) -> _Standing:
    since, state = pack.last_known(entry, day), entry.validity.state_on(day)
    read = since or pack.read_on(entry)
    is_in_force = pack.is_in_force(entry, day)
    is_old = not is_in_force and since is not None and day > since + LONGEST_TERM
    return _Standing(
        is_in_force,
        state == "expired" or (read is not None and day > read + LONGEST_TERM),
        is_to_come(pack, entry, day),
        OUT_OF_FORCE if state in ("expired", "not_yet") else OLD if is_old else 1.0,
    )


class Understander:
    def __init__(self, pack: Pack, matcher: Matcher) -> None:
        self._pack = pack
        self._matcher = matcher
        self.reader = Reader(matcher)
        self._kin = KinFinder(pack, matcher)
        self._levels = LevelFinder(pack)
        self._day = _Day(date.min, (), frozenset())

    def meaning(
        self, reading: Reading, context: Context | None = None, alone: Decision | None = None
    ) -> Meaning:
        """What `reading` means after what was talked about. `alone`: what it means by itself, where that is known."""
        context = context or Context()
        if reading.alternative is not None and not (reading.is_bare and context.entry):
            # 今年的报完了没, after a measure was talked about, is not what has that year in its name.
            spelt = self._meaning(reading.alternative, context)
            if spelt.outcome == "answer" and not spelt.leaned:
                # As it was written, to be read again after what was talked about.
                return replace(spelt, reading=reading)
        return self._meaning(reading, context, alone)

    def leans(self, alone: Meaning, on: str | None = None) -> bool:
        """Whether a question is worded as one that leans on what stands before it, and means nothing surely by itself;
        where it is known on which entry it would lean (`on`), whether it names nothing, or then is about that."""
        if self.reader.lean(alone.reading) < LEANS_AT:
            return False
        if on is None:
            return alone.decision.confidence < SURE
        return alone.reading.is_bare or self.meaning(alone.reading, Context(on), alone.decision).entry == on

    def are_counterparts(self, parts: Sequence[Meaning]) -> bool:
        """Whether at least two of some questions that name one level each are answered by entries of that level about the same
        thing, and the others by none."""
        answered = [(self._pack.entries[part.entry], part) for part in parts if part.entry is not None]
        return (
            len({entry.id for entry, _ in answered}) == len(answered) > 1
            and all(entry.level in part.reading.question.marks.levels for entry, part in answered)
            and all(
                other.id in self._levels.alike(entry) or other in self._levels.rungs(entry)
                for (entry, _), (other, _) in pairwise(answered)
            )
        )

    def _meaning(self, reading: Reading, context: Context, alone: Decision | None = None) -> Meaning:
        to_come = self._to_come(reading)
        before = self._gone_back(reading, context, to_come) if reading.goes_back else None
        context = before or context
        about = None if reading.is_new_subject else context.entry
        talk = None
        if about is not None:
            lean = self.reader.lean(reading) if before is None else 1.0
            if reading.tells_only:
                reading = reading.without_pins()
                lean = max(lean, TELLING_LEANS * math.exp(-OF_ITS_OWN * reading.question.subject))
            alone = alone or self._matcher.match(reading.question, to_come=to_come)
            talk = self._kin.talk(about, lean, self._topic(context), alone.candidates)
        decision = self._of_the_day(self._matcher.match(reading.question, talk, to_come), reading, talk)
        on_nothing = self._lean_on_nothing(decision, reading) if about is None else 0.0
        decision = self._settled(_less_likely(decision, 1.0 - on_nothing) if on_nothing else decision)
        lacks_subject = on_nothing >= LEANS_AT and decision.outcome != "answer"
        if lacks_subject:
            # What asks for an aspect names no topic of which there could be a list.
            decision = replace(decision, outcome="unanswered", reason="low_score")
        best = decision.best
        leaned = talk is not None and best is not None and best.entry in talk.kin
        missing_level = self._missing_level(reading, about)
        if missing_level and self._names_another(decision, talk, reading):
            missing_level = None
        if missing_level and not leaned:
            # The only thing that it names is a level: what else there is at that level was not asked for.
            decision = replace(decision, outcome="unanswered", reason="no_match")
        if decision.outcome != "answer" or best is None:
            chances = self.reader.aspects.chances(reading.question, None)
            asked = self.reader.aspects.asked(reading.question, None, chances)
            return Meaning(
                reading, decision, None, asked, chances, missing_level, lacks_subject=lacks_subject
            )
        entry = self._pack.entries[self._matcher.entry_id(best.entry)]
        chances, parts = self.reader.aspects.of_parts(reading.question, best.entry)
        aspects = self._aspects(reading, entry, best, chances)
        if not aspects:
            aspects = self._carried(reading, entry, context, leaned)
            chances = chances | dict.fromkeys(aspects, 1.0)
        return Meaning(reading, decision, entry.id, aspects, chances, None, leaned, parts=parts)

    def _gone_back(self, reading: Reading, context: Context, to_come: frozenset[int]) -> Context | None:
        """The context as it was when that was talked about which the question fits best, of what explains a word of it better
        than the last does, else what is of the level that it names (刚说的区里那个). None where nothing does (刚才那个要什么材料), and
        where it surely asks of something that was not talked about."""
        alone = self._matcher.match(reading.question, to_come=to_come).candidates
        if any(
            item.probability >= SURE and self._matcher.entry_id(item.entry) not in context.talked_of
            for item in alone
        ):
            return None
        found = {entry: self._after(entry, reading, alone, to_come) for entry in context.talked_of}
        last = found[context.talked_of[0]] if found else None
        named = {
            entry: self._matcher.utility(own)
            for entry, own in found.items()
            if own is not None and _explains_more(own, last)
        }
        levels = reading.question.marks.firm
        of_level = [entry for entry in context.talked_of if self._pack.entries[entry].level in levels]
        fitting = sorted(named, key=named.__getitem__, reverse=True) or of_level
        return Context(fitting[0]) if fitting else None

    def _after(
        self, entry: str, reading: Reading, alone: Sequence[Candidate], to_come: frozenset[int]
    ) -> Candidate | None:
        """`entry` as a candidate for a question after it was talked about."""
        talk = self._kin.talk(entry, 1.0, alone=alone)
        found = self._matcher.match(reading.question, talk, to_come).candidates
        return next((item for item in found if talk is not None and item.entry == talk.entry), None)

    def _lean_on_nothing(self, decision: Decision, reading: Reading) -> float:
        """How likely a question of which nothing was talked about before leans on what it does not say (准备哪些材料); 0
        for what staff wrote down word for word."""
        best = decision.best
        if decision.reason == "out_of_scope" or (best is not None and best.is_verbatim):
            return 0.0
        return self.reader.lean(reading) if asks_only(reading.question) else 0.0

    def _topic(self, context: Context) -> Question | None:
        """The question that led to what was talked about; long ones tell a story and say little."""
        if not context.question or len(context.question) > LONGEST_TOPIC:
            return None
        return self._matcher.read(context.question)

    def _aspects(
        self,
        reading: Reading,
        entry: Entry,
        best: Candidate,
        chances: Mapping[str, float],
    ) -> tuple[str, ...]:
        """What is asked of `entry`."""
        asked = tuple(
            aspect
            for aspect in self.reader.aspects.asked(reading.question, best.entry, chances)
            if _is_told(entry, aspect) or (chances[aspect] >= _bar(aspect) and not self._is_plain(entry))
        )
        if reading.is_dated and all(aspect == "对象" or chances[aspect] < SURELY_ASKED for aspect in asked):
            # “去年3月那会儿能申请吗” asks about the time, not about who or how.
            return (VALID,)
        return asked

    def _carried(self, reading: Reading, entry: Entry, context: Context, leaned: bool) -> tuple[str, ...]:
        """What was asked for before and counts on for a question that asks for no aspect of `entry`."""
        if context.entry is None:
            # 贷款贴息, after 要什么材料 and the question of what.
            known = () if is_question(reading.text) else context.aspects
            return tuple(aspect for aspect in known if _is_told(entry, aspect))
        if context.entry == entry.id or not reading.carries_aspect:
            return ()
        if not (leaned and reading.is_bare) and self.reader.lean(reading) < LEANS_AT:
            return ()
        return tuple(aspect for aspect in context.aspects if _is_told(entry, aspect) or reading.is_bare)

    def _is_plain(self, entry: Entry) -> bool:
        """Whether the office wrote a question and its answer, not facet by facet: the answer is all of it."""
        return is_own_word(entry, self._pack) and not any(facet.is_known for facet in entry.facets.values())

    def _of_the_day(self, decision: Decision, reading: Reading, talk: Talk | None) -> Decision:
        """The decision without rules that nobody knew of on the day asked about. Of two about the same thing that fit,
        the one that is better known to hold then takes over, unless the other is being talked about; what is not in
        force then is less likely to be meant."""
        if _names_what_may_come(reading) or decision.reason == "out_of_scope":
            return decision
        day = reading.day
        to_come = [item for item in decision.candidates if self._standing(item, day).is_to_come]
        known = [item for item in decision.candidates if not self._standing(item, day).is_to_come]
        chances = [item.probability for item in known]
        # After today's rule was talked about nobody goes on to what it replaced.
        is_about_old = talk is not None and not self._on(day).standings[talk.entry].is_in_force
        about = talk.kin if talk is not None and is_about_old else frozenset()
        heirs = [None if item.entry in about else self._heir(item, known, reading) for item in known]
        is_named = reading.question.marks.names_rule
        shares = [
            1.0 if is_named or heir is not None or item.entry in about else self._standing(item, day).share
            for item, heir in zip(known, heirs, strict=True)
        ]
        is_settled = not any(heir is not None for heir in heirs) and set(shares) <= {1.0}
        if not to_come and is_settled:
            return decision
        # Where what was not known yet is far likelier than all that was, the question is about nothing that was known.
        likeliest = max((item.probability for item in known), default=0.0)
        is_about_known = True
        for item in to_come:
            # What rules the same thing later speaks for what ruled it then.
            forerunner = self._likeliest_alike(item, known)
            if forerunner is not None:
                chances[forerunner] += item.probability
            elif item.probability > FAR_LIKELIER * likeliest:
                is_about_known = False
        for place, heir in enumerate(heirs):
            if heir is not None:
                chances[heir] += chances[place] * (1.0 - SUPERSEDED)
                chances[place] *= SUPERSEDED
        # The chances of a choice without some of its options, and with others less likely, scaled to one.
        chances = [chance * share for chance, share in zip(chances, shares, strict=True)]
        total = decision.none + sum(chances) if is_about_known else 0.0
        candidates = [
            item.with_probability(chance / total if total else 0.0)
            for item, chance in zip(known, chances, strict=True)
        ]
        none = decision.none / total if total else 1.0
        return decide(decision.question, candidates, none, decision.bars, decision.costs)

    def _to_come(self, reading: Reading) -> frozenset[int]:
        """The entries that nobody knew of on the day asked about, where the question does not name one."""
        if _names_what_may_come(reading):
            return frozenset()
        return self._on(reading.day).to_come

    def _heir(self, old: Candidate, known: Sequence[Candidate], reading: Reading) -> int | None:
        """The place in `known` of the likeliest entry about the same thing as `old` that explains the question too and
        is better known to hold on the day asked about, at the level of `old` where the question names that; who only names
        its place, where the rules of all levels hold, is not kept to one that is over or old. None where there is none."""
        standing = self._standing(old, reading.day)
        if standing.is_in_force:
            return None
        marks = reading.question.marks
        is_bound = self._entry(old).level in (marks.firm if standing.is_bygone else marks.levels)
        return self._likeliest_alike(
            old,
            known,
            lambda entry, other: (
                not (is_bound and other.level != entry.level)
                and self._pack.holds_better(other, entry, reading.day)
            ),
        )

    def _likeliest_alike(
        self,
        one: Candidate,
        known: Sequence[Candidate],
        is_fit: Callable[[Entry, Entry], bool] = lambda entry, other: True,
    ) -> int | None:
        """The place in `known` of the likeliest entry about the same thing as `one` that explains the question too and is
        fit to stand for it. None where there is none."""
        entry = self._entry(one)
        alike = self._levels.alike(entry)
        if not alike:
            return None
        places = [
            place
            for place, other in enumerate(known)
            if self._matcher.entry_id(other.entry) in alike
            and self._chance_beside_level(other) >= HEIR_AT * self._chance_beside_level(one)
            and other.lacks <= max(one.lacks, KEY_WORD)
            and not other.features[_NEGATIVE]
            and is_fit(entry, self._entry(other))
        ]
        return max(places, key=lambda place: known[place].probability, default=None)

    def _chance_beside_level(self, candidate: Candidate) -> float:
        """How likely a candidate is, up to a factor that all of a question share, whatever its level speaks for or against
        it: who only names the place is asking of all rules that hold there."""
        weights = self._matcher.model.weights
        return candidate.probability * math.exp(
            -sum(candidate.features[feature] * weights[feature] for feature in _OF_LEVEL)
        )

    def _entry(self, candidate: Candidate) -> Entry:
        return self._pack.entries[self._matcher.entry_id(candidate.entry)]

    def _standing(self, candidate: Candidate, day: date) -> _Standing:
        return self._on(day).standings[candidate.entry]

    def _on(self, day: date) -> _Day:
        """Worked out once: the same for every question of that day."""
        found = self._day
        if found.day != day:
            entries = (self._pack.entries[view.id] for view in self._matcher.base.entries)
            standings = tuple(_standing(self._pack, entry, day) for entry in entries)
            ahead = (number for number, standing in enumerate(standings) if standing.is_to_come)
            found = self._day = _Day(day, standings, frozenset(ahead))
        return found

    def _settled(self, decision: Decision) -> Decision:
        """A choice between counterparts of one ladder needs no question back: the answer leads to them all."""
        levels = decision.question.marks.levels
        if decision.best is None or decision.reason == "out_of_scope":
            return decision
        if decision.outcome == "answer" and not levels:
            return decision
        first = self._matcher.entry_id(decision.best.entry)
        rungs = {rung for ladder in self._pack.ladders if first in ladder.rungs for rung in ladder.rungs}
        on_ladder = [item for item in decision.candidates if self._matcher.entry_id(item.entry) in rungs]
        most = decision.best.probability
        if levels:
            # Of rules about one thing that of the level named answers, unless that only says what is not known.
            on_ladder.sort(
                key=lambda item: (
                    item.probability < RUNG_AT * most,
                    self._entry(item).level not in levels or not self._knows(item),
                )
            )
        else:
            # Of those that fit about as well the rung nearest to the asker answers, and what is known first.
            on_ladder.sort(
                key=lambda item: (item.probability < most / 2, not self._knows(item), self._rung(item))
            )
        together = sum(item.probability for item in on_ladder)
        others = sum(item.probability for item in decision.candidates) - together
        if decision.outcome == "answer":
            if on_ladder[:1] in ([], [decision.best]):
                return decision
            rest = (item for item in decision.candidates if item is not on_ladder[0])
            return replace(decision, candidates=(on_ladder[0], *rest), confidence=together)
        if len(on_ladder) < 2 or together < max(LADDER_AT, decision.none) or others > together / 3:
            return decision
        return replace(
            decision, outcome="answer", reason=None, candidates=tuple(on_ladder), confidence=together
        )

    def _knows(self, candidate: Candidate) -> bool:
        return knows_amount(self._pack.entries[self._matcher.entry_id(candidate.entry)])

    def _rung(self, candidate: Candidate) -> int:
        """How far from the asker the candidate's level is: 0 for the nearest."""
        return self._pack.office.distance(self._pack.entries[self._matcher.entry_id(candidate.entry)].level)

    def _names_another(self, decision: Decision, talk: Talk | None, reading: Reading) -> bool:
        """Whether the decision is to answer from an entry that explains a word which what was talked about does not (省里的技改);
        that of the level is none."""
        if talk is None or decision.outcome != "answer" or decision.best is None:
            return False
        before = next((item for item in decision.candidates if item.entry == talk.entry), None)
        text, levels = self.reader.levels_in(reading.text)
        of_level = frozenset(text[start:end] for start, end, _ in levels)
        return decision.best.entry not in talk.kin and _explains_more(decision.best, before, of_level)

    def _missing_level(self, reading: Reading, about: str | None) -> str | None:
        """The level that a bare follow-up names and at which what was talked about has no counterpart."""
        marks = reading.question.marks
        previous = self._pack.entries.get(about or "")
        if previous is None or not reading.is_bare or not marks.levels or previous.level in marks.levels:
            return None
        return min(marks.levels)


def _less_likely(decision: Decision, share: float) -> Decision:
    """The decision where each entry is only so often meant as it would be."""
    candidates = [item.with_probability(item.probability * share) for item in decision.candidates]
    none = 1.0 - (1.0 - decision.none) * share
    return decide(decision.question, candidates, none, decision.bars, decision.costs)


def _names_what_may_come(reading: Reading) -> bool:
    """Whether the question names a year or a document, which may be of later than the day asked about."""
    question, marks = reading.question, reading.question.marks
    return bool(marks.named_years or marks.counted or marks.document_number or question.titled)


def _bar(aspect: str) -> float:
    return RATHER_ASKED if aspect == TOGETHER else SURELY_ASKED


def _is_told(entry: Entry, aspect: str) -> bool:
    """Whether an entry has something to say of an aspect; when it holds and when it pays is always told."""
    if aspect == TOGETHER:
        return bool(entry.stacking.text)
    return aspect not in entry.facets or entry.facets[aspect].is_known

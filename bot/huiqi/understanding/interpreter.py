"""What one question means: read alone and, where it leans back, against what was talked about.

What was talked about adds to an entry's score (it boosts); it never decides against a question that stands
on its own, and an entry is only kept for words that its own texts hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from huiqi.answering.ladder import LevelFinder
from huiqi.matching.decision import Decision
from huiqi.matching.features import Candidate
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import FACET_NAMES, LEVELS, Entry, Pack
from huiqi.understanding.context import Context, Reading, read_against
from huiqi.understanding.days import Dated, read_day
from huiqi.understanding.ellipsis import is_audience, subject_of
from huiqi.understanding.facets import asks_overlap, asks_validity, detect_facet

SURE_ON_ITS_OWN = 0.7
"""A follow-up that means something by itself at this confidence is a new subject, unless what was talked
about explains it as well."""
CERTAIN_ON_ITS_OWN = 0.97
"""… and one that means an unconnected entry at this confidence is a new subject in any case."""
SAME_BOOST, LINKED_BOOST, POLICY_BOOST = 1.2, 1.8, 1.2
"""What is added to the utility of the entry talked about, of entries linked with it, and of entries of the
same policy."""
LEVEL_BOOST, PERIOD_BOOST = 3.5, 3.0
EXPLAINED = 0.6
"""Share of a follow-up's own words that an entry must hold to be kept for it."""
SCANTY = 2
"""Characters of a subject that hardly says anything by itself."""
RELATED_AT = 0.02
"""“24条里的呢” means the linked entry of that policy, where it is at least this likely."""
LADDER_AT = 0.45
"""Counterparts that are together at least this likely are answered with one of them."""
CARRIED_CONFIDENCE = 0.9
LONGEST_TOPIC = 30
_OVERVIEW = "-overview"


@dataclass(frozen=True)
class Understanding:
    """One question understood. `entry` is set where the decision is to answer; `facet` is the aspect asked;
    `day` the day that it is about, `is_dated` where the question named it; `missing_level`: the level for
    which what was talked about has no counterpart."""

    text: str
    decision: Decision
    entry: str | None
    facet: str | None
    day: date
    is_dated: bool = False
    overlap: bool = False
    validity: bool = False
    missing_level: str | None = None
    leaned: bool = False

    @property
    def outcome(self) -> str:
        return self.decision.outcome


class Interpreter:
    def __init__(self, pack: Pack, matcher: Matcher) -> None:
        self._pack = pack
        self._matcher = matcher
        self.levels = LevelFinder(pack)
        self._texts: dict[str, str] = {}

    def understand(self, text: str, context: Context, today: date, is_part: bool = False) -> Understanding:
        """What `text` means in `context`; `is_part`: it is one of several questions of a message."""
        dated = read_day(text, today)
        if dated.alternative is not None:
            spelt = self._read(read_against(dated.alternative, context), context, dated, is_part)
            if spelt.outcome == "answer" and (dated.day.year == today.year) and not spelt.leaned:
                return spelt
        return self._read(read_against(dated.text, context), context, dated, is_part)

    def _read(self, reading: Reading, context: Context, dated: Dated, is_part: bool) -> Understanding:
        alone = self._settled(self._matcher.match(reading.text))
        own = self._understood(reading.text, alone, dated)
        previous = self._pack.entries.get(context.entry or "")
        marks = alone.question.marks
        if previous is None or reading.is_new_subject or marks.place:
            return own
        subject = subject_of(alone.question.analysis.all_words)
        wanted = self._other_levels(alone, previous)
        if not subject:
            return self._aspect(reading, alone, own, previous, context, dated, wanted)
        # One of several questions of a message that says enough is no follow-up by its length alone.
        if not reading.leans_back or (is_part and reading.by_length and len(subject) > SCANTY):
            return own
        return self._leaning(reading, alone, own, previous, context, dated, subject, wanted)

    def _settled(self, decision: Decision) -> Decision:
        """A choice between counterparts of one ladder needs no question back: the answer shows them all."""
        first = self._best(decision)
        if decision.outcome != "clarify" or first is None:
            return decision
        rungs = {rung for ladder in self._pack.ladders if first.id in ladder.rungs for rung in ladder.rungs}
        on_ladder = [item for item in decision.candidates if self._matcher.entry_id(item.entry) in rungs]
        together = sum(item.probability for item in on_ladder)
        others = sum(item.probability for item in decision.candidates) - together
        if len(on_ladder) < 2 or together < LADDER_AT or others > together / 3:
            return decision
        if not decision.question.marks.levels:
            # Nobody named a level: of those that fit about as well, the rung nearest to the asker answers.
            best = on_ladder[0].probability
            on_ladder.sort(key=lambda item: (item.probability < best / 2, self._rung(item)))
        return replace(decision, outcome="answer", candidates=tuple(on_ladder), confidence=together)

    def _rung(self, candidate: Candidate) -> int:
        """How far from the asker the candidate's level is: 0 for the district."""
        return LEVELS.index(self._pack.entries[self._matcher.entry_id(candidate.entry)].level)

    def _other_levels(self, alone: Decision, previous: Entry) -> frozenset[str]:
        """The levels that the question names and that are not that of `previous`."""
        marks = alone.question.marks
        return (
            frozenset() if previous.level in (marks.firm or marks.levels) else marks.levels - {previous.level}
        )

    def _aspect(
        self,
        reading: Reading,
        alone: Decision,
        own: Understanding,
        previous: Entry,
        context: Context,
        dated: Dated,
        wanted: frozenset[str],
    ) -> Understanding:
        """Nothing but an aspect, a level or a period was said: it is about what was talked about."""
        marks = alone.question.marks
        if marks.counted or marks.years:
            return self._other_policy(reading, own, previous, context, dated)
        if wanted and not own.overlap:
            return self._other_level(reading, own, previous, context, dated, wanted)
        payer = self._payer(reading.text, previous)
        return self._about(payer.id if payer else previous.id, own, own.facet)

    def _payer(self, text: str, previous: Entry) -> Entry | None:
        """“有没有补贴” after a rule that pays nothing: the linked entry that pays."""
        if not PAYMENT.search(text) or any(
            PAYMENT.search(name) for name in (previous.title, *previous.keywords)
        ):
            return None
        linked = (self._pack.entries.get(key) for key in self.levels.linked(previous))
        ladder = self.levels.ladder_of(previous)
        payers = [other for other in linked if other and PAYMENT.search(other.short_title)]
        return next((other for other in payers if ladder and other.id in ladder.rungs), None)

    def _other_level(
        self,
        reading: Reading,
        own: Understanding,
        previous: Entry,
        context: Context,
        dated: Dated,
        wanted: frozenset[str],
    ) -> Understanding:
        """“市里的呢”: the counterpart at that level, with the facet that was asked before."""
        others = self.levels.counterparts(previous, wanted)
        facet = own.facet or context.facet
        boosts = {other.id: LEVEL_BOOST - 0.3 * place for place, other in enumerate(others)}
        joint = self._matcher.match(f"{self._topic(previous, context)} {reading.text}", boosts)
        best = self._best(joint)
        level = next(iter(sorted(wanted)))
        if best is not None and best.level in wanted and (joint.outcome == "answer" or best.id in boosts):
            return self._about(best.id, self._understood(reading.text, joint, dated), facet)
        ladder = self.levels.ladder_of(previous)
        rung = next((other for other in others if ladder and other.id in ladder.rungs), None)
        if rung is not None:
            return self._about(rung.id, own, facet)
        missing = replace(own.decision, outcome="unanswered", reason="no_match")
        return replace(own, decision=missing, entry=None, missing_level=level, facet=facet, leaned=True)

    def _other_policy(
        self, reading: Reading, own: Understanding, previous: Entry, context: Context, dated: Dated
    ) -> Understanding:
        """“24条里的呢”, “2022年的”: the same thing in another policy or year."""
        linked = self.levels.linked(previous)
        boosts = dict.fromkeys(linked, PERIOD_BOOST)
        topic = _DIGITS.sub("", f"{self._topic(previous, context)} {previous.short_title}")
        joint = self._matcher.match(f"{reading.text} {topic}", boosts)
        found = [
            self._matcher.entry_id(item.entry) for item in joint.candidates if item.probability > RELATED_AT
        ]
        related = next((key for key in found if key in linked and not key.endswith(_OVERVIEW)), None)
        if related is not None and self._pack.entries[related].policy != previous.policy:
            return self._about(related, own, own.facet or context.facet)
        if joint.outcome == "answer" and self._best(joint) is not None:
            understood = self._understood(reading.text, joint, dated)
            return replace(understood, facet=understood.facet or context.facet, leaned=True)
        best = self._best(own.decision)
        if best is not None and best.policy == previous.policy:
            return self._about(previous.id, own, own.facet)
        return own

    def _leaning(
        self,
        reading: Reading,
        alone: Decision,
        own: Understanding,
        previous: Entry,
        context: Context,
        dated: Dated,
        subject: str,
        wanted: frozenset[str],
    ) -> Understanding:
        """A follow-up with words of its own."""
        boosts = self._boosts(previous)
        boosted = self._matcher.match(self._mentioning(previous, reading.text), boosts)
        best = self._best(boosted)
        marks = alone.question.marks
        sure = alone.outcome == "answer" and alone.confidence >= SURE_ON_ITS_OWN
        if sure and alone.confidence >= CERTAIN_ON_ITS_OWN and not wanted and own.entry not in boosts:
            return own
        keeps = self._share(subject, previous) >= EXPLAINED
        if sure and (marks.counted or marks.years or marks.document_number):
            return own
        if previous.id.endswith(_OVERVIEW) or _SIBLING.search(reading.text):
            part = self._part_of(previous, boosted, subject)
            if part is not None and (not sure or own.entry == part.id or self._share(subject, part) == 1.0):
                return self._about(part.id, own, own.facet)
        elif keeps and not wanted and self._is_closer(subject, previous, best):
            return self._about(previous.id, own, own.facet)
        explains = (
            boosted.outcome == "answer"
            and best is not None
            and self._share(subject, best) >= EXPLAINED
            and (not wanted or best.level in wanted)
        )
        if explains and best is not None and best.id in boosts:
            understood = self._understood(reading.text, boosted, dated)
            carried = None if sure and best.id == own.entry else context.facet
            return replace(
                understood, facet=understood.facet or self._carried(best, carried, reading), leaned=True
            )
        if keeps and not sure and not wanted:
            return self._about(previous.id, own, own.facet)
        if sure:
            return own
        if is_audience(subject + reading.text) and not wanted:
            return self._about(previous.id, own, own.facet or "对象")
        joint = self._matcher.match(f"{self._topic(previous, context)} {reading.text}", boosts)
        best = self._best(joint)
        if joint.outcome == "answer" and best is not None and self._share(subject, best) >= EXPLAINED:
            return replace(self._understood(reading.text, joint, dated), leaned=True)
        return self._understood(reading.text, boosted, dated) if explains else own

    def _mentioning(self, previous: Entry, text: str) -> str:
        """`text` with the year that entries of the policy talked about only answer to."""
        required = self._pack.policies[previous.policy].requires_mention
        named = next((word for word in required if word[0].isdigit()), required[0] if required else "")
        return f"{named} {text}".strip()

    def _part_of(self, overview: Entry, boosted: Decision, subject: str) -> Entry | None:
        """The likeliest entry of the same policy that holds what was asked."""
        entries = [self._pack.entries[self._matcher.entry_id(item.entry)] for item in boosted.candidates]
        parts = [
            entry
            for entry in entries
            if entry.policy == overview.policy
            and entry.id != overview.id
            and self._share(subject, entry) >= EXPLAINED
        ]
        return next((part for part in parts if subject in part.short_title), parts[0] if parts else None)

    @staticmethod
    def _is_closer(subject: str, previous: Entry, other: Entry | None) -> bool:
        """Whether people ask `previous` itself in these words, and `other` is not known by them alone."""
        asked = any(subject in text for text in (previous.title, *previous.keywords, *previous.alternates))
        if other is None or other.id == previous.id:
            return asked
        is_named = [
            any(subject in word for word in (entry.short_title, *entry.keywords))
            for entry in (previous, other)
        ]
        return asked and is_named != [False, True]

    @staticmethod
    def _carried(entry: Entry, facet: str | None, reading: Reading) -> str | None:
        """The facet asked before, where “…的呢” carries it over and the entry knows it."""
        if facet and _CARRIES.search(reading.text) and entry.facets[facet].is_known:
            return facet
        return None

    def _boosts(self, previous: Entry) -> dict[str, float]:
        boosts = {
            other.id: POLICY_BOOST for other in self._pack.entries.values() if other.policy == previous.policy
        }
        boosts |= dict.fromkeys(self.levels.linked(previous), LINKED_BOOST)
        boosts[previous.id] = SAME_BOOST
        return boosts

    def _share(self, subject: str, entry: Entry) -> float:
        """The share of `subject`'s neighbouring characters that the texts of `entry` hold."""
        text = self._text_of(entry)
        if subject in text:
            return 1.0
        pairs = [subject[place : place + 2] for place in range(len(subject) - 1)]
        return sum(pair in text for pair in pairs) / len(pairs) if pairs else 0.0

    def _text_of(self, entry: Entry) -> str:
        if entry.id not in self._texts:
            facets = [facet.text for facet in entry.facets.values() if facet.text]
            parts = [
                entry.title,
                entry.short_title,
                entry.summary.text or "",
                *entry.keywords,
                *entry.alternates,
                *facets,
            ]
            self._texts[entry.id] = self._matcher.analyser.normalise(" ".join(parts)).replace(" ", "")
        return self._texts[entry.id]

    def _topic(self, previous: Entry, context: Context) -> str:
        """What was talked about, in words: the question that led there without its level, or the title."""
        asked = _LEVEL_WORDS.sub("", context.question)
        if len(asked) <= LONGEST_TOPIC and subject_of(self._matcher.analyser(asked).all_words):
            return asked
        return _LEVEL_WORDS.sub("", previous.short_title)

    def _best(self, decision: Decision) -> Entry | None:
        return self._pack.entries[self._matcher.entry_id(decision.best.entry)] if decision.best else None

    def _about(self, entry_id: str, own: Understanding, facet: str | None) -> Understanding:
        """The same question answered from `entry_id`, which the conversation decides."""
        number = next(number for number, view in enumerate(self._matcher.base.entries) if view.id == entry_id)
        known = next((item for item in own.decision.candidates if item.entry == number), None)
        candidate = known or Candidate(number, [], probability=CARRIED_CONFIDENCE)
        decision = replace(
            own.decision,
            outcome="answer",
            candidates=(candidate,),
            confidence=CARRIED_CONFIDENCE,
            reason=None,
        )
        return replace(own, decision=decision, entry=entry_id, facet=facet, leaned=True)

    def _understood(self, text: str, decision: Decision, dated: Dated) -> Understanding:
        best = self._best(decision) if decision.outcome == "answer" else None
        normalised = decision.question.text
        names = self._names(best) if best else ()
        overlap = asks_overlap(normalised)
        facet = None if overlap else detect_facet(normalised, names)
        if dated.named and facet in (None, "对象"):
            # “2020年3月那会儿能申请吗” asks about the time, not about who.
            facet = "时限"
        return Understanding(
            text=text,
            decision=decision,
            entry=best.id if best else None,
            facet=facet,
            day=dated.day,
            is_dated=dated.named,
            overlap=overlap,
            validity=asks_validity(normalised) or (dated.named and facet == "时限"),
        )

    def _names(self, entry: Entry) -> tuple[str, ...]:
        normalise = self._matcher.analyser.normalise
        return tuple(
            name
            for name in (normalise(word).replace(" ", "") for word in (entry.short_title, *entry.keywords))
            if name not in FACET_NAMES
        )


def is_bare(decision: Decision) -> bool:
    """Whether a question names nothing of its own: no subject, no document, no year."""
    marks = decision.question.marks
    return not (
        subject_of(decision.question.analysis.all_words)
        or marks.counted
        or marks.years
        or marks.document_number
    )


_DIGITS = re.compile(r"\d+(?:年|条|项)?")
_LEVEL_WORDS = re.compile(
    r"光明区|光明|区里|区级|我区|本区|深圳市|深圳|市里|市级|广东省|广东|省里|省级|国家|全国|中央|(?:请问|那|呢|的呢)|[?？]"
)
PAYMENT = re.compile(r"补贴|补助|资助|贴息|奖励|返还")
# “贷款那条呢”: another measure of the policy that is being talked about.
_SIBLING = re.compile(r"(?<!\d)(?:那|这)(?:一)?(?:条|项|款)")
_CARRIES = re.compile(r"呢[?？。!！ ]*$")

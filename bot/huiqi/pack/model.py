"""The nouns of the knowledge base: policies, entries, facets, sources.

Everything here is a frozen dataclass of plain values, so that a compiled pack loads in milliseconds and
crosses every border (store, matching, channels) unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from huiqi.pack.office import OWN, Office
from huiqi.pack.rough_day import RoughDay

FACET_NAMES = ("对象", "标准", "条件", "材料", "流程", "时限", "部门", "电话")
WHOM = frozenset({"部门", "电话"})
"""The facets that say whom to ask, as every answer does at its end."""
ASPECTS = (*FACET_NAMES, "叠加", "有效", "到账")
"""What of an entry a question may ask."""
WHOLE = "整体"
"""What a question asks that asks no aspect in particular."""
UNKNOWN = "未查明"
AGED = timedelta(days=365)
"""A rule of which no end is known is doubtful when it is this old."""
UNSURE, STOP = "不清楚", "不做了"
"""What every question of the self-check offers besides its own choices."""


@dataclass(frozen=True)
class Source:
    """Where a statement was read: a page, a document, or a copy of one. `policies`: the ids of the policies whose text
    it is or of which it tells; None where nobody has said, () where it is none of ours."""

    id: str
    title: str
    date: date | None
    urls: tuple[str, ...]
    confidence: str
    note: str | None = None
    policies: tuple[str, ...] | None = None

    def tells_of(self, policy_id: str) -> bool:
        """Whether what is read here may be told as the policy's. Where nobody has said, it may."""
        return self.policies is None or policy_id in self.policies


@dataclass(frozen=True)
class Facet:
    """One aspect of an entry. `text` is None where the aspect is 未查明."""

    text: str | None
    sources: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return self.text is not None


@dataclass(frozen=True)
class Stacking:
    """Whether support can be had together with other support. `beside`: the other side: ids of entries, levels (what that
    level gives for the same thing), or plain words."""

    kind: str
    text: str | None = None
    sources: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Validity:
    """The days on which a rule applies; None at either end where the day is not known. `last_seen`: when it was last
    seen in use, which is all that is known of its end where that was not read."""

    start: date | None
    end: date | None
    note: str | None = None
    last_seen: RoughDay | None = None

    def seen_by(self, day: date) -> RoughDay | None:
        """When it was last seen in use, where its end is not known and that was not after `day`."""
        seen = self.last_seen
        return seen if seen is not None and self.end is None and seen.first <= day else None

    def state_on(self, day: date) -> str:
        """`not_yet`, `valid`, `expired` or `unknown` (no day is known at all)."""
        if self.start is not None and day < self.start:
            return "not_yet"
        if self.end is not None and day > self.end:
            return "expired"
        return "unknown" if self.start is None and self.end is None else "valid"


@dataclass(frozen=True)
class CheckQuestion:
    """A question of the self-check with the answers to choose from. `about`: what of the company it asks (规模);
    `words`: choice → what people say for it; `people`: choice → the least and the most people it is for."""

    id: str
    ask: str
    choices: tuple[str, ...]
    about: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    people: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A condition of an entry: which answers to a question meet it (`accept`), which leave it open (`maybe`);
    every other answer rules the entry out, for `reason`."""

    question: str
    accept: tuple[str, ...]
    maybe: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Instead:
    """What may be told where the number that a formula asks for is not at hand: it is the product of these ÷
    `divisor`. `words`: what people say at the money that belongs here (贷款, 本金). `most`: unit → the largest
    number that counts."""

    asks: tuple[str, ...]
    divisor: float
    note: str
    words: tuple[str, ...] = ()
    most: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Estimate:
    """A sourced formula: the product of the numbers asked for × share ÷ divisor, at most `ceiling` yuan. An ask names
    its unit first in its brackets: 每月租金（元）."""

    asks: tuple[str, ...]
    share: float
    divisor: float
    ceiling: float | None
    note: str
    instead: Instead | None = None


@dataclass(frozen=True)
class Eligibility:
    """Who may have what an entry gives, as far as the sources say. `amount`: what there is to have; `also`: conditions
    that no question of the self-check asks."""

    rules: tuple[Rule, ...]
    amount: str
    sources: tuple[str, ...]
    estimate: Estimate | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A document. `replaces`: the numbers of the documents in whose place it came; `ends`: of those that it ended, each
    with a remark after a colon where something else is to be said of it."""

    id: str
    title: str
    names: tuple[str, ...]
    document_number: str | None
    issuer: str | None
    level: str
    issued: date | None
    validity: Validity
    sources: tuple[str, ...]
    requires_mention: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    last_checked: date | None = None

    @property
    def former(self) -> tuple[FormerDocument, ...]:
        """The documents that no longer hold since this one."""
        replaced = [FormerDocument(number, is_replaced=True) for number in self.replaces]
        ended = [FormerDocument(*_number_and_remark(written)) for written in self.ends]
        return (*replaced, *ended)

    @property
    def since(self) -> date | None:
        """The first day on which it holds, else the day on which it was issued."""
        return self.validity.start or self.issued


@dataclass(frozen=True)
class FormerDocument:
    """A document that a policy replaced or ended, by its number. `remark`: what is to be said of it instead, where
    whether it was ended is itself not known for certain."""

    number: str
    remark: str | None = None
    is_replaced: bool = False


def _number_and_remark(written: str) -> tuple[str, str | None]:
    number, _, remark = written.partition("：")
    return number.strip(), remark.strip().rstrip("。") or None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to download with an entry; `digest`: the SHA-256 of what is in it, in 64 hexadecimal digits."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Detail:
    """How people ask for one particular sentence of an entry: `words` stand in that sentence."""

    words: str
    questions: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One measure or procedure: a standard question, its alternates (相似问) and its answer by facet.
    `alternate_aspects`: alternate → the ASPECTS that it asks; those that ask none in particular are absent. `attachments`: files to download."""

    id: str
    policy: str
    title: str
    short_title: str
    level: str
    summary: Facet
    unit: str | None
    keywords: tuple[str, ...]
    negative_keywords: tuple[str, ...]
    alternates: tuple[str, ...]
    facets: Mapping[str, Facet]
    stacking: Stacking
    replaces: tuple[str, ...]
    see_also: tuple[str, ...]
    validity: Validity
    sources: tuple[str, ...]
    status: str
    requires_mention: tuple[str, ...] = ()
    eligibility: Eligibility | None = None
    last_checked: date | None = None
    alternate_aspects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    details: tuple[Detail, ...] = ()


@dataclass(frozen=True)
class SmallTalk:
    """`patterns` are whole utterances; `contains` are phrases to be heard wherever they stand (distress);
    `within` are regular expressions to be heard inside a sentence that no entry answers with confidence; `kind`: the
    learned kind of message that it replies to (抱怨, 出处 …)."""

    id: str
    patterns: tuple[str, ...]
    reply: str
    contains: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    kind: str | None = None


@dataclass(frozen=True)
class SynonymGroup:
    concept: str
    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True)
class Places:
    """Place and department names; who is ours, who is not (see places.yaml of the pack)."""

    ours: tuple[str, ...]
    upper: Mapping[str, tuple[str, ...]]
    other_districts: tuple[str, ...]
    other_cities: tuple[str, ...]
    other_provinces: tuple[str, ...]
    ambiguous: tuple[str, ...]
    units: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Spoken:
    """Spoken particles to drop, spoken forms to rewrite before matching, and words that set the scene
    without telling what is asked (疫情期间, 有关规定)."""

    fillers: tuple[str, ...]
    rewrites: tuple[tuple[str, str], ...]
    context: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ladder:
    """Entries about the same thing at several levels, from the nearest on, one a level. `note`: which of them
    comes first, where a source says so."""

    topic: str
    rungs: tuple[str, ...]
    note: Facet = Facet(None)


@dataclass(frozen=True)
class Golden:
    """A question whose answer must stay right: the accepted entries, the facet if it matters, and in `first` the
    regular expression that the first line of the answer matches, if that matters."""

    question: str
    accept: tuple[str, ...]
    facet: str | None = None
    first: str | None = None


@dataclass(frozen=True)
class OwnWeights:
    """Weights of the choice model that were fitted on this pack: a number a feature, of entries and of none."""

    entry: Mapping[str, float]
    none: Mapping[str, float]


@dataclass(frozen=True)
class Pack:
    """A whole, checked knowledge base. `fingerprint` is a hash of its content."""

    policies: Mapping[str, Policy]
    entries: Mapping[str, Entry]
    sources: Mapping[str, Source]
    synonyms: tuple[SynonymGroup, ...]
    spoken: Spoken
    places: Places
    smalltalk: tuple[SmallTalk, ...]
    out_of_scope: Mapping[str, tuple[str, ...]]
    golden: tuple[Golden, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    check_questions: tuple[CheckQuestion, ...] = ()
    check_triggers: tuple[str, ...] = ()
    check_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fingerprint: str = field(default="", compare=False)
    office: Office = field(default_factory=Office)
    weights: OwnWeights | None = None

    @property
    def published(self) -> list[Entry]:
        """The entries that people are answered with."""
        return [entry for entry in self.entries.values() if entry.status == "published"]

    def policy_of(self, entry_id: str) -> Policy:
        return self.policies[self.entries[entry_id].policy]

    def document_of(self, entry: Entry) -> Policy | None:
        """The policy of `entry`, where one of its sources tells of it; None where it was read elsewhere."""
        policy = self.policies[entry.policy]
        read = (self.sources[key] for key in entry.sources if key in self.sources)
        return policy if any(source.tells_of(policy.id) for source in read) else None

    def has_own_end(self, entry: Entry) -> bool:
        """Whether the last day of `entry` is its own, not that of its policy."""
        return (
            entry.validity.end is not None and entry.validity.end != self.policies[entry.policy].validity.end
        )

    def first_day(self, entry: Entry) -> date | None:
        """The first day of `entry`, else the day of its document."""
        document = self.document_of(entry)
        return entry.validity.start or (document.issued if document is not None else None)

    def known_from(self, entry: Entry) -> date | None:
        """The day from which the age of `entry` counts: its first day, else that of its newest source."""
        return self.first_day(entry) or self._newest(entry.sources)

    def read_on(self, entry: Entry) -> date | None:
        """The day of the newest source of `entry`, or where none has a day, of its policy."""
        return self._newest(entry.sources) or self._newest(self.policies[entry.policy].sources)

    def _newest(self, sources: Iterable[str]) -> date | None:
        read = (self.sources[key].date for key in sources if key in self.sources)
        return max(filter(None, read), default=None)

    def has_own_word(self, entry: Entry) -> bool:
        """Whether anything that is said of `entry` is the office's own word, which holds until the office says otherwise."""
        return any(self.sources[key].confidence == OWN for key in entry.sources if key in self.sources)

    def is_in_force(self, entry: Entry, day: date) -> bool:
        """Whether `entry` is known to hold on `day`: it has begun and has not ended, and where no end is known, it is
        not aged. What is old, or has no date at all, is not known to hold."""
        validity = entry.validity
        if validity.state_on(day) in ("not_yet", "expired"):
            return False
        if self.has_own_word(entry):
            return True
        since = self.known_from(entry)
        if since is not None and since > day:
            return False
        return validity.end is not None or (since is not None and day <= since + AGED)

    def last_known(self, entry: Entry, day: date) -> date | None:
        """The last day up to `day` on which `entry` is known to have been there: last seen in use, else made."""
        seen = entry.validity.seen_by(day)
        return seen.first if seen else self.known_from(entry)

    def holds_better(self, one: Entry, other: Entry, day: date) -> bool:
        """Whether `one` is better known to hold on `day` than `other`, which is not known to: it is in force, or it has not
        ended and was seen in use, or made, long after the other."""
        known = self.known_from(one)
        if one.validity.state_on(day) in ("expired", "not_yet") or (known is not None and known > day):
            return False
        if self.is_in_force(one, day):
            return True
        since, before = self.last_known(one, day), self.last_known(other, day)
        return since is not None and (before is None or since - before > AGED)

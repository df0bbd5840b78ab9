"""Fits the choice model from the pack alone: each alternate asked as if nobody had written it down.

No outside data and no labels: the pack's own alternates, each left out in turn, are the questions, bare, inside
wrappers and after other talk; its out-of-scope examples are the questions that none of the entries answers.
Follow-ups are made from the links and ladders of the pack. What people ask is less like the alternates than these
are like each other, so the model also learns from the pack with a part of them only; and most from questions as they
are asked in public, by the pack as it was before it had them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np

from huiqi.evaluation.parts import Part, lacking, thinned
from huiqi.evaluation.phrasing_fit import ASKS_NOTHING, general_examples, read_examples
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.corpus import MatchingBase
from huiqi.matching.features import (
    AGAINST,
    NAMES,
    OUTSIDE_NAMES,
    Candidate,
    Question,
    Talk,
    describe,
    plain_terms,
    take_apart,
)
from huiqi.matching.guards import bar
from huiqi.matching.matcher import Asides, Matcher, compile_pack
from huiqi.pack.model import Entry, Pack, Places
from huiqi.pack.office import Office
from huiqi.understanding.asides import AsideFinder
from huiqi.understanding.aspects import LEANS, AspectReader
from huiqi.understanding.kin import KinFinder
from huiqi.understanding.meaning import is_to_come

SIGNS = [-1 if name in AGAINST else 1 for name in NAMES] + [0] * len(OUTSIDE_NAMES)
OUTSIDE_WEIGHT = 1.5
"""How much an out-of-scope example counts beside an alternate: a wrong answer costs more than a hand-over."""
EXAMPLES_AN_ALTERNATE = 0.63
"""Examples of what is nobody's for each alternate, in the pack that the weights which ship were fitted on."""
WRAPPED_EVERY = 3
"""Every third question is asked once more inside a wrapper."""
PLACED_EVERY = 2
"""Every second example of what is nobody's, and of the alternates as many as there are of those, is asked once more with the
name of a level, its place or one of its authorities before it: 市人社局失业补助金 is no more ours than 失业补助金."""
PLACED_WEIGHT = 3.0
"""How much these count beside others: enough that to name a place says nothing of whether anything is ours."""
FOLLOW_UPS = 6
"""Follow-ups about nothing but an aspect, for each entry."""
ABOUT_DETAILS = 6
"""Follow-ups about one sentence of what was talked about, for each entry, in the words that staff wrote for it."""
FRESH = 4
"""Questions about something else that follow on an entry, for each entry."""
STRANGE = 2
"""Questions that are not ours, and messages that ask nothing, after an entry: so many of each for each entry."""
TALK_WEIGHT = 0.6
DIALOGUE = "dialogue"
"""The kind of what follows on other talk in a dialogue as people write it."""
DIALOGUE_WEIGHT = 3.0
"""How much it counts: the follow-ups made from the pack are many, and simpler than those that people write."""
OF_DIALOGUES = ("talk_stays", "talk_near")
"""The features of how often people stay with what was talked about, or go on to what is linked with it: of that, follow-ups made
from the pack tell nothing."""
OF_TALK = "talk"
"""The features that tell what was talked about begin so."""
BARE_ALONE = 250
"""Questions about nothing but an aspect with nothing talked about before."""
VERBATIM_EVERY = 10
"""Every tenth alternate is asked as it stands as well: staff's own word is to be final."""
THOUGHT_UP = 0.3
"""How much an alternate counts beside a question as people ask it. Alternates were thought up: who writes many for an entry looks
for words that it has not, so that a word which nothing explains says less among them than it does elsewhere."""
WEIGHTS = {"talk": TALK_WEIGHT, DIALOGUE: DIALOGUE_WEIGHT, "placed": PLACED_WEIGHT}
"""How much a question of a kind counts beside an alternate."""
THINNED, THINNED_SEEDS = (15, 25), (1, 2)
"""Alternates of each entry in the thinned packs that are asked as well, and how often each is drawn."""


def choice_among(
    base: MatchingBase,
    question: Question,
    entry: int,
    weight: float,
    without: int | None = None,
    talk: Talk | None = None,
    left_out: frozenset[int] = frozenset(),
) -> TrainingChoice | None:
    """The training row of a question that means `entry`, -1 for none; None where that is not among the candidates. `left_out`:
    entries that are no candidates."""
    candidates, outside = describe(base, question, without, talk)
    candidates = [
        item
        for item in candidates
        if item.entry not in left_out
        if item.is_verbatim
        or bar(question, base.entries[item.entry], talk is not None and item.entry in talk.siblings) is None
    ]
    right = next((place for place, item in enumerate(candidates) if item.entry == entry), -1)
    if not candidates or (right < 0 and entry >= 0):
        return None
    rows = np.array([item.features for item in candidates])
    return TrainingChoice(rows, np.array(outside), right, weight)


@dataclass(frozen=True)
class Asked:
    """A training question. `entry` is a number, -1 where none answers; `without`: the alternate left out;
    `kind`: bare, wrapped, placed (after the name of a level), alone (an aspect of nothing), named (outright) or talk;
    `talk_about`: the entry talked about, `topic`: the question that led there; `left_out`: entries that would do as well, or
    that nobody knew of on the day of asking."""

    text: str
    entry: int
    without: int | None
    kind: str
    talk_about: str | None = None
    topic: str | None = None
    left_out: frozenset[int] = frozenset()


class ChoiceTrainer:
    def __init__(
        self,
        pack: Pack,
        matcher: Matcher,
        leans: Callable[[str], float] | None = None,
        seed: int = 0,
        asides: Asides | None = None,
        alone: ChoiceModel | None = None,
    ) -> None:
        """`leans`: how likely a follow-up leans back, by a model that has not seen it; `asides`: another way of
        finding who asks than the one that ships; `alone`: by which follow-ups are looked at without their talk,
        where `rows` does not fit one."""
        self._pack = pack
        self._matcher = matcher
        self._asides = asides or AsideFinder()
        self._aspects = AspectReader(matcher.base)
        self._kin = KinFinder(pack, matcher)
        self._leans = leans
        self._without_talk = alone
        self._chance = random.Random(seed)

    @cached_property
    def _general(self) -> dict[bool, list[str]]:
        """The general examples, by whether they lean back on what was said before. Read once."""
        found: dict[bool, list[str]] = {True: [], False: []}
        for text, heads in general_examples():
            found[LEANS in heads].append(text)
        return found

    def questions(self) -> Iterator[Asked]:
        """Every question that the model is fitted on, always in the same order."""
        wrappers = read_examples("wrappers", self._pack.places)
        base = self._matcher.base
        for number, alternate in enumerate(base.alternates):
            yield Asked(alternate.text, alternate.entry, number, "bare")
            if number % WRAPPED_EVERY == 0:
                wrapped = self._chance.choice(wrappers).format(alternate.text)
                yield Asked(wrapped, alternate.entry, number, "wrapped")
        yield from self._placed()
        # Nothing but an aspect, and nothing was talked about: no entry is meant.
        leaning = self._general[True]
        for text in self._chance.sample(leaning, min(BARE_ALONE, len(leaning))):
            yield Asked(text, -1, None, "alone")
        yield from self._named_outright()
        yield from self._follow_ups()

    def _placed(self) -> Iterator[Asked]:
        placing = Placing(self._pack, self._chance)
        alternates = self._matcher.base.alternates
        own: list[int] = []
        strange: list[int] = []
        for number, alternate in enumerate(alternates):
            if not self._matcher.marker(alternate.text).levels:
                (own if alternate.entry >= 0 else strange).append(number)
        wanted = len(strange) // PLACED_EVERY
        for number in self._chance.sample(own, min(wanted, len(own))):
            text, entry = alternates[number].text, alternates[number].entry
            level, near = self._matcher.base.entries[entry].level, self._nearer_without(entry)
            if near and self._chance.random() < 0.5:
                yield Asked(placing.in_place(text, near), entry, number, "placed")
            else:
                yield Asked(placing.placed(text, (level,)), entry, number, "placed")
        for number in self._chance.sample(strange, min(wanted, len(strange))):
            yield Asked(placing.placed(alternates[number].text), -1, number, "placed")

    def _nearer_without(self, entry: int) -> tuple[str, ...]:
        """The nearer levels at which an entry has no counterpart: who names the place of one may mean the entry."""
        views, office = self._matcher.base.entries, self._pack.office
        talk = self._kin.talk(views[entry].id, 0.0)
        taken = {views[other].level for other in talk.counterparts} if talk else set()
        nearer = office.level_names[: office.level_names.index(views[entry].level)]
        return tuple(level for level in nearer if level not in taken)

    def _named_outright(self) -> Iterator[Asked]:
        """Alternates asked as they stand, documents asked for by number or title, bare and with a measure."""
        base, numbers = self._matcher.base, self._matcher.numbers
        for number, alternate in enumerate(base.alternates):
            if alternate.entry >= 0 and number % VERBATIM_EVERY == 0:
                yield Asked(alternate.text, alternate.entry, None, "named")
        for policy in self._pack.policies.values():
            parts = [entry for entry in self._pack.entries.values() if entry.policy == policy.id]
            whole = [
                entry
                for entry in parts
                if entry.id in numbers and base.entries[numbers[entry.id]].is_overview
            ]
            names = [f"《{policy.title}》", *([policy.document_number] if policy.document_number else [])]
            for name in names:
                for entry in whole:
                    for text in ("{}", "{}是什么文件", "{}全文", "{}讲了什么"):
                        yield Asked(text.format(name), numbers[entry.id], None, "named")
                for entry in parts:
                    if entry.id not in numbers or entry in whole:
                        continue
                    text = self._chance.choice(("{}的{}", "{}{}", "根据{}，{}", "{}里{}"))
                    yield Asked(text.format(name, entry.short_title), numbers[entry.id], None, "named")
                    if entry.keywords:
                        text = self._chance.choice(
                            ("{}的{}要什么材料", "{}{}怎么申请", "{}中的{}最高多少", "按{}{}找谁")
                        )
                        yield Asked(
                            text.format(name, self._chance.choice(entry.keywords[:3])),
                            numbers[entry.id],
                            None,
                            "named",
                        )
            for entry in whole:
                for counted in sorted(base.entries[numbers[entry.id]].counted):
                    if not counted.endswith("条"):
                        continue
                    for name in (*policy.names[:2], counted):
                        for article in {1, int(counted[:-1]), self._chance.randint(1, int(counted[:-1]))}:
                            text = f"{name}第{article}条"
                            yield Asked(text, numbers[entry.id], None, "named")

    def _follow_ups(self) -> Iterator[Asked]:
        leaning = self._general[True]
        base, numbers = self._matcher.base, self._matcher.numbers
        everything = range(len(base.alternates))
        outside = [number for number in everything if base.alternates[number].entry < 0]
        talk = read_examples("talk")
        idle = [text for kind in ASKS_NOTHING for text in talk[kind]]
        for entry in self._pack.entries.values():
            if entry.id not in numbers:
                continue
            own = numbers[entry.id]
            for text in self._chance.sample(leaning, FOLLOW_UPS):
                yield Asked(text, own, None, "talk", entry.id, self._topic(entry))
            details = [question for detail in entry.details for question in detail.questions]
            for text in self._chance.sample(details, min(ABOUT_DETAILS, len(details))):
                yield Asked(text, own, None, "talk", entry.id, self._topic(entry))
            for number in self._chance.sample(everything, FRESH):
                yield Asked(
                    base.alternates[number].text, base.alternates[number].entry, number, "talk", entry.id
                )
            for number in self._chance.sample(outside, min(STRANGE, len(outside))):
                yield Asked(base.alternates[number].text, -1, number, "talk", entry.id)
            for text in self._chance.sample(idle, STRANGE):
                yield Asked(text, -1, None, "talk", entry.id, self._topic(entry))
            if entry.alternates:
                text = self._chance.choice(entry.alternates)
                yield Asked(text, own, self._number_of(text, own), "talk", entry.id, self._topic(entry))
            yield from self._kin_asked(entry)
            yield from self._fresh_named(entry)

    def _fresh_named(self, entry: Entry) -> Iterator[Asked]:
        """Short questions that name another measure (秒批多久): however bare they are, they do not lean back."""
        talk = self._kin.talk(entry.id, 0.0)
        assert talk is not None
        named = self._general[False]
        others = [
            other
            for other in self._pack.entries.values()
            if other.id in self._matcher.numbers
            and self._matcher.numbers[other.id] not in talk.kin | talk.siblings
        ]
        for other in self._chance.sample(others, min(FRESH, len(others))):
            name = self._chance.choice((other.short_title, *other.keywords[:2]))
            text = self._chance.choice(named).replace("X", name)
            yield Asked(text, self._matcher.numbers[other.id], None, "talk", entry.id, self._topic(entry))

    def _topic(self, entry: Entry) -> str:
        return self._chance.choice(entry.alternates) if entry.alternates else entry.title

    def _number_of(self, text: str, entry: int) -> int | None:
        normalised = self._matcher.analyser.normalise(text)
        return next(
            (
                number
                for number, alternate in enumerate(self._matcher.base.alternates)
                if alternate.entry == entry and alternate.text == normalised
            ),
            None,
        )

    def _kin_asked(self, entry: Entry) -> Iterator[Asked]:
        """“市里的呢”, “那稳岗返还呢”, “去年的”: entries linked with the one talked about, and its counterparts."""
        talk = self._kin.talk(entry.id, 0.0)
        assert talk is not None
        views = self._matcher.base.entries
        words = _said_for_levels(self._pack.office)
        for number in sorted(talk.counterparts):
            view = views[number]
            same_level = [other for other in talk.counterparts if views[other].level == view.level]
            if view.level == entry.level or len(same_level) > 1:
                continue
            word = self._chance.choice(words.get(view.level, (view.level,)))
            text = self._chance.choice(("{}的呢", "{}呢", "{}怎么说", "{}有没有", "那{}的", "{}是怎么规定的"))
            yield Asked(text.format(word), number, None, "talk", entry.id, self._topic(entry))
        for number in sorted(talk.linked):
            other = self._pack.entries[views[number].id]
            if other.keywords:
                name = self._chance.choice(other.keywords[:3])
                text = self._chance.choice(("{}呢", "那{}呢", "{}的呢", "还有{}", "{}怎么样"))
                yield Asked(text.format(name), number, None, "talk", entry.id, self._topic(entry))
            years = views[number].own_years
            if years and not years & (views[talk.entry].own_years or views[talk.entry].years):
                year = max(years)
                text = self._chance.choice(("{}年的呢", "{}年呢", "{}年的", "那{}年的怎么算"))
                yield Asked(text.format(year), number, None, "talk", entry.id, self._topic(entry))

    def rows(self) -> list[TrainingChoice]:
        """All training rows: first those without talk, by whose model follow-ups are then looked at alone."""
        questions = list(self.questions())
        alone = self._rows(asked for asked in questions if asked.kind != "talk")
        self._without_talk = fit(alone, SIGNS)
        return alone + self._rows(asked for asked in questions if asked.kind == "talk")

    def rows_of_talk(self, dialogues: Path) -> list[TrainingChoice]:
        """The training rows of what follows on other talk: made from the pack, and in `dialogues` as people write them."""
        made = (asked for asked in self.questions() if asked.kind == "talk")
        return self._rows(made) + self._rows(self._dialogues(dialogues))

    def _rows(self, questions: Iterable[Asked]) -> list[TrainingChoice]:
        return [row for asked in questions if (row := self.choice(asked)) is not None]

    def _dialogues(self, file: Path) -> Iterator[Asked]:
        """What follows in each dialogue of `file`, after what is to be talked about by then."""
        numbers = self._matcher.numbers
        for line in file.read_text(encoding="utf-8").splitlines():
            dialogue = json.loads(line)
            day = date.fromisoformat(dialogue["day"])
            to_come = frozenset(
                number
                for key, number in numbers.items()
                if is_to_come(self._pack, self._pack.entries[key], day)
            )
            about: str | None = None
            topic = ""
            for turn in dialogue["turns"]:
                accepted: list[str] = [key for key in turn["accept"] if key in numbers]
                if not accepted:
                    continue
                meant = about if about is not None and about in accepted else accepted[0]
                if about is not None:
                    others = frozenset(numbers[key] for key in accepted if key != meant) | to_come
                    yield Asked(turn["question"], numbers[meant], None, DIALOGUE, about, topic, others)
                about, topic = meant, turn["question"]

    def choice(self, asked: Asked) -> TrainingChoice | None:
        """The training row of one question; None where the right entry is not among the candidates."""
        question, talk = self.taken_apart(asked)
        if not question.analysis.words and talk is None:
            return None
        weight = 1.0 if asked.entry >= 0 else OUTSIDE_WEIGHT
        weight *= WEIGHTS.get(asked.kind, 1.0)
        return choice_among(
            self._matcher.base, question, asked.entry, weight, asked.without, talk, asked.left_out
        )

    def taken_apart(self, asked: Asked) -> tuple[Question, Talk | None]:
        matcher = self._matcher
        if asked.kind == "bare":
            analysis = matcher.analyser.of_normalised(asked.text)
            return take_apart(matcher.base, analysis, matcher.marker(analysis.text)), None
        question = matcher.read(asked.text, self._asides)
        if asked.talk_about is None:
            return question, None
        lean = self._leans(asked.text) if self._leans else self._aspects.lean(question)
        topic = matcher.read(asked.topic) if asked.topic else None
        talk = self._kin.talk(asked.talk_about, lean, topic, self._alone(question, asked.without))
        if talk is not None:
            # As if nobody had written it down.
            own = frozenset(plain_terms(question.analysis))
            talk = replace(talk, asked=tuple(terms for terms in talk.asked if terms != own))
        return question, talk

    def _alone(self, question: Question, without: int | None) -> list[Candidate]:
        """What a follow-up means by itself, by the model that was fitted without any talk."""
        if self._without_talk is None or not question.analysis.words:
            return []
        candidates, outside = describe(self._matcher.base, question, without)
        candidates = [
            item for item in candidates if bar(question, self._matcher.base.entries[item.entry]) is None
        ]
        chances, _ = self._without_talk.probabilities([item.features for item in candidates], outside)
        for item, chance in zip(candidates, chances, strict=True):
            item.probability = chance
        return candidates


class Placing:
    """Puts the names of the levels of an office before questions."""

    def __init__(self, pack: Pack, chance: random.Random) -> None:
        office, upper = pack.office, pack.places.upper
        levels = office.levels if office.has_levels else ()
        self._chance = chance
        self._places = {level.name: level.places for level in levels}
        if levels:
            nearest = office.nearest
            of_office = (office.place,) if office.place else ()
            self._places[nearest.name] = tuple(
                dict.fromkeys([*of_office, *nearest.places, *pack.places.ours])
            )
        self._names = {
            level.name: tuple(
                dict.fromkeys([*self._places[level.name], *level.words, *upper.get(level.name, ())])
            )
            for level in levels
        }

    def placed(self, text: str, levels: Sequence[str] = ()) -> str:
        """`text` after a name of one of `levels`, by default of any; as it is where the office has one level only."""
        return self._after(text, self._names, levels)

    def in_place(self, text: str, levels: Sequence[str]) -> str:
        """`text` after the name of a place of one of `levels`."""
        return self._after(text, self._places, levels)

    def _after(self, text: str, of_level: Mapping[str, tuple[str, ...]], levels: Sequence[str]) -> str:
        names = of_level.get(self._chance.choice(levels or tuple(of_level) or ("",)))
        if not names:
            return text
        # Half of those who name a place use the name that comes first, whatever else it is called.
        name = names[0] if self._chance.random() < 0.5 else self._chance.choice(names)
        return self._chance.choice(("{}{}", "{}{}", "{} {}", "{}的{}")).format(name, text)


def _said_for_levels(office: Office) -> dict[str, tuple[str, ...]]:
    """Two ways to say each level: a word for it, and its place, or where it has none another word."""
    said = {level.name: (level.words[:1] + (level.places or level.words[1:])[:1]) for level in office.levels}
    nearest = office.nearest
    return said | ({nearest.name: (*nearest.words[:1], office.place)} if office.place else {})


def fit_choice(
    pack: Pack,
    matcher: Matcher,
    leans: Callable[[str], float] | None = None,
    asked: Sequence[tuple[str, str]] = (),
) -> ChoiceModel:
    """The choice model for `pack`. `asked`: questions as they are asked in public, each with the id of the entry that
    answers it, or nothing. A minute for a hundred entries."""
    rows = ChoiceTrainer(pack, matcher, leans).rows()
    for alternates in THINNED:
        for seed in THINNED_SEEDS:
            rows += part_rows(thinned(pack, alternates, seed), pack.places, seed)
    if asked:
        rows = [replace(row, weight=row.weight * THOUGHT_UP) for row in rows]
        rows += part_rows(lacking(pack, asked, 0), pack.places, 0)
    return fit(rows, SIGNS)


def fit_talk(
    pack: Pack,
    matcher: Matcher,
    made: ChoiceModel,
    dialogues: Path,
    leans: Callable[[str], float] | None = None,
) -> ChoiceModel:
    """`made`, the model of what is made from the pack, with the weights of OF_DIALOGUES fitted on `dialogues` beside the
    follow-ups made from the pack. All other weights stay as they are. A minute; deterministic."""
    rows = ChoiceTrainer(pack, matcher, leans, alone=made).rows_of_talk(dialogues)
    is_free = [name in OF_DIALOGUES for name in (*NAMES, *OUTSIDE_NAMES)]
    start = ChoiceModel(np.where(is_free[: len(NAMES)], 0.0, made.weights), made.outside_weights)
    return fit(rows, SIGNS, prior=start, free=is_free)


def questions_of(part: Part, numbers: Mapping[str, int]) -> list[tuple[str, int, float]]:
    """What a part of a pack is asked: each question with the number of its entry, -1 for none, and its weight."""
    others = part.others[: round(EXAMPLES_AN_ALTERNATE * len(part.asked))]
    own = [(text, numbers[key], 1.0) for text, key in part.asked if key in numbers]
    return [*own, *((text, -1, OUTSIDE_WEIGHT) for text in others)]


def part_rows(part: Part, places: Places, seed: int) -> Iterator[TrainingChoice]:
    """The training rows of what a part of a pack is asked, every third question inside a wrapper once more."""
    chance = random.Random(seed)
    wrappers = read_examples("wrappers", places)
    placing = Placing(part.pack, chance)
    matcher = Matcher(compile_pack(part.pack))
    asides = AsideFinder()
    for place, (text, entry, weight) in enumerate(questions_of(part, matcher.numbers)):
        wordings = [text]
        if place % WRAPPED_EVERY == 0:
            wordings.append(chance.choice(wrappers).format(text))
        elif entry < 0 and place % PLACED_EVERY and not matcher.marker(text).levels:
            wordings.append(placing.placed(text))
        for wording in wordings:
            row = choice_among(matcher.base, matcher.read(wording, asides), entry, weight)
            if row is not None:
                yield row

"""The knowledge base as the matcher sees it: every alternate and entry as weighted terms, indexed.

"Which entries could this be, and how much of the question does each explain?" Nothing here decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import accumulate
from typing import Any

import numpy as np

from huiqi.language.analysis import BIGRAM, CONCEPT, SOUND, Analyser, Analysis
from huiqi.language.document_number import find_document_number
from huiqi.language.lexicon import Lexicon, Vocabulary, build_lexicon
from huiqi.language.phrasing import MASK
from huiqi.language.spelling import Speller, build_speller
from huiqi.language.table import Table
from huiqi.matching.alternates import KIND_WEIGHTS, Alternates, AlternateWriter
from huiqi.matching.background import imagined_entries
from huiqi.matching.earlier import Earlier
from huiqi.matching.frequency import MANY_QUESTIONS, Usage, counted_in_steps, rarities, usage
from huiqi.matching.marks import Marker, Marks
from huiqi.matching.term_counts import (
    Integers,
    TermCounts,
    TermNumbers,
    counts_of_entry,
    counts_of_examples,
    kept_counts,
)
from huiqi.pack.model import ASPECTS, Entry, Pack
from huiqi.pack.office import OWN
from huiqi.search.bm25 import bm25, collection_of
from huiqi.search.index import InvertedIndex, build_index, index_of_vectors
from huiqi.search.steps import smallness
from huiqi.search.vectors import TermVectors

MarksOf = Callable[[str], Marks]

LONGEST_LEVEL_NAME = 3
"""Longer names (国家税务总局, a science park) say more than a level or a place."""

EXAMPLES_AN_ALTERNATE, LEAST_EXAMPLE_WEIGHT = 0.75, 0.5
"""Up to so many examples of what is not ours for each alternate count in full, and what is left of them at least."""

OUTSIDE = -1
"""In place of the entry of an example of what is out of scope."""
NO_WORDS = (CONCEPT, BIGRAM, SOUND)

IN_TEXT = "~"
"""Prefix of a word of an entry's text as a term, beside those of its questions."""

SIBLINGS_OWN, HARDLY_EVER = 0.25, 0.1
"""A word is a sibling's where it is in this share of its questions, and in less than that of the overview's."""

CONTEXT_SHARE = 0.25
"""What is left of the weight of a word that only sets the scene (spoken.yaml, context)."""

CORE = 0.2
"""A word or synonym in at least this share of an entry's questions belongs to its core."""

USED_OFTEN = 0.12
"""A word in at least this share of an entry's questions is one of its own words."""

SHORTEST_TITLE = 12
"""Characters of a policy's title from which on it is taken for the document and not for a subject."""
TITLES = 2
"""An entry's questions begin with its title and its short title."""
_ASKS = re.compile(r"什么|多少|多久|多长|几|哪|怎么|怎样|如何|谁|吗|能不能|可不可以")
"""A keyword with one of these asks something itself, and is no mere name."""


@dataclass(frozen=True)
class EntryView:
    """What the matcher keeps of one entry beside the terms of its questions, which are in MatchingBase.usage.
    `questions`: how many these are, keywords among them, MANY_QUESTIONS at most.
    `names`: what it is called, the longest first. `core`: the words and synonyms that its questions keep using, each
    with its share of them times its weight, scaled to one together. `distance`: how far its level is from the asker,
    0 for the nearest; `also_said`: other levels whose place people name and mean this one."""

    id: str
    names: tuple[str, ...]
    policy: str
    level: str
    distance: int
    also_said: frozenset[str]
    levels: frozenset[str]
    level_said: float
    is_overview: bool
    speaks: bool
    questions: int
    core: tuple[tuple[str, float], ...]
    keywords: tuple[str, ...]
    negative_keywords: tuple[str, ...]
    counted: frozenset[str]
    named: frozenset[str]
    siblings: frozenset[str]
    years: frozenset[int]
    own_years: frozenset[int]
    document_numbers: frozenset[str]
    sides: dict[str, frozenset[str]]
    requires: tuple[str, ...]


@dataclass(frozen=True)
class MatchingBase:
    """`alternates`: those of entry e are `starts[e]` up to `starts[e + 1]`, its two titles first; what is out of scope
    comes last. `asked`: for each entry what each of its own alternates asks."""

    lexicon: Lexicon
    entries: tuple[EntryView, ...]
    alternates: Alternates
    starts: tuple[int, ...]
    asked: tuple[tuple[tuple[str, ...], ...], ...]
    idf: Table
    default_idf: float
    alternate_vectors: TermVectors
    alternate_index: InvertedIndex
    usage: Usage
    body_index: InvertedIndex
    out_of_scope_index: InvertedIndex
    out_of_scope_entry: int
    speller: Speller
    titles: tuple[tuple[str, str], ...]
    example_weight: float
    smallness: float

    @property
    def evidence_index(self) -> InvertedIndex:
        return self.usage.evidence

    def held(
        self, terms: Iterable[str], words: Iterable[str], entries: Sequence[int]
    ) -> list[dict[str, int]]:
        """For each of `entries` those of `terms` that its questions hold, each with the number of these, and those of
        `words` that stand in its text, marked IN_TEXT."""
        return self.held_and_told(terms, words, entries)[0]

    def held_and_told(
        self, terms: Iterable[str], words: Iterable[str], entries: Sequence[int]
    ) -> tuple[list[dict[str, int]], list[float]]:
        """The same, and for each of `entries` how much of `words` its text tells (BM25)."""
        found = self.usage.held(terms, entries)
        rows, in_text, places = self.body_index.places(dict.fromkeys(words), entries)
        for row, word in zip(rows, in_text, strict=True):
            found[row][IN_TEXT + word] = 1
        if not rows:
            return found, [0.0] * len(entries)
        told = np.bincount(rows, weights=self.body_index.impacts_at(places), minlength=len(entries))
        return found, told.astype(np.float32).tolist()

    @cached_property
    def names(self) -> str:
        """What all entries are called, their titles and keywords, as one text."""
        titles = [start + place for start in self.starts[:-1] for place in range(TITLES)]
        keywords = (word for view in self.entries for word in view.keywords)
        return " ".join((*self.alternates.compact(titles), *keywords))

    def own_alternates(self, entry: int) -> Sequence[str]:
        """The alternates of an entry as staff wrote them, in order, normalised."""
        begin = self.starts[entry] + TITLES
        return self.alternates.texts(range(begin, begin + len(self.asked[entry])))

    def word_weights(self, analysis: Analysis) -> list[float]:
        """The informative weight of each word: its inverse entry frequency; of unknown ones, by part of speech."""
        known, general, default = self.idf, self.lexicon.weights, self.default_idf
        return [
            known[word] if word in known else default * general.get(word, 1.0 if len(word) > 1 else 0.5)
            for word in analysis.words
        ]

    def question_weights(self, analysis: Analysis, words: Sequence[float]) -> dict[str, float]:
        """Each term of a question with its weight, `words` being those of its words."""
        return term_weights(analysis, words, self.idf, self.default_idf)


def term_weights(
    analysis: Analysis, words: Sequence[float], idf: Mapping[str, float], default_idf: float
) -> dict[str, float]:
    """Each term of a question with its weight. A bigram tells no more than the words it stands in: 面提 in
    方面提供 is rare and says nothing. Sound counts only where the plain writing is unknown."""
    weight_at = [0.0] * len(analysis.compact)
    for (start, end), weight in zip(analysis.spans, words, strict=True):
        weight_at[start:end] = [weight] * (end - start)
    weights: dict[str, float] = {}
    plain_of = analysis.plain_of()
    for term, share in analysis.terms.items():
        mark = term[0]
        if mark == BIGRAM:
            start = analysis.places[term]
            carried = (weight_at[start] + weight_at[start + len(term) - 2]) / 2.0
            weights[term] = KIND_WEIGHTS[BIGRAM] * min(idf.get(term, default_idf), carried)
        elif mark == SOUND:
            if term in idf and plain_of[term] not in idf:
                weights[term] = KIND_WEIGHTS[SOUND] * idf[term]
        elif mark == CONCEPT:
            weights[term] = share * KIND_WEIGHTS[CONCEPT] * idf.get(term, default_idf)
    for word, weight in zip(analysis.words, words, strict=True):
        weights[word] = weight
    return weights


def build_base(pack: Pack, earlier: Earlier | None = None) -> tuple[MatchingBase, Analyser, Marker]:
    """Everything the matcher needs, from a checked pack. Takes a few seconds for a hundred entries. `earlier`: a base
    that spares what did not change since; the outcome is the same without."""
    entries = pack.published
    lexicon = build_lexicon(
        _vocabulary(pack, entries), _questions(pack, entries), earlier.base.lexicon if earlier else None
    )
    analyser = Analyser(lexicon)
    marker = Marker(pack.places, pack.office, cut=analyser.cut)
    marks_of = cache(marker)
    kept = earlier.unchanged(pack, entries, lexicon) if earlier else {}
    writer = AlternateWriter(earlier)
    before = earlier.vocabularies(writer.numbers) if earlier else []
    read = {
        entry.id: _entry_questions(pack, entry, analyser, marks_of, writer)
        for entry in entries
        if entry.id not in kept
    }
    writer.add_pairs(analyser)
    terms = [
        _kept_terms(earlier, kept[entry.id], before[kept[entry.id]], entry, analyser, writer.numbers)
        if earlier and entry.id in kept
        else _entry_terms(entry, *read[entry.id], analyser, writer)
        for entry in entries
    ]
    imagined = imagined_entries(len(entries))
    vocabularies = [own.vocabulary for own in terms]
    questions = [len(own.places) + len(own.keywords) for own in terms]
    idf, default_idf = rarities(vocabularies, questions, writer.numbers, imagined)
    names = list(writer.numbers)
    _soften_little_words(idf, default_idf, lexicon, imagined.number / (len(entries) + imagined.number or 1))
    _soften_context(idf, default_idf, pack, analyser)
    # Titles and names of a policy are those of many entries, and of facets, too, many say the same.
    words_of = cache(analyser.words)
    body = [_body_terms(entry, pack, words_of) for entry in entries]
    views = tuple(
        _view(pack, entry, own, marks_of, analyser, names, idf)
        if own.earlier is None
        else replace(own.earlier, core=_core(own, names, idf))
        for entry, own in zip(entries, terms, strict=True)
    )
    views = _with_speakers(_with_siblings(views, vocabularies, names), pack)
    counts = [_put(writer, entry, own) for entry, own in enumerate(terms)]
    inside = sum(counts)
    written = earlier if earlier and earlier.writes_examples_of(pack, views, lexicon) else None
    if written and written.reads_examples_alike(lexicon, idf):
        examples = len(written.examples)
        writer.keep(written.examples, OUTSIDE)
        outside_vocabulary = kept_counts(writer.numbers, *before[-1], ())
    else:
        if written:
            texts, counted = written.written_at(written.examples)
            outside = [analyser.of_normalised(text) for text in texts]
        else:
            outside = _out_of_scope(pack, views, analyser, marks_of)
            counted = [marks_of(analysis.text).counted for analysis in outside]
        outside_vocabulary = counts_of_examples(writer.numbers, outside)
        read_now = writer.read((_heard(analysis, idf) for analysis in outside), counted)
        examples = len(read_now)
        writer.put(read_now, OUTSIDE)
    alternates, vectors = writer.weighed(idf, default_idf)
    used = usage(
        [*vocabularies, outside_vocabulary],
        # A term in a twelfth of the examples is as surely theirs as one in all questions of an entry: they are
        # about many things.
        [*(view.questions for view in views), max(examples / 12.0, 1.0)],
        writer.numbers,
        imagined,
        vectors.terms,
    )
    # One numbering for all, so that the terms of a question are looked up once.
    vectors = replace(vectors, terms=used.terms)
    # Divided by the root of its weight, so that long alternates do not win by length alone.
    totals = alternates.totals
    impacts = 1.0 / np.sqrt(np.where(totals > 0.0, totals, 1.0))
    return (
        MatchingBase(
            lexicon=lexicon,
            entries=views,
            alternates=alternates,
            starts=tuple(accumulate(counts, initial=0)),
            asked=tuple(
                tuple(entry.alternate_aspects.get(text, ()) for text in entry.alternates) for entry in entries
            ),
            idf=Table(idf, used.terms),
            default_idf=default_idf,
            alternate_vectors=vectors,
            alternate_index=index_of_vectors(vectors, 0, inside, impacts[:inside]),
            usage=used,
            body_index=build_index(
                bm25(body, collection=counted_in_steps(collection_of(body), imagined.usual))
            ),
            out_of_scope_index=index_of_vectors(vectors, inside, len(alternates), impacts[inside:]),
            out_of_scope_entry=len(views),
            speller=build_speller(
                _spelling_words(entries, terms, names, idf, default_idf),
                analyser,
                [analyser.normalise(place) for place in _own_places(pack)],
                idf,
                default_idf,
            ),
            titles=_titles(pack, analyser),
            example_weight=_example_weight(inside, examples),
            smallness=smallness(len(entries), imagined.usual),
        ),
        analyser,
        marker,
    )


@dataclass(frozen=True)
class _EntryTerms:
    """What the questions of one entry are made of. `texts`: they, normalised, and `places`: where the writer has them, or
    the base that holds `earlier`; `vocabulary`: the terms of questions and keywords; `questions`: how many these are."""

    texts: Sequence[str]
    places: range
    keywords: Sequence[Analysis]
    vocabulary: TermCounts
    questions: int
    earlier: EntryView | None = None


def _entry_questions(
    pack: Pack, entry: Entry, analyser: Analyser, marks_of: MarksOf, writer: AlternateWriter
) -> tuple[list[str], range]:
    """The questions of an entry, normalised, and where the writer has them."""
    texts = (entry.title, entry.short_title, *entry.alternates, *_by_policy_name(pack, entry))
    normalised = list(map(analyser.normalise, texts))
    counted = (marks_of(text).counted for text in normalised)
    return normalised, writer.read_without_pairs(normalised, analyser, counted)


def _entry_terms(
    entry: Entry, texts: Sequence[str], places: range, analyser: Analyser, writer: AlternateWriter
) -> _EntryTerms:
    keywords = list(map(analyser, entry.keywords))
    vocabulary = counts_of_entry(writer.numbers, writer.terms_of(places), keywords)
    questions = min(len(texts) + len(keywords), MANY_QUESTIONS)
    return _EntryTerms(texts, places, keywords, vocabulary, questions)


def _kept_terms(
    earlier: Earlier,
    number: int,
    before: tuple[Integers, Integers],
    entry: Entry,
    analyser: Analyser,
    numbers: TermNumbers,
) -> _EntryTerms:
    view, keywords = earlier.base.entries[number], list(map(analyser, entry.keywords))
    return _EntryTerms(
        (),
        earlier.questions_of(number),
        keywords,
        kept_counts(numbers, *before, keywords),
        view.questions,
        view,
    )


def _put(writer: AlternateWriter, entry: int, own: _EntryTerms) -> int:
    """Give the writer the questions of an entry, and return how many they are."""
    if own.earlier is None:
        writer.put(own.places, entry)
    else:
        writer.keep(own.places, entry)
    return len(own.places)


def _heard(analysis: Analysis, idf: Mapping[str, float]) -> Analysis:
    """`analysis` without the sounds that no entry's question has."""
    terms = {term: share for term, share in analysis.terms.items() if term[0] != SOUND or term in idf}
    return replace(analysis, terms=terms)


def _out_of_scope(
    pack: Pack, views: Sequence[EntryView], analyser: Analyser, marks_of: MarksOf
) -> list[Analysis]:
    """The examples of what must not be answered, but for those that only another place or year makes so: the guards
    know these, and without place and year the same words are a question for us."""
    known = frozenset().union(*(view.years for view in views))
    found = [analyser(text) for questions in pack.out_of_scope.values() for text in questions]
    marked = [(analysis, marks_of(analysis.text)) for analysis in found]
    return [analysis for analysis, marks in marked if not marks.place and marks.years <= known]


def _example_weight(alternates: int, examples: int) -> float:
    """How much likeness to an example of what is not ours counts. Where there are many for each alternate, one is
    soon found that is worded like the question, and says little."""
    most = EXAMPLES_AN_ALTERNATE * alternates
    return max(LEAST_EXAMPLE_WEIGHT, min(1.0, most / examples)) if examples else 1.0


def without_names(text: str, view: EntryView) -> str:
    """Normalised `text` with a cross for whatever the entry is called, so that a name asks for nothing: 材料 in
    包装材料补贴, 时限 in 兑付时限."""
    return masked(text, view.names)


def masked(text: str, names: Iterable[str]) -> str:
    """Normalised `text` with a cross for each of `names`, the longest of which come first."""
    for name in names:
        text = text.replace(name, MASK)
    return text


def _of_alternates(entry: Entry, questions: Sequence[Any]) -> Sequence[Any]:
    """What belongs to the alternates among what belongs to all questions of an entry."""
    return questions[TITLES : TITLES + len(entry.alternates)]


def _titles(pack: Pack, analyser: Analyser) -> tuple[tuple[str, str], ...]:
    """The normalised title of each policy that is long enough to be no everyday phrase, the longest first."""
    found = [(analyser.normalise(policy.title), policy.id) for policy in pack.policies.values()]
    return tuple(
        sorted((item for item in found if len(item[0]) >= SHORTEST_TITLE), key=lambda item: -len(item[0]))
    )


def _names(pack: Pack, entry: Entry, analyser: Analyser) -> tuple[str, ...]:
    policy = pack.policies[entry.policy]
    words = (entry.short_title, *entry.keywords, *policy.names)
    names = {analyser.normalise(word).replace(" ", "") for word in words}
    kept = [name for name in names if len(name) > 1 and name not in ASPECTS and not _ASKS.search(name)]
    return tuple(sorted(kept, key=lambda name: (-len(name), name)))


def _by_policy_name(pack: Pack, entry: Entry) -> list[str]:
    """The entry asked for by its policy's name: “纾困12条 贷款贴息”. So the name speaks for every entry of the
    policy, not for its overview alone."""
    if not _is_part(entry):
        return []
    names = [name for name in pack.policies[entry.policy].names if len(name) <= 8][:3]
    subjects = [entry.short_title, *entry.keywords[:2]]
    return [f"{name} {subject}" for name in names for subject in subjects if name not in subject]


def _is_part(entry: Entry) -> bool:
    return not entry.id.endswith("-overview") and entry.id != entry.policy


def _vocabulary(pack: Pack, entries: Sequence[Entry]) -> Vocabulary:
    words = [*pack.places.words, *pack.places.units, *_own_places(pack)]
    words.extend(pack.places.other_districts + pack.places.other_cities + pack.places.other_provinces)
    words.extend(keyword for entry in entries for keyword in entry.keywords if 2 <= len(keyword) <= 6)
    return Vocabulary(
        synonyms=tuple((group.concept, group.words, group.weight) for group in pack.synonyms),
        fillers=pack.spoken.fillers,
        rewrites=pack.spoken.rewrites,
        words=tuple(dict.fromkeys(words)),
        terms=tuple(dict.fromkeys(_terms(pack, entries))),
    )


def _terms(pack: Pack, entries: Sequence[Entry]) -> Iterator[str]:
    """By what entries and their policies are named."""
    for entry in entries:
        yield from (entry.short_title, *entry.keywords)
    for policy in pack.policies.values():
        yield from policy.names


def _own_places(pack: Pack) -> list[str]:
    """The names of our place and of the levels above it."""
    office = pack.office
    said = [
        *pack.places.ours,
        *(name for names in pack.places.upper.values() for name in names),
        *([office.place] if office.place else []),
        *(name for level in office.levels if office.has_levels for name in level.places),
    ]
    return list(dict.fromkeys(said))


def _questions(pack: Pack, entries: Sequence[Entry]) -> list[str]:
    return [text for entry in entries for text in (entry.title, *entry.alternates, *entry.keywords)]


def _spelling_words(
    entries: Sequence[Entry],
    terms: Sequence[_EntryTerms],
    names: Sequence[str],
    idf: Mapping[str, float],
    default_idf: float,
) -> list[str]:
    """Words worth restoring when a question misspells them: those that an entry's questions keep using."""
    words = {word for own in terms for analysis in own.keywords for word in analysis.words}
    words |= {keyword for entry in entries for keyword in entry.keywords}
    for own in terms:
        enough = USED_OFTEN * (own.questions - len(own.keywords))
        words.update(
            term for term in own.vocabulary.without_keywords(enough, names) if term[0] not in NO_WORDS
        )
    telling = {
        word for word in words if 2 <= len(word) <= 8 and idf.get(word, default_idf) > 0.25 * default_idf
    }
    return sorted(telling | set(ASPECTS))


def _soften_little_words(
    idf: dict[str, float], default_idf: float, lexicon: Lexicon, imagined: float
) -> None:
    """A connective (如果) tells as little as where the pack does not know it. In a few entries 我 and 太 are as rare as any
    name: as far as the entries are `imagined` (a share, in eighths), so does every word which tells little by its part of
    speech."""
    for word in idf.keys() & lexicon.connectives:
        idf[word] = min(idf[word], default_idf * lexicon.weights[word])
    share = round(8 * imagined) / 8
    if not share:
        return
    for word in idf.keys() & lexicon.weights.keys():
        most = default_idf * lexicon.weights[word]
        idf[word] += share * min(most - idf[word], 0.0)


def _soften_context(idf: dict[str, float], default_idf: float, pack: Pack, analyser: Analyser) -> None:
    """Words that only set the scene count a quarter, however rarely the alternates use them; so do the names of
    places and levels, which are compared as marks."""
    places = _own_places(pack)
    for word in [*pack.spoken.context, *(name for name in places if len(name) <= LONGEST_LEVEL_NAME)]:
        text = analyser.normalise(word).replace(" ", "")
        for term in (text, BIGRAM + text):
            if term in idf or term == text:
                idf[term] = CONTEXT_SHARE * idf.get(term, default_idf)


def _view(
    pack: Pack,
    entry: Entry,
    terms: _EntryTerms,
    marks_of: MarksOf,
    analyser: Analyser,
    term_names: Sequence[str],
    idf: Mapping[str, float],
) -> EntryView:
    policy = pack.policies[entry.policy]
    names = [analyser.normalise(name) for name in policy.names]
    texts = [*terms.texts, *names]
    marks = [marks_of(text) for text in texts]
    named = [mark for mark in _of_alternates(entry, marks) if mark.levels]
    title_years = marks_of(analyser.normalise(entry.title)).years
    years = frozenset().union(*(mark.years for mark in marks)) | _valid_years(entry, pack)
    return EntryView(
        id=entry.id,
        names=_names(pack, entry, analyser),
        policy=entry.policy,
        level=entry.level,
        distance=pack.office.distance(entry.level),
        # Who is in the district says the city for where they are, too; the province they say of the province only.
        also_said=frozenset(pack.office.level_names[1:2] if entry.level == pack.office.nearest.name else ()),
        levels=frozenset({entry.level}).union(
            *(marks_of(analyser.normalise(text)).firm for text in (entry.title, *entry.keywords))
        ),
        level_said=len(named) / max(len(entry.alternates), 1),
        is_overview=not _is_part(entry),
        speaks=False,
        questions=terms.questions,
        core=_core(terms, term_names, idf),
        keywords=_own_keywords(entry, names, analyser),
        negative_keywords=tuple(
            analyser.normalise(word).replace(" ", "") for word in entry.negative_keywords
        ),
        counted=frozenset().union(*(mark.counted for mark in marks)),
        named=frozenset(mark.named for mark in marks if mark.named),
        siblings=frozenset(),
        years=frozenset(years),
        own_years=title_years,
        document_numbers=frozenset(
            number.key
            for text in (
                policy.document_number or "",
                *(document.number for document in policy.former),
                *entry.alternates,
                entry.title,
                *entry.keywords,
            )
            # Year and number without issuer or kind would be those of many documents.
            if (number := find_document_number(text)) and not number.key.startswith("〔")
        ),
        sides=_sides_of(marks),
        requires=tuple(
            analyser.normalise(word).replace(" ", "")
            for word in (*policy.requires_mention, *entry.requires_mention)
        ),
    )


def _sides_of(marks: Sequence[Marks]) -> dict[str, frozenset[str]]:
    """For each row of opposites that the entry's questions speak of, the sides that they take."""
    said: dict[str, set[str]] = {}
    for mark in marks:
        for name, side in mark.sides:
            said.setdefault(name, set()).add(side)
    return {name: frozenset(sides) for name, sides in said.items()}


def _core(own: _EntryTerms, names: Sequence[str], idf: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    often = [
        (term, count)
        for term, count in own.vocabulary.held_by(CORE * own.questions, names)
        if term[0] not in (BIGRAM, SOUND)
    ]
    shares = {term: count / own.questions * idf.get(term, 0.0) for term, count in sorted(often)}
    total = sum(shares.values())
    return tuple((term, share / total) for term, share in shares.items()) if total else ()


def _own_keywords(entry: Entry, names: Sequence[str], analyser: Analyser) -> tuple[str, ...]:
    """The entry's keywords but for its policy's names, which say the policy and not the entry."""
    plain = {name.replace(" ", "") for name in names}
    words = (analyser.normalise(word).replace(" ", "") for word in entry.keywords)
    return tuple(word for word in words if word and word not in plain)


def _with_siblings(
    views: tuple[EntryView, ...], vocabularies: Sequence[TermCounts], names: Sequence[str]
) -> tuple[EntryView, ...]:
    """The views, each overview knowing the words that are another entry's own in the same policy and hardly
    ever its own: it does not answer for them."""
    of_policy: dict[str, list[int]] = {}
    for number, view in enumerate(views):
        of_policy.setdefault(view.policy, []).append(number)
    return tuple(
        replace(view, siblings=_words_of_siblings(number, of_policy[view.policy], views, vocabularies, names))
        if view.is_overview
        else view
        for number, view in enumerate(views)
    )


def _with_speakers(views: tuple[EntryView, ...], pack: Pack) -> tuple[EntryView, ...]:
    """The views, each knowing whether it answers for its document: the overview of the policy, else the first entry
    of those that were read in it."""
    speakers: dict[str, str] = {}
    for view in sorted(views, key=lambda view: not view.is_overview):
        if pack.document_of(pack.entries[view.id]) is not None:
            speakers.setdefault(view.policy, view.id)
    return tuple(replace(view, speaks=speakers.get(view.policy) == view.id) for view in views)


def _words_of_siblings(
    overview: int,
    family: Sequence[int],
    views: Sequence[EntryView],
    vocabularies: Sequence[TermCounts],
    names: Sequence[str],
) -> frozenset[str]:
    own, rare = dict(vocabularies[overview].held_by(0, names)), HARDLY_EVER * views[overview].questions
    return frozenset(
        term
        for other in family
        if not views[other].is_overview
        for term, _ in vocabularies[other].held_by(SIBLINGS_OWN * views[other].questions, names)
        if term[0] not in (BIGRAM, SOUND) and own.get(term, 0) < rare
    )


def _valid_years(entry: Entry, pack: Pack) -> frozenset[int]:
    """The years an entry speaks for: those of its validity, else those in which its sources were written. None where
    nothing is dated, or only the office's own word, which holds until the office says otherwise."""
    issued = pack.policies[entry.policy].issued
    start = entry.validity.start or issued
    end = entry.validity.end
    if start is None and end is None:
        sources = [pack.sources[key] for key in entry.sources]
        if any(source.confidence == OWN for source in sources):
            return frozenset()
        undated = frozenset({pack.office.year} if pack.office.year else ())
        return frozenset(source.date.year for source in sources if source.date) or undated
    first = start.year if start else end.year  # type: ignore[union-attr]
    last = end.year if end else first
    return frozenset(range(first, max(first, last) + 1))


def _body_terms(entry: Entry, pack: Pack, words_of: Callable[[str], Sequence[str]]) -> list[str]:
    """The words of what an entry tells, and of the ways of asking for one sentence of it."""
    policy = pack.policies[entry.policy]
    texts = [entry.summary.text or "", policy.title, *policy.names, entry.unit or ""]
    texts += [facet.text for facet in entry.facets.values() if facet.text]
    texts += [question for detail in entry.details for question in detail.questions]
    words: list[str] = []
    for text in texts:
        words.extend(words_of(text))
    return [word for word in words if len(word) > 1]

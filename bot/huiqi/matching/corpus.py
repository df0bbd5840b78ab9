"""The knowledge base as the matcher sees it: every alternate and entry as weighted terms, indexed.

"Which entries could this be, and how much of the question does each explain?" Nothing here decides.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from huiqi.language.analysis import BIGRAM, CONCEPT, SOUND, Analyser, Analysis
from huiqi.language.grams import grams
from huiqi.language.lexicon import Lexicon, Vocabulary, build_lexicon
from huiqi.language.spelling import Speller, build_speller
from huiqi.matching.background import Imagined, imagined_entries
from huiqi.matching.earlier import Earlier
from huiqi.matching.marks import DOCUMENT_NUMBER, Marker, Marks
from huiqi.pack.model import ASPECTS, Entry, Pack
from huiqi.pack.office import OWN
from huiqi.search.bm25 import Collection, bm25, collection_of, inverse_frequency
from huiqi.search.index import InvertedIndex, build_index, index_of_vectors
from huiqi.search.steps import in_steps, size_in_steps, smallness
from huiqi.search.vectors import TermVectors, assembled, build_vectors

MarksOf = Callable[[str], Marks]

KIND_WEIGHTS = {"": 1.0, CONCEPT: 0.9, BIGRAM: 0.45, SOUND: 0.3}
"""How much a term of each kind counts beside a whole word."""

LONGEST_LEVEL_NAME = 3
"""Longer names (国家税务总局, a science park) say more than a level or a place."""

EXAMPLES_AN_ALTERNATE, LEAST_EXAMPLE_WEIGHT = 0.75, 0.5
"""Up to so many examples of what is not ours for each alternate count in full, and what is left of them at least."""

USED_SURELY = 5.0
"""So many of an entry's questions hold a term that the entry counts in full among those asked with it."""

OUTSIDE = -1
"""In place of the entry of an example of what is out of scope."""
NONE_MOVED: frozenset[int] = frozenset()
NO_WORDS = (CONCEPT, BIGRAM, SOUND)

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
NAME_MASK = "×"
_ASKS = re.compile(r"什么|多少|多久|多长|几|哪|怎么|怎样|如何|谁|吗|能不能|可不可以")
"""A keyword with one of these asks something itself, and is no mere name."""

EVIDENCE_SIZE = 30.0
EVIDENCE_SMOOTHING = 5.0


@dataclass(frozen=True, slots=True)
class Alternate:
    """One question of the knowledge base, ready to be compared. `entry` is a number, -1 for out of scope;
    `total` is the weight of its terms, which are in MatchingBase.alternate_vectors."""

    text: str
    compact: str
    entry: int
    total: float
    counted: frozenset[str]


@dataclass(frozen=True)
class Wordings:
    """How each entry's own alternates are worded: the grams of each, without the entry's names, weighted by how
    rare they are among that entry's alternates. Those of entry e are `starts[e]` up to `starts[e + 1]`;
    `aspects`: what each asks."""

    vectors: TermVectors
    starts: tuple[int, ...]
    aspects: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class EntryView:
    """What the matcher keeps of one entry: its vocabulary (term → number of its questions with it) and marks.
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
    questions: int
    vocabulary: dict[str, int]
    core: tuple[tuple[str, float], ...]
    body: frozenset[str]
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
    lexicon: Lexicon
    entries: tuple[EntryView, ...]
    alternates: tuple[Alternate, ...]
    idf: dict[str, float]
    default_idf: float
    alternate_vectors: TermVectors
    alternate_index: InvertedIndex
    evidence_index: InvertedIndex
    body_index: InvertedIndex
    out_of_scope_index: InvertedIndex
    out_of_scope_entry: int
    outside_vocabulary: dict[str, int]
    speller: Speller
    wordings: Wordings
    titles: tuple[tuple[str, str], ...]
    example_weight: float
    smallness: float

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
    analysis: Analysis,
    words: Sequence[float],
    idf: Mapping[str, float],
    default_idf: float,
    heard: bool = False,
) -> dict[str, float]:
    """Each term of a text with its weight. A bigram tells no more than the words it stands in: 面提 in
    方面提供 is rare and says nothing. Sound counts only where the plain writing is unknown, or if `heard`."""
    weight_at = [0.0] * len(analysis.compact)
    for (start, end), weight in zip(analysis.spans, words, strict=True):
        weight_at[start:end] = [weight] * (end - start)
    weights: dict[str, float] = {}
    for term, share in analysis.terms.items():
        mark = term[0]
        if mark == BIGRAM:
            start, end = analysis.places[term]
            carried = (weight_at[start] + weight_at[end - 1]) / 2.0
            weights[term] = KIND_WEIGHTS[BIGRAM] * min(idf.get(term, default_idf), carried)
        elif mark == SOUND:
            frequency = idf.get(term)
            if frequency is not None and (heard or analysis.plain_of[term] not in idf):
                weights[term] = KIND_WEIGHTS[SOUND] * frequency
        elif mark in KIND_WEIGHTS:
            weights[term] = share * KIND_WEIGHTS[mark] * idf.get(term, default_idf)
    for word, weight in zip(analysis.words, words, strict=True):
        weights[word] = weight
    return weights


def build_base(pack: Pack, earlier: Earlier | None = None) -> tuple[MatchingBase, Analyser, Marker]:
    """Everything the matcher needs, from a checked pack. Takes a few seconds for a hundred entries. `earlier`: a base
    that spares what did not change since; the outcome is the same without."""
    entries = [entry for entry in pack.entries.values() if entry.status == "published"]
    lexicon = build_lexicon(
        _vocabulary(pack, entries), _questions(pack, entries), earlier.base.lexicon if earlier else None
    )
    analyser = Analyser(lexicon)
    marker = Marker(pack.places, pack.office)
    marks_of = cache(marker)
    kept = earlier.unchanged(pack, entries, lexicon) if earlier else {}
    terms = [
        _kept_terms(earlier, kept[entry.id], entry, analyser)
        if earlier and entry.id in kept
        else _entry_terms(pack, entry, analyser)
        for entry in entries
    ]
    imagined = imagined_entries(len(entries))
    idf, default_idf = _inverse_entry_frequency(terms, imagined)
    _soften_little_words(idf, default_idf, lexicon, imagined.number / (len(entries) + imagined.number or 1))
    _soften_context(idf, default_idf, pack, analyser)
    body = [_body_terms(entry, pack, analyser) for entry in entries]
    views = tuple(
        _view(pack, entry, own, words, marks_of, analyser, idf)
        if own.earlier is None
        else replace(own.earlier, core=_core(own.vocabulary, own.questions, idf))
        for entry, own, words in zip(entries, terms, body, strict=True)
    )
    views = _with_siblings(views)
    writer = _Alternates(analyser, marks_of, idf, default_idf, earlier)
    for number, (entry, own) in enumerate(zip(entries, terms, strict=True)):
        if earlier and entry.id in kept:
            writer.keep(earlier.questions_of(kept[entry.id]), number)
        else:
            writer.add(own.analysed, number)
    inside = len(writer.alternates)
    if earlier and earlier.has_examples_of(pack, views, lexicon, idf):
        writer.keep(earlier.examples, OUTSIDE)
        outside_vocabulary = earlier.base.outside_vocabulary
    else:
        outside = _out_of_scope(pack, views, analyser, marks_of)
        writer.add(outside, OUTSIDE)
        outside_vocabulary = dict(Counter(term for analysis in outside for term in analysis.terms))
    alternates = tuple(writer.alternates)
    vectors = writer.vectors()
    impacts = list(map(_impact, alternates))
    examples = len(alternates) - inside
    return (
        MatchingBase(
            lexicon=lexicon,
            entries=views,
            alternates=alternates,
            idf=idf,
            default_idf=default_idf,
            alternate_vectors=vectors,
            alternate_index=index_of_vectors(vectors, 0, inside, impacts[:inside]),
            evidence_index=build_index(_evidence(views, outside_vocabulary, examples, imagined)),
            body_index=build_index(bm25(body, collection=_in_steps(collection_of(body)))),
            out_of_scope_index=index_of_vectors(vectors, inside, len(alternates), impacts[inside:]),
            out_of_scope_entry=len(views),
            outside_vocabulary=outside_vocabulary,
            speller=build_speller(_spelling_words(entries, terms, idf, default_idf), analyser),
            wordings=_wordings(entries, views, terms, earlier, kept),
            titles=_titles(pack, analyser),
            example_weight=_example_weight(inside, examples),
            smallness=smallness(len(entries)),
        ),
        analyser,
        marker,
    )


@dataclass(frozen=True)
class _EntryTerms:
    """What the questions of one entry are made of. `analysed`: its questions, empty where they are `earlier` ones;
    `vocabulary`: term → number of questions and keywords with it; `questions`: how many these are."""

    analysed: Sequence[Analysis]
    keywords: Sequence[Analysis]
    vocabulary: Mapping[str, int]
    questions: int
    earlier: EntryView | None = None


def _entry_terms(pack: Pack, entry: Entry, analyser: Analyser) -> _EntryTerms:
    texts = (entry.title, entry.short_title, *entry.alternates, *_by_policy_name(pack, entry))
    analysed, keywords = list(map(analyser, texts)), list(map(analyser, entry.keywords))
    vocabulary: Counter[str] = Counter()
    for analysis in (*analysed, *keywords):
        vocabulary.update(analysis.terms.keys())
    return _EntryTerms(analysed, keywords, vocabulary, len(analysed) + len(keywords))


def _kept_terms(earlier: Earlier, number: int, entry: Entry, analyser: Analyser) -> _EntryTerms:
    view = earlier.base.entries[number]
    return _EntryTerms((), list(map(analyser, entry.keywords)), view.vocabulary, view.questions, view)


class _Alternates:
    """Puts the alternates of a base together, those of an earlier one beside new ones."""

    def __init__(
        self,
        analyser: Analyser,
        marks_of: MarksOf,
        idf: Mapping[str, float],
        default_idf: float,
        earlier: Earlier | None,
    ) -> None:
        self._analyser = analyser
        self._marks_of = marks_of
        self._idf, self._default_idf = idf, default_idf
        self._base = earlier.base if earlier else None
        self._moved = earlier.moved(idf, default_idf) if earlier else NONE_MOVED
        self._new: list[dict[str, float]] = []
        self._rows: list[tuple[int, int]] = []
        self.alternates: list[Alternate] = []

    def add(self, analysed: Iterable[Analysis], entry: int) -> None:
        for analysis in analysed:
            words = [self._idf.get(word, self._default_idf) for word in analysis.words]
            terms = term_weights(analysis, words, self._idf, self._default_idf, heard=True)
            self._rows.append((0, len(self._new)))
            self._new.append(terms)
            self.alternates.append(
                Alternate(
                    text=analysis.text,
                    compact=analysis.compact,
                    entry=entry,
                    total=sum(weight for term, weight in terms.items() if term[0] != SOUND),
                    counted=self._marks_of(analysis.text).counted,
                )
            )

    def keep(self, places: Iterable[int], entry: int) -> None:
        """Take over alternates of the earlier base; those with a term that weighs otherwise now are weighed again."""
        assert self._base is not None
        for place in places:
            alternate = self._base.alternates[place]
            if place in self._moved:
                self.add([self._analyser.of_normalised(alternate.text)], entry)
            else:
                self._rows.append((1, place))
                self.alternates.append(
                    alternate if alternate.entry == entry else replace(alternate, entry=entry)
                )

    def vectors(self) -> TermVectors:
        new = build_vectors(self._new)
        return assembled([new, self._base.alternate_vectors], self._rows) if self._base else new


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
    for name in view.names:
        text = text.replace(name, NAME_MASK)
    return text


def _of_alternates(entry: Entry, questions: Sequence[Any]) -> Sequence[Any]:
    """What belongs to the alternates among what belongs to all questions of an entry: its two titles come first."""
    return questions[2 : 2 + len(entry.alternates)]


def _wordings(
    entries: Sequence[Entry],
    views: Sequence[EntryView],
    terms: Sequence[_EntryTerms],
    earlier: Earlier | None,
    kept: Mapping[str, int],
) -> Wordings:
    new: list[dict[str, float]] = []
    rows: list[tuple[int, int]] = []
    asked: list[tuple[str, ...]] = []
    starts = [0]
    for entry, view, own in zip(entries, views, terms, strict=True):
        if earlier and entry.id in kept:
            number = kept[entry.id]
            known = earlier.base.wordings.starts
            rows += [(1, place) for place in range(known[number], known[number + 1])]
        else:
            for weighted in _worded(view, _of_alternates(entry, own.analysed)):
                rows.append((0, len(new)))
                new.append(weighted)
        asked += [entry.alternate_aspects.get(text, ()) for text in entry.alternates]
        starts.append(len(rows))
    vectors = build_vectors(new)
    if earlier:
        vectors = assembled([vectors, earlier.base.wordings.vectors], rows)
    return Wordings(vectors, tuple(starts), tuple(asked))


def _worded(view: EntryView, analysed: Sequence[Analysis]) -> Iterator[dict[str, float]]:
    worded = [grams(without_names(analysis.text, view)) for analysis in analysed]
    counts = Counter(gram for own in worded for gram in own)
    rarity = {gram: math.log((len(worded) + 1) / (count + 0.5)) for gram, count in counts.items()}
    for own in worded:
        length = math.sqrt(sum(rarity[gram] ** 2 for gram in own)) or 1.0
        yield {gram: rarity[gram] ** 2 / length for gram in sorted(own)}


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


def _impact(alternate: Alternate) -> float:
    # Divided by the root of its weight, so that long alternates do not win by length alone.
    return 1.0 / math.sqrt(alternate.total) if alternate.total else 1.0


def _vocabulary(pack: Pack, entries: Sequence[Entry]) -> Vocabulary:
    words = [*pack.places.words, *pack.places.units, *_own_places(pack)]
    words.extend(pack.places.other_districts + pack.places.other_cities + pack.places.other_provinces)
    words.extend(keyword for entry in entries for keyword in entry.keywords if 2 <= len(keyword) <= 6)
    return Vocabulary(
        synonyms=tuple((group.concept, group.words, group.weight) for group in pack.synonyms),
        fillers=pack.spoken.fillers,
        rewrites=pack.spoken.rewrites,
        words=tuple(dict.fromkeys(words)),
    )


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


def _inverse_entry_frequency(
    terms: Sequence[_EntryTerms], imagined: Imagined
) -> tuple[dict[str, float], float]:
    """idf of a term over entries; an entry counts in full where USED_SURELY of its questions hold the term, a keyword
    being as good as three."""
    mass: Counter[str] = Counter()
    for own in terms:
        as_keyword = Counter(term for analysis in own.keywords for term in analysis.terms)
        for term, count in own.vocabulary.items():
            mass[term] += min(USED_SURELY, count + 2 * as_keyword[term])  # type: ignore[assignment]
    for term, held in imagined.holding.items():
        mass[term] += USED_SURELY * held  # type: ignore[assignment]
    number = size_in_steps(len(terms) + imagined.number)
    idf = {term: inverse_frequency(number, in_steps(held) / USED_SURELY) for term, held in mass.items()}
    return idf, inverse_frequency(number, 0.0)


def _spelling_words(
    entries: Sequence[Entry], terms: Sequence[_EntryTerms], idf: Mapping[str, float], default_idf: float
) -> list[str]:
    """Words worth restoring when a question misspells them: those that an entry's questions keep using."""
    words = {word for own in terms for analysis in own.keywords for word in analysis.words}
    words |= {keyword for entry in entries for keyword in entry.keywords}
    for own in terms:
        as_keyword = Counter(term for analysis in own.keywords for term in analysis.terms)
        enough = USED_OFTEN * (own.questions - len(own.keywords))
        words |= {
            term
            for term, count in own.vocabulary.items()
            if term[0] not in NO_WORDS and count > as_keyword[term] and count - as_keyword[term] >= enough
        }
    telling = {
        word for word in words if 2 <= len(word) <= 8 and idf.get(word, default_idf) > 0.25 * default_idf
    }
    return sorted(telling | set(ASPECTS))


def _soften_little_words(
    idf: dict[str, float], default_idf: float, lexicon: Lexicon, imagined: float
) -> None:
    """In a few entries 我 and 太 are as rare as any name. As far as the entries are `imagined` (a share, in eighths),
    words which by their part of speech tell little weigh no more than where the pack does not know them."""
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
    body: Sequence[str],
    marks_of: MarksOf,
    analyser: Analyser,
    idf: Mapping[str, float],
) -> EntryView:
    policy = pack.policies[entry.policy]
    names = [analyser.normalise(name) for name in policy.names]
    texts = [analysis.text for analysis in terms.analysed] + names
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
        questions=terms.questions,
        vocabulary=dict(terms.vocabulary),
        core=_core(terms.vocabulary, terms.questions, idf),
        body=frozenset(body),
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
            number
            for text in (policy.document_number or "", *entry.alternates, entry.title, *entry.keywords)
            if DOCUMENT_NUMBER.search(text) and (number := marks_of(text).document_number)
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


def _core(
    vocabulary: Mapping[str, int], questions: int, idf: Mapping[str, float]
) -> tuple[tuple[str, float], ...]:
    shares = {
        term: count / questions * idf.get(term, 0.0)
        for term, count in vocabulary.items()
        if term[0] not in (BIGRAM, SOUND) and count >= CORE * questions
    }
    total = sum(shares.values())
    return tuple((term, share / total) for term, share in shares.items()) if total else ()


def _own_keywords(entry: Entry, names: Sequence[str], analyser: Analyser) -> tuple[str, ...]:
    """The entry's keywords but for its policy's names, which say the policy and not the entry."""
    plain = {name.replace(" ", "") for name in names}
    words = (analyser.normalise(word).replace(" ", "") for word in entry.keywords)
    return tuple(word for word in words if word and word not in plain)


def _with_siblings(views: tuple[EntryView, ...]) -> tuple[EntryView, ...]:
    """The views, each overview knowing the words that are another entry's own in the same policy and hardly
    ever its own: it does not answer for them."""
    return tuple(
        replace(view, siblings=_words_of_siblings(view, views)) if view.is_overview else view
        for view in views
    )


def _words_of_siblings(overview: EntryView, views: Sequence[EntryView]) -> frozenset[str]:
    return frozenset(
        term
        for other in views
        if other.policy == overview.policy and not other.is_overview
        for term, count in other.vocabulary.items()
        if term[0] not in (BIGRAM, SOUND)
        and count >= SIBLINGS_OWN * other.questions
        and overview.vocabulary.get(term, 0) < HARDLY_EVER * overview.questions
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


def _body_terms(entry: Entry, pack: Pack, analyser: Analyser) -> list[str]:
    policy = pack.policies[entry.policy]
    texts = [entry.summary.text or "", policy.title, *policy.names, entry.unit or ""]
    texts += [facet.text for facet in entry.facets.values() if facet.text]
    words: list[str] = []
    for text in texts:
        words.extend(analyser(text).words)
    return [word for word in words if len(word) > 1]


def _evidence(
    views: Sequence[EntryView], outside_vocabulary: Mapping[str, int], examples: int, imagined: Imagined
) -> list[Mapping[str, float]]:
    """Weight of evidence of each term for each entry: how much likelier the term is in its questions than
    in all, as a log ratio above that of a term the entry does not hold. The last row is for out of scope."""
    shares = [
        {term: min(1.0, count / view.questions) for term, count in view.vocabulary.items()} for view in views
    ]
    spread = max(examples / 12.0, 1.0)
    shares.append({term: min(1.0, count / spread) for term, count in outside_vocabulary.items()})
    background: Counter[str] = Counter()
    for share in shares:
        background.update(share)
    background.update(imagined.holding)
    number = size_in_steps(len(views) + imagined.number) + 1.0
    usual = {term: in_steps(mass) / number for term, mass in background.items()}
    return [{term: evidence(value, usual[term]) for term, value in share.items()} for share in shares]


def _in_steps(whole: Collection) -> Collection:
    held = {term: in_steps(count) for term, count in whole.held.items()}
    return Collection(size_in_steps(whole.number), in_steps(whole.mean), held)


def evidence(share: float, background: float) -> float:
    """log of (smoothed share in the entry / share overall), above that of a term which is not there."""
    smooth = EVIDENCE_SMOOTHING * background
    return math.log((EVIDENCE_SIZE * share + smooth) / smooth)

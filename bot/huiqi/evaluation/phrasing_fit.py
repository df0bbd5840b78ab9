"""Fits the phrasing models (aspects, asides, kinds of messages) from examples and from the pack's alternates, which
are grouped by aspect.

Every example stands in the training set bare and inside wrappers, so that a word of the asker's description is no
aspect by itself. Logistic regression with an L2 penalty, by scipy's L-BFGS: deterministic, some ten seconds.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from huiqi.formats.alternates import aspects_of
from huiqi.language.grams import grams
from huiqi.language.mentions import around
from huiqi.language.phrasing import MASK, SEPARATORS, PhrasingModel, gram_value
from huiqi.language.table import Dictionary
from huiqi.matching.corpus import without_names
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import WHOLE, Pack, Places
from huiqi.understanding.asides import HEAD
from huiqi.understanding.aspects import LEANS
from huiqi.understanding.talk_kinds import FRONT_DOOR, OTHER

EXAMPLES = Path(__file__).parents[1] / "understanding" / "examples"
PENALTY = 1.0
"""L2 penalty of the weights, chosen by leaving whole entries out."""
RAREST = 6
"""A gram of fewer examples than this, copies inside wrappers counted, has no weight of its own."""
LEAST = 0.05
"""A gram whose weights are all smaller than this is left out: thousands of them move no probability by a hundredth."""
ROUNDS = 100
WRAPPED_COPIES = 2
WRAPPED_WEIGHT = 0.5
TALK_WEIGHT = 10.0
"""Messages of a kind are a tenth as many as the pack's alternates."""
WORD_WEIGHT = 3.0
"""A word typed alone has few grams to go by."""
USED_BY_TRADES, LONGEST_WORD = 3, 4
"""A word of no more characters than this is one of a trade where so many of the pack's questions hold it."""
_NOT_A_NAME = "X"
HERE, ELSEWHERE, LEVEL, YEAR = "{地方}", "{外地}", "{级别}", "{年份}"
"""Stand in the tables for a place of the office's, for one that is not, for a level of government, and for a year."""
_UNNAMED = {HERE: "本地", ELSEWHERE: "外地"}
RAREST_OF_MENTIONS = 2
"""The same for what stands beside a name, of which there are some hundred examples."""
ASKS_NOTHING = ("闲聊", "稍等", "结束", "招呼", "抱怨", "转人工")
"""Kinds of messages that ask nothing of what was talked about."""


@dataclass(frozen=True)
class Example:
    """A normalised text with the heads that are true of it."""

    text: str
    heads: frozenset[str]
    weight: float = 1.0


def read_examples(name: str, places: Places | None = None) -> Any:
    """The table of that name, the places of an office put where HERE and ELSEWHERE stand, one after the other."""
    text = (EXAMPLES / f"{name}.yaml").read_text(encoding="utf-8")
    named = {HERE: places.ours, ELSEWHERE: places.other_districts} if places else {}
    for slot, told in _UNNAMED.items():
        names = cycle(named.get(slot) or (told,))
        text = re.sub(re.escape(slot), lambda _, names=names: next(names), text)  # type: ignore[misc]
    return yaml.safe_load(text)


def aspect_examples(
    pack: Pack, matcher: Matcher, general: Iterable[tuple[str, frozenset[str]]] | None = None, seed: int = 0
) -> list[Example]:
    """Alternates of entries that group them, and the general examples, each also inside wrappers."""
    written: list[tuple[str, frozenset[str], int | None]] = []
    for entry in pack.entries.values():
        if any(entry.alternate_aspects.values()):
            number = matcher.numbers[entry.id]
            written += [
                (text, frozenset(entry.alternate_aspects.get(text, ())), number) for text in entry.alternates
            ]
    written += [(text, heads, None) for text, heads in (general or general_examples(pack.places))]
    talk = read_examples("talk")
    # 我再想想 after an answer names nothing either, yet it asks nothing.
    written += [(text, frozenset(), None) for kind in ASKS_NOTHING for text in talk[kind]]
    wrappers = read_examples("wrappers", pack.places)
    chance = random.Random(seed)
    found = []
    for text, heads, own in written:
        copies = [chance.choice(wrappers).format(text) for _ in range(WRAPPED_COPIES)]
        for place, wording in enumerate([text, *copies]):
            found.append(Example(_masked(wording, matcher, own), heads, WRAPPED_WEIGHT if place else 1.0))
    return found


def general_examples(places: Places | None = None) -> Iterator[tuple[str, frozenset[str]]]:
    """Questions about any measure X, and the same without it: those lean back on what was said before."""
    for group, questions in read_examples("aspects", places).items():
        for item in questions:
            text = item["question"] if isinstance(item, Mapping) else item
            asked = item["aspects"] if isinstance(item, Mapping) else aspects_of(group)
            heads = frozenset(asked or ()) - {WHOLE}
            bare = text.replace(_NOT_A_NAME, "").strip(" ，,的")
            if bare != text:
                yield text, heads
            if len(bare) > 1:
                yield bare, heads | {LEANS}


def _masked(text: str, matcher: Matcher, number: int | None) -> str:
    normalised = matcher.analyser.normalise(text)
    if number is None:
        return normalised.replace(_NOT_A_NAME.lower(), MASK)
    return without_names(normalised, matcher.base.entries[number])


def aside_examples(matcher: Matcher, pack: Pack) -> list[Example]:
    """Pieces that are asides, and pieces that ask: the last one of each alternate and general example."""
    normalise = matcher.analyser.normalise
    asides = [text for texts in read_examples("asides", pack.places).values() for text in texts]
    asides += [
        piece
        for wrapper in read_examples("wrappers", pack.places)
        for piece in _pieces(wrapper.replace("{}", "，"))
    ]
    asking = [
        pieces[-1]
        for entry in pack.entries.values()
        for text in (*entry.alternates, *entry.keywords)
        if (pieces := _pieces(text))
    ]
    asking += [piece for text, _ in general_examples(pack.places) for piece in _pieces(text.replace("X", ""))]
    examples = [Example(normalise(text), frozenset({HEAD}), 2.0) for text in dict.fromkeys(asides)]
    return examples + [Example(normalise(text), frozenset()) for text in dict.fromkeys(asking)]


def talk_examples(matcher: Matcher, seed: int = 2) -> list[Example]:
    """Messages of each kind that is no question about a measure, and the pack's alternates, which are none."""
    normalise = matcher.analyser.normalise
    wrappers = read_examples("wrappers")
    chance = random.Random(seed)
    examples = []
    for kind, texts in read_examples("talk").items():
        heads = frozenset({kind}) - {OTHER}
        for text in texts:
            examples.append(Example(normalise(text), heads, TALK_WEIGHT))
            if kind in (FRONT_DOOR, OTHER):
                wrapped = chance.choice(wrappers).format(text)
                examples.append(Example(normalise(wrapped), heads, TALK_WEIGHT * WRAPPED_WEIGHT))
    examples += [Example(alternate.text, frozenset()) for alternate in matcher.base.alternates]
    examples += [Example(word, frozenset(), WORD_WEIGHT) for word in _words_of_trades(matcher)]
    return examples + [
        Example(normalise(text.replace(_NOT_A_NAME, "")), frozenset()) for text, _ in general_examples()
    ]


def mention_examples(of: str) -> list[Example]:
    """What stands beside the names of places, of levels, or of years, with what they are named for."""
    table = yaml.safe_load((EXAMPLES / "mentions.yaml").read_text(encoding="utf-8"))[of]
    examples = []
    for kind, texts in table.items():
        for text in texts:
            before, after = re.split(f"{ELSEWHERE}|{LEVEL}|{YEAR}", text.replace(HERE, _UNNAMED[HERE]))
            named = around(before + YEAR + after, len(before), len(before + YEAR))
            examples.append(Example(named, frozenset({kind})))
    return examples


def _words_of_trades(matcher: Matcher) -> list[str]:
    """Words of the pack's questions that no chat uses: typed alone (律所), each names a topic."""
    analyser = matcher.analyser
    talk = {kind: list(map(analyser.normalise, texts)) for kind, texts in read_examples("talk").items()}
    chat = {
        word
        for kind, texts in talk.items()
        if kind not in (FRONT_DOOR, OTHER)
        for text in texts
        for word in analyser.words(text)
    }
    chat.update(*talk.values())
    used = Counter(word for alternate in matcher.base.alternates for word in analyser.words(alternate.text))
    return sorted(
        word
        for word, times in used.items()
        if times >= USED_BY_TRADES and 2 <= len(word) <= LONGEST_WORD and word not in chat
    )


def talk_kinds() -> tuple[str, ...]:
    return tuple(kind for kind in read_examples("talk") if kind != OTHER)


def _pieces(text: str) -> list[str]:
    return [piece for piece in SEPARATORS.split(text) if piece]


def fit_phrasing(examples: Sequence[Example], heads: Sequence[str], rarest: int = RAREST) -> PhrasingModel:
    """One logistic regression a head over the grams of `examples` that stand in at least `rarest` of them."""
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    worded = [grams(example.text) for example in examples]
    counts = Counter(gram for own in worded for gram in own)
    vocabulary = {
        gram: number
        for number, gram in enumerate(sorted(gram for gram, count in counts.items() if count >= rarest))
    }
    columns: list[int] = []
    values: list[float] = []
    offsets = [0]
    for own in worded:
        known = sorted(vocabulary[gram] for gram in own if gram in vocabulary)
        columns += known
        values += [gram_value(len(own))] * len(known)
        offsets.append(len(columns))
    inputs = csr_matrix((values, columns, offsets), shape=(len(worded), len(vocabulary)))
    wanted = np.array([[head in example.heads for head in heads] for example in examples], dtype=float)
    importance = np.array([[example.weight] for example in examples])
    size = len(vocabulary) * len(heads)

    def loss(point: Any) -> tuple[float, Any]:
        weights, intercepts = point[:size].reshape(len(vocabulary), len(heads)), point[size:]
        logits = inputs @ weights + intercepts
        value = (importance * (np.logaddexp(0.0, logits) - wanted * logits)).sum()
        slope = importance * (1.0 / (1.0 + np.exp(-logits)) - wanted)
        gradient = inputs.T @ slope + PENALTY * weights
        return value + PENALTY / 2 * (weights**2).sum(), np.concatenate([gradient.ravel(), slope.sum(axis=0)])

    found = minimize(
        loss, np.zeros(size + len(heads)), jac=True, method="L-BFGS-B", options={"maxiter": ROUNDS}
    ).x
    weights = found[:size].reshape(len(vocabulary), len(heads)).astype(np.float32)
    telling = np.abs(weights).max(axis=1) >= LEAST
    kept = [gram for gram, is_telling in zip(vocabulary, telling, strict=True) if is_telling]
    return PhrasingModel(
        tuple(heads),
        Dictionary({gram: row for row, gram in enumerate(kept)}),
        weights[telling],
        found[size:].astype(np.float32),
    )

"""Fits every weight that comes with the package, from the pack and the example tables, in the order in which one needs
the other: phrasing, the blend of aspects, the choice model.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from huiqi.answering.answerability import WEIGHTS as ANSWERABILITY
from huiqi.answering.statement_choice import WEIGHTS
from huiqi.evaluation.answerability_fit import fit_answerability
from huiqi.evaluation.choice_fit import OF_TALK, fit_choice, fit_talk
from huiqi.evaluation.phrasing_fit import (
    RAREST_OF_MENTIONS,
    aside_examples,
    aspect_examples,
    fit_phrasing,
    general_examples,
    mention_examples,
    talk_examples,
    talk_kinds,
)
from huiqi.evaluation.small_fit import fit_smallest
from huiqi.evaluation.statement_fit import fit_statements
from huiqi.language import mentions
from huiqi.language.analysis import BIGRAM, CONCEPT, SOUND, Analyser
from huiqi.language.phrasing import FOLDER, PhrasingModel
from huiqi.matching.background import LEAST_SHARE, Background, write_background
from huiqi.matching.choice import ChoiceModel
from huiqi.matching.features import NAMES, OUTSIDE_NAMES
from huiqi.matching.frequency import USED_SURELY
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.matching.weights import shipped_weights, write_weights
from huiqi.pack.model import ASPECTS, Pack
from huiqi.understanding.asides import HEAD
from huiqi.understanding.aspect_words import FILE as ASPECT_WORDS
from huiqi.understanding.aspect_words import fit_words, write_words
from huiqi.understanding.aspects import LEANS, AspectReader, Blend, blend_file

FOLDS = 3
"""Parts into which entries are dealt: the blend is fitted on what its model has not seen."""
_DIGIT = re.compile(r"\d")
HEADS = (*ASPECTS, LEANS)


def fit_mentions(folder: Path = FOLDER) -> None:
    """Fit what tells a place, a level or a year that is asked about from one that is only told of, and write it. Seconds."""
    for of, heads in mentions.HEADS.items():
        examples = mention_examples(of)
        pieces = [replace(example, text=mentions.piece_of(example.text)) for example in examples]
        fit_phrasing(examples, heads, RAREST_OF_MENTIONS).save(folder / f"{of}.npz")
        fit_phrasing(pieces, heads, RAREST_OF_MENTIONS).save(folder / f"{mentions.model_of_pieces(of)}.npz")


def fit_everything(
    pack: Pack,
    questions: Path,
    details: Path,
    particulars: Path,
    dialogues: Path,
    asked: Sequence[tuple[str, str]],
    tell: Callable[[str], None],
    folder: Path = FOLDER,
) -> None:
    """Fit all weights and write them where the program reads them. Some minutes; deterministic. `questions`: a
    file of questions with what their first line must hold, `details`: another, of questions about one particular sentence
    of an entry, `particulars`: one of questions of which many ask what the entry does not tell, `dialogues`: one of dialogues as people
    write them; `asked`: questions as they are asked in public, each with the id of the entry that answers it, or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    fit_mentions(folder)
    write_background(fit_background(pack))
    nothing = ChoiceModel(np.zeros(len(NAMES)), np.zeros(len(OUTSIDE_NAMES)))
    matcher = Matcher(compile_pack(pack), nothing)
    tell("旁白和问法…")
    fit_phrasing(aside_examples(matcher, pack), (HEAD,)).save(folder / "asides.npz")
    fit_phrasing(talk_examples(matcher), talk_kinds()).save(folder / "talk.npz")
    fit_phrasing(aspect_examples(pack, matcher), HEADS).save(folder / "aspects.npz")
    write_words(fit_aspect_words(matcher), folder / ASPECT_WORDS.name)
    tell("两路证据的比重…")
    blend = fit_blend(pack, matcher)
    blend_file(folder).write_text(
        json.dumps({name: round(value, 4) for name, value in vars(blend).items()}, indent=2) + "\n",
        encoding="utf-8",
    )
    tell("选条目的权重…")
    leans = unseen_leans(pack, matcher)
    model = fit_talk(pack, matcher, fit_choice(pack, matcher, leans, asked), dialogues, leans)
    write_weights(model, fit_smallest(pack, model))
    tell("选陈述的权重…")
    fitted = Matcher(compile_pack(pack), model)
    weights = fit_statements(pack, fitted, questions, details)
    WEIGHTS.write_text(json.dumps(weights, indent=2) + "\n", encoding="utf-8")
    tell("有没有写到的权重…")
    told = fit_answerability(pack, fitted, weights.values(), (questions, particulars), asked)
    ANSWERABILITY.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def refit_talk(pack: Pack, dialogues: Path) -> None:
    """Fit the weights that ship for what was talked about again, and leave all others, of usual packs and of the smallest."""
    usual, smallest = shipped_weights(), shipped_weights(1.0)
    fitted = fit_talk(pack, Matcher(compile_pack(pack), usual), usual, dialogues)
    of_talk, of_talk_outside = (
        np.array([name.startswith(OF_TALK) for name in names]) for names in (NAMES, OUTSIDE_NAMES)
    )
    small = ChoiceModel(
        np.where(of_talk, fitted.weights, smallest.weights),
        np.where(of_talk_outside, fitted.outside_weights, smallest.outside_weights),
    )
    write_weights(fitted, small)


def fit_background(pack: Pack) -> Background:
    """How common words are in the questions of the pack's entries, without the names of its places and policies."""
    base = compile_pack(pack).base
    normalise = Analyser(base.lexicon).normalise
    office = pack.office
    own = [name for level in office.levels for name in (*level.places, *level.words)]
    own += [name for policy in pack.policies.values() for name in policy.names]
    own += [*pack.places.ours, *([office.place] if office.place else [])]
    names = " ".join(map(normalise, own))
    asked: Counter[str] = Counter()
    for vocabulary in base.usage.vocabularies()[: len(base.entries)]:
        asked.update({term: min(1.0, count / USED_SURELY) for term, count in vocabulary.items()})
    shares = {term: number / len(base.entries) for term, number in asked.items()}
    return Background(
        len(base.entries),
        {
            term: share
            for term, share in shares.items()
            if share >= LEAST_SHARE
            and term[0] != SOUND
            and not _DIGIT.search(term)
            and term.lstrip(BIGRAM + CONCEPT) not in names
        },
    )


def fit_aspect_words(matcher: Matcher) -> list[str]:
    """The words that ask for an aspect of whatever it is."""
    base = matcher.base
    leaning = [text for text, heads in general_examples() if LEANS in heads]
    examples = (matcher.read(text).analysis.words for text in leaning)
    index = base.alternate_index
    named = {
        word: int(index.offsets[number + 1] - index.offsets[number]) for word, number in index.terms.items()
    }
    return fit_words(examples, named, len(base.alternates))


def fit_blend(pack: Pack, matcher: Matcher, seed: int = 1) -> Blend:
    """How much general phrasing and the entry's own alternates say, each alternate left out and whole entries
    unseen by the phrasing model."""
    from scipy.optimize import minimize

    phrasing, neighbours, closeness, wanted = blend_rows(pack, matcher, seed)

    def loss(point: np.ndarray) -> float:
        logits = point[0] * phrasing + (point[1] + point[2] * closeness) * neighbours + point[3]
        return float((np.logaddexp(0.0, logits) - wanted * logits).mean())

    return Blend(*map(float, minimize(loss, [1.0, 0.0, 0.0, 0.0]).x))


def blend_rows(
    pack: Pack, matcher: Matcher, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For every alternate: log odds by phrasing, by its neighbours, closeness, and what it asks (a column an
    aspect)."""
    ids = sorted(pack.entries)
    random.Random(seed).shuffle(ids)
    rows = []
    for fold in range(FOLDS):
        unseen = [key for place, key in enumerate(ids) if place % FOLDS == fold and key in matcher.numbers]
        seen = replace(pack, entries={k: entry for k, entry in pack.entries.items() if k not in unseen})
        reader = AspectReader(
            matcher.base, fit_phrasing(aspect_examples(seen, matcher), HEADS), Blend(1, 0, 0, 0)
        )
        for key in unseen:
            entry = pack.entries[key]
            for place, text in enumerate(entry.alternates):
                phrasing, neighbours, close = reader.witnesses(
                    matcher.analyser.normalise(text), matcher.numbers[key], place
                )
                asked = entry.alternate_aspects.get(text, ())
                rows.append((phrasing, neighbours, [close], [aspect in asked for aspect in ASPECTS]))
    first, second, third, fourth = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return first, second, third, fourth


def unseen_leans(pack: Pack, matcher: Matcher) -> Callable[[str], float]:
    """How likely a text leans back, by a model that was not fitted on it where it is one of the general examples."""
    examples = list(general_examples())
    models: list[PhrasingModel] = []
    part_of = {text: place // 2 % FOLDS for place, (text, _) in enumerate(examples)}
    for fold in range(FOLDS):
        seen = [(text, heads) for text, heads in examples if part_of[text] != fold]
        models.append(fit_phrasing(aspect_examples(pack, matcher, seen), HEADS))

    def leans(text: str) -> float:
        return models[part_of.get(text, 0)].probability(matcher.analyser.normalise(text), LEANS)

    return leans

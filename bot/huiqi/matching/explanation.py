"""The path of one question through matching, told in words that policy staff understand.

Nothing is worked out anew but the entries that a guard ruled out: everything else is read off the Decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from huiqi.language.analysis import CONCEPT
from huiqi.matching.decision import Decision
from huiqi.matching.features import FEATURES, NAMES, Candidate, describe
from huiqi.matching.guards import bar
from huiqi.matching.marks import Marks
from huiqi.matching.matcher import Matcher

SHOWN_CANDIDATES = 3
SHOWN_REASONS = 4
LEAST_REASON = 0.05
"""A contribution to the score below this is not worth a line."""
SHOWN_BARRED = 5

OUTCOMES = {"answer": "直接回答", "clarify": "请提问人选", "unanswered": "答不上来"}
REASONS = {
    "no_match": "没有沾边的条目",
    "low_score": "最像的条目也不够像",
    "out_of_scope": "问的是范围以外的（外地、别的年份、没有的文件）",
}


def explain(
    matcher: Matcher, titles: Mapping[str, str], decision: Decision, notes: Sequence[str] = ()
) -> str:
    """Why `decision` is as it is, a line a step. `titles`: entry id → short title. `notes`: what the
    conversation added (the facet, what was talked about), told last."""
    lines = [f"规整后的问题：{decision.question.text or '（空）'}"]
    lines += _words(decision)
    lines += _marks(decision.question.marks)
    lines += _barred(matcher, titles, decision)
    for place, candidate in enumerate(decision.candidates[:SHOWN_CANDIDATES], 1):
        lines += _candidate(matcher, titles, candidate, place)
    lines.append(band(decision))
    return "\n".join([*lines, *notes])


def _words(decision: Decision) -> Iterator[str]:
    analysis = decision.question.analysis
    weighed = [
        f"{word}（{weight:.1f}）"
        for word, weight in zip(analysis.words, decision.question.word_weights, strict=True)
    ]
    if weighed:
        yield f"字词和分量：{'、'.join(weighed)}"
    dropped = [word for word in analysis.all_words if word not in analysis.words and word.strip()]
    if dropped:
        yield f"不计的虚词：{'、'.join(dict.fromkeys(dropped))}"
    synonyms = {
        f"{word}≈{concept.removeprefix(CONCEPT)}"
        for word, concepts in zip(analysis.words, analysis.concepts_of, strict=True)
        for concept in concepts
        if concept.removeprefix(CONCEPT) != word
    }
    if synonyms:
        yield f"同义归并：{'、'.join(sorted(synonyms))}"
    for repair in decision.repairs:
        yield f"错字改读：“{repair.written}”读作“{repair.read_as}”"


def _marks(marks: Marks) -> Iterator[str]:
    found = []
    if marks.levels:
        found.append(f"层级 {'、'.join(sorted(marks.levels))}{'（明说）' if marks.firm else ''}")
    if marks.place:
        found.append(f"外地 {marks.place}")
    if marks.years:
        found.append(f"年份 {'、'.join(map(str, sorted(marks.years)))}")
    if marks.counted:
        found.append(f"政策名里的数 {'、'.join(sorted(marks.counted))}")
    if marks.article:
        found.append(f"第 {marks.article} 条")
    if marks.document_name:
        found.append(f"文号 {marks.document_name}")
    found += [side for _, side in marks.sides]
    if found:
        yield f"标记：{'；'.join(found)}"


def _barred(matcher: Matcher, titles: Mapping[str, str], decision: Decision) -> Iterator[str]:
    """The entries that a guard ruled out, with the guard's own sentence."""
    if not decision.bars or not decision.question.analysis.words:
        return
    candidates, _ = describe(matcher.base, decision.question)
    shown: dict[str, list[str]] = {}
    for candidate in candidates:
        view = matcher.base.entries[candidate.entry]
        guard = bar(decision.question, view)
        if guard is not None:
            shown.setdefault(guard.sentence, []).append(titles.get(view.id, view.id))
    for sentence, names in shown.items():
        more = f" 等 {len(names)} 条" if len(names) > SHOWN_BARRED else ""
        yield f"排除：{sentence}：{'、'.join(names[:SHOWN_BARRED])}{more}"


def _candidate(
    matcher: Matcher, titles: Mapping[str, str], candidate: Candidate, place: int
) -> Iterator[str]:
    identifier = matcher.entry_id(candidate.entry)
    title = titles.get(identifier, identifier)
    yield f"候选 {place}：{title}（{identifier}），可能性 {candidate.probability:.0%}"
    if candidate.alternate is not None:
        yield f"　最像的相似问：{matcher.base.alternates[candidate.alternate].text}"
    if candidate.matched:
        yield f"　对上的词：{'、'.join(candidate.matched)}"
    if candidate.missing:
        yield f"　条目没有的词：{'、'.join(candidate.missing)}"
    for value, sentence in contributions(matcher, candidate)[:SHOWN_REASONS]:
        yield f"　{'＋' if value > 0 else '－'}{abs(value):.1f} {sentence}"


def contributions(matcher: Matcher, candidate: Candidate) -> list[tuple[float, str]]:
    """(added to the score, the feature's sentence) for each feature that matters, the strongest first."""
    # The weights are the model's own affair; staff only ever see their products.
    weights = matcher.model.weights
    products = [
        (float(weight) * value, FEATURES[name])
        for name, weight, value in zip(NAMES, weights, candidate.features, strict=False)
    ]
    kept = [item for item in products if abs(item[0]) >= LEAST_REASON]
    return sorted(kept, key=lambda item: -abs(item[0]))


def band(decision: Decision) -> str:
    """The outcome and what the other outcomes would have cost."""
    first = decision.candidates[0].probability if decision.candidates else 0.0
    second = decision.candidates[1].probability if len(decision.candidates) > 1 else 0.0
    outcome = OUTCOMES.get(decision.outcome, decision.outcome)
    reason = f"（{REASONS[decision.reason]}）" if decision.reason in REASONS else ""
    return (
        f"结论：{outcome}{reason}。第一名 {first:.0%}，第二名 {second:.0%}，都不是 {decision.none:.0%}。"
        f"三种结局里选代价最小的：答错一次抵 {decision.costs.wrong_answer / decision.costs.hand_over:.1f} 次转交，"
        f"请人选一次抵 {decision.costs.look / decision.costs.hand_over:.1f} 次。"
    )

"""What each kind of evidence is worth: the model fitted without it, on the pack's own left-out questions.

    scripts/ablation.py [--questions FILE …] [--report docs/ablation.md]

Five-fold cross-validation over the entries' alternates (each asked as if nobody had written it down) and the
out-of-scope examples; with --questions, also the share answered rightly there.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bot"))

from huiqi.evaluation.questions import MeasuredQuestion, read_questions
from huiqi.formats.pack_reader import read_pack
from huiqi.language.analysis import BIGRAM, PART, SOUND
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.corpus import KIND_WEIGHTS, MatchingBase, build_base
from huiqi.matching.decision import ANSWER_AT
from huiqi.matching.features import NAMES
from huiqi.matching.matcher import CompiledMatcher, Matcher
from huiqi.matching.training import SIGNS, choices
from huiqi.pack.model import Pack, Spoken

FOLDS = 5
GROUPS: dict[str, tuple[str, ...]] = {
    "（全部）": (),
    "最像的相似问": ("whole", "second"),
    "整句相似（rapidfuzz）": ("string", "partial"),
    "覆盖率与缺词": ("heaviest", "mass", "mass_missing"),
    "字词证据": ("evidence", "evidence_lead"),
    "答案正文（BM25）": ("body",),
    "关键词与排除词": ("keyword", "negative"),
    "层级": ("level", "level_soft", "district"),
    "几条几项、同政策的别项、裁员": ("counted", "sibling", "layoff"),
}


@contextmanager
def _without_kinds(pack: Pack, *kinds: str) -> Iterator[Pack]:
    """The pack, with terms of these kinds weighing nothing while it is in use."""
    kept = dict(KIND_WEIGHTS)
    KIND_WEIGHTS.update(dict.fromkeys(kinds, 1e-6))
    try:
        yield pack
    finally:
        KIND_WEIGHTS.update(kept)


@contextmanager
def _changed(pack: Pack, **changes: Any) -> Iterator[Pack]:
    yield replace(pack, **changes)


READINGS: dict[str, Callable[[Pack], AbstractContextManager[Pack]]] = {
    "同义词": lambda pack: _changed(pack, synonyms=()),
    "口语改写、口头禅和铺垫的话": lambda pack: _changed(pack, spoken=Spoken((), ())),
    "二字组": lambda pack: _without_kinds(pack, BIGRAM),
    "词的部分": lambda pack: _without_kinds(pack, PART),
    "读音（谐音字）": lambda pack: _without_kinds(pack, SOUND),
    "一半的“不该回答”的例子": lambda pack: _changed(
        pack, out_of_scope={kind: questions[::2] for kind, questions in pack.out_of_scope.items()}
    ),
    "一半的相似问": lambda pack: _changed(
        pack,
        entries={
            key: replace(entry, alternates=entry.alternates[::2]) for key, entry in pack.entries.items()
        },
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--questions", nargs="*", type=Path, default=[])
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    pack = read_pack(Path(__file__).resolve().parent.parent / "knowledge")
    base, analyser, marker = build_base(pack)
    rows = [choice for _, choice in choices(base, analyser, marker)]
    questions = [row for path in options.questions for row in read_questions(path)]
    lines = [
        "| 去掉的证据 | 首位正确 | 前三含正确 | 敢答且对 | 范围外误答 | 对数损失 | 题目文件答对 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, removed in GROUPS.items():
        kept = [column for column, feature in enumerate(NAMES) if feature not in removed]
        figures = cross_validated([_narrow(row, kept) for row in rows], _signs(kept))
        answered = _answered(
            pack, base, _widen(fit([_narrow(row, kept) for row in rows], _signs(kept)), kept), questions
        )
        lines.append(_row(name, figures, answered))
        print(lines[-1], flush=True)
    for name, change in READINGS.items():
        with change(pack) as changed:
            poorer, analyser, marker = build_base(changed)
            read = [choice for _, choice in choices(poorer, analyser, marker)]
            figures = cross_validated(read, SIGNS)
            answered = _answered(changed, poorer, fit(read, SIGNS), questions)
        lines.append(_row(name, figures, answered))
        print(lines[-1], flush=True)
    if options.report:
        options.report.write_text(_report(lines, len(rows), options.questions), encoding="utf-8")
    return 0


def cross_validated(
    rows: Sequence[TrainingChoice], signs: Sequence[int]
) -> tuple[float, float, float, float, float]:
    """Share of first places right, of right ones in the first three, of answers right, of out-of-scope questions
    answered, and the mean log loss, over folds that the model was not fitted on."""
    first = third = answered = inside = false = outside = 0
    loss = 0.0
    for fold in range(FOLDS):
        model = fit([row for place, row in enumerate(rows) if place % FOLDS != fold], signs)
        for row in rows[fold::FOLDS]:
            chances, none = model.probabilities(row.rows.tolist(), row.outside.tolist())
            order = sorted(range(len(chances)), key=lambda place: -chances[place])
            loss -= math.log(max(chances[row.right] if row.right >= 0 else none, 1e-9))
            if row.right >= 0:
                inside += 1
                first += order[0] == row.right
                third += row.right in order[:3]
                answered += order[0] == row.right and chances[order[0]] >= ANSWER_AT
            else:
                outside += 1
                false += chances[order[0]] >= ANSWER_AT
    return first / inside, third / inside, answered / inside, false / max(outside, 1), loss / len(rows)


def _row(name: str, figures: Sequence[float], answered: str) -> str:
    cells = [name, *(f"{value:.1%}" for value in figures[:4]), f"{figures[4]:.3f}", answered]
    return "| " + " | ".join(cells) + " |"


def _narrow(row: TrainingChoice, kept: Sequence[int]) -> TrainingChoice:
    return replace(row, rows=row.rows[:, list(kept)])


def _signs(kept: Sequence[int]) -> list[int]:
    return [SIGNS[column] for column in kept] + SIGNS[len(NAMES) :]


def _widen(model: ChoiceModel, kept: Sequence[int]) -> ChoiceModel:
    weights = np.zeros(len(NAMES))
    weights[list(kept)] = model.weights
    return replace(model, weights=weights)


def _answered(
    pack: Pack, base: MatchingBase, model: ChoiceModel, questions: Sequence[MeasuredQuestion]
) -> str:
    inside = [row for row in questions if row.accept]
    if not inside:
        return "–"
    matcher = Matcher(CompiledMatcher(base, model, pack.places))
    right = 0
    for row in inside:
        decision = matcher.match(row.question)
        best = decision.best
        right += (
            decision.outcome == "answer" and best is not None and matcher.entry_id(best.entry) in row.accept
        )
    return f"{right / len(inside):.1%}"


def _report(table: Sequence[str], rows: int, files: Sequence[Path]) -> str:
    names = "、".join(path.name for path in files) or "无"
    return "\n".join(
        [
            "# 每种证据值多少",
            "",
            f"由 `scripts/ablation.py` 生成。知识库的相似问轮流抽出来当问题（{rows} 题，含“不该回答”的例子），{FOLDS} 折交叉验证：",
            f"每一折的模型没有见过这一折的题。“题目文件”：{names}，用全部相似问建的索引来答。",
            "",
            *table,
            "",
            "抽出来的相似问比企业的真实问题难：同一条目里它最近的说法已被抽走，而题目文件里的问题仍有全部相似问可比。",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

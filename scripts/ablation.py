"""What each kind of evidence is worth: the choice model fitted without it, on the pack's own left-out questions.

    OMP_NUM_THREADS=1 scripts/ablation.py [--questions FILE …] [--report docs/ablation.md]

Five-fold cross-validation over what the choice model is fitted on, but for the thinned packs: the questions of ChoiceTrainer
(every alternate as if nobody had written it down, bare, inside wrappers and after the name of a level, questions that name an
entry outright, and follow-ups), and asked.jsonl, questions as people ask them in public. With --questions, also what is
answered there. An hour on one core.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parent.parent
ASKED = ROOT / "scripts" / "asked.jsonl"
sys.path.insert(0, str(ROOT / "bot"))

from huiqi.evaluation.choice_fit import (
    SIGNS,
    THOUGHT_UP,
    Asked,
    ChoiceTrainer,
    choice_among,
    questions_of,
)
from huiqi.evaluation.fitting import unseen_leans
from huiqi.evaluation.parts import lacking
from huiqi.evaluation.questions import MeasuredQuestion, read_questions
from huiqi.formats.pack_reader import read_pack
from huiqi.language.analysis import BIGRAM, SOUND
from huiqi.matching.alternates import KIND_WEIGHTS
from huiqi.matching.choice import ChoiceModel, TrainingChoice, fit
from huiqi.matching.costs import DEFAULT_COSTS
from huiqi.matching.decision import BUTTONS
from huiqi.matching.features import NAMES, OUTSIDE_NAMES
from huiqi.matching.matcher import Asides, CompiledMatcher, Matcher, compile_pack
from huiqi.pack.model import Pack, Spoken
from huiqi.understanding.asides import AsideFinder

FOLDS = 5
PUBLIC = "public"
KINDS = {
    PUBLIC: "公开问法",
    "bare": "单问",
    "wrapped": "带客套",
    "placed": "带地名",
    "named": "点名",
    "talk": "追问",
}
"""The kinds of questions that an entry may answer, those of ChoiceTrainer and of asked.jsonl, and what their columns are called."""
LEAST_CHANCE = 1e-3
"""The chance of the right entry where it was not even a candidate."""
WORTH = 0.002
"""Evidence does not pay where its lack raises the log loss by less than this …"""
WORTH_SHARE, WORTH_FILES = 0.003, 0.004
"""… and makes no share worse by this much, those of the files (a few hundred questions) by this much."""
MOST_WORTH = 5


@dataclass(frozen=True)
class Trial:
    """A poorer way of matching: without some features, on a changed pack, without what some kinds of terms weigh,
    with something taken out of the compiled pack, or with other asides."""

    without: frozenset[str] = frozenset()
    pack: Callable[[Pack], Pack] | None = None
    kinds: tuple[str, ...] = ()
    compiled: Callable[[CompiledMatcher], CompiledMatcher] | None = None
    asides: Asides | None = None
    asks_fewer: bool = False

    @property
    def reads_alike(self) -> bool:
        """Whether every question has the same features as with all evidence, but for those left out."""
        return not (self.pack or self.kinds or self.compiled or self.asides)


def _features(*names: str) -> Trial:
    unknown = set(names) - {*NAMES, *OUTSIDE_NAMES}
    assert not unknown, unknown
    return Trial(frozenset(names))


def _without_pairs(compiled: CompiledMatcher) -> CompiledMatcher:
    """Without the bigrams of the entries' vocabularies: they hold those of the alternate that is left out, and would
    tell which entry it belongs to."""
    usage = compiled.base.usage
    is_pair = np.array([term[0] == BIGRAM for term in usage.evidence.terms])
    counts = np.where(is_pair.repeat(np.diff(usage.evidence.offsets)), 0, usage.counts)
    return replace(compiled, base=replace(compiled.base, usage=replace(usage, counts=counts)))


def _without_repairs(compiled: CompiledMatcher) -> CompiledMatcher:
    speller = replace(compiled.base.speller, by_sound={}, by_letters={}, by_rest={}, openings=frozenset())
    return replace(compiled, base=replace(compiled.base, speller=speller))


def _half_of_negatives(pack: Pack) -> Pack:
    return replace(pack, out_of_scope={kind: asked[::2] for kind, asked in pack.out_of_scope.items()})


def _half_of_alternates(pack: Pack) -> Pack:
    entries = {key: replace(entry, alternates=entry.alternates[::2]) for key, entry in pack.entries.items()}
    return replace(pack, entries=entries)


TRIALS: dict[str, Trial] = {
    "（全部）": Trial(),
    "最像的两条相似问": _features("whole", "second"),
    "整句相似（rapidfuzz）": _features("string"),
    "说中与没说中的信息": _features("heaviest", "mass", "mass_missing"),
    "条目的问法里总有的词": _features("core_missing"),
    "要紧的词连起来的说法": _features("pairs_missing"),
    "字词证据": _features("evidence_lead", "evidence_behind", "example_evidence", "entry_evidence"),
    "答案正文（BM25）": _features("body"),
    "关键词与排除词": _features("keyword", "negative"),
    "层级": _features("level", "level_soft", "level_unsaid", "district"),
    "几条几项": _features("counted"),
    "概览不抢同政策的别项": _features("sibling"),
    "相反的说法": _features("opposite"),
    "一字不差、文号、第几条": _features("verbatim", "document", "document_whole", "article_whole"),
    "整个知识库里都没有的词": _features("strange"),
    "刚才谈的": _features(*(name for name in (*NAMES, *OUTSIDE_NAMES) if name.startswith("talk"))),
    "旁白": Trial(asides=lambda pieces: frozenset()),
    "同义词": Trial(pack=lambda pack: replace(pack, synonyms=())),
    "口语改写、口头禅和铺垫的话": Trial(pack=lambda pack: replace(pack, spoken=Spoken((), ()))),
    "二字组": Trial(frozenset({"pairs_missing"}), kinds=(BIGRAM,), compiled=_without_pairs),
    "读音（谐音字）": Trial(kinds=(SOUND,)),
    "错字改读": Trial(compiled=_without_repairs),
    "读音和错字改读": Trial(kinds=(SOUND,), compiled=_without_repairs),
    "一半的“不该回答”的例子": Trial(pack=_half_of_negatives, asks_fewer=True),
    "一半的相似问": Trial(pack=_half_of_alternates, asks_fewer=True),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--questions", nargs="*", type=Path, default=[], help="files as huiqi eval takes them"
    )
    parser.add_argument("--report", type=Path, help="where the table is written")
    parser.add_argument("--only", nargs="*", choices=TRIALS, default=list(TRIALS), metavar="EVIDENCE")
    options = parser.parse_args()
    bench = Bench(
        read_pack(ROOT / "knowledge"),
        [row for path in options.questions for row in read_questions(path)],
        [(row.question, "".join(row.accept[:1])) for row in read_questions(ASKED)],
    )
    measured: dict[str, Figures] = {}
    print(*HEAD, sep="\n", flush=True)
    for name in options.only:
        measured[name] = bench.measure(TRIALS[name])
        print(_line(name, measured[name]), flush=True)
    if options.report:
        options.report.write_text(_report(measured, options.questions), encoding="utf-8")
    return 0


@dataclass
class Share:
    """How many of those asked."""

    number: int = 0
    asked: int = 0

    def count(self, holds: bool) -> None:
        self.number += holds
        self.asked += 1

    @property
    def value(self) -> float:
        return self.number / self.asked if self.asked else 0.0

    def __str__(self) -> str:
        return f"{self.value:.1%}" if self.asked else "–"


@dataclass
class Figures:
    """What came of one trial. `first`: the right entry comes first, by kind of question; `answered`: it is answered;
    `false`: an entry is answered though none fits; both once more for the files of questions."""

    first: dict[str, Share] = field(default_factory=lambda: {kind: Share() for kind in KINDS})
    answered: Share = field(default_factory=Share)
    false: Share = field(default_factory=Share)
    losses: list[float] = field(default_factory=list)
    file_answered: Share = field(default_factory=Share)
    file_false: Share = field(default_factory=Share)

    @property
    def loss(self) -> float:
        return math.fsum(self.losses) / max(len(self.losses), 1)


@dataclass(frozen=True)
class Columns:
    """The features that are left, and the model over them as one over all."""

    without: frozenset[str]

    @property
    def kept(self) -> list[int]:
        return [place for place, name in enumerate(NAMES) if name not in self.without]

    @property
    def outside(self) -> list[int]:
        return [place for place, name in enumerate(OUTSIDE_NAMES) if name not in self.without]

    def fit(self, rows: Sequence[TrainingChoice]) -> ChoiceModel:
        signs = [SIGNS[place] for place in self.kept]
        signs += [SIGNS[len(NAMES) + place] for place in self.outside]
        narrow = [
            replace(row, rows=row.rows[:, self.kept], outside=row.outside[self.outside]) for row in rows
        ]
        found = fit(narrow, signs)
        return ChoiceModel(
            _spread(found.weights, self.kept, len(NAMES)),
            _spread(found.outside_weights, self.outside, len(OUTSIDE_NAMES)),
        )


def _spread(weights: npt.NDArray[np.float64], places: Sequence[int], width: int) -> npt.NDArray[np.float64]:
    spread = np.zeros(width)
    spread[list(places)] = weights
    return spread


@contextmanager
def _weighing_nothing(kinds: Sequence[str]) -> Iterator[None]:
    """Terms of these kinds weigh next to nothing meanwhile: known as before, so that nothing takes their place."""
    kept = dict(KIND_WEIGHTS)
    KIND_WEIGHTS.update(dict.fromkeys(kinds, 1e-6))
    try:
        yield
    finally:
        KIND_WEIGHTS.update(kept)


Row = tuple[Asked, str, TrainingChoice | None]
"""A question, the text whose copies must stay in one fold, and its features; None where the right entry was not even
a candidate."""


class Bench:
    def __init__(
        self,
        pack: Pack,
        questions: Sequence[MeasuredQuestion],
        asked: Sequence[tuple[str, str]],
        leans: Callable[[str], float] | None = None,
    ) -> None:
        """`questions`: of the files that are asked; `asked`: as in public, each with the id of its entry, or nothing; `leans`: as of
        ChoiceTrainer, by default fitted here."""
        self._pack = pack
        self._asked = asked
        self._questions = questions
        self._compiled = compile_pack(pack)
        self._leans = leans or unseen_leans(pack, Matcher(self._compiled))
        self._rows: list[Row] = []

    def measure(self, trial: Trial) -> Figures:
        with _weighing_nothing(trial.kinds):
            compiled, rows = self._read(trial)
            columns = Columns(trial.without)
            figures = cross_validated(rows, columns)
            model = columns.fit([row for _, _, row in rows if row is not None])
            self._ask_files(Matcher(compiled, model), trial.asides or AsideFinder(), figures)
        return figures

    def _read(self, trial: Trial) -> tuple[CompiledMatcher, list[Row]]:
        if trial.reads_alike and self._rows:
            return self._compiled, self._rows
        pack = trial.pack(self._pack) if trial.pack else self._pack
        compiled = self._compiled if trial.reads_alike else compile_pack(pack)
        compiled = trial.compiled(compiled) if trial.compiled else compiled
        trainer = ChoiceTrainer(pack, Matcher(compiled), self._leans, asides=trial.asides)
        alternates = compiled.base.alternates
        rows = []
        for asked in trainer.questions():
            text = asked.text if asked.without is None else alternates[asked.without].text
            row = trainer.choice(asked)
            rows.append((asked, text, row and replace(row, weight=row.weight * THOUGHT_UP)))
        rows += self._public(pack, trial)
        if trial.reads_alike:
            self._rows = rows
        return compiled, rows

    def _public(self, pack: Pack, trial: Trial) -> Iterator[Row]:
        """What is asked in public, of the pack without it."""
        part = lacking(pack, self._asked, 0)
        compiled = compile_pack(part.pack)
        matcher = Matcher(trial.compiled(compiled) if trial.compiled else compiled)
        asides = trial.asides or AsideFinder()
        for text, entry, weight in questions_of(part, matcher.numbers):
            row = choice_among(matcher.base, matcher.read(text, asides), entry, weight)
            yield Asked(text, entry, None, PUBLIC), text, row

    def _ask_files(self, matcher: Matcher, asides: Asides, figures: Figures) -> None:
        for row in self._questions:
            if row.conversation or row.accept_each:
                continue
            decision = matcher.match(matcher.read(row.question, asides))
            is_answered = decision.outcome == "answer" and decision.best is not None
            if not row.accept:
                figures.file_false.count(is_answered)
            else:
                best = matcher.entry_id(decision.best.entry) if decision.best else ""
                figures.file_answered.count(is_answered and best in row.accept)


def cross_validated(rows: Sequence[Row], columns: Columns) -> Figures:
    """Figures over folds that the model was not fitted on; whatever was made from one alternate is in one fold."""
    numbers: dict[str, int] = {}
    fold_of = [numbers.setdefault(text, len(numbers)) % FOLDS for _, text, _ in rows]
    figures = Figures()
    for fold in range(FOLDS):
        seen = [
            row for (_, _, row), own in zip(rows, fold_of, strict=True) if own != fold and row is not None
        ]
        model = columns.fit(seen)
        for (asked, _, row), own in zip(rows, fold_of, strict=True):
            if own == fold:
                _judge(asked, row, model, figures)
    return figures


def _judge(asked: Asked, row: TrainingChoice | None, model: ChoiceModel, figures: Figures) -> None:
    is_ours, is_right, is_answered = asked.entry >= 0, False, False
    chance = 0.0 if is_ours else 1.0
    if row is not None:
        chances, none = model.probabilities(row.rows.tolist(), row.outside.tolist())
        ranked = sorted(chances, reverse=True)
        outcome = DEFAULT_COSTS.outcome(ranked[0], sum(ranked[:BUTTONS]), none, len(ranked))
        is_answered = outcome == "answer"
        chance = chances[row.right] if row.right >= 0 else none
        is_right = row.right >= 0 and chance == ranked[0]
    figures.losses.append(-math.log(max(chance, LEAST_CHANCE)))
    if is_ours:
        figures.first[asked.kind].count(is_right)
        figures.answered.count(is_right and is_answered)
    else:
        figures.false.count(is_answered)


HEAD = [
    f"| 去掉的证据 | {' | '.join(KINDS.values())} | 答且答对 | 误答 | 对数损失 | 题目文件答对 | 题目文件误答 |",
    f"|---|{'--:|' * (len(KINDS) + 5)}",
]


def _line(name: str, figures: Figures) -> str:
    cells = [name, *figures.first.values(), figures.answered, figures.false, f"{figures.loss:.3f}"]
    cells += [figures.file_answered, figures.file_false]
    return f"| {' | '.join(map(str, cells))} |"


def pays(figures: Figures, everything: Figures) -> bool:
    """Whether something is lost without it, by the log loss or by any share."""
    shares = [(everything.first[kind].value, figures.first[kind].value) for kind in KINDS]
    shares += [
        (everything.answered.value, figures.answered.value),
        (figures.false.value, everything.false.value),
    ]
    in_files = [
        (everything.file_answered.value, figures.file_answered.value),
        (figures.file_false.value, everything.file_false.value),
    ]
    return (
        figures.loss - everything.loss >= WORTH
        or any(more - less >= WORTH_SHARE for more, less in shares)
        or any(more - less >= WORTH_FILES for more, less in in_files)
    )


def _report(measured: dict[str, Figures], files: Sequence[Path]) -> str:
    everything = next(iter(measured.values()))
    trials = {
        name: figures
        for name, figures in measured.items()
        if figures is not everything and not TRIALS[name].asks_fewer
    }
    useless = [name for name, figures in trials.items() if not pays(figures, everything)]
    dearest = sorted(trials, key=lambda name: -trials[name].loss)[:MOST_WORTH]
    names = "、".join(path.name for path in files) or "无"
    number = f"{len(everything.losses):,}"
    found = (
        f"去掉了也不见少什么的（对数损失多不到 {WORTH}，没有哪个比例差出 {WORTH_SHARE:.1%}，题目文件 {WORTH_FILES:.1%}）："
        f"{'；'.join(useless) or '没有'}。"
    )
    return "\n".join(
        [
            "# 每种证据值多少",
            "",
            f"由 `scripts/ablation.py` 生成。训练选条目那个模型的 {number} 个问题，{FOLDS} 折交叉验证：每一折的模型没有见过这一折的题，",
            "同一条相似问做出来的几个题总在一折里。“公开问法”是公众实际的问法（`scripts/asked.jsonl`），问的是没有这些问法的知识库；“单问”是每条相似问",
            "抽出来问一遍，“带客套”是外面套上客套和旁白，“带地名”是前面加上哪一级的名称，“点名”是说出文号、",
            "名称或一字不差的问法，“追问”是接着别的条目问；这几列是首位正确的比例，连候选都不是的也算错。“答且答对”“误答”（不该答的答了）",
            "按代价最小的结局算。",
            f"“题目文件”：{names}，用全部相似问建的索引和全部题训练的模型来答，一题一问，不接上文。",
            "",
            *HEAD,
            *(_line(name, figures) for name, figures in measured.items()),
            "",
            f"最值钱的：{'；'.join(dearest)}。",
            found,
            "其中各管一种少见问法的，这些题很少碰到，去掉前先看那一种问法还答得对不对。",
            "",
            "最后两行题少了，只有“题目文件”两列能与上面比。抽出来的相似问比企业的真实问题难：同一条目里它最近的说法已被抽走，",
            "而题目文件里的问题仍有全部相似问可比。",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())

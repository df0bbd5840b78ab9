"""How well small packs answer: parts of the shipped pack, with only some of each entry's alternates.

    scripts/measure_packs.py [--report docs/packs.md]

The alternates that were left out are the questions; what a part does not hold must not be answered: the held-out questions
that are nobody's, and alternates of entries that were left out. A few minutes on one core.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bot"))

from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.questions import read_questions
from huiqi.formats.pack_reader import read_pack
from huiqi.formats.shipped_language import shipped_language
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack

SIZES, ALTERNATES = (1, 5, 30, 115), (3, 8, 20)
SEEDS = (0, 1, 2)
DAY = date(2020, 3, 16)
ASKED_OF_EACH, ASKED_AT_MOST = 6, 150
"""Left-out alternates of each entry that are asked, and of all entries of a part together."""
OTHERS = 40
"""Entries left out of a part of which three alternates each are asked."""
BINS = 10


@dataclass(frozen=True)
class Part:
    """A pack, its left-out alternates with their entries, and questions about entries that it has not."""

    pack: Pack
    asked: list[tuple[str, str]]
    others: list[str]


@dataclass
class Counts:
    right: int = 0
    offered: int = 0
    wrong: int = 0
    asked: int = 0
    false: int = 0
    foreign: int = 0

    def __post_init__(self) -> None:
        self.confidences: list[tuple[float, bool]] = []

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the answers, in bins of a tenth (Naeini et al. 2015)."""
        bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
        for confidence, is_right in self.confidences:
            bins[min(int(confidence * BINS), BINS - 1)].append((confidence, is_right))
        off = sum(abs(sum(c for c, _ in one) - sum(r for _, r in one)) for one in bins)
        return off / max(len(self.confidences), 1)


def part_of(pack: Pack, size: int, alternates: int, seed: int, is_bare: bool) -> Part:
    """`is_bare`: without any table of its own, as a new office begins."""
    chance = random.Random(seed)
    names = [key for key in pack.entries if not key.endswith("overview")]
    chance.shuffle(names)
    entries, asked = {}, []
    for key in names[:size]:
        entry = pack.entries[key]
        own = list(entry.alternates)
        chance.shuffle(own)
        kept = frozenset(own[:alternates])
        aspects = {text: found for text, found in entry.alternate_aspects.items() if text in kept}
        entries[key] = replace(
            entry, alternates=tuple(own[:alternates]), alternate_aspects=aspects, see_also=(), replaces=()
        )
        asked += [(text, key) for text in own[alternates : alternates + ASKED_OF_EACH]]
    policies = {entry.policy for entry in entries.values()}
    language = shipped_language()
    newer = replace(
        pack,
        entries=entries,
        policies={key: policy for key, policy in pack.policies.items() if key in policies},
        ladders=(),
        golden=(),
        check_questions=(),
        fingerprint=f"{size}-{alternates}-{seed}-{is_bare}",
    )
    if is_bare:
        newer = replace(
            newer,
            synonyms=language.synonyms,
            spoken=language.spoken,
            smalltalk=language.smalltalk,
            out_of_scope=language.out_of_scope,
        )
    chance.shuffle(asked)
    left_out = names[size : size + OTHERS]
    others = [text for key in left_out for text in chance.sample(pack.entries[key].alternates, 3)]
    return Part(newer, asked[:ASKED_AT_MOST], others)


def measured(part: Part, foreign: Sequence[str], counts: Counts) -> None:
    assistant = Assistant(part.pack, Matcher(compile_pack(part.pack)))
    for text, entry in part.asked:
        reply = assistant.ask(Message(text, "measure", day=DAY))
        counts.asked += 1
        if reply.outcome == "answer":
            counts.right += reply.entry == entry
            counts.wrong += reply.entry != entry
            counts.confidences.append((reply.confidence, reply.entry == entry))
        elif reply.outcome == "clarify":
            counts.offered += entry in [key for key, _ in reply.candidates]
    for text in (*foreign, *part.others):
        reply = assistant.ask(Message(text, "measure", day=DAY))
        counts.foreign += 1
        counts.false += reply.outcome == "answer"
        if reply.outcome == "answer":
            counts.confidences.append((reply.confidence, False))


def rows(pack: Pack, foreign: Sequence[str]) -> Iterator[str]:
    yield "| 条目 | 每条相似问 | 自己的词表 | 答对 | 在按钮里 | 答错 | 误答 | 校准误差 |"
    yield "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for size in SIZES:
        for alternates in ALTERNATES:
            for is_bare in (False, True):
                counts = Counts()
                for seed in SEEDS:
                    measured(part_of(pack, size, alternates, seed, is_bare), foreign, counts)
                shares = [count / counts.asked for count in (counts.right, counts.offered, counts.wrong)]
                told = " | ".join(f"{share:.0%}" for share in (*shares, counts.false / counts.foreign))
                tables = "没有" if is_bare else "有"
                yield f"| {size} | {alternates} | {tables} | {told} | {counts.calibration_error:.2f} |"


HEAD = """\
# 小知识库答得怎样

由 `scripts/measure_packs.py` 写成：取随程序来的知识库的一部分条目，每条只留几句相似问，拿没有留的相似问来问（答对、在按钮里、答错）；
再问这一部分没有的事（误答）：没有条目的问题，和没有取的条目的相似问。没有留的相似问多半比平常的话刁钻。每行是三次抽取的平均。

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--report", type=Path, help="write the table there")
    options = parser.parse_args()
    pack = read_pack(ROOT / "knowledge")
    files = [ROOT / f"tests/questions/{name}.jsonl" for name in ("heldout-out", "heldout-near")]
    foreign = [row.question for file in files for row in read_questions(file)][::6]
    table = []
    for row in rows(pack, foreign):
        print(row, flush=True)
        table.append(row)
    if options.report:
        options.report.write_text(HEAD + "\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

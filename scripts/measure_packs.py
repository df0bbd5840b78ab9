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
from huiqi.evaluation.parts import Part, part_of
from huiqi.evaluation.questions import read_questions
from huiqi.formats.pack_reader import check_documents, read_pack
from huiqi.formats.workbook import read_workbook
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.store.database import open_database
from huiqi.store.knowledge import KnowledgeStore

SIZES, ALTERNATES = (1, 5, 30, 90), (3, 8, 20)
DESK, DESK_SIZES = ROOT / "tests" / "packs" / "it-helpdesk", (1, 5, 30)
SEEDS = (0, 1, 2)
DAY = date(2020, 3, 16)
BINS = 10


@dataclass
class Counts:
    right: int = 0
    offered: int = 0
    wrong: int = 0
    asked: int = 0
    false: int = 0
    foreign: int = 0

    def __post_init__(self) -> None:
        self.confidences: list[tuple[float, bool, bool]] = []

    @property
    def told(self) -> str:
        """The figures as cells of a row."""
        shares = [count / max(self.asked, 1) for count in (self.right, self.offered, self.wrong)]
        cells = [f"{share:.0%}" for share in (*shares, self.false / max(self.foreign, 1))]
        return " | ".join([*cells, f"{self.calibration_error:.2f}"])

    @property
    def calibration_error(self) -> float:
        """Expected calibration error of the answers, in bins of a tenth (Naeini et al. 2015). What is not ours weighs as
        much, all together, as what is: a part of one entry is asked a hundred times as many foreign questions."""
        share = self.asked / max(self.foreign, 1)
        gaps, total = [0.0] * BINS, 0.0
        for confidence, is_right, is_foreign in self.confidences:
            weight = share if is_foreign else 1.0
            gaps[min(int(confidence * BINS), BINS - 1)] += weight * (confidence - is_right)
            total += weight
        return sum(map(abs, gaps)) / max(total, 1.0)


def measured(part: Part, foreign: Sequence[str], counts: Counts) -> None:
    assistant = Assistant(part.pack, Matcher(compile_pack(part.pack)))
    for text, entry in part.asked:
        reply = assistant.ask(Message(text, "measure", day=DAY))
        counts.asked += 1
        if reply.outcome == "answer":
            counts.right += reply.entry == entry
            counts.wrong += reply.entry != entry
            counts.confidences.append((reply.confidence, reply.entry == entry, False))
        elif reply.outcome == "clarify":
            counts.offered += entry in [key for key, _ in reply.candidates]
    for text in (*foreign, *part.others):
        reply = assistant.ask(Message(text, "measure", day=DAY))
        counts.foreign += 1
        counts.false += reply.outcome == "answer"
        if reply.outcome == "answer":
            counts.confidences.append((reply.confidence, False, True))


def begun(pack: Pack) -> Pack:
    """The pack as of DAY: what begins later is rightly not answered then."""
    return replace(
        pack,
        entries={key: entry for key, entry in pack.entries.items() if (pack.known_from(entry) or DAY) <= DAY},
    )


def rows(pack: Pack, foreign: Sequence[str]) -> Iterator[str]:
    yield "| 条目 | 每条相似问 | 自己的词表 | 答对 | 在按钮里 | 答错 | 误答 | 校准误差 |"
    yield "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for size in SIZES:
        for alternates in ALTERNATES:
            for is_bare in (False, True):
                counts = Counts()
                for seed in SEEDS:
                    measured(part_of(pack, size, alternates, seed, is_bare), foreign, counts)
                tables = "没有" if is_bare else "有"
                yield f"| {size} | {alternates} | {tables} | {counts.told} |"


def desk_rows() -> Iterator[str]:
    """The pack of another domain, with all its alternates, asked by paraphrases that are in no pack."""
    yield "| 条目 | 答对 | 在按钮里 | 答错 | 误答 | 校准误差 |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    pack = desk_pack()
    rows = read_questions(DESK / "paraphrases.jsonl")
    for size in DESK_SIZES:
        counts = Counts()
        for seed in SEEDS if size < len(pack.entries) else SEEDS[:1]:
            names = random.Random(seed).sample(sorted(pack.entries), size)
            part = replace(
                pack, entries={key: pack.entries[key] for key in names}, fingerprint=f"{size}-{seed}"
            )
            asked = [(row.question, row.accept[0]) for row in rows if row.accept and row.accept[0] in names]
            others = [row.question for row in rows if not row.accept or row.accept[0] not in names]
            measured(Part(part, asked, others), (), counts)
        yield f"| {size} | {counts.told} |"


def desk_pack() -> Pack:
    """The IT help desk as its table alone founds it."""
    changes = read_workbook((DESK / "questions.csv").read_bytes(), {}).changes
    return check_documents(KnowledgeStore(open_database(":memory:")).overlaid(changes, is_new=True))


HEAD = """\
# 小知识库答得怎样

由 `scripts/measure_packs.py` 写成：取随程序来的知识库的一部分条目，每条只留几句相似问，拿没有留的相似问来问（答对、在按钮里、答错）；
再问这一部分没有的事（误答）：没有条目的问题，和没有取、也不与取了的相连的条目的相似问。没有留的相似问多半比平常的话刁钻。每行是三次抽取的平均。
校准误差里，不归这里的问题合起来和归这里的一样重。

"""


DESK_HEAD = """
## 另一行的知识库

`tests/packs/it-helpdesk`：一个 IT 服务台的三十条，只用一张问答表写成，每条三到六句相似问；拿四十句没有写进去的平常问法来问。误答是二十句不归服务台的话，
和没有取的条目的问法。

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--report", type=Path, help="write the table there")
    options = parser.parse_args()
    pack = begun(read_pack(ROOT / "knowledge"))
    files = [ROOT / f"tests/questions/{name}.jsonl" for name in ("heldout-out", "heldout-near")]
    foreign = [row.question for file in files for row in read_questions(file)][::6]
    table = []
    for row in rows(pack, foreign):
        print(row, flush=True)
        table.append(row)
    desk = []
    for row in desk_rows():
        print(row, flush=True)
        desk.append(row)
    if options.report:
        text = HEAD + "\n".join(table) + "\n" + DESK_HEAD + "\n".join(desk) + "\n"
        options.report.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

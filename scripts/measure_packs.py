"""How well packs of other sizes answer: parts of the shipped pack, with only some of each entry's alternates, and a part among
entries that were put together by chance.

    scripts/measure_packs.py [--report docs/packs.md]

The questions are the held-out ones of the entries that a part has, and the alternates that were left out; what it does not
hold must not be answered: the held-out questions that are nobody's, and alternates of entries that were left out. A few
minutes on one core.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bot"), str(ROOT / "scripts")]

from generate_alternates import Recombiner
from huiqi.answering.reply import Reply
from huiqi.assistant.asking import Assistant, Message
from huiqi.evaluation.parts import Part, part_of
from huiqi.evaluation.questions import read_questions
from huiqi.formats.pack_reader import check_documents, read_pack
from huiqi.formats.workbook import read_workbook
from huiqi.matching.matcher import Matcher, compile_pack
from huiqi.pack.model import Pack
from huiqi.store.database import open_database
from huiqi.store.knowledge import KnowledgeStore

SIZES, ALTERNATES = (1, 5, 30, 115, 500), (3, 8, 20)
MOST_REAL = 115
"""Entries of the shipped pack in a part at most, so that enough are left out; what it has above that is put together."""
PACKS = ROOT / "tests" / "packs"
DESK, DESK_SIZES, DESK_DRAWS = PACKS / "it-helpdesk", (1, 5, 30), 3
OFFICES = {
    "housing-fund": "公积金中心",
    "university": "大学教务",
    "estate": "小区物业",
    "vehicles": "车管所",
    "hospital": "医院门诊",
    "personnel": "公司人事",
}
FEW, ALL = 3, 8
"""Alternates of each entry of an office: those in the words of offices, which stand first, and all of them."""
SEEDS, SEEDS_OF_FEW = 1, {1: 5, 5: 3, 30: 3}
"""How often parts are drawn; of few entries more often, for each part has few questions."""
DAY = date(2020, 3, 16)
BINS = 10

Asked = tuple[str, tuple[str, ...]]
"""A question and the entries that answer it."""


@dataclass
class Counts:
    usual_right: int = 0
    usual: int = 0
    right: int = 0
    offered: int = 0
    wrong: int = 0
    asked: int = 0
    false: int = 0
    foreign: int = 0

    def __post_init__(self) -> None:
        self.confidences: list[tuple[float, bool, bool]] = []

    def add(self, other: Counts) -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        self.confidences += other.confidences

    @property
    def told(self) -> str:
        """The figures as cells of a row."""
        shares = [count / max(self.asked, 1) for count in (self.right, self.offered, self.wrong)]
        cells = [f"{share:.0%}" for share in (*shares, self.false / max(self.foreign, 1))]
        return " | ".join([*cells, f"{self.calibration_error:.2f}"])

    @property
    def told_of_usual(self) -> str:
        return f"{self.usual_right / max(self.usual, 1):.0%}"

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


def measured(part: Part, usual: Sequence[Asked], foreign: Sequence[str], counts: Counts) -> None:
    """Ask a part: `usual` are questions as people ask them, each with the entries that answer it."""
    assistant = Assistant(part.pack, Matcher(compile_pack(part.pack)))

    def ask(text: str, entry: str | None = None) -> Reply:
        # On the day on which the entry is known: what begins later is rightly not answered yet.
        begun = part.pack.known_from(part.pack.entries[entry]) if entry else None
        return assistant.ask(Message(text, "measure", day=max(DAY, begun or DAY)))

    for text, accepted in usual:
        reply = ask(text, accepted[0])
        counts.usual += 1
        counts.usual_right += reply.outcome == "answer" and reply.entry in accepted
    for text, entry in part.asked:
        reply = ask(text, entry)
        counts.asked += 1
        if reply.outcome == "answer":
            counts.right += reply.entry == entry
            counts.wrong += reply.entry != entry
            counts.confidences.append((reply.confidence, reply.entry == entry, False))
        elif reply.outcome == "clarify":
            counts.offered += entry in [key for key, _ in reply.candidates]
    for text in (*foreign, *part.others):
        reply = ask(text)
        counts.foreign += 1
        counts.false += reply.outcome == "answer"
        if reply.outcome == "answer":
            counts.confidences.append((reply.confidence, False, True))


def padded(part: Part, pack: Pack, size: int, alternates: int, seed: int) -> Part:
    """`part` among so many entries that sentences, keywords and synonyms of the pack were put together to."""
    made = islice(Recombiner(pack, seed).entries(), size - len(part.pack.entries))
    more = {entry.id: replace(entry, alternates=entry.alternates[:alternates]) for entry in made}
    entries = {**part.pack.entries, **more}
    return replace(part, pack=replace(part.pack, entries=entries, policies=pack.policies))


def rows(pack: Pack, held: Sequence[Asked], foreign: Sequence[str]) -> Iterator[str]:
    yield (
        "| 条目 | 每条相似问 | 自己的词表 | 平常的问法答对 | 没有留的相似问答对 | 在按钮里 | 答错 | 误答 | 校准误差 |"
    )
    yield "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for size in SIZES:
        for alternates in ALTERNATES:
            for is_bare in (False, True):
                counts = Counts()
                for seed in range(SEEDS_OF_FEW.get(size, SEEDS)):
                    part = part_of(pack, min(size, MOST_REAL), alternates, seed, is_bare)
                    usual = [row for row in held if row[1][0] in part.pack.entries]
                    measured(padded(part, pack, size, alternates, seed), usual, foreign, counts)
                tables = "没有" if is_bare else "有"
                yield f"| {size} | {alternates} | {tables} | {counts.told_of_usual} | {counts.told} |"


def desk_rows() -> Iterator[str]:
    """The pack of another domain, with all its alternates, asked by paraphrases that are in no pack."""
    yield "| 条目 | 答对 | 在按钮里 | 答错 | 误答 | 校准误差 |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    pack = founded(DESK)
    rows = read_questions(DESK / "paraphrases.jsonl")
    for size in DESK_SIZES:
        counts = Counts()
        for seed in range(DESK_DRAWS) if size < len(pack.entries) else (0,):
            names = random.Random(seed).sample(sorted(pack.entries), size)
            part = replace(
                pack, entries={key: pack.entries[key] for key in names}, fingerprint=f"{size}-{seed}"
            )
            asked = [(row.question, row.accept[0]) for row in rows if row.accept and row.accept[0] in names]
            others = [row.question for row in rows if not row.accept or row.accept[0] not in names]
            measured(Part(part, asked, others), (), (), counts)
        yield f"| {size} | {counts.told} |"


def office_rows() -> Iterator[str]:
    """The packs of six offices, each asked by questions that were written without sight of the alternates."""
    yield "| 单位 | 每条相似问 | 答对 | 在按钮里 | 答错 | 误答 | 校准误差 |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for alternates in (FEW, ALL):
        together = Counts()
        for name, office in OFFICES.items():
            counts = Counts()
            measured(_office(PACKS / name, alternates), (), (), counts)
            together.add(counts)
            yield f"| {office} | {alternates} | {counts.told} |"
        yield f"| 合计 | {alternates} | {together.told} |"


def _office(folder: Path, alternates: int) -> Part:
    pack = founded(folder)
    entries = {
        key: replace(entry, alternates=entry.alternates[:alternates]) for key, entry in pack.entries.items()
    }
    rows = read_questions(folder / "paraphrases.jsonl")
    return Part(
        replace(pack, entries=entries, fingerprint=f"{folder.name}-{alternates}"),
        [(row.question, row.accept[0]) for row in rows if row.accept],
        [row.question for row in rows if not row.accept],
    )


def founded(folder: Path) -> Pack:
    """The pack of an office as its table alone founds it."""
    changes = read_workbook((folder / "questions.csv").read_bytes(), {}).changes
    return check_documents(KnowledgeStore(open_database(":memory:")).overlaid(changes, is_new=True))


HEAD = """\
# 大小不同的知识库答得怎样

由 `scripts/measure_packs.py` 写成：取随程序来的知识库的一部分条目，每条只随机留几句相似问，再问三样：

- **平常的问法**：`tests/questions/heldout.jsonl` 里归这些条目的问题，是照平常的话另写的，知识库里没有。
- **没有留的相似问**：这些条目自己没有留下的相似问（答对、在按钮里、答错）。知识库里每条有一百七十来句，越往后越刁钻（“省属资产的铺子头个月白住吗”），
  留下的几句里往往一个要紧的词都没有，再调权重也认不出，所以这一列是下限。
- **误答**：这一部分没有的事：没有条目的问题，和没有取、也不与取了的相连的条目的相似问。

500 条的，是 115 条真的，混在用知识库自己的句式、关键词和同义词拼出来的 385 条里（`scripts/generate_alternates.py`），问的只是真的那些。
1 条的抽五次，5 条和 30 条的抽三次，取平均；更多条目的抽一次。校准误差里，不归这里的问题合起来和归这里的一样重。

"""


DESK_HEAD = """
## 另一行的知识库

`tests/packs/it-helpdesk`：一个 IT 服务台的三十条，只用一张问答表写成，每条三到六句相似问；拿四十句没有写进去的平常问法来问。误答是二十句不归服务台的话，
和没有取的条目的问法。

"""


OFFICES_HEAD = """
## 六个刚起步的单位

`tests/packs` 里六个虚构的单位，各三十条，只用一张问答表写成。每条先有三句公文式的相似问（“遗失补办”），再有五句家常的；四十个问题是没有看过相似问的人写的，
口语、带着前因后果（“红本本坐地铁弄掉了，重新办一个要钱吗”），二十个不归这里，其中十二个就在隔壁。调权重时看过前三个单位的问题，后三个没有看过。
只有公文式的相似问时，多数问题没有一个要紧的词对得上，只能答“答不上来”并记下；**每条写上五句人家真会问的话，是新单位最值得做的一件事**。

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--report", type=Path, help="write the table there")
    options = parser.parse_args()
    pack = read_pack(ROOT / "knowledge")
    held = [
        (row.question, tuple(row.accept))
        for row in read_questions(ROOT / "tests" / "questions" / "heldout.jsonl")
        if row.accept
    ]
    files = [ROOT / f"tests/questions/{name}.jsonl" for name in ("heldout-out", "heldout-near")]
    foreign = [row.question for file in files for row in read_questions(file)][::6]
    table = []
    for row in rows(pack, held, foreign):
        print(row, flush=True)
        table.append(row)
    desk = []
    for row in desk_rows():
        print(row, flush=True)
        desk.append(row)
    offices = []
    for row in office_rows():
        print(row, flush=True)
        offices.append(row)
    if options.report:
        text = HEAD + "\n".join(table) + "\n" + DESK_HEAD + "\n".join(desk) + "\n"
        text += OFFICES_HEAD + "\n".join(offices) + "\n"
        options.report.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""How often a passage holds the answer: `.venv/bin/python scripts/measure_passages.py FOLDER`.

FOLDER holds corpus.jsonl and queries.jsonl (`{"id", "text"}` a line) and answers.jsonl (`{"id", "answer"}`, the answer's
own words). A passage holds an answer when it has at least ENOUGH of its pairs of characters.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "bot")]

from huiqi.search.passages import PassageIndex
from huiqi.service.settings import load_settings
from huiqi.service.wiring import load_general_lexicon

ENOUGH = 0.8
PLACES = 3


def main(folder: Path) -> int:
    texts = list(_read(folder / "corpus.jsonl", "text").values())
    answers = _read(folder / "answers.jsonl", "answer")
    index = PassageIndex(texts, load_general_lexicon(load_settings().cache_folder))
    held = []
    for number, question in _read(folder / "queries.jsonl", "text").items():
        found = index.find(question, PLACES)
        passages = [texts[one.document][one.span.start : one.span.end] for one in found]
        held.append([_holds(passage, answers[number]) for passage in passages])
    for name, part in (("全部", held), ("奇数题", held[::2]), ("偶数题", held[1::2])):
        first, any_of = (
            sum(any(one[:1]) for one in part) / len(part),
            sum(any(one) for one in part) / len(part),
        )
        print(f"{name}：{len(part)} 题，第一段 {first:.3f}，前三段 {any_of:.3f}")
    return 0


def _read(file: Path, field: str) -> dict[str, str]:
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    return {row["id"]: row[field] for row in rows}


def _holds(passage: str, answer: str) -> bool:
    pairs = _pairs(answer)
    return len(pairs & _pairs(passage)) >= ENOUGH * len(pairs)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

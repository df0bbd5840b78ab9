"""Makes any number of plausible alternates (相似问) out of the pack's own, for measuring speed at size.

A synthetic entry is about two keywords that never met in the pack; its alternates are real ones with their
subject exchanged for these, in the pack's own sentence patterns and with its own synonyms. Nothing here is
true; it only has the lengths, the words and the word frequencies of the real thing. The same count always
gives the same alternates.

    python scripts/generate_alternates.py 10000 > alternates.jsonl
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bot"))

from huiqi.formats.pack_reader import read_pack
from huiqi.pack.model import Entry, Pack
from huiqi.service.settings import PACK_FOLDER

ALTERNATES_AN_ENTRY = 20
SEED = 20200316

_OPENINGS = ("", "", "", "请问", "我们公司", "想问一下", "你好，", "老板问", "麻烦问下")
_ENDINGS = ("", "", "", "？", "呢", "啊", "，谢谢", "，急")


class Recombiner:
    """Writes sentences of the pack's kind about subjects that the pack does not have."""

    def __init__(self, pack: Pack, seed: int) -> None:
        self._random = random.Random(seed)
        self._entries = [entry for entry in pack.entries.values() if entry.alternates and entry.keywords]
        self._keywords = sorted(
            {word for entry in self._entries for word in entry.keywords if len(word) <= 8}
        )
        self._synonyms = [
            (word, group.words)
            for group in pack.synonyms
            for word in (group.concept, *group.words)
            if len(word) > 1
        ]
        # A sentence with a hole where its entry's keyword stood.
        self._patterns: list[tuple[str, str]] = []
        for entry in self._entries:
            keywords = sorted(entry.keywords, key=len, reverse=True)
            for alternate in entry.alternates:
                keyword = next((word for word in keywords if word in alternate), None)
                if keyword:
                    before, _, after = alternate.partition(keyword)
                    self._patterns.append((before, after))

    def entries(self) -> Iterator[Entry]:
        """Synthetic entries without end, each with its alternates."""
        number = 0
        while True:
            model = self._random.choice(self._entries)
            subjects = self._random.sample(self._keywords, 2)
            written = [self._sentence(subjects) for _ in range(2 * ALTERNATES_AN_ENTRY)]
            alternates = list(dict.fromkeys(written))[:ALTERNATES_AN_ENTRY]
            yield replace(
                model,
                id=f"synthetic-{number}",
                title=f"{subjects[0]}企业{subjects[1]}如何办理",
                short_title="".join(subjects),
                keywords=tuple(subjects),
                negative_keywords=(),
                alternates=tuple(alternates),
                alternate_aspects={},
                see_also=(),
                replaces=(),
            )
            number += 1

    def question(self, entry: Entry) -> str:
        """What an asker might write who means `entry`: a fresh sentence about its keywords."""
        said = self._sentence(list(entry.keywords))
        return self._random.choice(_OPENINGS) + said + self._random.choice(_ENDINGS)

    def _sentence(self, subjects: Sequence[str]) -> str:
        before, after = self._random.choice(self._patterns)
        subject = self._random.choice((subjects[0], subjects[1], "".join(subjects), "的".join(subjects)))
        text = before + subject + after
        # Trying a few at random leaves most sentences as they are, as most askers use the common word.
        for word, others in self._random.choices(self._synonyms, k=8):
            if word in text:
                return text.replace(word, self._random.choice(others), 1)
        return text


def synthetic_pack(pack: Pack, count: int, seed: int = SEED) -> Pack:
    """`pack` with synthetic entries instead of its own, `count` alternates in all."""
    entries: dict[str, Entry] = {}
    left = count
    for entry in Recombiner(pack, seed).entries():
        if left <= 0:
            break
        entries[entry.id] = replace(entry, alternates=entry.alternates[:left])
        left -= len(entries[entry.id].alternates)
    return replace(pack, entries=entries, golden=(), ladders=())


def synthetic_questions(pack: Pack, synthetic: Pack, count: int, seed: int = SEED + 1) -> list[str]:
    """Questions about entries of `synthetic`, in sentences that its alternates do not hold as such."""
    writer = Recombiner(pack, seed)
    chosen = random.Random(seed).choices(list(synthetic.entries.values()), k=count)
    return [writer.question(entry) for entry in chosen]


def main() -> int:
    if len(sys.argv) != 2 or not sys.argv[1].isdecimal():
        print("用法：python scripts/generate_alternates.py 条数", file=sys.stderr)
        return 2
    synthetic = synthetic_pack(read_pack(PACK_FOLDER), int(sys.argv[1]))
    for entry in synthetic.entries.values():
        for alternate in entry.alternates:
            print(json.dumps({"entry": entry.id, "question": alternate}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

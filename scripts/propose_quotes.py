"""Proposes quotes for statements with figures: `.venv/bin/python scripts/propose_quotes.py ORIGINALS [--write]`.

ORIGINALS is a folder with the originals as text, name.txt for the source DOC-name, else number.txt for the source of that
number; of what is more than the exact words, only these may stand there, parted by empty lines. For each statement that has no quote
yet, the sentences of its sources that hold its figures and say most of it are put beside it. What is written into
knowledge/quotes must be read by a person before it is committed: `huiqi kb check --originals ORIGINALS` finds figures
and words that do not fit, not a sentence that speaks of something else.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from huiqi.curation.quotes import (
    FOLDER,
    ORIGINAL_PREFIX,
    Place,
    check_quotes,
    figures_in,
    stand_in,
    statements_of,
    years_of,
)
from huiqi.formats.pack_reader import read_pack
from huiqi.formats.pack_writer import to_yaml
from huiqi.pack.model import Pack
from huiqi.service.settings import PACK_FOLDER

MOST_SENTENCES = 3
LEAST_ALIKE = 0.35
"""Share of a statement's pairs of characters that its quotes must say."""
LONGEST = 220
_MARK = re.compile(
    r"（[一二三四五六七八九十]{1,3}）|(?<![\w])[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}条"
)
_SENTENCE = re.compile(r"(?:[^。；\n]|\n(?!\n))+[。；]?")


def pairs(text: str) -> set[str]:
    bare = re.sub(r"\W", "", text)
    return {bare[place : place + 2] for place in range(len(bare) - 1)}


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """Each sentence of an original with the mark of the paragraph that it stands in."""
    mark = "开头"
    for found in _SENTENCE.finditer(text):
        sentence = found[0].strip()
        marks = _MARK.findall(sentence)
        mark = marks[-1] if marks else mark
        if 6 <= len(sentence) <= LONGEST:
            yield mark, sentence


def proposed(
    pack: Pack, place: Place, text: str, sources: tuple[str, ...], originals: Path
) -> list[dict[str, Any]]:
    """Quotes that hold every figure of a statement; none where the originals do not."""
    best: tuple[float, list[dict[str, Any]]] = (0.0, [])
    for source in sources:
        path = originals / f"{source.removeprefix(ORIGINAL_PREFIX)}.txt"
        if path.is_file():
            best = max(best, _from(pack, place, text, source, path), key=lambda found: found[0])
    return best[1]


def _from(pack: Pack, place: Place, text: str, source: str, path: Path) -> tuple[float, list[dict[str, Any]]]:
    """How much of a statement the sentences of one original say that hold its figures, and those sentences."""
    years, wanted = years_of(pack, source), pairs(text)
    left = stand_in(figures_in(text, pack), pack.sources[source].title, {}, years)
    said: set[str] = set()
    quotes: list[dict[str, Any]] = []
    found = list(sentences(path.read_text(encoding="utf-8")))

    def worth(item: tuple[str, str]) -> tuple[float, int]:
        held = len(left) - len(stand_in(left, item[1], {}, years))
        return held + 4 * len((pairs(item[1]) & wanted) - said) / len(wanted), -len(item[1])

    while (left or not quotes) and len(quotes) < MOST_SENTENCES:
        mark, words = max(found, key=worth)
        after = stand_in(left, words, {}, years)
        if quotes and len(after) == len(left):
            break
        left, said = after, said | pairs(words)
        quotes.append({"statement": place[2], "source": source, "paragraph": mark, "words": words})
    alike = len(said & wanted) / len(wanted)
    return (0.0, []) if left or alike < LEAST_ALIKE else (alike, quotes)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("originals", type=Path)
    parser.add_argument("--write", action="store_true", help="write into knowledge/quotes what is proposed")
    options = parser.parse_args()
    pack = read_pack(PACK_FOLDER)
    bare = check_quotes(PACK_FOLDER, pack).bare
    files: dict[str, dict[str, dict[str, list[dict[str, Any]]]]] = {}
    count = 0
    for entry in pack.entries.values():
        for place, text, facet in statements_of(entry):
            quotes = proposed(pack, place, text, facet.sources, options.originals) if place in bare else []
            if quotes:
                count += 1
                facets = files.setdefault(entry.policy, {}).setdefault(entry.id, {})
                facets.setdefault(place[1], []).extend(quotes)
            elif place in bare and any(source.startswith(ORIGINAL_PREFIX) for source in facet.sources):
                print(f"- {place}: {text}", file=sys.stderr)
    for policy, proposals in files.items():
        path = PACK_FOLDER / FOLDER / f"{policy}.yaml"
        kept = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
        for entry_id, facets in proposals.items():
            for name, quotes in facets.items():
                listed = kept.setdefault(entry_id, {}).setdefault(name, [])
                listed.extend(quotes)
                listed.sort(key=lambda quote: int(quote["statement"]))
        if options.write:
            path.parent.mkdir(exist_ok=True)
            path.write_text(to_yaml(kept), encoding="utf-8")
        else:
            print(to_yaml({policy: proposals}))
    print(f"{count} statements of {len(bare)} without a quote", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())

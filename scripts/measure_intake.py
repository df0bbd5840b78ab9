"""Measures the intake on originals against the pack: `.venv/bin/python scripts/measure_intake.py ORIGINALS [--write]`.

ORIGINALS is a folder with originals as text, name.txt for the source DOC-name. Of every figure that the pack tells with
such a source and that stands in its text: is it proposed, under the right measure, under the right facet? Which facet a
sentence is about is read by a model that was fitted without the document and its policy. `--sample N` writes N proposed
figures with their facets to be judged by a person; the judgements are kept in tests/intake/judged.tsv. `--write` writes
docs/intake.md's table.
"""

from __future__ import annotations

import argparse
import csv
import math
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bot"))

from huiqi.curation.quotes import ORIGINAL_PREFIX, figures_in, statements_of, years_of
from huiqi.evaluation.facet_fit import fit_facets
from huiqi.formats.pack_reader import read_pack
from huiqi.intake.blocks import of_text
from huiqi.intake.facets import FacetReader
from huiqi.intake.proposals import Proposal, ProposedEntry, propose
from huiqi.language.values import DAY, DOCUMENT, Figure, figures_of
from huiqi.pack.model import FACET_NAMES, Pack
from huiqi.service.settings import PACK_FOLDER

JUDGED = ROOT / "tests" / "intake" / "judged.tsv"
PAGE = ROOT / "docs" / "intake.md"
MOST_DRAFTS = 2
"""An entry of the pack draws on several parts of a document: the drafts most like it that are looked at."""
FOLDS = 4
"""Parts into which the documents are dealt; those of a part are read by a model that knows none of them."""
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


@dataclass
class Told:
    """What the pack tells of one entry with one source: figure → the facets that tell it; `words`: all its texts."""

    entry: str
    facets: dict[Figure, set[str]] = field(default_factory=dict)
    words: str = ""


@dataclass
class Measured:
    figures: int = 0
    with_facet: int = 0
    proposed: int = 0
    right_measure: int = 0
    right_facet: int = 0
    documents: int = 0
    said: int = 0
    in_quote: int = 0
    missed: list[str] = field(default_factory=list)
    sample: list[tuple[str, ...]] = field(default_factory=list)


def told(pack: Pack, source: str, text: str) -> dict[str, Told]:
    """The pack's figures with this source that stand in its text, by entry."""
    found: dict[str, Told] = {}
    years = years_of(pack, source)
    there = figures_of(text)
    for entry in pack.entries.values():
        for place, statement, facet in statements_of(entry):
            if source not in facet.sources:
                continue
            own = found.setdefault(entry.id, Told(entry.id, words=f"{entry.title} {entry.short_title}"))
            own.words += statement
            for figure in figures_in(statement, pack):
                if figure.stands_in(there, years):
                    own.facets.setdefault(figure, set()).add(place[1])
    return found


def weights_of(texts: Iterable[str]) -> dict[str, float]:
    counts = Counter(pair for text in texts for pair in pairs(text))
    return {pair: 1 / count for pair, count in counts.items()}


def pairs(text: str) -> set[str]:
    bare = re.sub(r"\W|\d", "", text)
    return {bare[place : place + 2] for place in range(len(bare) - 1)}


def likeness(one: str, other: str, weights: Mapping[str, float]) -> float:
    """Cosine of two texts over pairs of characters, those that few proposals say weighing more."""
    first, second = pairs(one), pairs(other)

    def length(found: set[str]) -> float:
        return sum(weights.get(pair, 1.0) for pair in found)

    shared = length(first & second)
    return shared / math.sqrt(length(first) * length(second)) if shared else 0.0


def aligned(known: Mapping[str, Told], proposal: Proposal) -> dict[str, list[ProposedEntry]]:
    """Which proposed entries are an entry's: the MOST_DRAFTS most like it, and those that are like
    none more."""
    entries = [entry for entry in proposal.entries if not entry.is_overview]
    whole = [entry for entry in proposal.entries if entry.is_overview]
    words = {number: entry_words(entry) for number, entry in enumerate(entries)}
    weights = weights_of(words.values())
    found: dict[str, set[int]] = defaultdict(set)
    for number, text in words.items():
        home = max(known, key=lambda key: likeness(known[key].words, text, weights))
        found[home].add(number)
    for key, own in known.items():
        ranked = sorted(words, key=lambda number: -likeness(own.words, words[number], weights))
        found[key].update(ranked[:MOST_DRAFTS])
    # What speaks for a whole document in the pack is held against what does so in the proposal.
    return {
        key: [entries[number] for number in sorted(found[key])] + (whole if key.endswith("-overview") else [])
        for key in known
    }


def entry_words(entry: ProposedEntry) -> str:
    return entry.title + "".join(statement.text for _, statement in entry.statements)


def policy_figures(proposal: Proposal) -> list[Figure]:
    """What is proposed of the policy itself: its number, and the days on which it begins and ends."""
    outline = proposal.outline
    days = [day for day in (outline.valid_from, outline.valid_to, outline.issued) if day is not None]
    found = [Figure(DAY, (day.year, day.month, day.day), day.isoformat()) for day in days]
    found += [item for item in figures_of(outline.document_number or "") if item.kind == DOCUMENT]
    return found + [item for sentence in outline.term for item in figures_of(sentence.text)]


def measure(pack: Pack, originals: Path) -> Measured:
    result = Measured()
    paths = sorted(originals.glob("*.txt"))
    readers = {
        fold: FacetReader(fit_facets(pack, PACK_FOLDER, unseen(pack, paths[fold::FOLDS])))
        for fold in range(FOLDS)
    }
    for number, path in enumerate(paths):
        source = ORIGINAL_PREFIX + path.stem
        text = path.read_text(encoding="utf-8")
        blocks = of_text(text)
        reader = readers[number % FOLDS]
        proposal = propose(blocks, pack, reader)
        words = {block.number: block.text for block in blocks}
        for entry in proposal.entries:
            for facet, statement in entry.statements:
                quote = statement.quote
                exact = words[quote.block][quote.start :].startswith(quote.words)
                for figure in statement.figures:
                    result.said += 1
                    result.in_quote += exact and figure.stands_in(figures_of(quote.words))
                    result.sample.append((path.stem, entry.title, facet, figure.text, statement.text))
        known = told(pack, source, text)
        if any(one.facets for one in known.values()):
            result.documents += 1
            compare(pack, source, known, proposal, result)
    return result


def unseen(pack: Pack, paths: Iterable[Path]) -> set[str]:
    """These documents and the policies that are told from them."""
    sources = {ORIGINAL_PREFIX + path.stem for path in paths}
    return sources | {policy.id for policy in pack.policies.values() if sources & set(policy.sources)}


def compare(pack: Pack, source: str, known: Mapping[str, Told], proposal: Proposal, result: Measured) -> None:
    years = years_of(pack, source)
    of_policy = policy_figures(proposal)
    everything = [
        item for entry in proposal.entries for _, one in entry.statements for item in figures_of(one.text)
    ]
    home = aligned(known, proposal)
    for key, one in known.items():
        proposed: dict[str, list[Figure]] = defaultdict(list)
        for entry in home.get(key, []):
            for facet, statement in entry.statements:
                proposed[facet] += figures_of(statement.text)
        anywhere = [item for items in proposed.values() for item in items]
        for figure, facets in one.facets.items():
            result.figures += 1
            result.proposed += figure.stands_in([*everything, *of_policy], years)
            is_there = figure.stands_in([*anywhere, *of_policy], years)
            result.right_measure += is_there
            named = facets & set(FACET_NAMES)
            is_own = figure.kind == DOCUMENT or "时限" in named
            is_right = any(figure.stands_in(proposed[facet], years) for facet in named) or (
                is_own and figure.stands_in(of_policy, years)
            )
            result.with_facet += bool(named)
            result.right_facet += is_right
            if not is_there or (named and not is_right):
                where = [facet for facet, items in proposed.items() if figure.stands_in(items, years)]
                result.missed.append(
                    f"{source} {key} {figure.text} {'、'.join(sorted(facets))} → {'、'.join(where) or '没有'}"
                )


def judged() -> tuple[int, int]:
    """Proposed figures that a person judged, and how many stand under a facet that an officer would accept."""
    if not JUDGED.exists():
        return 0, 0
    with JUDGED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return len(rows), sum(row["accepted"] == "1" for row in rows)


def lines(result: Measured) -> Iterator[str]:
    def share(part: int, whole: int) -> str:
        return f"{part} / {whole} = {part / whole:.1%}" if whole else "—"

    count, accepted = judged()
    yield "| 量什么 | 结果 | 目标 |"
    yield "| --- | --- | --- |"
    yield f"| 条目里有、原文里也有的数字、日期、电话（{result.documents} 份原文） | {result.figures} | |"
    yield f"| 提出来了的 | {share(result.proposed, result.figures)} | |"
    yield f"| 提在对的措施下 | {share(result.right_measure, result.figures)} | ≥ 85 % |"
    yield f"| 提在对的要素下（写在八个要素里的） | {share(result.right_facet, result.with_facet)} | ≥ 80 % |"
    yield f"| 提出的数字在它的引文里 | {share(result.in_quote, result.said)} | ≥ 95 % |"
    yield f"| 抽样判过的，要素能被接受 | {share(accepted, count)} | ≥ 85 % |"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("originals", type=Path)
    parser.add_argument("--missed", action="store_true", help="show what was not proposed rightly")
    parser.add_argument("--sample", type=int, metavar="N", help="write N proposed figures to be judged")
    parser.add_argument("--write", action="store_true", help="write the table into docs/intake.md")
    options = parser.parse_args()
    result = measure(read_pack(PACK_FOLDER), options.originals)
    table = list(lines(result))
    print("\n".join(table))
    if options.missed:
        print("\n".join(result.missed), file=sys.stderr)
    if options.sample:
        rows = random.Random(0).sample(result.sample, min(options.sample, len(result.sample)))
        csv.writer(sys.stdout, delimiter="\t").writerows(rows)
    if options.write:
        page = PAGE.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        PAGE.write_text(
            f"{before}{BEGIN}\n" + "\n".join(table) + f"\n{END}{rest.split(END)[1]}", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

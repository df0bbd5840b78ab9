"""Proposes quotes for statements with figures: `.venv/bin/python scripts/propose_quotes.py ORIGINALS [--write]`.

ORIGINALS is a folder with the originals as text, name.txt for the source DOC-name, else number.txt for the source of that
number; of what is more than the exact words, only these may stand there, parted by empty lines. For each statement that has no quote
yet, the sentences of its sources that hold its figures and say most of it are put beside it. What is written into
knowledge/quotes must be read by a person before it is committed: `huiqi kb check --originals ORIGINALS` finds figures
and words that do not fit, not a sentence that speaks of something else.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml
from huiqi.curation.quotes import FOLDER, ORIGINAL_PREFIX, check_quotes, original_in, statements_of
from huiqi.curation.quoting import proposed
from huiqi.formats.pack_reader import read_pack
from huiqi.formats.pack_writer import to_yaml
from huiqi.service.settings import PACK_FOLDER


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
            if place not in bare:
                continue
            held = {source: original_in(source, options.originals) for source in facet.sources}
            found = [proposed(pack, place, text, source, held[source] or "") for source in held]
            _, best = max(found, key=lambda item: item[0])
            quotes = [quote.model_dump(exclude_defaults=True) for quote in best]
            if quotes:
                count += 1
                facets = files.setdefault(entry.policy, {}).setdefault(entry.id, {})
                facets.setdefault(place[1], []).extend(quotes)
            elif any(source.startswith(ORIGINAL_PREFIX) for source in facet.sources):
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

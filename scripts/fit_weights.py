"""Fits all weights that come with the package from knowledge/, the example tables, asked.jsonl (questions as people ask
them in public, each with the entry that answers it, or none), details.jsonl (questions about one particular sentence of an
entry, with what that must hold) and particulars.jsonl (questions about something particular, with what its answer must hold,
or without where the entry does not tell it) and dialogues.jsonl (dialogues as people write them): `python scripts/fit_weights.py`.

Run it after a change of the examples or of the features, never after a change of an entry: publishing moves no weight.
Needs the development set-up (scipy). Deterministic; five minutes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASKED = ROOT / "scripts" / "asked.jsonl"
DETAILS = ROOT / "scripts" / "details.jsonl"
PARTICULARS = ROOT / "scripts" / "particulars.jsonl"
DIALOGUES = ROOT / "scripts" / "dialogues.jsonl"
sys.path.insert(0, str(ROOT / "bot"))

from huiqi.evaluation.facet_fit import fit_facets
from huiqi.evaluation.fitting import fit_everything, fit_mentions, refit_talk
from huiqi.evaluation.questions import read_questions
from huiqi.evaluation.small_fit import fit_smallest
from huiqi.formats.pack_reader import read_pack
from huiqi.intake.facets import MODEL
from huiqi.language.phrasing import FOLDER
from huiqi.matching.weights import shipped_weights, write_weights


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[-1])
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--facets", action="store_true", help="only what reads documents")
    only.add_argument("--mentions", action="store_true", help="only what reads places, levels and years")
    only.add_argument("--small", action="store_true", help="only what is otherwise in small packs")
    only.add_argument(
        "--talk", action="store_true", help="only how often people stay with what was talked about"
    )
    chosen = parser.parse_args()
    if chosen.mentions:
        fit_mentions()
        return
    pack = read_pack(ROOT / "knowledge")
    if chosen.small:
        write_weights(shipped_weights(), fit_smallest(pack, shipped_weights()))
        return
    if chosen.talk:
        refit_talk(pack, DIALOGUES)
        return
    fit_facets(pack, ROOT / "knowledge").save(FOLDER / f"{MODEL}.npz")
    if chosen.facets:
        return
    fit_everything(
        pack,
        ROOT / "tests" / "questions" / "heldout.jsonl",
        DETAILS,
        PARTICULARS,
        DIALOGUES,
        [(row.question, "".join(row.accept[:1])) for row in read_questions(ASKED)],
        lambda sentence: print(sentence, file=sys.stderr, flush=True),
    )


if __name__ == "__main__":
    main()

"""Documents: kept, listed, and what is proposed from them."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huiqi.cli.parser import (
    DONE,
    FOUND_WRONG,
    Commands,
    WrongUse,
    add_group,
    add_knowledge,
    add_member,
    settings_of,
)

if TYPE_CHECKING:
    from huiqi.intake.proposals import Proposal


def register(commands: Commands) -> None:
    group = add_group(commands, "doc", "收文：从政策文件到草稿", needs="doc add、doc list 或 doc propose")

    adding = add_member(group, "add", _add, "收下文件（.docx、.pdf、.html、.txt、.md），存原件，提出草稿")
    adding.add_argument("path", type=Path, metavar="FILE|FOLDER", help="文件，或一个文件夹里的所有文件")
    adding.add_argument("--url", default="", metavar="URL", help="原文的网址")
    add_knowledge(adding)

    listing = add_member(group, "list", _list, "列出收下的文件")
    listing.add_argument("--json", action="store_true", help="每份一行 JSON")

    proposing = add_member(group, "propose", _propose, "看一份文件能提出什么，不存，不用数据库")
    proposing.add_argument("path", type=Path, metavar="FILE")
    proposing.add_argument("--json", action="store_true", help="写成一个 JSON")
    add_knowledge(proposing)


def _add(options: argparse.Namespace) -> int:
    from huiqi.curation.drafts.drafting import Drafting
    from huiqi.curation.drafts.from_documents import DocumentDesk
    from huiqi.curation.roles import COMMAND_LINE
    from huiqi.intake.reading import DocumentError
    from huiqi.service.wiring import open_assistant, open_store

    settings = settings_of(options)
    files = [options.path]
    if options.path.is_dir():
        files = sorted(path for path in options.path.iterdir() if path.is_file() and path.name[0] != ".")
    elif not options.path.exists():
        raise WrongUse(f"找不到文件 {options.path}，请检查路径")
    database = open_store(settings)
    assistant = open_assistant(settings, database=database)
    desk = DocumentDesk(database, Drafting(database))
    refused = 0
    for file in files:
        known = len(desk.all())
        try:
            kept = desk.add(
                COMMAND_LINE,
                file.read_bytes(),
                file.name,
                options.url,
                assistant.pack,
                assistant.matcher,
            )
        except DocumentError as error:
            refused += 1
            print(error, file=sys.stderr)
            continue
        what = "收下" if len(desk.all()) > known else "已经收过"
        print(f"{what} {kept.id}：《{kept.title}》，{len(desk.work(kept).entries)} 条草稿待整理")
    return FOUND_WRONG if refused else DONE


def _list(options: argparse.Namespace) -> int:
    from huiqi.service.wiring import open_store
    from huiqi.store.documents import DocumentStore

    documents = DocumentStore(open_store(settings_of(options))).all()
    for one in documents:
        entries = len(one.work["entries"]) if one.work else 0
        if options.json:
            said = {
                "id": one.id,
                "title": one.title,
                "name": one.name,
                "digest": one.digest,
                "address": one.address,
                "brought_by": one.brought_by,
                "brought_at": one.brought_at,
                "state": one.state,
                "entries": entries,
            }
            print(json.dumps(said, ensure_ascii=False))
        else:
            state = {"open": "待整理", "sent": "已送审"}.get(one.state, one.state)
            print(
                f"{one.id:>4}  {state}  {one.brought_at[:10]}  {one.brought_by}  《{one.title}》（{one.name}）"
            )
    if not documents and not options.json:
        print("还没有收下文件", file=sys.stderr)
    return DONE


def _propose(options: argparse.Namespace) -> int:
    from huiqi.formats.pack_reader import read_pack
    from huiqi.intake.proposals import propose
    from huiqi.intake.reading import read_document

    if not options.path.is_file():
        raise WrongUse(f"找不到文件 {options.path}，请检查路径")
    original = read_document(options.path.read_bytes(), options.path.name)
    proposal = propose(original.blocks, read_pack(settings_of(options).pack_folder))
    if options.json:
        print(json.dumps(as_json(proposal), ensure_ascii=False))
        return DONE
    outline = proposal.outline
    known = [outline.document_number, outline.issuer, outline.issued, outline.valid_from, outline.valid_to]
    print(f"《{outline.title}》 {'  '.join(str(one) if one else '未查明' for one in known)}")
    for entry in proposal.entries:
        print(f"\n{entry.path} {entry.title}".replace("\n ", "\n"))
        for facet, one in entry.statements:
            print(f"  {facet}  {one.text}  〔第 {one.quote.block} 段〕")
    return DONE


def as_json(proposal: Proposal) -> dict[str, Any]:
    """A proposal for programs (see docs/intake.md)."""
    outline = proposal.outline
    return {
        "policy": {
            "title": outline.title,
            "document_number": outline.document_number,
            "issuer": outline.issuer,
            "level": outline.level,
            "issued": _day(outline.issued),
            "valid_from": _day(outline.valid_from),
            "valid_to": _day(outline.valid_to),
            "term": [sentence.text for sentence in outline.term],
            "ends": list(outline.ends),
            "annexes": list(outline.annexes),
        },
        "entries": [
            {
                "title": entry.title,
                "short_title": entry.short_title,
                "path": entry.path,
                "overview": entry.is_overview,
                "facets": {
                    facet: [
                        {
                            "text": one.text,
                            "quote": one.quote.words,
                            "paragraph": one.quote.block,
                            "start": one.quote.start,
                            "figures": [{"kind": figure.kind, "text": figure.text} for figure in one.figures],
                        }
                        for one in statements
                    ]
                    for facet, statements in entry.facets.items()
                },
                "keywords": list(entry.keywords),
                "alternates": [text for texts in entry.alternates.values() for text in texts],
                "alternates_are": "proposed",
            }
            for entry in proposal.entries
        ],
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None

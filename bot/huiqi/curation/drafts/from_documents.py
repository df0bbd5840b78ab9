"""From a document to drafts: it is kept, its proposal worked on step by step, each step undoable, and what was taken is
handed in as drafts like any other."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from typing import Any

from huiqi.answering.statements import cut
from huiqi.curation.drafts.drafting import Drafting, blank_entry
from huiqi.curation.drafts.naming import LONGEST_ID, free_id, initials
from huiqi.curation.quotes import SUMMARY
from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.formats.fields import FIELDS
from huiqi.formats.pack_reader import alternate_key
from huiqi.intake.blocks import kept_blocks
from huiqi.intake.facets import FacetReader
from huiqi.intake.links import links_of
from huiqi.intake.proposals import GRANT, propose
from huiqi.intake.reading import Original, read_document, read_pasted
from huiqi.intake.work import Work, WorkEntry, WorkStatement, begun
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import FACET_NAMES, UNKNOWN, Pack, Validity
from huiqi.pack.originals import SourceText
from huiqi.store.audit import AuditTrail
from huiqi.store.database import Database
from huiqi.store.documents import OPEN, SENT, DocumentStore, KeptDocument
from huiqi.store.quotes import BroughtQuote, QuoteStore
from huiqi.store.transaction import transaction

MOST_STEPS = 50
"""Steps that can be undone."""
SOURCES = "sources.yaml"
DEFAULT_CONFIDENCE = "原文转载"


@dataclass(frozen=True)
class Sent:
    """`entries`: ids of the drafts that were handed in. `faults`: sentences about those that have to be filled in first."""

    entries: tuple[str, ...]
    faults: tuple[str, ...]


class DocumentDesk:
    def __init__(self, database: Database, drafting: Drafting) -> None:
        self._database = database
        self._documents = DocumentStore(database)
        self._quotes = QuoteStore(database)
        self._drafting = drafting
        self._audit = AuditTrail(database)

    def all(self) -> list[KeptDocument]:
        return self._documents.all()

    def get(self, number: int) -> KeptDocument:
        found = self._documents.get(number)
        if found is None:
            raise CurationError(f"没有 {number} 号文件，请从列表里打开")
        return found

    def content(self, number: int) -> bytes:
        return self._documents.content(number) or b""

    def work(self, document: KeptDocument) -> Work:
        return Work.model_validate(document.work)

    def add(
        self, by: Member, raw: bytes, name: str, address: str, pack: Pack, matcher: Matcher
    ) -> KeptDocument:
        """Keep a file and propose what is in it. One that is kept already is not kept twice. Raises DocumentError."""
        return self._keep(by, read_document(raw, name), raw, address, pack, matcher)

    def paste(self, by: Member, text: str, address: str, pack: Pack, matcher: Matcher) -> KeptDocument:
        return self._keep(by, read_pasted(text), text.encode(), address, pack, matcher)

    def _keep(
        self, by: Member, original: Original, raw: bytes, address: str, pack: Pack, matcher: Matcher
    ) -> KeptDocument:
        by.require("editor")
        known = self._documents.with_digest(original.digest)
        if known is not None:
            return known
        proposal = propose(original.blocks, pack, FacetReader())
        links = [links_of(entry, proposal.outline, pack, matcher) for entry in proposal.entries]
        work = begun(proposal, links)
        with transaction(self._database):
            number = self._documents.add(
                original.digest,
                original.name,
                raw,
                original.written,
                work.policy.title,
                address.strip(),
                by.name,
            )
            self._audit.add(by.name, "收文", "document", number, note=original.name)
            return self._documents.put(replace(self.get(number), work=work.model_dump(mode="json")))

    def step(
        self, number: int, by: Member, version: int, acts: list[Callable[[Work], Work]], name: str
    ) -> KeptDocument:
        """Do something to the proposal; what was before can be had back."""
        by.require("editor")
        with transaction(self._database):
            document = self._at(number, version)
            before = work = self.work(document)
            for act in acts:
                work = act(work)
            if work == before:
                return document
            self._audit.add(by.name, "整理收文", "document", number, note=name)
            past = (*document.past, document.work)[-MOST_STEPS:]
            return self._documents.put(replace(document, work=work.model_dump(mode="json"), past=past))

    def undo(self, number: int, by: Member, version: int) -> KeptDocument:
        by.require("editor")
        with transaction(self._database):
            document = self._at(number, version)
            if not document.past:
                raise CurationError("没有可以撤回的一步")
            self._audit.add(by.name, "撤回一步", "document", number)
            return self._documents.put(replace(document, work=document.past[-1], past=document.past[:-1]))

    def send(self, number: int, by: Member, version: int, pack: Pack) -> Sent:
        """Make drafts of what was taken and hand them in: the policy, its source, and the entries."""
        by.require("editor")
        with transaction(self._database):
            document = self._at(number, version)
            work = self.work(document)
            if not work.taken:
                raise CurationError("还没有采用任何条目：请在要用的条目上勾“采用”")
            source = _source_of(document)
            policy, is_known = self._policy(work, source, pack)
            if not is_known and work.policy.level is None and pack.office.has_levels:
                raise CurationError("没有认出这是哪一级的文件：请在“这份政策”里选层级，再送审")
            made = self._sources(document, work, source, policy, by)
            made += [] if is_known else [("policy", policy, _policy_content(work, policy, source, pack))]
            entries = self._entries(document, work, policy, source, pack)
            made += entries
            for entry, (_, item, _) in zip(work.taken, entries, strict=True):
                self._quotes.put(item, list(_quotes_of(entry, item, source)))
            drafts = [self._save(by, kind, item, content, document) for kind, item, content in made]
            faults: list[str] = []
            for draft in drafts:
                problems = self._drafting.problems(draft.kind, draft.item, draft.content)
                if problems:
                    faults.append(f"{draft.item}：{problems[0].message}；{problems[0].remedy}")
                else:
                    self._drafting.submit(draft.id, by)
            self._audit.add(by.name, "收文送审", "document", number, None, [draft.item for draft in drafts])
            self._documents.put(replace(document, state=SENT))
        return Sent(tuple(draft.item for draft in drafts if draft.kind == "entry"), tuple(faults))

    def _at(self, number: int, version: int) -> KeptDocument:
        document = self.get(number)
        if document.version != version:
            raise Conflict("您打开之后别人改过这份收文，您的修改没有写入；请刷新后再改")
        if document.state != OPEN:
            raise Conflict("这份收文已经送审，要改请到“审核”里改草稿")
        return document

    def _policy(self, work: Work, source: str, pack: Pack) -> tuple[str, bool]:
        """The id of the policy, and whether it is there already: one of the same number or title."""
        for policy in pack.policies.values():
            number = work.policy.document_number
            if policy.title == work.policy.title or (number and policy.document_number == number):
                return policy.id, True
        return self._free("policy", initials(work.policy.title) or source.lower()), False

    def _free(self, kind: str, wanted: str, taken: Container[str] = ()) -> str:
        """An id that nothing has yet, `wanted` or with a number behind it; none of `taken`."""
        return free_id(wanted, lambda name: name in taken or self._drafting.current(kind, name) is not None)

    def _sources(
        self, document: KeptDocument, work: Work, source: str, policy: str, by: Member
    ) -> list[tuple[str, str, Any]]:
        sources = dict(self._drafting.current("file", SOURCES) or {})
        if source in sources:
            return []
        day = work.policy.issued
        sources[source] = {
            "title": work.policy.title,
            "date": day.isoformat() if day else UNKNOWN,
            "urls": [document.address] if document.address else [],
            "confidence": DEFAULT_CONFIDENCE,
            "note": f"收文 {document.id}：{document.name}，SHA-256 {document.digest}",
            "policies": [policy],
        }
        return [("file", SOURCES, sources)]

    def _entries(
        self, document: KeptDocument, work: Work, policy: str, source: str, pack: Pack
    ) -> list[tuple[str, str, Any]]:
        used = {
            alternate_key(text)
            for entry in pack.entries.values()
            for text in (*entry.alternates, entry.title)
        }
        made: list[tuple[str, str, Any]] = []
        for entry in work.taken:
            wanted = f"{policy}-{initials(entry.short_title)}".strip("-")[: LONGEST_ID * 2]
            item = self._free("entry", wanted, {item for _, item, _ in made})
            made.append(("entry", item, _entry_content(entry, item, policy, source, used, pack)))
        return made

    def _save(self, by: Member, kind: str, item: str, content: Any, document: KeptDocument) -> Any:
        draft = self._drafting.open_of(kind, item)
        note = f"出自收文 {document.id}《{document.title}》"
        return self._drafting.save(by, kind, item, content, draft.version if draft else 0, note[:200])


def kept_original(document: KeptDocument) -> Original:
    return Original(document.name, document.digest, kept_blocks(document.written))


def published_texts(documents: DocumentStore, pack: Pack) -> list[SourceText]:
    """The documents whose source is published: before that, nobody but staff reads in them."""
    texts = []
    for document in documents.all():
        source = _source_of(document)
        if source in pack.sources:
            policy = Work.model_validate(document.work).policy
            texts.append(
                SourceText(
                    source,
                    policy.title,
                    kept_original(document).text,
                    source,
                    policy.document_number,
                    policy.issuer,
                    policy.level,
                    policy.issued,
                    Validity(policy.valid_from, policy.valid_to),
                    document.address or None,
                )
            )
    return texts


def _source_of(document: KeptDocument) -> str:
    """The id among the sources of what is told from a document."""
    return f"DOC-{document.id}-{document.digest[:6]}"


def _policy_content(work: Work, policy: str, source: str, pack: Pack) -> dict[str, Any]:
    known = work.policy

    def day(value: Any) -> str:
        return value.isoformat() if value else UNKNOWN

    return {
        "id": policy,
        "title": known.title,
        "names": [],
        "document_number": known.document_number or UNKNOWN,
        "issuer": known.issuer or UNKNOWN,
        "level": known.level or pack.office.nearest.name,
        "issued": day(known.issued),
        "valid_from": day(known.valid_from),
        "valid_to": day(known.valid_to),
        **({"validity_note": known.term} if known.term else {}),
        "sources": [source],
    }


def _entry_content(
    entry: WorkEntry, item: str, policy: str, source: str, used: set[str], pack: Pack
) -> dict[str, Any]:
    """The draft of an entry. `used`: alternates that stand elsewhere; those of this one are added."""
    texts: dict[str, str] = {}
    for _, one in entry.ordered:
        said = _sentences(one)
        if said not in texts.get(one.facet, ""):
            texts[one.facet] = texts.get(one.facet, "") + said
    facets: dict[str, Any] = {
        name: {"text": texts[name], "source": [source]} if name in texts else UNKNOWN for name in FACET_NAMES
    }
    alternates: dict[str, list[str]] = {}
    for group, questions in entry.alternates.items():
        for question in questions:
            key = alternate_key(question)
            if key and key not in used and question != entry.title:
                used.add(key)
                alternates.setdefault(group, []).append(question)
    if not alternates:
        alternates = {"整体": [f"{entry.title}是怎么规定的"]}
    summary = texts[_summed_up(entry)]
    links = [link.entry for link in entry.links if link.entry in pack.entries]
    said = texts.get("部门", "")
    keywords = [word for word in entry.keywords if word] or [entry.short_title]
    return blank_entry(policy, item) | {
        "title": entry.title,
        "short_title": entry.short_title[: FIELDS["short_title"].most],
        "summary": {"text": summary, "source": [source]},
        "unit": max((unit for unit in pack.places.units if unit in said), key=len, default=UNKNOWN),
        "keywords": keywords,
        "alternates": alternates,
        "facets": facets,
        "see_also": links,
        "sources": [source],
        "status": "published",
    }


def _quotes_of(entry: WorkEntry, item: str, source: str) -> Iterator[BroughtQuote]:
    """The document's words behind each statement of the draft of `entry`, its summary among them."""
    for _, one in entry.ordered:
        facets = (one.facet, SUMMARY) if one.facet == _summed_up(entry) else (one.facet,)
        where = one.path.strip() or f"第{one.block}段"
        for sentence, _ in cut(_sentences(one)):
            for facet in facets:
                yield BroughtQuote(item, facet, sentence, source, where, one.words)


def _summed_up(entry: WorkEntry) -> str:
    """The facet whose text is the summary as well."""
    facets = [one.facet for _, one in entry.ordered]
    return GRANT if GRANT in facets else facets[0]


def _sentences(one: WorkStatement) -> str:
    """What a statement says, each clause a sentence of its own."""
    said = one.text if one.text.endswith(("。", "！", "？", "；")) else f"{one.text}。"
    return said.replace("；", "。")

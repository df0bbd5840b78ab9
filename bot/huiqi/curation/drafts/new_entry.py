"""A new entry as an officer writes it on one screen: its policy and its source by their names, found or made in place.

What comes of it are drafts like any other (the entry's, and those of the policy and of the sources where something is
new), handed in together, all or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from huiqi.curation.drafts.drafting import Drafting, FieldProblem, blank_entry, in_words
from huiqi.curation.drafts.naming import LONGEST_ID, called, free_id, initials
from huiqi.curation.roles import CurationError, Member
from huiqi.formats.alternates import gathered, pairs_of
from huiqi.formats.fields import FIELDS
from huiqi.formats.question_entries import FAQ, OWN_SOURCE, OWN_TITLE
from huiqi.pack.identity import SOURCES_FILE
from huiqi.pack.model import FACET_NAMES, UNKNOWN, Pack
from huiqi.pack.office import OWN
from huiqi.store.database import Database
from huiqi.store.drafts import Draft
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class NewEntry:
    """The screen's fields; "" for what is not said. `source` and `policy`: a name, or an id. `facets`: facet → text.
    `alternates`: one a line, with the aspect in front where one is given."""

    question: str
    answer: str
    source: str
    policy: str
    alternates: tuple[str, ...] = ()
    facets: Mapping[str, str] = field(default_factory=dict)
    source_day: str = ""
    source_address: str = ""
    source_kind: str = ""
    policy_number: str = ""
    policy_issuer: str = ""
    policy_level: str = ""
    valid_from: str = ""
    valid_to: str = ""


class Unsound(CurationError):
    """What is written is not sound yet; nothing was saved. `messages`: by the screen's field."""

    def __init__(self, messages: Mapping[str, list[str]]) -> None:
        self.messages = messages
        first = next(iter(messages.values()))[0]
        super().__init__(f"还有 {sum(map(len, messages.values()))} 处要改，什么都没有存。第一处：{first}")


class EntryDesk:
    def __init__(self, database: Database, drafting: Drafting) -> None:
        self._database = database
        self._drafting = drafting
        self._knowledge = KnowledgeStore(database)

    def hand_in(self, new: NewEntry, by: Member, pack: Pack, note: str = "") -> Draft:
        """Make the drafts and hand them in; returns the entry's. Raises Unsound, saving nothing."""
        by.require("editor")
        messages = _missing(new)
        if messages:
            raise Unsound(messages)
        with transaction(self._database):
            made = self._made(new, pack)
            drafts = [self._save(by, kind, item, content, note) for kind, item, content in made]
            messages = _told(
                (draft.kind, problem)
                for draft in drafts
                for problem in self._drafting.problems(draft.kind, draft.item, draft.content)
            )
            if messages:
                raise Unsound(messages)
            for draft in drafts:
                if draft.state == "draft":
                    self._drafting.submit(draft.id, by)
            return self._drafting.get(drafts[-1].id)

    def _made(self, new: NewEntry, pack: Pack) -> list[tuple[str, str, Any]]:
        """(kind, item, content) of each draft, the entry last."""
        made: list[tuple[str, str, Any]] = []
        source, sources = self._source(new)
        if sources is not None:
            made.append(("file", SOURCES_FILE, sources))
        policy, content = self._policy(new, source, pack)
        if content is not None:
            made.append(("policy", policy, content))
        stem = f"{policy}-{initials(new.question)[:LONGEST_ID]}".strip("-")
        item = free_id(stem, lambda name: self._drafting.current("entry", name) is not None)
        return [*made, ("entry", item, _entry(new, item, policy, source, content is None))]

    def _source(self, new: NewEntry) -> tuple[str, dict[str, Any] | None]:
        """The id of the source, and all sources where it is new among them."""
        sources = dict(self._drafting.current("file", SOURCES_FILE) or {})
        known = called(new.source, sources)
        if known is not None:
            return known, None
        if new.source in (OWN, OWN_TITLE):
            sources[OWN_SOURCE] = {"title": OWN_TITLE, "confidence": OWN}
            return OWN_SOURCE, sources
        item = free_id(f"src-{initials(new.source)}".strip("-"), lambda name: name in sources)
        sources[item] = {
            "title": new.source,
            "date": new.source_day or UNKNOWN,
            "urls": new.source_address.split(),
            "confidence": new.source_kind or OWN,
        }
        return item, sources

    def _policy(self, new: NewEntry, source: str, pack: Pack) -> tuple[str, dict[str, Any] | None]:
        """The id of the policy, and its content where it is new."""
        known: dict[str, Mapping[str, Any]] = {
            policy.id: {
                "title": policy.title,
                "names": policy.names,
                "document_number": policy.document_number,
            }
            for policy in pack.policies.values()
        }
        known |= {
            draft.item: draft.content
            for draft in self._drafting.open()
            if draft.kind == "policy" and draft.content is not None
        }
        found = called(new.policy, known)
        if found is not None:
            return found, None
        item = free_id(
            initials(new.policy) or FAQ, lambda name: self._drafting.current("policy", name) is not None
        )
        level = {"level": new.policy_level or pack.office.nearest.name} if pack.office.has_levels else {}
        return item, {
            "id": item,
            "title": new.policy,
            "names": [],
            "document_number": new.policy_number or UNKNOWN,
            "issuer": new.policy_issuer or UNKNOWN,
            **level,
            "valid_from": new.valid_from or UNKNOWN,
            "valid_to": new.valid_to or UNKNOWN,
            "sources": [source],
        }

    def _save(self, by: Member, kind: str, item: str, content: Any, note: str) -> Draft:
        draft = self._drafting.open_of(kind, item)
        return self._drafting.save(by, kind, item, content, draft.version if draft else 0, note)


def _entry(new: NewEntry, item: str, policy: str, source: str, has_own_days: bool) -> dict[str, Any]:
    facets: dict[str, Any] = {}
    for name in FACET_NAMES:
        text = new.facets.get(name, "")
        facets[name] = {"text": text, "source": [source]} if text and text != UNKNOWN else UNKNOWN
    days = {"valid_from": new.valid_from, "valid_to": new.valid_to} if has_own_days else {}
    return (
        blank_entry(policy, item)
        | {
            "title": new.question,
            "short_title": new.question[: FIELDS["short_title"].most],
            "summary": {"text": new.answer, "source": [source]},
            "alternates": gathered(pairs_of(new.alternates or (new.question,))),
            "facets": facets,
            "sources": [source],
        }
        | {name: day for name, day in days.items() if day}
    )


def _missing(new: NewEntry) -> dict[str, list[str]]:
    wanted = {
        "question": (new.question, "问题还没有写；写企业会怎么问"),
        "answer": (new.answer, "答案还没有写；第一句直接回答问题"),
        "source": (new.source, f"来源还没有写；写文件或网页的名称，没有文件就写“{OWN_TITLE}”"),
        "policy": (new.policy, "政策还没有写；写已有政策的名称，或一项新政策的名称"),
    }
    return {name: [said] for name, (text, said) in wanted.items() if not text}


_ENTRY_PLACES = {
    "title": "question",
    "short_title": "question",
    "summary": "answer",
    "alternates": "alternates",
    "sources": "source",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "policy": "policy",
}
_POLICY_PLACES = {
    "title": "policy",
    "id": "policy",
    "document_number": "policy_number",
    "issuer": "policy_issuer",
    "level": "policy_level",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "sources": "source",
}
_SOURCE_PLACES = {
    "title": "source",
    "date": "source_day",
    "urls": "source_address",
    "confidence": "source_kind",
}


def _told(problems: Iterable[tuple[str, FieldProblem]]) -> dict[str, list[str]]:
    """Faults of the drafts by the screen's field. What a draft says of another's fault is left out."""
    located: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for kind, problem in problems:
        said = in_words(f"{problem.message}；{problem.remedy}")
        told = located if problem.field else others
        place = _place(kind, problem) if problem.field else ""
        if said not in told.setdefault(place, []):
            told[place].append(said)
    return located or others


def _place(kind: str, problem: FieldProblem) -> str:
    """The screen's field beside which a fault of a draft is told; "" for one of the whole."""
    parts = problem.field.split(".")
    if kind == "file":
        return next((_SOURCE_PLACES[part] for part in parts if part in _SOURCE_PLACES), "source")
    if kind == "policy":
        return _POLICY_PLACES.get(parts[0], "policy")
    if parts[0] == "facets" and len(parts) > 1:
        return f"facet_{parts[1]}"
    return _ENTRY_PLACES.get(parts[0], "")

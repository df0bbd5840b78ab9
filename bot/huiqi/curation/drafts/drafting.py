"""Drafts: a change of an item from its first edit to the reviewer's yes.

draft → in_review → approved → published (see publishing). Each act is get, act, commit in one transaction,
with its row in the audit trail. Nobody approves what they edited, unless the office has one person only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from huiqi.answering.statements import cut
from huiqi.curation.drafts import check_rules
from huiqi.curation.quotes import SUMMARY
from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.formats.alternates import lines_of, texts_of, with_more
from huiqi.formats.columns import GOLDEN_SHEET, OFFICE_SHEET, POLICY_COLUMNS, SOURCE_COLUMNS
from huiqi.formats.content_tables import TABLES
from huiqi.formats.fields import ENTRY_FIELDS, FIELDS, GOLDEN_LABELS, PARTS
from huiqi.formats.pack_reader import alternate_key, check_documents
from huiqi.formats.problem import PackError, Problem
from huiqi.matching.features import FEATURES, OUTSIDE
from huiqi.pack.identity import GOLDEN_FILE, OFFICE_FILE, SOURCES_FILE
from huiqi.pack.originals import QuotedPassage
from huiqi.store.audit import AuditTrail
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.drafts import OPEN_STATES, Draft, DraftStore
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.misses import MissStore
from huiqi.store.quotes import BroughtQuote
from huiqi.store.transaction import transaction

STATE_NAMES = {
    "draft": "草稿",
    "in_review": "待审核",
    "approved": "待发布",
    "published": "已发布",
    "discarded": "已放弃",
}


@dataclass(frozen=True)
class FieldProblem:
    """A fault of a draft beside the field that has it. `field`: `facets.材料.source`, `alternates.3`,
    `alternates.标准.3`, … or `""`."""

    field: str
    message: str
    remedy: str


class Drafting:
    def __init__(self, database: Database, one_person: bool = False) -> None:
        self._database = database
        self._drafts = DraftStore(database)
        self._knowledge = KnowledgeStore(database)
        self._audit = AuditTrail(database)
        self._one_person = one_person

    def get(self, number: int) -> Draft:
        draft = self._drafts.get(number)
        if draft is None:
            raise CurationError(f"没有 {number} 号草稿，请从列表里打开")
        return draft

    def open_of(self, kind: str, item: str) -> Draft | None:
        return self._drafts.open_of(kind, item)

    def open(self) -> list[Draft]:
        """All drafts not yet published or discarded."""
        return self._drafts.with_state(OPEN_STATES)

    def returned_to(self, name: str) -> list[Draft]:
        """Drafts that were sent back to one of those who edited them."""
        return [draft for draft in self.with_state("draft") if draft.comment and name in draft.editors]

    def with_state(self, *states: str) -> list[Draft]:
        return self._drafts.with_state(states)

    def current(self, kind: str, item: str) -> Any:
        """What an editor would start from: the open draft's content, else the published one, else None."""
        draft = self._drafts.open_of(kind, item)
        return draft.content if draft else self._knowledge.item(kind, item)

    def save(
        self,
        by: Member,
        kind: str,
        item: str,
        content: Any,
        version: int | None = None,
        note: str = "",
    ) -> Draft:
        """Save an edit of an item as its draft. `version` is that of the draft the editor saw, 0 or None
        where there was none. Raises Conflict, changing nothing, where someone else saved since."""
        by.require("editor")
        with transaction(self._database):
            draft = self._drafts.open_of(kind, item)
            if (draft.version if draft else 0) != (version or 0):
                who = f"“{draft.updated_by}”" if draft else "别人"
                raise Conflict(
                    f"{who}在您之后保存或处理过这一条，您的修改没有写入，也没有覆盖对方的；请对照后再保存"
                )
            if draft is None:
                base = self._knowledge.revision_number(kind, item)
                draft = self._drafts.add(kind, item, content, base, by.name, note)
                self._audit.add(
                    by.name, "新建草稿", kind, item, self._knowledge.item(kind, item), content, note
                )
                return draft
            if draft.content == content and (not note or note == draft.note):
                return draft
            newer = replace(
                draft,
                content=content,
                state="draft",
                note=note or draft.note,
                editors=tuple(dict.fromkeys((*draft.editors, by.name))),
                updated_by=by.name,
                reviewed_by=None,
                reviewed_at=None,
            )
            self._audit.add(by.name, "修改草稿", kind, item, draft.content, content, note)
            return self._drafts.put(newer)

    def submit(self, number: int, by: Member) -> Draft:
        """Hand a draft to review. Raises CurationError where it has faults that kb check would refuse."""
        by.require("editor")
        with transaction(self._database):
            draft = self._in_state(number, "draft")
            problems = self.problems(draft.kind, draft.item, draft.content)
            if problems:
                first = problems[0]
                raise CurationError(
                    f"还有 {len(problems)} 处要改，改完再提交。第一处：{first.message}；{first.remedy}"
                )
            self._audit.add(by.name, "提交审核", draft.kind, draft.item)
            return self._drafts.put(
                replace(draft, state="in_review", submitted_by=by.name, submitted_at=now(), comment=None)
            )

    def approve(self, number: int, by: Member, version: int | None = None) -> Draft:
        """The reviewer's yes to the version that was looked at."""
        by.require("reviewer")
        with transaction(self._database):
            draft = self._in_state(number, "in_review")
            if version is not None and draft.version != version:
                raise Conflict("您看过之后草稿又改了，请重新看一遍再审核")
            if by.name in draft.editors and not self._one_person:
                raise CurationError(
                    "自己改的要由另一个人审核；只有一个人的单位可以把 HUIQI_ONE_PERSON 设为 1"
                )
            self._audit.add(by.name, "审核通过", draft.kind, draft.item, None, draft.content)
            return self._drafts.put(replace(draft, state="approved", reviewed_by=by.name, reviewed_at=now()))

    def companions(self, draft: Draft) -> list[Draft]:
        """The open drafts that an entry's draft cannot be published without: its policy's, where that is new, and that of
        the sources, where one of its own is new."""
        if draft.kind != "entry" or draft.content is None:
            return []
        policy = str(draft.content.get("policy"))
        known = self._knowledge.item("file", SOURCES_FILE) or {}
        needed = []
        if self._knowledge.item("policy", policy) is None:
            needed.append(self.open_of("policy", policy))
        if any(source not in known for source in draft.content.get("sources") or ()):
            needed.append(self.open_of("file", SOURCES_FILE))
        return [found for found in needed if found is not None]

    def send_back(self, number: int, by: Member, comment: str) -> Draft:
        """The reviewer's no, with what to change."""
        by.require("reviewer")
        if not comment.strip():
            raise CurationError("退回时请写明要改什么")
        with transaction(self._database):
            draft = self._in_state(number, "in_review", "approved")
            self._audit.add(by.name, "退回修改", draft.kind, draft.item, note=comment)
            return self._drafts.put(
                replace(draft, state="draft", reviewed_by=by.name, reviewed_at=now(), comment=comment.strip())
            )

    def discard(self, number: int, by: Member) -> Draft:
        """Put a draft into the recycle bin (`restore` takes it out again); the misses it was to close are
        open again."""
        by.require("editor")
        with transaction(self._database):
            draft = self._in_state(number, *OPEN_STATES)
            self._audit.add(by.name, "放弃草稿", draft.kind, draft.item, draft.content)
            misses = MissStore(self._database)
            for miss in misses.of_draft(number):
                if miss.state == "drafting":
                    misses.reopened(miss)
            return self._drafts.put(replace(draft, state="discarded", updated_by=by.name))

    def restore(self, number: int, by: Member) -> Draft:
        by.require("editor")
        with transaction(self._database):
            draft = self._in_state(number, "discarded")
            if self._drafts.open_of(draft.kind, draft.item):
                raise Conflict("这一条现在另有草稿，请先处理那一份，再恢复")
            base = self._knowledge.revision_number(draft.kind, draft.item)
            self._audit.add(by.name, "恢复草稿", draft.kind, draft.item, None, draft.content)
            return self._drafts.put(replace(draft, state="draft", base_revision=base, updated_by=by.name))

    def rebase(self, number: int, by: Member) -> Draft:
        """Take the revision published now as what the draft starts from; it is a draft to be handed in
        again."""
        by.require("editor")
        with transaction(self._database):
            draft = self._in_state(number, *OPEN_STATES)
            base = self._knowledge.revision_number(draft.kind, draft.item)
            self._audit.add(by.name, "改为对照新的发布版", draft.kind, draft.item, draft.base_revision, base)
            return self._drafts.put(replace(draft, state="draft", base_revision=base, updated_by=by.name))

    def roll_back(self, kind: str, item: str, revision: int, by: Member) -> Draft:
        """A draft with the content of an older revision, for review and publication like any other."""
        by.require("editor")
        with transaction(self._database):
            older = next((row for row in self._knowledge.history(kind, item) if row.id == revision), None)
            if older is None:
                raise CurationError(f"“{item}”没有 {revision} 号修订，请从修订列表里选")
            draft = self._drafts.open_of(kind, item)
            return self.save(
                by, kind, item, older.content, draft.version if draft else 0, f"退回到修订 {revision}"
            )

    def delete(self, kind: str, item: str, by: Member, reason: str) -> Draft:
        """A draft that takes an item out of the knowledge base."""
        if not reason.strip():
            raise CurationError("删除时请写明原因")
        if self._knowledge.item(kind, item) is None:
            raise CurationError(f"“{item[:80]}”没有发布过，不用删除；不要的草稿请放弃")
        draft = self._drafts.open_of(kind, item)
        return self.save(by, kind, item, None, draft.version if draft else 0, f"删除：{reason.strip()}")

    def problems(self, kind: str, item: str, content: Any) -> list[FieldProblem]:
        """What kb check would say of this item if `content` were published, each beside its field. A fault
        that goes away with the other open drafts (an alternate that moves over) is none."""
        found = self._checked({}, kind, item, content)
        if not found:
            return []
        others = {draft.key: draft.content for draft in self._drafts.with_state(OPEN_STATES)}
        return [
            problem
            for problem in self._checked(others, kind, item, content)
            if problem in found or problem.field
        ]

    def _checked(
        self, others: Mapping[tuple[str, str], Any], kind: str, item: str, content: Any
    ) -> list[FieldProblem]:
        try:
            documents = self._knowledge.overlaid({**others, (kind, item): content})
            check_documents(documents)
        except PackError as error:
            return _of_item(error.problems, documents, kind, item)
        except KeyError:
            return [FieldProblem("policy", "没有这项政策", "从列表里选一项政策")]
        return []

    def _in_state(self, number: int, *states: str) -> Draft:
        draft = self.get(number)
        if draft.state not in states:
            raise Conflict(f"这份草稿现在是“{STATE_NAMES[draft.state]}”，不能这样处理，请刷新页面")
        return draft


def with_alternates(content: Mapping[str, Any], questions: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The entry with `questions` added to its alternates, and those that were new."""
    known = {alternate_key(text) for text in texts_of(content["alternates"])}
    added: list[str] = []
    for question in questions:
        key = alternate_key(question)
        if key and key not in known:
            known.add(key)
            added.append(question)
    return {**content, "alternates": with_more(content["alternates"], added)}, added


def blank_entry(policy: str, identifier: str, question: str = "") -> dict[str, Any]:
    """A new entry to be filled in: everything 未查明, the missed question as its title."""
    return {row.key: row.blank for row in ENTRY_FIELDS if not row.is_seldom} | {
        "policy": policy,
        "id": identifier,
        "title": question,
        "short_title": question[: FIELDS["short_title"].most],
        "alternates": [question] if question else [],
    }


def from_passage(content: Mapping[str, Any], passage: QuotedPassage) -> dict[str, Any]:
    """The entry with an original's words as its summary, under their source; whoever edits it says it in few words."""
    sources = [passage.source_id] if passage.source_id else []
    return {**content, "summary": {"text": passage.words, "source": sources}, "sources": sources}


def quotes_of_passage(entry: str, passage: QuotedPassage) -> list[BroughtQuote]:
    """The original's words behind each sentence of a summary that was made of them."""
    source = passage.source_id
    return [
        BroughtQuote(entry, SUMMARY, sentence, source, passage.place, passage.words)
        for sentence, _ in cut(passage.words)
        if source
    ]


def _of_item(
    problems: list[Problem], documents: Mapping[str, Any], kind: str, item: str
) -> list[FieldProblem]:
    """The problems that stand in this item; where none do, all of them (another item broke by this one)."""
    own: list[FieldProblem] = []
    for problem in problems:
        place = problem.field
        if kind == "file":
            if problem.file == item:
                own.append(FieldProblem(place, problem.message, problem.remedy))
            continue
        data = documents[problem.file].data if problem.file in documents else None
        if not isinstance(data, dict):
            continue
        of_policy = (data.get("policy") or {}).get("id")
        if kind == "policy" and of_policy == item and place.startswith("policy."):
            own.append(FieldProblem(place.removeprefix("policy."), problem.message, problem.remedy))
        found = re.match(r"entries\.(\d+)(?:\.(.*))?$", place)
        if (
            kind == "entry"
            and found
            and "entries" in data
            and data["entries"][int(found[1]) - 1].get("id") == item
        ):
            own.append(FieldProblem(found[2] or "", problem.message, problem.remedy))
    if own:
        return own
    return [FieldProblem("", f"{problem.field}：{problem.message}", problem.remedy) for problem in problems]


@dataclass(frozen=True)
class FieldChange:
    """One field that differs. `words`: (kind, text) runs with kind same, gone or new, to be read in one
    line."""

    field: str
    before: str
    after: str
    words: tuple[tuple[str, str], ...]

    @property
    def is_list(self) -> bool:
        """Whether the runs are whole lines, to be read one below the other."""
        return "\n" in self.before + self.after


_NAMES = (
    PARTS["stacking"] | PARTS["sourced_text"] | GOLDEN_LABELS | {row.key: row.label for row in ENTRY_FIELDS}
)
_NAMES_OF = {
    "entry": _NAMES,
    "policy": {column.field: column.heading for column in POLICY_COLUMNS},
    "file": {
        part: column.heading
        for table in TABLES
        for column in table.columns
        for part in {column.field, column.field.rpartition(".")[2]}
    }
    | {column.field: column.heading for column in SOURCE_COLUMNS}
    | GOLDEN_LABELS,
}
_STATUS = {f"status={value}": said for value, said in FIELDS["status"].choices}


def difference(
    before: Any, after: Any, kind: str = "entry", titles: Mapping[str, str] | None = None
) -> list[FieldChange]:
    """What changed between two contents of an item of `kind`, field by field, as people would say it. `titles`: what
    policies, sources and entries are called, by their ids."""
    if before == after:
        return []
    if any(isinstance(side, dict) and side.keys() == {"entry", "none"} for side in (before, after)):
        before, after = _by_feature(before), _by_feature(after)
    if isinstance(before, list) and isinstance(after, list) and any(isinstance(row, dict) for row in after):
        before, after = _by_number(before), _by_number(after)
    names = _NAMES_OF.get(kind, _NAMES)
    told = _Told(names, titles or {})
    old = told.flat(before) if isinstance(before, dict) else {}
    new = told.flat(after) if isinstance(after, dict) else {}
    changes = []
    for name in dict.fromkeys((*old, *new)):
        first, second = old.get(name, ""), new.get(name, "")
        if first != second:
            changes.append(FieldChange(name, first, second, _runs(first, second)))
    return changes


def in_words(message: str) -> str:
    """A message of the file's check with its fields as the screens name them."""
    said = re.sub(r"“([a-z_]+)”", lambda found: f"“{_LABELS.get(found[1], found[1])}”", message)
    return re.sub(
        r" ?([a-z_]+\.yaml)(?: 里的? ?[a-z_]+)?", lambda found: f"“{_FILES.get(found[1], found[1])}”", said
    )


_LABELS = (
    {
        column.field.partition(".")[2] or column.field: column.heading
        for table in TABLES
        for column in table.columns
    }
    | {column.field: column.heading for column in (*SOURCE_COLUMNS, *POLICY_COLUMNS)}
    | {row.key: row.label for row in ENTRY_FIELDS}
)

_FILES = {table.file: table.title for table in TABLES if table.file} | {
    GOLDEN_FILE: GOLDEN_SHEET,
    OFFICE_FILE: OFFICE_SHEET,
}


def _by_number(rows: list[Any]) -> dict[str, Any]:
    return {str(row.get("question") or number): row for number, row in enumerate(rows, 1)}


def _by_feature(weights: Any) -> dict[str, float]:
    """Weights of the choice model by what each is about."""
    said = {**FEATURES, **{name: f"都不是：{sentence}" for name, sentence in OUTSIDE.items()}}
    stored = weights or {}
    return {
        said.get(name, name): value
        for part in ("entry", "none")
        for name, value in stored.get(part, {}).items()
    }


@dataclass(frozen=True)
class _Told:
    """How the fields of a content are told: their names, and the titles of what they name by its id."""

    names: Mapping[str, str]
    titles: Mapping[str, str]

    def flat(self, value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
        flat: dict[str, str] = {}
        for key, item in value.items():
            name = prefix + ("" if key == "facets" else self.names.get(key, key))
            if key == "alternates":
                flat[name] = "\n".join(lines_of(item))
            elif key == "facets" and isinstance(item, dict):
                for facet, content in item.items():
                    flat |= self.flat({facet: content}, prefix)
            elif key == "eligibility" and isinstance(item, dict):
                flat |= check_rules.told(item, self.titles)
            elif isinstance(item, dict):
                flat |= self.flat(item, name + "·")
            elif isinstance(item, list):
                flat[name] = "\n".join(self._said(key, part) for part in item)
            else:
                flat[name] = "" if item is None else self._said(key, item)
        return flat

    def _said(self, key: str, value: Any) -> str:
        text = str(value["name"]) if key == "attachments" else str(value)
        return _STATUS.get(f"{key}={text}") or (self.titles.get(text, text) if key in _NAMING else text)


_NAMING = ("policy", "source", "sources", "see_also", "replaces", "accept", "beside")
"""Fields that name other items by their ids."""


def _runs(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Line by line for lists, character by character for one line."""
    one, other = (
        (before.split("\n"), after.split("\n")) if "\n" in before + after else (list(before), list(after))
    )
    joint = "\n" if "\n" in before + after else ""
    runs: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if not joint and matcher.ratio() < 0.5:
        # Little in common: the one, then the other, reads better than letters picked from both.
        return tuple((kind, text) for kind, text in (("gone", before), ("new", after)) if text)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            runs.append(("same", joint.join(one[i:j])))
            continue
        if j > i:
            runs.append(("gone", joint.join(one[i:j])))
        if m > k:
            runs.append(("new", joint.join(other[k:m])))
    return tuple(runs)

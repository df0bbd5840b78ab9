"""The parts of the pack besides entries, record by record: what staff change becomes a draft like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from huiqi.curation.drafts.catalogue import Catalogue
from huiqi.curation.drafts.check_rules import with_answers
from huiqi.curation.drafts.drafting import Drafting, FieldProblem, in_words
from huiqi.curation.drafts.links import Link, links_to, without
from huiqi.curation.drafts.merging import Clash, merged
from huiqi.curation.drafts.naming import free_id, initials
from huiqi.curation.drafts.new_entry import Unsound
from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.formats.columns import NONE
from huiqi.formats.content_tables import (
    NAMED,
    ContentTable,
    empty_record,
    record_of,
    texts_of,
)
from huiqi.formats.shipped_language import shipped_language
from huiqi.pack.identity import POLICY_FOLDER
from huiqi.store.database import Database
from huiqi.store.drafts import Draft
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.transaction import transaction

NEW = "new"
"""The key of a record that is not there yet."""
_TALK = "smalltalk.yaml"


@dataclass(frozen=True)
class Record:
    """`key`: its place in the list, its id or its name; `version`: that of the draft it was read from, 0 for none."""

    key: str
    label: str
    content: Mapping[str, Any]
    version: int = 0


class TableDesk:
    def __init__(self, database: Database, drafting: Drafting) -> None:
        self._database = database
        self._drafting = drafting
        self._knowledge = KnowledgeStore(database)

    def table(self, name: str) -> ContentTable:
        if name not in NAMED:
            raise CurationError("没有这一页，请从“内容”进入")
        return NAMED[name]

    def catalogue(self) -> Catalogue:
        return Catalogue.now(self._knowledge, self._drafting)

    def draft(self, table: ContentTable, key: str = "") -> Draft | None:
        """The open draft in which a record of the table is."""
        return self._drafting.open_of(*self._item(table, key))

    def records(self, table: ContentTable) -> list[Record]:
        """Everything of a table, with the open drafts; replies that come with the program are there to be changed."""
        if table.shape == "policies":
            return [
                Record(key, str(content.get("title") or key), content)
                for key, content in self.catalogue().items["policy"].items()
            ]
        return [
            Record(key, self._label(table, content), content)
            for key, content in self._by_key(table, self._whole(table)).items()
        ]

    def record(self, table: ContentTable, key: str) -> Record:
        draft = self.draft(table, key)
        version = draft.version if draft else 0
        if key == NEW:
            return Record(NEW, "", {}, version)
        if table.shape == "policies":
            content = self._drafting.current("policy", key) or self._knowledge.item("policy", key)
        else:
            content = self._by_key(table, self._whole(table)).get(key)
        if content is None:
            raise CurationError("没有这一条，可能刚刚删去了，请从列表里打开")
        return Record(key, self._label(table, content), content, version)

    def put(
        self,
        table: ContentTable,
        key: str,
        texts: Mapping[str, str],
        by: Member,
        version: int,
        note: str = "",
        is_handed_in: bool = False,
        seen: Mapping[str, str] | None = None,
    ) -> tuple[Draft, str]:
        """Save a record as the texts of its form say it; returns the draft and the record's key. `seen`: the texts as the
        form was opened; what somebody else changed since stays then, and a field that both changed raises Clash. Without
        it Conflict is raised where somebody saved since. Raises Unsound with messages by field, saving nothing."""
        by.require("editor")
        with transaction(self._database):
            if key == NEW:
                # It stands beside whatever a colleague saved.
                version = self.record(table, key).version
            elif seen is not None:
                key = self._again(table, key, seen)
                texts, version = self._with_theirs(table, key, texts, seen)
            base = self.record(table, key).content
            made, faults = record_of(table, texts, base)
            catalogue = self.catalogue()
            for field, kind in dict(table.naming).items():
                for named in filter(None, texts.get(field, "").split("\n")):
                    if named not in catalogue.items[kind] and named != NONE:
                        said = f"没有“{named}”；从列表里选一个名称，或写编号"
                        faults.setdefault(field, []).append(said)
            if key == NEW:
                key, made = self._begun(table, made)
            item = self._item(table, key)
            content = made
            if table.shape != "policies":
                content = self._filed(table, self._with(table, key, made))
            also = self._answers_renamed(table, base, made, by)
            key = str(made.get("name") or "") if table.shape == "lists" else key
            place = "" if table.shape in ("policies", "record") else self._place(table, key)
            problems = self._drafting.problems(*item, content) if not faults else []
            messages = faults or _beside(table, place, _but_entries(problems, is_handed_in))
            if messages:
                raise Unsound(messages)
            draft = self._drafting.save(
                by, *item, content, version, note or f"{table.title}：{self._label(table, made)}"
            )
            if is_handed_in:
                for one in (draft, *also):
                    if one.state == "draft":
                        self._drafting.submit(one.id, by)
            return self._drafting.get(draft.id), key

    def _again(self, table: ContentTable, key: str, seen: Mapping[str, str]) -> str:
        """Where the record stands now that a form showed as `seen`: the rows before it may be others since."""
        if table.shape != "rows" or not key.isdecimal():
            return key
        rows = {each: texts_of(table, row) for each, row in self._by_key(table, self._whole(table)).items()}
        likeness = {each: _likeness(texts, seen, table.label) for each, texts in rows.items()}
        # At its own place one common field is enough; elsewhere it must be called the same.
        best = max(rows, key=lambda each: (likeness[each], each == key), default=key)
        if likeness.get(best, (False, 0))[0]:
            return best
        if likeness.get(key, (False, 0))[1]:
            return key
        raise Conflict("同事刚刚删去了这一条，您的修改没有保存；要留的话在下面作为新的一条保存")

    def _with_theirs(
        self, table: ContentTable, key: str, texts: Mapping[str, str], seen: Mapping[str, str]
    ) -> tuple[Mapping[str, str], int]:
        """The texts with what somebody else changed since they were `seen`, and the version they saved."""
        now_at = self.record(table, key)
        theirs = texts_of(table, now_at.content)
        own = {column.field: texts.get(column.field, "") for column in table.columns}
        joint, clashes = merged(own, seen, theirs)
        if clashes:
            draft = self.draft(table, key)
            who = f"“{draft.updated_by}”" if draft else "别人"
            headings = "、".join(column.heading for column in table.columns if column.field in clashes)
            raise Clash(
                f"{who}在您之后也改了：{headings}。还没有保存；别的改动都已并进下面的表单，对照后再保存一次",
                joint,
                {field: theirs[field] for field in clashes},
            )
        return joint, now_at.version

    def _check_unasked(self, table: ContentTable, key: str) -> None:
        """Raises CurationError where an entry's rules ask a question of the self-check."""
        if table.part != "questions":
            return
        question = self.record(table, key).content["id"]
        asking = [
            f"“{content['title']}”"
            for (kind, _), content in self._all().items()
            if kind == "entry"
            and any(
                rule["question"] == question for rule in (content.get("eligibility") or {}).get("rules") or ()
            )
        ]
        if asking:
            named = "、".join(asking[:3]) + ("……" if len(asking) > 3 else "")
            raise CurationError(
                f"还有 {len(asking)} 个条目看这一问：{named}；先在条目的“资格自查”里空着它，再删"
            )

    def _answers_renamed(
        self, table: ContentTable, before: Mapping[str, Any], made: Mapping[str, Any], by: Member
    ) -> list[Draft]:
        """Drafts of the entries whose rules name an answer of the self-check that is called otherwise now."""
        old, new = list(before.get("choices") or ()), list(made.get("choices") or ())
        if table.part != "questions" or len(old) != len(new):
            return []
        renamed = {
            one: other
            for one, other in zip(old, new, strict=True)
            if one != other and one not in new and other not in old
        }
        drafts = []
        for (kind, item), content in self._all().items() if renamed else ():
            newer = with_answers(content, made.get("id"), renamed) if kind == "entry" else content
            if newer != content:
                draft = self._drafting.open_of(kind, item)
                note = f"自查的选项改了说法：{'、'.join(renamed.values())}"
                version = draft.version if draft else 0
                drafts.append(self._drafting.save(by, kind, item, newer, version, note))
        return drafts

    def links(self, table: ContentTable, key: str) -> list[Link]:
        """What names a record, and would name nothing once it is gone."""
        kind = {"policies": "policy", "sources": "source"}.get(table.name)
        return links_to(kind, key, self._all()) if kind else []

    def links_to_entry(self, entry: str) -> list[Link]:
        return links_to("entry", entry, self._all())

    def remove(
        self,
        table: ContentTable,
        key: str,
        by: Member,
        reason: str,
        instead: str = "",
        is_mended: bool = False,
        seen: Mapping[str, str] | None = None,
    ) -> list[Draft]:
        """Drafts that take a record away, handed in together. `is_mended`: what names it is mended in the same drafts,
        with `instead` (an id) in its place where one is given; `seen`: the record's texts as they were shown."""
        by.require("editor")
        _check_reason(reason)
        with transaction(self._database):
            if seen is not None:
                key = self._again(table, key, seen)
            if table.shape == "policies":
                return self._take_away("policy", key, by, reason, instead, is_mended)
            self._check_unasked(table, key)
            left = self._filed(table, self._without(table, key))
            changes = {self._item(table, key): left}
            kind = "source" if table.name == "sources" else ""
            if kind and self.links(table, key):
                _check_mended(is_mended, self.links(table, key))
                changes |= without(kind, key, self._all(), instead)
                changes[self._item(table, key)] = left
            return self._hand_in(changes, by, reason)

    def remove_entry(
        self, entry: str, by: Member, reason: str, instead: str = "", is_mended: bool = False
    ) -> list[Draft]:
        """The same for an entry."""
        by.require("editor")
        _check_reason(reason)
        with transaction(self._database):
            return self._take_away("entry", entry, by, reason, instead, is_mended)

    def _take_away(
        self, kind: str, item: str, by: Member, reason: str, instead: str, is_mended: bool
    ) -> list[Draft]:
        if self._knowledge.item(kind, item) is None:
            raise CurationError("这一条没有发布过，不用删除；不要的草稿请放弃")
        items = self._all()
        found = links_to(kind, item, items)
        changes: dict[tuple[str, str], Any] = {}
        if found:
            _check_mended(is_mended, found)
            changes = without(kind, item, items, instead)
        return self._hand_in({**changes, (kind, item): None}, by, reason)

    def _hand_in(self, changes: Mapping[tuple[str, str], Any], by: Member, reason: str) -> list[Draft]:
        drafts = []
        for (kind, item), content in changes.items():
            draft = self._drafting.open_of(kind, item)
            note = f"删除：{reason.strip()}"
            drafts.append(self._drafting.save(by, kind, item, content, draft.version if draft else 0, note))
        return [self._drafting.submit(draft.id, by) if draft.state == "draft" else draft for draft in drafts]

    def _all(self) -> dict[tuple[str, str], Any]:
        """(kind, item) → content of everything as it would be with the open drafts."""
        found = {(item.kind, item.name): item.content for item in self._knowledge.published()}
        found |= {draft.key: draft.content for draft in self._drafting.open()}
        return {key: content for key, content in found.items() if content is not None}

    def _item(self, table: ContentTable, key: str) -> tuple[str, str]:
        return ("policy", key) if table.shape == "policies" else ("file", table.file)

    def _whole(self, table: ContentTable) -> Any:
        """All records of a table, as they stand in its file."""
        found = self._file(table)
        return found.get(table.part) or [] if table.part else found

    def _file(self, table: ContentTable) -> Any:
        found = self._drafting.current("file", table.file)
        is_list = table.shape == "rows" and not table.part
        return found if found is not None else [] if is_list else empty_record(table)

    def _filed(self, table: ContentTable, whole: Any) -> Any:
        """The file with these records in it."""
        return {**self._file(table), table.part: whole} if table.part else whole

    def _by_key(self, table: ContentTable, whole: Any) -> dict[str, Mapping[str, Any]]:
        if table.shape == "record":
            return {"": whole}
        if table.shape == "keyed":
            return {str(key): content for key, content in whole.items()}
        if table.shape == "lists":
            return {name: {"name": name, "texts": texts} for name, texts in whole.items()}
        rows: dict[str, Mapping[str, Any]] = {str(number): row for number, row in enumerate(whole, 1)}
        if table.file == _TALK:
            shipped = {one.id: one for one in shipped_language().smalltalk}
            own = {row.get("id") for row in whole}
            # Of one that only changes the reply, what is said stands with the program.
            rows = {
                key: row
                if row.get("id") not in shipped
                else {**row, "said": list(shipped[row["id"]].patterns)}
                for key, row in rows.items()
            }
            rows |= {
                one.id: {"id": one.id, "reply": one.reply, "said": list(one.patterns)}
                for one in shipped.values()
                if one.id not in own
            }
        return rows

    def _begun(self, table: ContentTable, made: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The key of a new record, and the record with its id."""
        if table.shape == "lists":
            name = str(made.get("name") or "")
            if name in self._whole(table):
                raise Unsound({"name": [f"已经有“{name}”了，请打开那一条来改"]})
            return name, made
        if table.shape == "rows":
            whole = self._whole(table)
            if table.part == "questions":
                name = str(made.get("about") or made.get(table.label) or "")
                return str(len(whole) + 1), {"id": _short(name, {row["id"] for row in whole}), **made}
            if table.made_id:
                stem = f"own_{initials(str((made.get('patterns') or [''])[0]))}".rstrip("_")
                made = {"id": _letters(stem, {row.get("id") for row in whole}), **made}
            return str(len(whole) + 1), made
        taken = self.catalogue().items["policy" if table.shape == "policies" else "source"]
        begin = "" if table.shape == "policies" else "src-"
        name = initials(str(made.get(table.label) or "")) or "item"
        key = free_id(begin + name, lambda wanted: wanted in taken)
        made = {"names": [], **made} if table.shape == "policies" else made
        if table.shape == "policies":
            made = {"file": f"{POLICY_FOLDER}/{key}.yaml", "id": key, **made}
        return key, made

    def _with(self, table: ContentTable, key: str, made: dict[str, Any]) -> Any:
        whole = self._whole(table)
        if table.shape == "record":
            return made
        if table.shape == "keyed":
            return {**whole, key: made}
        if table.shape == "lists":
            name = str(made.get("name") or "")
            return {
                (name if old == key else old): (made.get("texts") or [] if old == key else texts)
                for old, texts in {**whole, key: whole.get(key, [])}.items()
            }
        made = {name: value for name, value in made.items() if name != "said"}
        number = int(key) if key.isascii() and key.isdecimal() else len(whole) + 1
        return [*whole[: number - 1], made, *whole[number:]]

    def _without(self, table: ContentTable, key: str) -> Any:
        whole = self._whole(table)
        if key not in self._by_key(table, whole) or (table.shape == "rows" and not key.isdecimal()):
            raise CurationError("这一条不能删，或刚刚删去了，请从列表里打开")
        if table.shape == "rows":
            return [row for number, row in enumerate(whole, 1) if str(number) != key]
        return {name: content for name, content in whole.items() if name != key}

    def _place(self, table: ContentTable, key: str) -> str:
        """What kb check puts before the fields of this record."""
        inside = f"{table.part}." if table.part else ""
        if table.shape == "rows" and not key.isdecimal():
            return f"{inside}{len(self._whole(table)) + 1}."
        return f"{inside}{key}."

    @staticmethod
    def _label(table: ContentTable, content: Mapping[str, Any]) -> str:
        if table.file == _TALK:
            said = content.get("patterns") or content.get("said") or [content.get("id", "")]
            return str(said[0])
        return str(content.get(table.label) or table.title) if table.label else table.title


def _likeness(texts: Mapping[str, str], seen: Mapping[str, str], label: str) -> tuple[bool, int]:
    """Whether two records are called the same, and how many fields they have in common."""
    same = [field for field, text in texts.items() if text and text == seen.get(field)]
    return label in same, len(same)


def _short(name: str, taken: set[Any]) -> str:
    """An id of two to six letters, as buttons carry it, which nothing has yet."""
    stem = "".join(letter for letter in initials(name) if letter.isalpha())[:5] or "q"
    ids = [f"{stem}{end}" for end in ("", *ascii_lowercase)]
    return next(made for made in ids if len(made) > 1 and made not in taken)


def _letters(stem: str, taken: set[Any]) -> str:
    """An id of letters alone, which nothing has yet."""
    made = "".join(letter for letter in stem if letter.isalpha() or letter == "_")
    while made in taken:
        made += "_x"
    return made


def _beside(table: ContentTable, place: str, problems: Sequence[FieldProblem]) -> dict[str, list[str]]:
    """Messages by the form's field; those of another record, or of none, under ""."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        field = problem.field
        own = field.startswith(place) or field == place.rstrip(".")
        column = table.column(field.removeprefix(place)) if own else None
        if column is None and table.shape == "lists" and own:
            column = table.column("texts")
        row = field.rpartition(".")[2]
        which = f"第 {row} 行：" if column and row.isdecimal() and field != place.rstrip(".") else ""
        said = in_words(f"{which}{problem.message}；{problem.remedy}")
        if column and problem.message.startswith("缺少字段"):
            said = f"“{column.heading}”还没有写"
        found.setdefault(column.field if column else "", []).append(said)
    return found


def _but_entries(problems: Sequence[FieldProblem], is_handed_in: bool) -> list[FieldProblem]:
    """A policy is written before its entries; handed in it is with the first of them."""
    kept = [problem for problem in problems if not problem.message.startswith("entries：")]
    if len(kept) < len(problems) and is_handed_in:
        remedy = "先保存草稿，再新建一个属于它的条目，两份一起提交审核"
        kept.append(FieldProblem("", "这项政策还没有条目", remedy))
    return kept


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise CurationError("删除时请写明原因")


def _check_mended(is_mended: bool, found: Sequence[Link]) -> None:
    if not is_mended:
        raise CurationError(f"还有 {len(found)} 处写到它，请勾选“一并改好”，或先把那几处改掉")

"""Questions with answers as entries: an id, a policy and a source for each, whatever little was written.

What comes without a source is the office's own word, and says so: nothing is said to stand in a document that nobody
named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from huiqi.formats.alternates import gathered, pairs, pairs_of, texts_of
from huiqi.formats.fields import FIELDS, completed
from huiqi.formats.question_table import OURS, Kind, QuestionRow, looks_like_a_list, question_rows
from huiqi.formats.table_file import CellProblem, Table
from huiqi.formats.workbook_reading import ADDED, CHANGED, DELETED, SAME, Base, RowPreview, WorkbookReading
from huiqi.pack.identity import POLICY_FOLDER, SOURCES_FILE, alternate_key
from huiqi.pack.office import OWN

FAQ, FAQ_TITLE = "faq", "常见问答"
"""The policy of questions that name none."""
OWN_SOURCE, OWN_TITLE = "own", "本单位的答复"
_SOURCE = "src"
_PARTS = re.compile(r"[\n；;]")


def add_questions(asked: list[tuple[Table, Kind]], base: Base, reading: WorkbookReading) -> None:
    """Make an entry of each question of these tables; one that there is already gets the answer, and the alternates
    that it lacks. `base`: what the rest of the workbook makes of the knowledge base."""
    made = _Made(base, reading)
    for table, kind in asked:
        rows, problems = question_rows(table, kind)
        reading.problems += problems
        for row in rows:
            made.add(table, kind, row)
        made.link(rows)
        unread = [
            heading for place, heading in table.headings.items() if place not in kind.places(table).values()
        ]
        if kind is OURS and unread:
            reading.notes.append(f"没有读的列：{'、'.join(unread)}")
        listed = [str(row.row) for row in rows if any(map(looks_like_a_list, row.alternates))]
        if kind is OURS and listed:
            reading.notes.append(
                f"{f'“{table.name}”' if table.name else ''}第 {'、'.join(listed)} 行的相似问里有逗号，当成了一句；是几句，就一行一句，或用；隔开再导入"
            )
        drafts = sum(row.is_draft for row in rows)
        if drafts:
            reading.notes.append(f"{drafts} 条只在追问里出现的，存为暂不使用，请看过再启用")
    made.finish()


class _Made:
    """The entries, sources and policies that come of the questions so far."""

    def __init__(self, base: Base, reading: WorkbookReading) -> None:
        self._base, self._reading = base, reading
        self._sources = dict(base.sources)
        self._policies = dict(base.policies)
        self._entries = dict(base.entries)
        self._by_title = {
            (entry["policy"], alternate_key(str(entry.get("title")))): item
            for item, entry in base.entries.items()
        }
        self._asked = {
            alternate_key(text): item
            for item, entry in base.entries.items()
            for text in (str(entry.get("title")), *texts_of(entry.get("alternates")))
        }
        """What is asked → the entry that it is asked of."""
        self._row_of: dict[str, tuple[str, int]] = {}
        self._id_of: dict[str, str] = {}
        self._last: dict[str, int] = {}
        """Stem of an id → the last number that is taken."""

    def add(self, table: Table, kind: Kind, row: QuestionRow) -> None:
        policy = self._policy(table, kind, row)
        if policy is None:
            return
        title = (policy, alternate_key(row.question))
        item = row.entry or self._by_title.get(title) or self._next(policy, self._base.entries)
        if item in self._row_of:
            sheet, other = self._row_of[item]
            message = f"问题“{row.question}”与{f'“{sheet}”' if sheet != table.name else ''}第 {other} 行重复"
            self._problem(table, kind, row, "question", message, "只留一行，别的说法写进相似问")
            return
        self._row_of[item], self._by_title[title], self._id_of[row.key] = (table.name, row.row), item, item
        self._note_places(table, kind, row, item)
        old = self._entries.get(item)
        if row.is_deleted:
            if old is not None:
                self._entries.pop(item)
                self._reading.changes[("entry", item)] = None
                self._reading.rows.append(RowPreview("entry", item, DELETED, title=row.question))
            return
        self._check_asked(table, kind, row, item)
        made = self._entry(policy, item, row, old)
        self._entries[item] = made

    def link(self, rows: list[QuestionRow]) -> None:
        """What a row leads on to is related to it, where that is used."""
        for row in rows:
            item = self._id_of.get(row.key)
            targets = [self._id_of[key] for key in row.links if key in self._id_of]
            used = [key for key in targets if key != item and self._entries[key]["status"] == "published"]
            if item in self._entries and used:
                entry = self._entries[item]
                self._entries[item] = {
                    **entry,
                    "see_also": list(dict.fromkeys((*entry.get("see_also", ()), *used))),
                }

    def finish(self) -> None:
        """Put what came of it among the changes."""
        for item, entry in self._entries.items():
            if item not in self._row_of:
                continue
            old = self._base.entries.get(item)
            changed = [
                label for key, label in _LABELS.items() if old is None or old.get(key) != entry.get(key)
            ]
            action = SAME if old == entry else CHANGED if old else ADDED
            fields = tuple(changed) if old else ()
            self._reading.rows.append(RowPreview("entry", item, action, fields, entry["title"]))
            if action != SAME:
                self._reading.changes[("entry", item)] = entry
        for item, policy in self._policies.items():
            if item not in self._base.policies and any(
                entry["policy"] == item for entry in self._entries.values()
            ):
                self._reading.changes[("policy", item)] = policy
                self._reading.rows.append(RowPreview("policy", item, ADDED, title=policy["title"]))
        for item in self._sources.keys() - self._base.sources.keys() - {OWN_SOURCE}:
            title = self._sources[item]["title"]
            self._reading.rows.append(RowPreview("file", f"来源 {item}", ADDED, title=title))
            self._reading.notes.append(
                f"来源“{title}”原来没有，登记为 {item}，可信程度先记作{OWN}；是文件原文、官方网页的，到“来源”表里改"
            )
        if self._sources != self._base.sources:
            self._reading.changes[("file", SOURCES_FILE)] = self._sources

    def _check_asked(self, table: Table, kind: Kind, row: QuestionRow, item: str) -> None:
        """Nothing is asked of two entries: neither would be the answer."""
        said = [("question", row.question), *(("alternates", text) for _, text in pairs_of(row.alternates))]
        for field, text in said:
            owner = self._asked.setdefault(alternate_key(text), item)
            if owner != item:
                sheet, other = self._row_of.get(owner, ("", 0))
                of = f"第 {other} 行" if other and sheet == table.name else f"条目 {owner} "
                remedy = "只留在一个条目里；确实两边都会这样问，就改写得能分清"
                self._problem(table, kind, row, field, f"“{text}”与{of}的问法重复", remedy)

    def _entry(
        self, policy: str, item: str, row: QuestionRow, old: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        sources = [self._source(part) for part in _parts(row.source)] or [self._source(OWN)]
        asked = pairs_of(row.alternates)
        if old is None:
            made: dict[str, Any] = {"policy": policy, "id": item, "title": row.question}
            made["alternates"] = gathered(asked or pairs_of([row.question]))
            made |= {"status": "draft"} if row.is_draft else {}
        else:
            made = {**old, "sources": list(dict.fromkeys((*(old.get("sources") or ()), *sources)))}
            if old.get("title") != row.question:
                made |= {"title": row.question, "short_title": None}
            known = {alternate_key(text) for _, text in (*pairs(old["alternates"]), ("", row.question))}
            more = [(group, text) for group, text in asked if alternate_key(text) not in known]
            made["alternates"] = gathered([*pairs(old["alternates"]), *more], old["alternates"])
        return completed({**made, "summary": {"text": row.answer, "source": sources}})

    def _policy(self, table: Table, kind: Kind, row: QuestionRow) -> str | None:
        """The id of the policy that a row belongs to; None where it names one that there is not."""
        if not row.policy:
            if row.entry in self._entries:
                return str(self._entries[row.entry]["policy"])
            if FAQ not in self._policies:
                self._policies[FAQ] = self._faq()
            return FAQ
        for item, policy in self._policies.items():
            if row.policy in (item, policy.get("title"), *(policy.get("names") or ())):
                return item
        self._problem(table, kind, row, "policy", f"没有政策“{row.policy}”", "先在“政策”表里加上它，或空着")
        return None

    def _faq(self) -> dict[str, Any]:
        title = f"{self._base.office.get('organisation') or ''}{FAQ_TITLE}"
        file = f"{POLICY_FOLDER}/{FAQ}.yaml"
        return {"file": file, "id": FAQ, "title": title, "sources": [self._source(OWN)]}

    def _source(self, said: str) -> str:
        """The id of the source that was written so: an id, a title, or something new. Whether a new one is the
        original nobody has said, so that it is named on the office's word."""
        if said == OWN:
            own = [key for key, source in self._sources.items() if source.get("confidence") == OWN]
            if OWN_SOURCE in own or len(own) != 1:
                self._sources.setdefault(OWN_SOURCE, {"title": OWN_TITLE, "confidence": OWN})
                return OWN_SOURCE
            return own[0]
        for key, source in self._sources.items():
            if said in (key, source.get("title")):
                return key
        new = self._next(_SOURCE, self._sources)
        address = re.search(r"https?://\S+", said)
        self._sources[new] = {"title": said, **({"urls": [address[0]]} if address else {}), "confidence": OWN}
        return new

    def _next(self, stem: str, taken: Iterable[str]) -> str:
        """The next id of this stem: stem-12, behind the last one that is taken."""
        if stem not in self._last:
            numbers = (re.fullmatch(rf"{re.escape(stem)}-(\d+)", key) for key in taken)
            self._last[stem] = max((int(found[1]) for found in numbers if found), default=0)
        self._last[stem] += 1
        return f"{stem}-{self._last[stem]}"

    def _note_places(self, table: Table, kind: Kind, row: QuestionRow, item: str) -> None:
        shown_in = _SHOWN_IN if row.alternates else {**_SHOWN_IN, "alternates": "question"}
        for field, shown in shown_in.items():
            self._reading.places[(item, field)] = (table.name, row.row, _heading(table, kind, shown))
        self._reading.places.setdefault(
            ("policy:" + FAQ, "id"), (table.name, row.row, _heading(table, kind, "question"))
        )

    def _problem(
        self, table: Table, kind: Kind, row: QuestionRow, field: str, message: str, remedy: str
    ) -> None:
        self._reading.problems.append(
            CellProblem(table.name, row.row, _heading(table, kind, field), message, remedy)
        )


_SHOWN_IN = {
    "id": "entry",
    "policy": "policy",
    "title": "question",
    "short_title": "question",
    "summary": "answer",
    "summary.source": "source",
    "sources": "source",
    "alternates": "alternates",
}
"""Field of an entry → field of a row."""
_LABELS = {
    key: FIELDS[key].label for key in ("title", "summary", "alternates", "sources", "see_also", "status")
}


def _heading(table: Table, kind: Kind, field: str) -> str:
    """The heading of a field's column; of the question's, where it has none of its own."""
    places = kind.places(table)
    return table.headings[places.get(field, places["question"])]


def _parts(source: str) -> Iterator[str]:
    return (part.strip() for part in _PARTS.split(source) if part.strip())

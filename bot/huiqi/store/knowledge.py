"""The knowledge base in the database: every revision of every item, and which one of each is published.

An item is a policy, an entry, or one of the shared files (sources, synonyms …). The pack in knowledge/ seeds it;
afterwards this is the truth: a later import changes only what staff have not touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huiqi.pack.identity import POLICY_FOLDER
from huiqi.pack.model import Pack
from huiqi.store.asking_again import AskingAgain
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction

if TYPE_CHECKING:
    from huiqi.formats.document import Document

STAFF, IMPORT = "staff", "import"
WORKBENCH = "workbench"
"""What `KnowledgeStore.source` says of a base that came from no folder."""


@dataclass(frozen=True)
class Item:
    """One piece of the pack: `kind` is policy, entry or file; `content` is its YAML data."""

    kind: str
    name: str
    content: Any


@dataclass(frozen=True)
class Revision:
    """One version of an item. `content` is None where the item was deleted."""

    id: int
    kind: str
    item: str
    content: Any
    author: str
    origin: str
    note: str
    created_at: str


@dataclass(frozen=True)
class ImportResult:
    """What an import did, or (a dry run) would do. `conflicts`: items that staff changed, and the folder since, and that
    it left alone; `kept`: what staff added, changed or took out, of which the folder says nothing new."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    conflicts: tuple[str, ...]
    kept: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True)
class ItemChange:
    """A policy or an entry before and after a release; None where there was, or is, none."""

    kind: str
    item: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


class KnowledgeStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        return self._database

    def fingerprint(self) -> str | None:
        """The fingerprint of the published pack, or None before the first import."""
        row = self._latest_release()
        return row[0] if row else None

    def folder_fingerprint(self) -> str | None:
        """The fingerprint of the folder that was last imported."""
        row = self._database.conn.execute(
            "select folder from release where folder is not null order by id desc limit 1"
        ).fetchone()
        return row[0] if row else None

    def source(self) -> str | None:
        """Where the folder lies that was last imported, or WORKBENCH; None where nothing is published, or it was
        imported before this was remembered."""
        row = self._database.conn.execute(
            "select source from release where folder is not null order by id desc limit 1"
        ).fetchone()
        if row is not None:
            return str(row[0]) if row[0] is not None else None
        return WORKBENCH if self.fingerprint() is not None else None

    def is_changed_by_staff(self) -> bool:
        return bool(self._touched_by_staff())

    def changed_entries(self) -> set[str]:
        """The entries that staff have changed since a folder brought them."""
        return {name for kind, name in self._touched_by_staff() if kind == "entry"}

    def revision_of(self, entry: str) -> int | None:
        row = self._database.conn.execute(
            "select revision from published where kind = 'entry' and item = ?", [entry]
        ).fetchone()
        return row[0] if row else None

    def revisions(self) -> dict[str, int]:
        """Entry id → number of its published revision."""
        rows = self._database.conn.execute("select item, revision from published where kind = 'entry'")
        return dict(rows.fetchall())

    def first_seen(self) -> dict[str, str]:
        """Entry id → the moment of its first revision."""
        rows = self._database.conn.execute(
            "select item, min(created_at) from revision where kind = 'entry' group by item"
        )
        return dict(rows.fetchall())

    def documents(self) -> dict[str, Document]:
        """The published pack as its files, as `check_documents` takes them."""
        return _documents(self.files())

    def files(self) -> dict[str, Any]:
        """The published pack as file name → YAML data."""
        return _files(self._published())

    def published(self) -> list[Item]:
        """Every item in force, in the order of the files."""
        return list(self._published())

    def release(self) -> str:
        """What names the state in force: the number of its release and its fingerprint; "" where there is none."""
        number = self._newest_release()
        return f"{number} {self.fingerprint()}" if number else ""

    def items_at(self, release: str) -> dict[tuple[str, str], Any] | None:
        """(kind, item) → content, as it was when `release` (see there) was in force; None where this base never had it."""
        number, _, fingerprint = release.partition(" ")
        row = self._database.conn.execute(
            "select fingerprint, created_at from release where id = ?",
            [int(number) if number.isascii() and number.isdecimal() and len(number) < 12 else 0],
        ).fetchone()
        if row is None or row[0] != fingerprint:
            return None
        rows = self._database.conn.execute(
            "select r.kind, r.item, r.content from revision r join "
            "(select max(id) as id from revision where created_at <= ? group by kind, item) last on last.id = r.id "
            "where r.content is not null order by r.id",
            [row[1]],
        )
        return {(kind, item): json.loads(content) for kind, item, content in rows.fetchall()}

    def files_of(self, items: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
        """Items put together as files: name → data."""
        return _files(Item(*key, content) for key, content in sorted(items.items(), key=_in_file_order))

    def pack(self) -> Pack:
        """The published pack, checked. Raises PackError where the database was tampered with."""
        return _checked(self.documents(), is_stored=True)

    def import_documents(
        self,
        documents: Mapping[str, Document],
        author: str,
        folder_fingerprint: str | None = None,
        dry_run: bool = False,
        source: str | None = None,
        is_new: bool = False,
    ) -> ImportResult:
        """Take over a folder's files in one transaction; `source`: where it lies; `is_new`: nothing else stays, not
        even what staff changed. Raises PackError, changing nothing, if the outcome would be a broken pack."""
        _checked(documents)
        before = self._newest_release()
        incoming = {(item.kind, item.name): item for item in _items(documents)}
        current = {(item.kind, item.name): item for item in self._published()}
        staff = set() if is_new else self._touched_by_staff()
        added: list[str] = []
        changed: list[str] = []
        removed: list[str] = []
        conflicts: list[str] = []
        kept: list[str] = []
        merged: dict[tuple[str, str], Item] = {}
        for key, item in incoming.items():
            if key in current and current[key].content == item.content:
                merged[key] = current[key]
            elif key in staff:
                # What staff changed stays, and what they took out on purpose stays out.
                if key in current:
                    merged[key] = current[key]
                (kept if self._was_imported(item) else conflicts).append(item.name)
            else:
                merged[key] = item
                (changed if key in current else added).append(item.name)
        for key, item in current.items():
            if key not in incoming and key in staff:
                merged[key] = item
                # What a folder brought once and has no more, it has changed as well.
                is_own = all(revision.origin == STAFF for revision in self.history(*key))
                (kept if is_own else conflicts).append(item.name)
            elif key not in incoming:
                removed.append(item.name)
        result = ImportResult(*map(tuple, (added, changed, removed, conflicts, kept)))
        outcome = _documents(_files(merged.values()))
        pack = _checked(outcome)
        is_same = folder_fingerprint == self.folder_fingerprint() and source in (None, self.source())
        if not dry_run and not (result.is_empty and is_same):
            with transaction(self._database):
                is_overtaken = self._newest_release() != before
                if not is_overtaken:
                    self._insert(
                        merged,
                        current,
                        author,
                        IMPORT,
                        pack.fingerprint,
                        folder_fingerprint,
                        "导入",
                        source,
                        is_new,
                    )
            if is_overtaken:
                # Compared with what is no longer in force: once more.
                return self.import_documents(documents, author, folder_fingerprint, dry_run, source, is_new)
        return result

    def _was_imported(self, item: Item) -> bool:
        """Whether a folder said the same before: staff changed it after that."""
        return any(
            revision.origin == IMPORT and revision.content == item.content
            for revision in self.history(item.kind, item.name)
        )

    def item(self, kind: str, name: str) -> Any:
        """The published content of one item, or None."""
        row = self._database.conn.execute(
            "select r.content from published p join revision r on r.id = p.revision where p.kind = ? and p.item = ?",
            [kind, name],
        ).fetchone()
        return json.loads(row[0]) if row else None

    def revision_number(self, kind: str, name: str) -> int | None:
        """The number of an item's published revision, or None where it is not published."""
        row = self._database.conn.execute(
            "select revision from published where kind = ? and item = ?", [kind, name]
        ).fetchone()
        return row[0] if row else None

    def content_of(self, revision: int) -> Any:
        """The content of a revision by its number; None where there is none, or it was a deletion."""
        row = self._database.conn.execute("select content from revision where id = ?", [revision]).fetchone()
        return json.loads(row[0]) if row and row[0] is not None else None

    def history(self, kind: str, name: str) -> list[Revision]:
        """Every revision of an item, the newest first."""
        rows = self._database.conn.execute(
            "select id, kind, item, content, author, origin, note, created_at from revision "
            "where kind = ? and item = ? order by id desc",
            [kind, name],
        )
        return [
            Revision(*(*row[:3], json.loads(row[3]) if row[3] is not None else None, *row[4:]))
            for row in rows.fetchall()
        ]

    def entries_changed(self, limit: int) -> list[tuple[str, str]]:
        """(entry, when) of what was written or changed after the first release, the newest first."""
        rows = self._database.conn.execute(
            "select item, max(created_at) as moment from revision where kind = 'entry' and content is not null "
            "and created_at > (select min(created_at) from release) group by item order by moment desc, item limit ?",
            [limit],
        )
        return [(item, moment) for item, moment in rows.fetchall()]

    def changes_of(self, release: int) -> list[ItemChange]:
        """The policies and entries that a release made, changed or took away, however it came about."""
        rows = self._database.conn.execute(
            "select r.kind, r.item, old.content, r.content from release l "
            "join revision r on r.created_at = l.created_at and r.author = l.author "
            "left join revision old on old.id = (select max(o.id) from revision o "
            "where o.kind = r.kind and o.item = r.item and o.id < r.id) "
            "where l.id = ? and r.kind in ('policy', 'entry') order by r.id",
            [release],
        )
        return [
            ItemChange(
                kind, item, json.loads(before) if before else None, json.loads(after) if after else None
            )
            for kind, item, before, after in rows.fetchall()
        ]

    def released_at(self, release: int) -> str | None:
        """The instant of a release."""
        row = self._database.conn.execute("select created_at from release where id = ?", [release]).fetchone()
        return row[0] if row else None

    def deleted(self) -> list[Revision]:
        """The deletion of each entry that is gone, the newest first."""
        rows = self._database.conn.execute(
            "select r.id, r.kind, r.item, r.content, r.author, r.origin, r.note, r.created_at from revision r "
            "where r.kind = 'entry' and r.content is null and r.id = "
            "(select max(id) from revision where kind = r.kind and item = r.item) order by r.id desc"
        )
        return [Revision(*row) for row in rows.fetchall()]

    def overlaid(self, changes: Mapping[tuple[str, str], Any], is_new: bool = False) -> dict[str, Document]:
        """The published pack as files, with `changes` ((kind, item) → content, None to delete) put over it; `is_new`:
        over none."""
        current = [] if is_new else self._published()
        merged = self._merged({(item.kind, item.name): item for item in current}, changes)
        return _documents(_files(merged.values()))

    def publish(self, changes: Mapping[tuple[str, str], Any], author: str, note: str) -> int:
        """Put staff's `changes` in force in one transaction; returns the number of the release. Raises PackError,
        changing nothing, where the outcome would be a broken pack. Call it inside a write transaction."""
        current = {(item.kind, item.name): item for item in self._published()}
        previous = {key: self.revision_number(*key) for key in changes}
        merged = self._merged(current, changes)
        pack = _checked(_documents(_files(merged.values())))
        self._insert(merged, current, author, STAFF, pack.fingerprint, None, note)
        connection = self._database.conn
        release: int = connection.execute("select max(id) from release").fetchone()[0]
        for key, before in previous.items():
            connection.execute(
                "insert into release_item (release, kind, item, revision, previous) values (?, ?, ?, ?, ?)",
                [release, *key, self.revision_number(*key), before],
            )
        return release

    @staticmethod
    def _merged(
        current: Mapping[tuple[str, str], Item], changes: Mapping[tuple[str, str], Any]
    ) -> dict[tuple[str, str], Item]:
        merged = dict(current)
        for key, content in changes.items():
            if content is None:
                merged.pop(key, None)
            else:
                merged[key] = Item(*key, content)
        return merged

    def _insert(
        self,
        merged: Mapping[tuple[str, str], Item],
        current: Mapping[tuple[str, str], Item],
        author: str,
        origin: str,
        fingerprint: str,
        folder: str | None,
        note: str,
        source: str | None = None,
        is_new: bool = False,
    ) -> None:
        """`is_new`: what stays the same is of `origin` from now on, too."""
        moment = now()
        connection = self._database.conn
        for position, (key, item) in enumerate(merged.items()):
            if key in current and current[key].content == item.content and not is_new:
                connection.execute(
                    "update published set position = ? where kind = ? and item = ?", [position, *key]
                )
                continue
            row = connection.execute(
                "insert into revision (kind, item, content, author, origin, note, created_at) "
                "values (?, ?, ?, ?, ?, ?, ?) returning id",
                [*key, _dump(item.content), author, origin, note, moment],
            ).fetchone()
            connection.execute(
                "insert into published (kind, item, revision, position) values (?, ?, ?, ?) "
                "on conflict (kind, item) do update set revision = excluded.revision, position = excluded.position",
                [*key, row[0], position],
            )
        for key in current:
            if key not in merged:
                connection.execute("delete from published where kind = ? and item = ?", list(key))
                connection.execute(
                    "insert into revision (kind, item, content, author, origin, note, created_at) "
                    "values (?, ?, null, ?, ?, ?, ?)",
                    [*key, author, origin, "删除", moment],
                )
        (release,) = connection.execute(
            "insert into release (fingerprint, folder, author, note, created_at, source) "
            "values (?, ?, ?, ?, ?, ?) returning id",
            [fingerprint, folder, author, note, moment, source],
        ).fetchone()
        # However it came about, what could not be answered is asked again afterwards.
        AskingAgain(self._database).add(release, (), ())

    def _published(self) -> list[Item]:
        rows = self._database.conn.execute(
            "select p.kind, p.item, r.content from published p join revision r on r.id = p.revision "
            "order by p.position, p.kind, p.item"
        )
        return [Item(kind, name, json.loads(content)) for kind, name, content in rows]

    def _touched_by_staff(self) -> set[tuple[str, str]]:
        """Items whose revision in force is staff's, and items that staff deleted."""
        rows = self._database.conn.execute(
            "select r.kind, r.item from revision r join "
            "(select max(id) as id from revision group by kind, item) last on last.id = r.id "
            "where r.origin = ?",
            [STAFF],
        )
        return {(kind, name) for kind, name in rows}

    def _newest_release(self) -> int:
        row = self._database.conn.execute("select coalesce(max(id), 0) from release").fetchone()
        return int(row[0])

    def _latest_release(self) -> tuple[str] | None:
        row: tuple[str] | None = self._database.conn.execute(
            "select fingerprint from release order by id desc limit 1"
        ).fetchone()
        return row


def _in_file_order(item: tuple[tuple[str, str], Any]) -> int:
    """A policy before its entries."""
    return ("file", "policy", "entry").index(item[0][0])


def _dump(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False)


# What reads and checks YAML is imported late: an answered question only needs the database.


def _documents(files: Mapping[str, Any]) -> dict[str, Document]:
    from huiqi.formats.document import Document

    return {name: Document(name, data, {}, ()) for name, data in files.items()}


def _checked(documents: Mapping[str, Document], is_stored: bool = False) -> Pack:
    """The pack of these files. Raises PackError with everything that is wrong."""
    from huiqi.formats.pack_reader import check_documents

    return check_documents(documents, is_stored)


def _items(documents: Mapping[str, Document]) -> Iterator[Item]:
    for name, document in documents.items():
        if not name.startswith(POLICY_FOLDER + "/"):
            yield Item("file", name, document.data)
            continue
        policy = document.data["policy"]
        yield Item("policy", policy["id"], {"file": name, **policy})
        for entry in document.data["entries"]:
            yield Item("entry", entry["id"], {"policy": policy["id"], **entry})


def _files(items: Any) -> dict[str, Any]:
    """Items put together as files again: the inverse of `_items`."""
    files: dict[str, Any] = {}
    file_of: dict[str, str] = {}
    entries = []
    for item in items:
        if item.kind == "file":
            files[item.name] = item.content
        elif item.kind == "policy":
            content = dict(item.content)
            name = content.pop("file", f"{POLICY_FOLDER}/{item.name}.yaml")
            file_of[item.name] = name
            files[name] = {"policy": content, "entries": []}
        else:
            entries.append(item)
    for item in entries:
        content = dict(item.content)
        files[file_of[content.pop("policy")]]["entries"].append(content)
    return files

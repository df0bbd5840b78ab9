"""Corrections: where a release changes a figure, a date, a condition or a phone that people were given, or takes an answer
back, those who were given the old one are told, after a member of staff has seen whom and with which words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.language.values import figures_of
from huiqi.store.audit import AuditTrail
from huiqi.store.corrections import Correction, Corrections, Given
from huiqi.store.database import Database
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.notifications import CORRECTION, Notifications
from huiqi.store.tickets import Tickets
from huiqi.store.transaction import transaction

GIVEN_WITHIN = timedelta(days=90)
ALWAYS = ("条件", "电话")
"""Facets of which every change counts, not that of a figure alone."""
SUMMARY, VALIDITY = "概要", "有效期"
IN_ALL = frozenset({SUMMARY, VALIDITY, "电话"})
"""What concerns everybody who was given the entry, whichever facet they asked for: an answer ends with whom to ask."""
TAKEN_BACK = "“{title}”这条答复已经撤回，请不要再按它办。"
CHANGED = "“{title}”的{facet}更正了：原来写“{before}”，现在是“{after}”。请以现在的为准。"
NOW = "“{title}”的{facet}更正了，现在是“{after}”。请以现在的为准。"
SEVERAL = "“{title}”更正了{facets}。请以现在的为准。"
LONGEST_QUOTE = 60
LONGEST_TEXT = 500


@dataclass(frozen=True)
class Change:
    """A facet (or the summary) that says another thing than before; `after` is None where it is known no longer."""

    facet: str
    before: str
    after: str | None


def is_answer(content: Mapping[str, Any] | None) -> bool:
    """Whether an entry of this content is given as an answer."""
    return content is not None and content.get("status", "published") == "published"


def changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Change]:
    """What people who were given `old` must hear; `new` is None where the entry was taken back."""
    if old is None:
        return []
    before, after = _texts(old), _texts(new) if new is not None else {}
    found = []
    for facet, text in before.items():
        newer = after.get(facet)
        if newer == text:
            continue
        is_figure = _figures(text) - _figures(newer or "")
        if newer is None or facet in ALWAYS or is_figure:
            found.append(Change(facet, text, newer))
    for name in ("valid_from", "valid_to"):
        if new is not None and old.get(name) and str(old.get(name)) != str(new.get(name)):
            found.append(Change(VALIDITY, str(old[name]), str(new.get(name) or "未查明")))
    return found


def wording(title: str, found: list[Change], is_taken_back: bool) -> str:
    """What they are told, unless staff write it otherwise."""
    if is_taken_back:
        return TAKEN_BACK.format(title=title)
    # The summary says again what its facets say.
    told = [one for one in found if one.facet != SUMMARY] or found
    if len({(one.facet, one.after) for one in told}) == 1:
        one, after = told[0], _short(told[0].after or "未查明")
        if len(told) > 1:
            # People were given different ones.
            return NOW.format(title=title, facet=one.facet, after=after)
        return CHANGED.format(title=title, facet=one.facet, before=_short(one.before), after=after)
    return SEVERAL.format(title=title, facets="、".join(dict.fromkeys(one.facet for one in told)))


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    """What an entry says, by facet; what is 未查明 is left out."""
    parts = {SUMMARY: content.get("summary"), **(content.get("facets") or {})}
    return {
        name: str(part["text"])
        for name, part in parts.items()
        if isinstance(part, Mapping) and part.get("text")
    }


def _figures(text: str) -> set[Any]:
    return {(figure.kind, figure.value) for figure in figures_of(text)}


def _short(text: str) -> str:
    text = text.removesuffix("。")
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"


class CorrectionDesk:
    """The corrections of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._store = Corrections(database)
        self._knowledge = KnowledgeStore(database)
        self._notifications = Notifications(database)
        self._tickets = Tickets(database)
        self._audit = AuditTrail(database)

    def note(self, release: int) -> None:
        """Lay what a release changed before staff: call it in a transaction, once. What was proposed of the same entry
        before is compared with what is so now."""
        for changed in self._store.changed_by(release):
            if not is_answer(changed.before) and not is_answer(changed.after):
                continue
            self._store.overtake(changed.entry)
            given = self._given(changed.entry, changed.revision, changed.after)
            if not given:
                continue
            is_taken_back = not is_answer(changed.after)
            found: dict[Change, None] = {}
            for revision in sorted({one.revision for one in given}, reverse=True):
                old = self._knowledge.content_of(revision)
                found |= dict.fromkeys(changes(old, None if is_taken_back else changed.after))
            title = str((changed.after or changed.before or {}).get("short_title") or changed.entry)
            self._store.add(
                release,
                changed.entry,
                changed.revision,
                None if is_taken_back else list(dict.fromkeys(one.facet for one in found)),
                [(one.facet, one.before, one.after) for one in found],
                wording(title, list(found), is_taken_back),
            )

    def waiting(self) -> list[Correction]:
        return self._store.with_state("proposed")

    def given(self, correction: Correction) -> list[Given]:
        """Who was given the old one within ninety days and can be told, each once."""
        after = self._knowledge.item("entry", correction.entry)
        return self._given(correction.entry, correction.revision, after)

    def send(self, number: int, text: str, by: Member) -> int:
        """Queue a correction for all who were given the old one; returns how many."""
        by.require("reviewer")
        said = text.strip()
        if not said:
            raise CurationError("请写出要告诉他们的话")
        if len(said) > LONGEST_TEXT:
            raise CurationError(f"更正的话最多 {LONGEST_TEXT} 个字，请写短一些")
        with transaction(self._database):
            correction = self._to_decide(number)
            if self._store.is_overtaken(correction):
                raise Conflict("这条答复之后又改过，请过几秒刷新，按现在的名单和话再发")
            count = 0
            for given in self.given(correction):
                key = f"{CORRECTION}/{number}/{given.channel}/{given.asker or given.conversation}"
                count += self._notifications.add(
                    CORRECTION,
                    given.channel,
                    given.conversation,
                    given.asker,
                    key,
                    question=given.question,
                    entry=correction.entry,
                    text=said,
                )
            self._store.decide(number, "sent", by.name, said)
            self._audit.add(by.name, "发更正通知", "entry", correction.entry, None, {"told": count}, said)
            return count

    def drop(self, number: int, by: Member) -> None:
        """Nobody need be told."""
        by.require("reviewer")
        with transaction(self._database):
            correction = self._to_decide(number)
            self._store.decide(number, "dropped", by.name, "")
            self._audit.add(by.name, "不发更正通知", "entry", correction.entry)

    def _to_decide(self, number: int) -> Correction:
        correction = self._store.get(number)
        if correction is None or correction.state != "proposed":
            raise Conflict("这条更正已经有人处理过了，请刷新后再看")
        return correction

    def _given(self, entry: str, revision: int, after: Mapping[str, Any] | None) -> list[Given]:
        """The newest answer of each who was given `revision` or an older one that says another thing than `after`."""
        since = (datetime.now(UTC) - GIVEN_WITHIN).isoformat(timespec="milliseconds")
        rows = self._store.given(entry, revision, since)
        kept = self._tickets.remembered(row.question for row in rows if row.question is not None)
        changed_since = cache(self._changed_facets(after))
        found: dict[tuple[str, str | None], Given] = {}
        for row in rows:
            facets = changed_since(row.revision)
            # An answer as a whole held what is changed; one of another facet did not.
            concerned = bool(facets) and (row.facet is None or bool(facets & (IN_ALL | {row.facet})))
            if concerned and (row.asker or row.question in kept):
                found[row.channel, row.asker or row.conversation] = row
        return list(found.values())

    def _changed_facets(self, after: Mapping[str, Any] | None) -> Callable[[int], frozenset[str]]:
        """Revision → what is said otherwise in `after`; all of it where that is no answer."""

        def changed(revision: int) -> frozenset[str]:
            old = self._knowledge.content_of(revision)
            if not is_answer(old):
                return frozenset()
            if not is_answer(after):
                return IN_ALL
            return frozenset(change.facet for change in changes(old, after))

        return changed

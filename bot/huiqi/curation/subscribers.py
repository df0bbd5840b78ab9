"""Who is told of a publication: subscribers of what it changed, each with one notice, and companies whose kept self-check
fits something new."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from huiqi.answering.subscribing import called
from huiqi.assistant.following import fitting_entries
from huiqi.pack.model import Entry, Pack
from huiqi.people.release_news import SHOWN, News, news_of, told
from huiqi.store.database import Database
from huiqi.store.kept_checks import KeptCheck, KeptChecks
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.notifications import CHANGE, FITS, Notifications
from huiqi.store.subscriptions import ENTRY, EVERYTHING, POLICY, TOPIC, Subscription, Subscriptions
from huiqi.store.transaction import transaction

_NEAREST_FIRST = (ENTRY, TOPIC, POLICY, EVERYTHING)


class SubscriberDesk:
    """The subscriptions and kept self-checks of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._knowledge = KnowledgeStore(database)
        self._subscriptions = Subscriptions(database)
        self._checks = KeptChecks(database)
        self._notifications = Notifications(database)

    def news_of(self, release: int, pack: Pack) -> list[News]:
        """What a release has to tell; `pack`: the one in force."""
        return news_of(self._knowledge.changes_of(release), pack)

    def note(self, release: int, news: Sequence[News], pack: Pack) -> int:
        """Queue a notice for each who subscribed to something of it before: call it in the transaction that takes the
        release up, once. Returns how many."""
        moment = self._knowledge.released_at(release)
        if moment is None or not news:
            return 0
        people: dict[tuple[str, str], list[Subscription]] = {}
        for item in self._subscriptions.made_by(moment):
            if any(one.is_about(item.scope) for one in news):
                people.setdefault((item.channel, item.asker), []).append(item)
        count = 0
        with transaction(self._database):
            for (channel, asker), mine in people.items():
                mine.sort(key=lambda item: _NEAREST_FIRST.index(item.scope.kind))
                theirs = [one for one in news if any(one.is_about(item.scope) for item in mine)]
                first = next((one.entry for one in theirs if one.entry in pack.entries), None)
                count += self._notifications.add(
                    CHANGE,
                    channel,
                    mine[0].conversation,
                    asker,
                    f"{CHANGE}/{release}/{channel}/{asker}",
                    entry=first,
                    text=told([called(item.scope, pack) for item in mine], theirs),
                    subscription=mine[0].id,
                )
        return count

    def fitting(self, pack: Pack, day: date) -> list[tuple[KeptCheck, list[Entry]]]:
        """The kept self-checks that fit what they did not fit before, and what that is."""
        found = []
        for check in self._checks.all():
            new = [
                entry for entry in fitting_entries(pack, check.answers, day) if entry.id not in check.known
            ]
            if new:
                found.append((check, new))
        return found

    def note_fitting(self, fitting: Sequence[tuple[KeptCheck, list[Entry]]]) -> int:
        """Queue a notice for each; each entry is told once. Returns how many."""
        count = 0
        with transaction(self._database):
            for check, new in fitting:
                if self._checks.of(check.channel, check.asker) != check:
                    # Ended, or told, since.
                    continue
                self._checks.told(check, [entry.id for entry in new])
                count += self._notifications.add(
                    FITS,
                    check.channel,
                    check.conversation,
                    check.asker,
                    entry=new[0].id,
                    text=_fitting(new),
                )
        return count


def _fitting(entries: Sequence[Entry]) -> str:
    lines = [f"“{entry.short_title}”{_gives(entry)}" for entry in entries[:SHOWN]]
    if len(entries) > SHOWN:
        lines.append(f"还有 {len(entries) - SHOWN} 项，回复“自查”看全部")
    head = f"按您留下的自查答案，新有 {len(entries)} 项可能适用"
    said = f"：{lines[0]}" if len(lines) == 1 else "\n".join(["：", *(f"· {line}" for line in lines)])
    return f"{head}{said}\n以主管部门认定为准。"


def _gives(entry: Entry) -> str:
    amount = entry.eligibility.amount if entry.eligibility else ""
    return f"：{amount}" if amount else ""

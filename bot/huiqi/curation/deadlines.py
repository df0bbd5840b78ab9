"""Who is told before something ends: subscribers, and companies whose kept self-check it fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from huiqi.answering.reply import spoken_day
from huiqi.answering.subscribing import called, covered, said_days
from huiqi.assistant.following import fitting_entries
from huiqi.pack.model import Entry, Pack
from huiqi.people.lead_days import DEFAULT_LEADS
from huiqi.people.release_news import SHOWN
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.kept_checks import KeptChecks
from huiqi.store.notifications import DEADLINE, Notifications
from huiqi.store.subscriptions import Subscriptions
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class Ending:
    """An entry that ends `left` days from now, within `lead` days and no shorter lead."""

    entry: Entry
    end: date
    left: int
    lead: int


@dataclass
class _Told:
    """What one person is to be told: of what, and for which subscription (None: for a kept self-check)."""

    conversation: str
    endings: dict[str, Ending]
    name: str
    subscription: int | None


class DeadlineDesk:
    """`leads`: days before an end at which people are told, none for never."""

    def __init__(self, database: Database, leads: Sequence[int] = DEFAULT_LEADS) -> None:
        self._database = database
        self._leads = sorted(leads)
        self._subscriptions = Subscriptions(database)
        self._checks = KeptChecks(database)
        self._notifications = Notifications(database)

    def endings(self, pack: Pack, day: date) -> list[Ending]:
        """The entries that end soon enough to be told on a day, the next first."""
        found = []
        for entry in pack.published:
            end = entry.validity.end
            lead = next((lead for lead in self._leads if end and 0 <= (end - day).days <= lead), None)
            if end is not None and lead is not None:
                found.append(Ending(entry, end, (end - day).days, lead))
        return sorted(found, key=lambda ending: (ending.end, ending.entry.id))

    def note(self, pack: Pack, day: date) -> int:
        """Queue a notice for each person and each end that is near, once a lead however often this is called. Returns how
        many."""
        endings = self.endings(pack, day)
        if not endings:
            return 0
        found = self._by_subscription(endings, pack)
        for key, told in self._by_check(endings, pack, day).items():
            found.setdefault(key, told)
        count = 0
        with transaction(self._database):
            for (channel, asker, end, lead), told in found.items():
                count += self._notifications.add(
                    DEADLINE,
                    channel,
                    told.conversation,
                    asker,
                    f"{DEADLINE}/{end}/{lead}/{channel}/{asker}",
                    entry=next(iter(told.endings)),
                    text=_text(told),
                    subscription=told.subscription,
                )
        return count

    def _by_subscription(
        self, endings: Sequence[Ending], pack: Pack
    ) -> dict[tuple[str, str, date, int], _Told]:
        found: dict[tuple[str, str, date, int], _Told] = {}
        for item in self._subscriptions.made_by(now()):
            made_on = pack.office.local(datetime.fromisoformat(item.created_at)).date()
            about = {entry.id for entry in covered(item.scope, pack)}
            for ending in endings:
                # Who subscribed when it was as near as this was told so then.
                if ending.entry.id not in about or made_on > ending.end - timedelta(days=ending.lead):
                    continue
                key = (item.channel, item.asker, ending.end, ending.lead)
                told = found.setdefault(
                    key, _Told(item.conversation, {}, f"您订阅的“{called(item.scope, pack)}”", item.id)
                )
                told.endings[ending.entry.id] = ending
        return found

    def _by_check(
        self, endings: Sequence[Ending], pack: Pack, day: date
    ) -> dict[tuple[str, str, date, int], _Told]:
        found: dict[tuple[str, str, date, int], _Told] = {}
        for check in self._checks.all():
            fitting = {entry.id for entry in fitting_entries(pack, check.answers, day)}
            for ending in endings:
                if ending.entry.id in fitting:
                    key = (check.channel, check.asker, ending.end, ending.lead)
                    told = found.setdefault(
                        key, _Told(check.conversation, {}, "按您留下的自查答案可能适用的", None)
                    )
                    told.endings[ending.entry.id] = ending
        return found


def _text(told: _Told) -> str:
    endings = list(told.endings.values())
    first = endings[0]
    names = "".join(f"“{ending.entry.short_title}”" for ending in endings[:SHOWN])
    names += f"等 {len(endings)} 项" if len(endings) > SHOWN else ""
    of_it = f"：{names}" if told.name.endswith("”") and told.name != f"您订阅的{names}" else ""
    head = f"{told.name}{of_it}" if told.name.endswith("”") else f"{told.name}{names}"
    return f"{head}{said_days(first.left)}（{spoken_day(first.end)}）。具体期限以文件和主管部门答复为准。"

"""Talks that a member of staff has taken over on a channel: while one lasts the bot is silent, and what was asked and
answered is kept until staff have made something of it. Where a platform has no customer service of its own, an asker's
wish for a person stands here until somebody takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from huiqi.language.masking import mask
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.transaction import transaction


@dataclass(frozen=True)
class Exchange:
    """What an asker wrote and what staff wrote back, personal data masked."""

    channel: str
    asked: str
    answered: str
    staff: str
    at: str


@dataclass(frozen=True)
class Wish:
    """Somebody wants a person in their talk. `staff`: who has taken it, None while nobody has."""

    number: int
    channel: str
    conversation: str
    asker: str | None
    asked_at: str
    staff: str | None


@dataclass(frozen=True)
class Line:
    """What was said in a talk that staff have, personal data masked. `staff`: who of the office said it, None for the
    asker; `state`, `why`: what became of a message of theirs that we deliver, None where the platform did."""

    number: int
    text: str
    staff: str | None
    said_at: str
    state: str | None
    why: str | None


@dataclass(frozen=True)
class Spoken:
    """Words of a talk. `staff`: who of the office said them, None for the asker."""

    text: str
    staff: str | None
    at: str


class Handovers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, channel: str, conversation: str, staff: str = "") -> None:
        """A person has the talk from now on (`staff`: who, where that is known)."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into handover (channel, conversation, staff, began_at) values (?, ?, ?, ?) "
                "on conflict (channel, conversation) do update set staff = excluded.staff",
                [channel, conversation, staff, now()],
            )

    def is_with_staff(self, channel: str, conversation: str) -> bool:
        return self.staff_of(channel, conversation) is not None

    def staff_of(self, channel: str, conversation: str) -> str | None:
        """Who has the talk ("" where that is not known), None for the bot."""
        row = self._database.conn.execute(
            "select staff from handover where channel = ? and conversation = ?", [channel, conversation]
        ).fetchone()
        return str(row[0]) if row else None

    def want_person(self, channel: str, conversation: str, asker: str | None) -> None:
        """Somebody is to take this talk."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into talk_wish (channel, conversation, asker, asked_at) values (?, ?, ?, ?) "
                "on conflict (channel, conversation) do nothing",
                [channel, conversation, asker, now()],
            )

    def wishes(self) -> list[Wish]:
        """Whoever waits for a person or talks with one, oldest first."""
        return [Wish(*row) for row in self._database.conn.execute(f"{_WISH} order by id").fetchall()]

    def wish(self, number: int) -> Wish | None:
        row = self._database.conn.execute(f"{_WISH} where id = ?", [number]).fetchone()
        return Wish(*row) if row else None

    def take(self, wish: Wish, staff: str) -> None:
        """A member of staff has the talk from now on."""
        with transaction(self._database) as connection:
            self.begin(wish.channel, wish.conversation, staff)
            connection.execute("update talk_wish set staff = ? where id = ?", [staff, wish.number])

    def lines(self, channel: str, conversation: str) -> list[Line]:
        """What has been said since a member of staff took the talk, in order."""
        rows = self._database.conn.execute(
            "select l.id, l.text, l.staff, l.said_at, p.state, p.why from handover_line l "
            "left join arrival a on a.channel = l.channel and a.key = l.message and l.staff is not null "
            "left join parcel p on p.arrival = a.id where l.channel = ? and l.conversation = ? order by l.id, p.id",
            [channel, conversation],
        )
        # A long text goes out in pieces; the last one's fate is the line's.
        return list({row[0]: Line(*row) for row in rows.fetchall()}.values())

    def left_alone(self, before: str) -> list[Wish]:
        """Talks that staff took here in which nobody has said anything since an instant."""
        rows = self._database.conn.execute(
            f"{_WISH} where staff is not null and not exists (select 1 from handover_line l "
            "where l.channel = talk_wish.channel and l.conversation = talk_wish.conversation and l.said_at >= ?) "
            "and not exists (select 1 from handover h where h.channel = talk_wish.channel "
            "and h.conversation = talk_wish.conversation and h.began_at >= ?) order by id",
            [before, before],
        )
        return [Wish(*row) for row in rows.fetchall()]

    def said(self, channel: str, conversation: str, message: str, text: str, staff: str | None) -> None:
        """One line of the talk; `staff`: who of the office said it, None for the asker."""
        with transaction(self._database) as connection:
            connection.execute(
                "insert into handover_line (channel, conversation, message, text, staff, said_at) "
                "values (?, ?, ?, ?, ?, ?) on conflict (channel, message) do nothing",
                [channel, conversation, message, mask(text), staff, now()],
            )

    def end(self, channel: str, conversation: str) -> list[Exchange]:
        """The bot has the talk again; returns what was asked and answered meanwhile."""
        with transaction(self._database) as connection:
            rows = connection.execute(
                "delete from handover_line where channel = ? and conversation = ? "
                "returning id, text, staff, said_at",
                [channel, conversation],
            ).fetchall()
            for table in ("handover", "talk_wish"):
                connection.execute(
                    f"delete from {table} where channel = ? and conversation = ?", [channel, conversation]
                )
        spoken = [Spoken(text, staff, said_at) for _, text, staff, said_at in sorted(rows)]
        return self._exchanges(channel, conversation, spoken)

    def exchanges(self, channel: str, conversation: str, spoken: Sequence[Spoken]) -> list[Exchange]:
        """What was asked and answered in a talk of which the platform kept the words."""
        masked = [replace(line, text=mask(line.text)) for line in spoken]
        return self._exchanges(channel, conversation, masked)

    def _exchanges(self, channel: str, conversation: str, spoken: Sequence[Spoken]) -> list[Exchange]:
        found: list[Exchange] = []
        asked: list[str] = []
        answered: list[Spoken] = []
        if spoken and spoken[0].staff is not None:
            # What staff say first answers what the bot was asked before.
            asked = self._asked_before(channel, conversation, spoken[0].at)
        for line in [*spoken, _END]:
            if line.staff is not None:
                answered.append(line)
                continue
            if answered and asked:
                words, last = "\n".join(each.text for each in answered), answered[-1]
                found.append(Exchange(channel, "\n".join(asked), words, last.staff or "", last.at))
            if answered:
                asked, answered = [], []
            asked.append(line.text)
        return found

    def _asked_before(self, channel: str, conversation: str, moment: str) -> list[str]:
        row = self._database.conn.execute(
            "select text from question where channel = ? and conversation = ? and text <> '' and asked_at <= ? "
            "order by id desc limit 1",
            [channel, conversation, moment],
        ).fetchone()
        return [row[0]] if row else []


_WISH = "select id, channel, conversation, asker, asked_at, staff from talk_wish"
_END = Spoken("", None, "")

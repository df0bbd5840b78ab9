"""The queue of misses: like questions grouped, with three exits — 相似问, 新知识, 忽略 — each with its undo.

Grouping is deterministic: questions are taken in the order they were asked, and each joins the miss whose
first question it is most like (see likeness), or starts a new one. A question like an ignored miss is
ignored with it; one like a closed miss starts anew, because the answer given then did not hold.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from huiqi.curation.drafts.drafting import (
    Drafting,
    blank_entry,
    from_passage,
    quotes_of_passage,
    with_alternates,
)
from huiqi.curation.misses.likeness import Likeness, LikeQuestions
from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.formats.alternates import without
from huiqi.formats.pack_reader import alternate_key
from huiqi.formats.schema import SLUG
from huiqi.matching.matcher import Matcher
from huiqi.pack.office import Office
from huiqi.pack.originals import QuotedPassage
from huiqi.people.due import due_at
from huiqi.store.asking_again import AskingAgain, Offer
from huiqi.store.audit import AuditTrail
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.drafts import Draft
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.misses import Miss, MissedQuestion, MissStore
from huiqi.store.notifications import Notification, Notifications
from huiqi.store.quotes import QuoteStore
from huiqi.store.tickets import Tickets
from huiqi.store.transaction import transaction

REASONS = {
    "no_match": "没有匹配",
    "low_score": "把握不大",
    "no_subject": "没说是哪一项",
    "ambiguous_rejected": "选了“都不是”",
    "thumbs_down": "答案被踩",
    "facet_missing": "要素未查明",
    "expired": "政策已过期",
    "out_of_scope": "不在范围",
    "error": "程序出错",
    "set_reply": "按工作人员的话回复",
}
GATHERED_AT_ONCE = 50
"""Questions that are put into their misses in one write transaction."""
BREATH = 0.001
"""Seconds after each question in which whoever asks something gets the interpreter: waiting for it costs an answer
up to five milliseconds each time that it lets go of it (sys.getswitchinterval)."""
LONGEST_BREATH = 0.05
"""Seconds for which it waits after each question while people are being answered: twenty a second are grouped whatever
goes on, and what comes faster than that when there is time."""
IsBusy = Callable[[], bool]
DEFAULT_OFFICE = Office()
LONGEST_REPLY = 500
"""Characters of what the bot says to a question that staff ignored."""
LIVING = ("open", "drafting", "ignored")
"""States of misses that a new question may join."""
STATE_NAMES = {"open": "待处理", "drafting": "处理中", "closed": "已关闭", "ignored": "已忽略"}
EXIT_NAMES = {
    "alias": "相似问",
    "entry": "新知识",
    "ignore": "忽略",
    "reply": "答复本人",
    "release": "发布后已能答",
}
ORDERS = {
    "asked": "问得最多的在前",
    "due": "先到期的在前",
    "newest": "最近问的在前",
    "oldest": "最早问的在前",
}
MOST_NEAR = 5
"""Other groups that are shown beside one, because they may be about the same, …"""
NEAR_SECONDS = 0.2
"""… and for how long a page looks for them."""


@dataclass(frozen=True)
class MissRow:
    """One miss as the queue lists it. `near`: entries that came close, with their best score, best first."""

    miss: Miss
    count: int
    askers: int
    last_seen: str
    reasons: tuple[tuple[str, int], ...]
    channels: tuple[str, ...]
    near: tuple[tuple[str, float], ...]
    wordings: tuple[tuple[str, int], ...]

    def is_overdue(self, moment: str) -> bool:
        return self.miss.state == "open" and self.miss.due_at < moment


@dataclass(frozen=True)
class Filter:
    """Which misses are asked for; None leaves a condition out. `assignee` "" asks for what nobody has claimed;
    `returned_to`: whose draft was sent back; `due_before`: an instant; `order`: one of `ORDERS`."""

    states: tuple[str, ...] = ("open",)
    reason: str | None = None
    channel: str | None = None
    assignee: str | None = None
    overdue: bool = False
    text: str = ""
    is_noise: bool | None = None
    returned_to: str | None = None
    due_before: str | None = None
    order: str = "asked"


def nobody_asks() -> bool:
    return False


def _breathe(is_busy: IsBusy) -> None:
    until = time.monotonic() + LONGEST_BREATH
    time.sleep(BREATH)
    while is_busy() and time.monotonic() < until:
        time.sleep(5 * BREATH)


class MissQueue:
    """Misses of one database. What they are compared by is kept between calls, so that gathering goes on where it
    stopped."""

    def __init__(
        self, database: Database, matcher: Matcher, drafting: Drafting, office: Office = DEFAULT_OFFICE
    ) -> None:
        self._office = office
        self._database = database
        self._quotes = QuoteStore(database)
        self._misses = MissStore(database)
        self._knowledge = KnowledgeStore(database)
        self._audit = AuditTrail(database)
        self._notifications = Notifications(database)
        self._to_ask = AskingAgain(database)
        self._tickets = Tickets(database)
        self._drafting = drafting
        self._likeness = Likeness(matcher)
        self._like = LikeQuestions(self._likeness)
        self._into: dict[int, int] = {}
        self._gathering = threading.Lock()

    def gather(self, seconds: float = math.inf, is_busy: IsBusy = nobody_asks) -> int:
        """Group the open questions of the log that are in no miss yet, in the order in which they were asked, for about
        so long; returns how many were grouped. Where another thread is at it, it is left to that one. `is_busy`: whether
        this process is answering people, who come first."""
        if not self._gathering.acquire(blocking=seconds == math.inf):
            return 0
        try:
            return self._gather(time.monotonic() + seconds, is_busy)
        finally:
            self._gathering.release()

    def is_gathered(self) -> bool:
        """Whether no open question waits to be put into a miss."""
        return not self._misses.unassigned(1)

    def _gather(self, until: float, is_busy: IsBusy) -> int:
        self._misses.take_in_silent_misses()
        taken = 0
        while questions := self._misses.unassigned(GATHERED_AT_ONCE):
            newest = self._misses.newest()
            if not self._catch_up(until, is_busy):
                break
            groups = self._grouped(questions, newest, until, is_busy)
            # All that takes long is done; the write transaction is short, so that nobody's answer waits for it.
            with transaction(self._database):
                if self._misses.newest() == newest:
                    taken += self._put(groups)
            if time.monotonic() >= until:
                break
        return taken

    def _catch_up(self, until: float, is_busy: IsBusy = nobody_asks) -> bool:
        """Compare with the misses that there are now; False where time ran out before all were known."""
        living = self._misses.texts(LIVING)
        merged = self._misses.merged(LIVING)
        self._into = {number: into for number, (into, _) in merged.items()}
        living |= {number: text for number, (_, text) in merged.items()}
        # One that was parted is called by another question since.
        for gone in [key for key in self._like.keys if living.get(key) != self._like.text_of(key)]:
            self._like.remove(gone)
        for number in sorted(living.keys() - self._like.keys):
            self._like.add(number, living[number])
            _breathe(is_busy)
            if time.monotonic() >= until:
                return self._like.keys == living.keys()
        return True

    def _grouped(
        self, questions: Sequence[MissedQuestion], newest: int, until: float, is_busy: IsBusy
    ) -> list[tuple[int | None, list[MissedQuestion]]]:
        """(the miss, or None for a new one; its questions), for as many of the first questions as there is time for,
        one at least. Nothing is written. `newest`: no miss has a higher number."""
        by_key: dict[str, list[MissedQuestion]] = {}
        for question in questions:
            by_key.setdefault(_wording(question.text), []).append(question)
        groups: dict[int, list[MissedQuestion]] = {}
        # Those that are not written yet are compared with under numbers that come after all others.
        new = newest
        for asked in by_key.values():
            closest = self._like.closest(asked[0].text)
            if closest is None:
                closest = new = new + 1
                self._like.add(closest, asked[0].text)
            groups.setdefault(self._into.get(closest, closest), []).extend(asked)
            _breathe(is_busy)
            if time.monotonic() >= until:
                break
        for number in range(newest + 1, new + 1):
            self._like.remove(number)
        return [(number if number <= newest else None, asked) for number, asked in groups.items()]

    def _put(self, groups: Sequence[tuple[int | None, list[MissedQuestion]]]) -> int:
        """Write groups down, but for questions that came into a miss meanwhile and misses that were closed."""
        waiting = self._misses.still_unassigned([question.id for _, asked in groups for question in asked])
        taken = 0
        for number, asked in groups:
            kept = [question for question in asked if question.id in waiting]
            miss = self._misses.get(number) if number is not None else None
            if not kept or (number is not None and (miss is None or miss.state not in LIVING)):
                continue
            if miss is None:
                first = kept[0]
                seen = datetime.fromisoformat(first.asked_at)
                due = due_at(seen, first.reason, self._office).isoformat(timespec="milliseconds")
                is_noise = self._is_noise(first)
                miss = self._misses.add(first.text, first.reason, first.asked_at, due, is_noise)
            if miss.state == "ignored" and any(question.left_at for question in kept):
                # Somebody wants it looked at, whatever was thought of it before.
                due = due_at(datetime.now(UTC), "", self._office).isoformat(timespec="milliseconds")
                miss = self._misses.reopened(replace(miss, due_at=due))
            if miss.is_noise and any(question.left_at for question in kept):
                self._misses.set_noise(miss.id, False)
            self._misses.join(miss, [question.id for question in kept])
            taken += len(kept)
        return taken

    def _is_noise(self, question: MissedQuestion) -> bool:
        """Whether there is nothing in it that staff could write an answer to: it is like nothing in the pack, and holds no
        word of the language. What somebody left for staff never is."""
        is_like_nothing = question.reason == "no_match" and not question.left_at
        return is_like_nothing and not self._likeness.known_words(question.text)

    def numbers(self, wanted: Filter) -> list[int]:
        """Misses that fit, in the order that is wanted."""
        drafts = None
        if wanted.returned_to is not None:
            drafts = [draft.id for draft in self._drafting.returned_to(wanted.returned_to)]
        return self._misses.found(
            ("open",) if wanted.overdue else wanted.states,
            wanted.reason,
            wanted.channel,
            wanted.assignee,
            now() if wanted.overdue else wanted.due_before,
            wanted.text,
            wanted.is_noise,
            drafts,
            wanted.order,
        )

    def rows_of(self, numbers: Sequence[int]) -> list[MissRow]:
        """These misses with what is told of their questions, in the same order."""
        misses, questions = self._misses.get_all(numbers), self._misses.questions_of(numbers)
        return [_row(misses[number], questions[number]) for number in numbers if number in misses]

    def rows(self, wanted: Filter) -> list[MissRow]:
        """Misses that fit, in the order that is wanted."""
        return self.rows_of(self.numbers(wanted))

    def channels(self, wanted: Filter) -> list[str]:
        """The channels by which misses in the wanted states came."""
        return self._misses.channels(wanted.states)

    def row(self, number: int) -> MissRow:
        return _row(self.get(number), self._misses.questions(number))

    def questions(self, number: int) -> list[MissedQuestion]:
        return self._misses.questions(number)

    def notices(self, number: int) -> list[Notification]:
        """What its askers were or will be told."""
        return self._notifications.of_miss(number)

    def get(self, number: int) -> Miss:
        miss = self._misses.get(number)
        if miss is None:
            raise CurationError(f"没有 {number} 号问题，请从列表里打开")
        return miss

    def counts(self) -> dict[str, int]:
        """How many misses there are in each state, and how many open ones are noise; `open` is without these."""
        return self._misses.count_by_state()

    def near(self, number: int) -> list[MissRow]:
        """Open groups that may be about the same thing as this one, the nearest first."""
        text = self.get(number).question
        if not self._gathering.acquire(timeout=NEAR_SECONDS):
            return []
        try:
            self._catch_up(time.monotonic() + NEAR_SECONDS)
            nearest = self._like.nearest(text, MOST_NEAR + 1)
            found = dict.fromkeys(self._into.get(key, key) for key in nearest)
        finally:
            self._gathering.release()
        rows = self.rows_of([key for key in found if key != number])
        return [row for row in rows if row.miss.state == "open"][:MOST_NEAR]

    def merge(self, numbers: Sequence[int], by: Member) -> Miss:
        """Make one group of several that are the same thing; what is like any of them joins it from then on. It keeps the
        earliest time by which one of them was due, and whoever had claimed one."""
        by.require("editor")
        with transaction(self._database):
            misses = [self._to_be_dealt_with(number) for number in dict.fromkeys(numbers)]
            if len(misses) < 2:
                raise CurationError("请勾选两组以上再合并")
            claimed = {miss.assignee for miss in misses if miss.assignee}
            if len(claimed) > 1:
                raise Conflict(
                    f"这几组由不同的人认领（{'、'.join(sorted(claimed))}），请先改派给一个人再合并"
                )
            counts = {miss.id: len(self._misses.questions(miss.id)) for miss in misses}
            into = max(misses, key=lambda miss: (counts[miss.id], -miss.id))
            for gone in misses:
                if gone.id != into.id:
                    self._misses.merge(gone, into)
                    self._audit.add(
                        by.name,
                        "合并",
                        "miss",
                        into.id,
                        note=f"{gone.id} 号的 {counts[gone.id]} 次提问并到这一组",
                    )
                    self._audit.add(by.name, "合并", "miss", gone.id, note=f"并入 {into.id} 号")
                    into = self.get(into.id)
            self._misses.set_noise(into.id, all(miss.is_noise for miss in misses))
            assignee = next(iter(claimed), None)
            if assignee != into.assignee:
                into = replace(into, assignee=assignee, claimed_at=now())
            return self._misses.put(into)

    def part(self, number: int, wordings: Sequence[str], by: Member) -> Miss:
        """Make a group of its own of some wordings of a group; what is like them joins that one from then on."""
        by.require("editor")
        with transaction(self._database):
            miss = self._to_be_dealt_with(number)
            keys = {_wording(text) for text in wordings}
            questions = self._misses.questions(number)
            taken = [question for question in questions if _wording(question.text) in keys]
            left = [question for question in questions if _wording(question.text) not in keys]
            if not taken:
                raise CurationError("请先勾选要拆出去的问法")
            if not left:
                raise CurationError("所有问法都勾选了，没有可拆的；请留下至少一种")
            first = taken[0]
            made = self._misses.add(first.text, first.reason, first.asked_at, miss.due_at, miss.is_noise)
            self._misses.join(made, [question.id for question in taken])
            # What was put into it by hand is known by its own wording, and goes where that goes.
            self._misses.merged_again(number, keys, made.id)
            if _wording(miss.question) in keys:
                self._misses.rename(number, left[0].text)
            note = f"{len(taken)} 次提问拆成 {made.id} 号"
            self._audit.add(by.name, "拆分", "miss", number, note=note)
            self._audit.add(by.name, "拆分", "miss", made.id, note=f"由 {number} 号拆出")
            return made

    def set_noise(self, number: int, is_noise: bool, by: Member) -> Miss:
        """Put a group aside as nothing to write an answer to, or take it back."""
        by.require("editor")
        with transaction(self._database):
            miss = self._to_be_dealt_with(number)
            if is_noise and any(question.left_at for question in self._misses.questions(number)):
                raise CurationError("里面有人留给工作人员，请处理或忽略它，不能放进杂音")
            if miss.is_noise != is_noise:
                said = "放进杂音" if is_noise else "移回待处理"
                self._audit.add(by.name, said, "miss", number)
                self._misses.set_noise(number, is_noise)
            return replace(miss, is_noise=is_noise)

    def claim(self, number: int, by: Member) -> Miss:
        """Take a miss for oneself. Raises Conflict where someone else has it."""
        by.require("editor")
        with transaction(self._database):
            miss = self.get(number)
            if miss.assignee and miss.assignee != by.name:
                raise Conflict(f"“{miss.assignee}”已经认领了这个问题；要换人请由审核或管理员改派")
            self._audit.add(by.name, "认领", "miss", number, miss.assignee, by.name)
            return self._misses.put(replace(miss, assignee=by.name, claimed_at=now()))

    def assign(self, number: int, to: str | None, by: Member) -> Miss:
        """Give a miss to someone; None gives it back to all."""
        with transaction(self._database):
            miss = self.get(number)
            by.require("editor" if to is None and miss.assignee == by.name else "reviewer")
            self._audit.add(by.name, "指派", "miss", number, miss.assignee, to)
            return self._misses.put(replace(miss, assignee=to, claimed_at=now() if to else None))

    def make_alias(self, number: int, entry: str, by: Member, questions: Sequence[str] = ()) -> Draft:
        """相似问: put the miss's wordings (or those given) into an entry's draft, and hand it to review."""
        by.require("editor")
        with transaction(self._database):
            miss = self._to_be_dealt_with(number)
            content = self._drafting.current("entry", entry)
            if content is None:
                raise CurationError(f"没有条目“{entry}”，请从列表里选一个")
            wordings = list(questions) or [text for text, _ in self.row(number).wordings]
            newer, added = with_alternates(content, wordings)
            if not added:
                raise CurationError(
                    "这些问法已经都是这个条目的相似问；请改写问法，或检查条目的关键词和排除词"
                )
            draft = self._drafting.open_of("entry", entry)
            note = f"相似问：{added[0]}"
            draft = self._drafting.save(by, "entry", entry, newer, draft.version if draft else 0, note)
            if draft.state == "draft":
                draft = self._drafting.submit(draft.id, by)
            self._leave(miss, by, "alias", "drafting", entry, draft.id, tuple(added))
            return draft

    def passages(self, number: int) -> list[QuotedPassage]:
        """The passages of originals that were offered to its askers, each once."""
        return list(dict.fromkeys(one for question in self.questions(number) for one in question.passages))

    def make_entry(
        self, number: int, policy: str, identifier: str, by: Member, passage: int | None = None
    ) -> Draft:
        """新知识: a draft of a new entry, the missed questions filled in as its title and alternates; with a `passage`
        (its place among `passages`) the original's words as its summary, with their source."""
        by.require("editor")
        with transaction(self._database):
            miss = self._to_be_dealt_with(number)
            if not SLUG.fullmatch(identifier):
                raise CurationError("编号只用小写字母、数字和连字符，例如 new-topic")
            if self._drafting.current("entry", identifier) is not None:
                raise CurationError(f"编号“{identifier}”已经用了，请换一个")
            if self._knowledge.item("policy", policy) is None:
                raise CurationError("请先选这个条目属于哪项政策")
            content = blank_entry(policy, identifier, miss.question)
            content, _ = with_alternates(content, [text for text, _ in self.row(number).wordings])
            note = f"新知识：{miss.question}"
            if passage is not None:
                quoted = self.passage(number, passage)
                content = from_passage(content, quoted)
                self._quotes.put(identifier, quotes_of_passage(identifier, quoted))
                note = f"由原文建：《{quoted.title}》{quoted.place}：“{quoted.words}”"
            draft = self._drafting.save(by, "entry", identifier, content, 0, note)
            self._leave(miss, by, "entry", "drafting", identifier, draft.id)
            return draft

    def leave_for_entry(
        self, number: int, by: Member, hand_in: Callable[[], Draft], passage: int | None = None
    ) -> Draft:
        """新知识, written whole: `hand_in` makes the new entry's draft, with which the miss is left. `passage`: that whose
        words it quotes."""
        by.require("editor")
        with transaction(self._database):
            miss = self._to_be_dealt_with(number)
            draft = hand_in()
            if passage is not None:
                self._quotes.put(draft.item, quotes_of_passage(draft.item, self.passage(number, passage)))
            self._leave(miss, by, "entry", "drafting", draft.item, draft.id)
            return draft

    def passage(self, number: int, place: int) -> QuotedPassage:
        """The passage at that place among `passages`."""
        passages = self.passages(number)
        if not 0 <= place < len(passages):
            raise CurationError("这一段已经不在这个问题里了，请刷新后再选")
        return passages[place]

    def ignore(self, number: int, reason: str, by: Member, reply: str = "") -> Miss:
        """忽略, with a reason; like questions that come later are ignored with it. `reply`: what the bot says to its
        wordings from then on, and who left one for staff is told now."""
        by.require("editor")
        if not reason.strip():
            raise CurationError("忽略时请写明原因，例如“与政策无关”")
        said = reply.strip()
        if len(said) > LONGEST_REPLY:
            raise CurationError(f"以后的回复最多 {LONGEST_REPLY} 个字，请写短一些")
        with transaction(self._database):
            miss = replace(self._to_be_dealt_with(number), reply=said or None)
            if said:
                questions = self._misses.questions(number)
                kept = self._tickets.remembered(question.id for question in questions)
                waiting = [question for question in questions if question.left_at or question.id in kept]
                self._notifications.add_all(reachable(waiting, kept), number, None, said)
            return self._leave(miss, by, "ignore", "ignored", note=reason.strip())

    def talk_around(self, question: int) -> list[tuple[int, str, str, str | None]]:
        """What its asker said just before and after a question."""
        return self._misses.talk_around(question)

    def reply(self, number: int, text: str, by: Member) -> Miss:
        """答复本人: queue a hand-written answer for each asker who can be reached, and close the miss."""
        by.require("editor")
        if not text.strip():
            raise CurationError("请写出答复的内容")
        with transaction(self._database):
            miss = self._to_be_dealt_with(number)
            askers = self._reachable(self._misses.questions(number))
            if not askers:
                raise CurationError("没有能联系上的提问人，请改用“相似问”或“新知识”")
            self._notifications.add_all(askers, number, None, text.strip())
            return self._leave(miss, by, "reply", "closed", note=text.strip())

    def offers(self) -> list[tuple[MissRow, Offer]]:
        """Misses that what was published may answer."""
        offers = {offer.miss: offer for offer in self._to_ask.offers()}
        return [(row, offers[row.miss.id]) for row in self.rows_of(list(offers))]

    def accept(self, number: int, by: Member) -> Miss:
        """Close a miss by the entry that was offered for it; its askers are told."""
        by.require("editor")
        with transaction(self._database):
            miss = self._to_be_dealt_with(number)
            offer = next(iter(self._to_ask.offers(number)), None)
            if offer is None:
                raise Conflict(f"{number} 号已经不在可能已能答的问题里了，请刷新后再看")
            questions = self._misses.questions(number)
            self._notifications.add_all(self._reachable(questions), number, offer.entry, None)
            return self._leave(miss, by, "release", "closed", entry=offer.entry)

    def refuse_offer(self, number: int, by: Member) -> None:
        """What was offered for a miss does not answer it."""
        by.require("editor")
        with transaction(self._database):
            self._audit.add(by.name, "不是这个答案", "miss", number)
            self._to_ask.refuse(number)

    def _reachable(
        self, questions: Sequence[MissedQuestion]
    ) -> list[tuple[str, str | None, str | None, int]]:
        return reachable(questions, self._tickets.remembered(question.id for question in questions))

    def undo(self, number: int, by: Member) -> Miss:
        """Take back the last exit: the draft loses what the exit put in, the miss is open again."""
        by.require("editor")
        with transaction(self._database):
            miss = self.get(number)
            if miss.exit is None or miss.state == "open":
                raise Conflict("这个问题没有可以撤销的处理")
            if miss.state == "closed" and miss.exit not in ("reply", "release"):
                raise Conflict("修改已经发布，撤销请到条目的“修订”里退回上一版")
            if not self._notifications.withdraw(number) and miss.exit == "reply":
                raise Conflict("答复已经发给提问人，撤不回了")
            if miss.exit in ("alias", "entry") and miss.draft is not None:
                self._take_back(miss, by)
            self._audit.add(
                by.name, f"撤销“{EXIT_NAMES[miss.exit]}”", "miss", number, _told(miss), {"state": "open"}
            )
            return self._misses.reopened(miss)

    def _take_back(self, miss: Miss, by: Member) -> None:
        assert miss.draft is not None
        draft = self._drafting.get(miss.draft)
        if not draft.is_open:
            return
        published = self._knowledge.item(draft.kind, draft.item)
        gone = set(miss.added)
        content = draft.content
        if content is not None:
            content = {**content, "alternates": without(content["alternates"], gone)}
        if published is None or content == published:
            self._drafting.discard(draft.id, by)
            return
        was_in_review = draft.state in ("in_review", "approved")
        saved = self._drafting.save(by, draft.kind, draft.item, content, draft.version)
        if was_in_review:
            self._drafting.submit(saved.id, by)

    def _to_be_dealt_with(self, number: int) -> Miss:
        miss = self.get(number)
        if miss.state != "open":
            raise Conflict(
                f"这个问题已经是“{STATE_NAMES[miss.state]}”（{miss.exit_by or '系统'}），要重来请先撤销"
            )
        return miss

    def _leave(
        self,
        miss: Miss,
        by: Member,
        exit: str,
        state: str,
        entry: str | None = None,
        draft: int | None = None,
        added: tuple[str, ...] = (),
        note: str | None = None,
    ) -> Miss:
        newer = replace(
            miss,
            state=state,
            exit=exit,
            entry=entry,
            draft=draft,
            added=added,
            exit_note=note,
            exit_by=by.name,
            exit_at=now(),
            assignee=miss.assignee or by.name,
        )
        self._audit.add(by.name, EXIT_NAMES[exit], "miss", miss.id, {"state": miss.state}, _told(newer))
        return self._misses.put(newer)


def reachable(
    questions: Iterable[MissedQuestion], remembered: Collection[int]
) -> list[tuple[str, str | None, str | None, int]]:
    """(channel, conversation, asker, question number) of each asker who can be written to, once each. `remembered`:
    questions whose asker is shown the answer at the next visit."""
    found: dict[tuple[str, str | None, str | None], int] = {}
    for question in questions:
        if question.asker or question.id in remembered:
            found.setdefault((question.channel, question.conversation, question.asker), question.id)
    return [(*who, number) for who, number in found.items()]


def _row(miss: Miss, questions: Sequence[MissedQuestion]) -> MissRow:
    near: dict[str, float] = {}
    for question in questions:
        for entry, score in question.candidates:
            near[entry] = max(score, near.get(entry, 0.0))
    wordings: dict[str, tuple[str, int]] = {}
    for question in questions:
        key = _wording(question.text)
        text, count = wordings.get(key, (question.text, 0))
        wordings[key] = (text, count + 1)
    return MissRow(
        miss=miss,
        count=len(questions),
        askers=len({question.who for question in questions}),
        last_seen=max((question.asked_at for question in questions), default=miss.first_seen),
        reasons=tuple(Counter(question.reason for question in questions).most_common()),
        channels=tuple(sorted({question.channel for question in questions})),
        near=tuple(sorted(near.items(), key=lambda pair: (-pair[1], pair[0]))[:5]),
        wordings=tuple(sorted(wordings.values(), key=lambda pair: -pair[1])),
    )


def _wording(text: str) -> str:
    """What questions of the same wording share."""
    return alternate_key(text) or text


def _told(miss: Miss) -> dict[str, object]:
    return {"state": miss.state, "exit": miss.exit, "entry": miss.entry, "note": miss.exit_note}

"""From approved drafts to the pack in force: the gate runs in the background, publishing is one transaction.

What the gate tried is exactly what is published: the same drafts in the same versions on the same base, and
the compiled index that it tried is the one put into the cache for every process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from huiqi.curation.corrections import CorrectionDesk
from huiqi.curation.drafts.drafting import Drafting
from huiqi.curation.misses.queue import BREATH, reachable
from huiqi.curation.release import gate
from huiqi.curation.release.gate import Answer, Ask, GateReport
from huiqi.curation.release.reach import Reach
from huiqi.curation.roles import Conflict, CurationError, Member
from huiqi.curation.subscribers import SubscriberDesk
from huiqi.curation.tasks import TaskDesk
from huiqi.formats.alternates import texts_of
from huiqi.formats.pack_reader import alternate_key, check_documents
from huiqi.formats.problem import PackError
from huiqi.matching.matcher import Matcher
from huiqi.pack.model import Pack
from huiqi.store.asked import AskedLately
from huiqi.store.asking_again import AskingAgain, Offer, ReleaseToAsk
from huiqi.store.audit import AuditTrail
from huiqi.store.clock import now
from huiqi.store.database import Database
from huiqi.store.drafts import Draft, DraftStore
from huiqi.store.gates import GateRow, GateStore
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.misses import Miss, MissedQuestion, MissStore
from huiqi.store.notifications import Notifications
from huiqi.store.releases import Releases
from huiqi.store.tickets import Tickets
from huiqi.store.transaction import transaction

Changes = dict[tuple[str, str], Any]
"""(kind, item) → content, None to delete."""
DOUBTED = frozenset({"thumbs_down", "ambiguous_rejected"})
"""Reasons for which a miss had an answer that its asker refused: no answer closes it by itself."""
REPLAYED_DAYS = 30
ASKED_AT_ONCE = 2.0
"""Seconds for which whoever publishes waits for the misses to be asked again; what is left then is asked in the
background, to the end."""
EMPTY_RESULT: dict[str, Any] = GateReport(0, 0, (), (), (), ()).to_json()
"""What a run found that could not be done."""
FOUND_AT_ONCE = 100
"""Misses that are read from the store together."""
STALLED = timedelta(minutes=3)
"""A run that told no progress for so long was cut off with its process."""


class Engine(Protocol):
    """What publishing needs of the running program."""

    def current(self) -> tuple[Pack, Matcher]:
        """The pack in force and its matcher."""

    def asking(self, pack: Pack, matcher: Matcher) -> Ask:
        """Ask questions of a pack by the code that answers people, without logging."""

    def compiled(self, pack: Pack) -> Matcher:
        """The matcher of a pack, built where need be."""

    def refresh(self) -> bool:
        """Answer from the published pack from now on, and keep it where every process finds it; True where it was
        another one."""


@dataclass(frozen=True)
class Published:
    """What a release did. `told`: askers that will be told; `left_open`: questions still not answered; `waiting`: misses
    that are still asked again in the background."""

    release: int
    items: int
    closed: int
    told: int
    left_open: int
    waiting: int = 0


@dataclass(frozen=True)
class Closed:
    """What came of asking misses again: questions answered, askers that will be told, questions still not answered."""

    closed: int = 0
    told: int = 0
    left_open: int = 0

    def __add__(self, other: Closed) -> Closed:
        return Closed(self.closed + other.closed, self.told + other.told, self.left_open + other.left_open)


class Publishing:
    def __init__(self, database: Database, engine: Engine, drafting: Drafting) -> None:
        self._database = database
        self._engine = engine
        self._drafting = drafting
        self._drafts = DraftStore(database)
        self._gates = GateStore(database)
        self._knowledge = KnowledgeStore(database)
        self._misses = MissStore(database)
        self._notifications = Notifications(database)
        self._releases = Releases(database)
        self._asked = AskedLately(database)
        self._audit = AuditTrail(database)
        self._to_ask = AskingAgain(database)
        self._tickets = Tickets(database)
        self._corrections = CorrectionDesk(database)
        self._subscribers = SubscriberDesk(database)
        self._tasks = TaskDesk(database)
        self._asking = threading.Lock()

    def waiting(self) -> list[Draft]:
        """Approved drafts, which the next release will hold."""
        return sorted(self._drafts.with_state(("approved",)), key=lambda draft: draft.id)

    def start(self, by: Member, only: Collection[int] | None = None) -> int:
        """Note a run of the gate over all approved drafts, or `only` those and what they need; `run` does it. Raises
        CurationError where there is nothing to publish, where a run is under way, or where a draft's base is no longer
        the published one."""
        by.require("reviewer")
        with transaction(self._database):
            running = self._gates.latest()
            if running and running.state == "running" and not is_stalled(running):
                raise Conflict("发布检查正在进行，请等它做完")
            drafts = self.waiting() if only is None else self._with_companions(only)
            if not drafts:
                raise CurationError(
                    "没有待发布的修改，请先让修改通过审核" if only is None else "请先勾选要发布的修改"
                )
            for draft in drafts:
                if draft.base_revision != self._knowledge.revision_number(draft.kind, draft.item):
                    raise Conflict(f"“{draft.item}”在这份草稿之后又导入过新版，请打开草稿对照后重新提交")
            base = self._knowledge.fingerprint() or ""
            number = self._gates.add({draft.id: draft.version for draft in drafts}, base, by.name)
            self._audit.add(by.name, "发布检查", "gate", number, None, [draft.item for draft in drafts])
        return number

    def _with_companions(self, only: Collection[int]) -> list[Draft]:
        """The approved drafts among `only`, and those that they cannot be published without."""
        waiting = {draft.id: draft for draft in self.waiting()}
        chosen = {number for number in only if number in waiting}
        for number in list(chosen):
            chosen |= {needed.id for needed in self._drafting.companions(waiting[number])} & waiting.keys()
        return [waiting[number] for number in sorted(chosen)]

    def run(self, number: int) -> GateRow:
        """Do a noted run: compile the draft pack, replay the questions, write the report down. Where it does not pass,
        each of its drafts is tried by itself, so that staff read which ones are at fault."""
        row = self.gate(number)
        try:
            report, after = self.tried(
                self._changes(row),
                lambda done, total: self._gates.progress(number, done, total),
                self._wanted(row),
            )
            result = report.to_json() | {"culprits": [] if report.passes else self._culprits(row)}
            state = "passed" if report.passes else "blocked"
            self._gates.finish(number, state, result, after.fingerprint)
        except PackError as error:
            first = error.problems[0]
            told = f"{first.field}：{first.message}；{first.remedy}"
            culprits = {"culprits": self._culprits(row)}
            self._gates.finish(number, "failed", EMPTY_RESULT | culprits, error=told)
        except Exception as error:
            self._gates.finish(number, "failed", error=f"检查没有做完（{type(error).__name__}），请重试")
            raise
        return self.gate(number)

    def changes(self, number: int) -> Changes:
        """What a noted run is to try. Raises Conflict where a draft changed since."""
        return self._changes(self.gate(number))

    def _culprits(self, row: GateRow) -> list[int]:
        """The drafts of a run that would not pass alone; none where only several together do not, or there is but one."""
        if len(row.drafts) < 2:
            return list(row.drafts)
        culprits = []
        for number in row.drafts:
            alone = [draft for draft in self._with_companions([number]) if draft.id in row.drafts]
            try:
                report, _ = self.tried({draft.key: draft.content for draft in alone})
            except PackError:
                culprits.append(number)
                continue
            if not report.passes:
                culprits.append(number)
        return culprits if len(culprits) < len(row.drafts) else []

    def _wanted(self, row: GateRow) -> Callable[[str, Answer], bool]:
        """Whether an answer is what the drafts of a run were made for: one of their misses or new alternates, answered by
        the entry that it was put to."""
        wanted: dict[str, set[str]] = {}
        for number in row.drafts:
            draft = self._drafting.get(number)
            if draft.kind != "entry" or draft.content is None:
                continue
            old = self._knowledge.item("entry", draft.item) or {"alternates": []}
            known = set(texts_of(old["alternates"]))
            asked = [text for text in texts_of(draft.content["alternates"]) if text not in known]
            for miss in self._misses.of_draft(number):
                asked += [question.text for question in self._misses.questions(miss.id)]
            for text in asked:
                wanted.setdefault(alternate_key(text), set()).add(draft.item)
        return lambda question, answer: (
            answer.is_full and answer.entry in wanted.get(alternate_key(question), ())
        )

    def tried(
        self,
        changes: Changes,
        progress: gate.Progress = lambda done, total: None,
        is_wanted: Callable[[str, Answer], bool] = lambda question, answer: False,
    ) -> tuple[GateReport, Pack]:
        """What `changes` would do to answers, and the pack that they make. Raises PackError where they break it."""
        before, matcher = self._engine.current()
        after = check_documents(self._knowledge.overlaid(changes))
        candidate = self._engine.compiled(after)
        since = (datetime.now(UTC) - timedelta(days=REPLAYED_DAYS)).isoformat(timespec="milliseconds")
        report = gate.replay(
            self._engine.asking(before, matcher),
            self._engine.asking(after, candidate),
            after.golden,
            self._asked.questions(since),
            [
                gate.shift(alternate, entry, matcher, candidate)
                for entry, alternate in gate.new_alternates(before, after)
            ],
            progress,
            Reach(before, after, matcher, candidate),
            is_wanted,
        )
        return report, after

    def publish_at_once(self, changes: Changes, base: str, by: Member, note: str) -> int:
        """Put in force what was tried on the pack `base` without drafts, for who may command the machine; returns the
        release. Raises Conflict where another pack is in force by now."""
        by.require("admin")
        with transaction(self._database):
            if self._knowledge.fingerprint() != base:
                raise Conflict("试算之后知识库又变了，没有发布；请再运行一次")
            release = self._knowledge.publish(changes, by.name, note)
            self._audit.add(by.name, note, "release", release, base, [item for _, item in changes])
        return release

    def publish(self, number: int, by: Member, note: str = "", override: str = "") -> Published:
        """Put in force what run `number` tried. Raises CurationError where it did not pass (an admin may
        override with a reason), or where drafts or base changed since."""
        by.require("reviewer")
        with transaction(self._database):
            row, drafts = self._ready(number, by, override)
            release = self._knowledge.publish(
                self._changes(row), by.name, note or "、".join(draft.item for draft in drafts)[:200]
            )
            for draft in drafts:
                self._drafts.put(replace(draft, state="published"))
            self._to_ask.add(release, [draft.id for draft in drafts], [draft.item for draft in drafts])
            self._gates.finish(number, "published")
            self._audit.add(
                by.name,
                "发布",
                "release",
                release,
                row.base,
                {"fingerprint": self._knowledge.fingerprint(), "items": [draft.item for draft in drafts]},
                override.strip(),
            )
        came = self.ask_again(ASKED_AT_ONCE)
        return Published(release, len(drafts), came.closed, came.told, came.left_open, self._to_ask.left())

    def ask_again(self, seconds: float) -> Closed:
        """Ask the pack in force what releases may have answered, for about so long, and close what it answers. Each miss
        is asked before anything is locked and closed in a transaction of its own; what is left, also by a process
        that ended, is done by the next call. Where another thread is at it, it is left to that one."""
        if not self._asking.acquire(blocking=False):
            return Closed()
        try:
            return self._ask_again(time.monotonic() + seconds)
        finally:
            self._asking.release()

    def is_asking_again(self) -> bool:
        """Whether anything is left to ask."""
        return bool(self._to_ask.releases() or self._to_ask.left())

    def _ask_again(self, until: float) -> Closed:
        for release in self._to_ask.releases():
            misses = self._to_look_at(release)
            pack = self._published_pack()
            news = self._subscribers.news_of(release.release, pack)
            fitting = self._subscribers.fitting(pack, pack.office.today())
            # The transaction holds only the writing.
            with transaction(self._database):
                if self._to_ask.found(release.release, misses):
                    self._corrections.note(release.release)
                    self._subscribers.note(release.release, news, pack)
                    self._subscribers.note_fitting(fitting)
                    self._tasks.bring_up_to_date(pack, pack.office.today())
        came = Closed()
        ask: Ask | None = None
        while misses := self._to_ask.next(FOUND_AT_ONCE):
            ask = ask or self._asking_published()
            for miss in misses:
                came += self._ask_miss(miss, ask)
                if time.monotonic() >= until:
                    return came
        return came

    def _asking_published(self) -> Ask:
        pack, matcher = self._engine.current()
        if pack.fingerprint != self._knowledge.fingerprint():
            pack = self._knowledge.pack()
            matcher = self._engine.compiled(pack)
        return self._engine.asking(pack, matcher)

    def _published_pack(self) -> Pack:
        pack, _ = self._engine.current()
        return pack if pack.fingerprint == self._knowledge.fingerprint() else self._knowledge.pack()

    def _to_look_at(self, release: ReleaseToAsk) -> list[int]:
        """The misses that a release may close: those its drafts were made for, open ones that came close to what it
        changed, and all other open ones, the most asked first."""
        dealt_with = [miss.id for draft in release.drafts for miss in self._misses.of_draft(draft)]
        near = self._near(set(release.entries)) if release.entries else ()
        return list(dict.fromkeys([*dealt_with, *near, *self._misses.found(("open",))]))

    def _ask_miss(self, number: int, ask: Ask) -> Closed:
        """Ask a miss again, and close it as far as it is answered."""
        answers: dict[str, Answer] = {}
        for text in dict.fromkeys(question.text for question in self._misses.questions(number)):
            answers[text] = ask(text)
            time.sleep(BREATH)
        with transaction(self._database):
            if not self._to_ask.done(number):
                return Closed()
            miss = self._misses.get(number)
            if miss is None:
                return Closed()
            if miss.state == "open":
                return self._close_if_answered(miss, answers)
            draft = self._drafts.get(miss.draft) if miss.draft is not None else None
            if miss.state == "drafting" and draft is not None and draft.state == "published":
                return self._close(miss, answers)
        return Closed()

    def _ready(self, number: int, by: Member, override: str) -> tuple[GateRow, list[Draft]]:
        """Run `number` and the drafts it tried, where they may be published now. Raises CurationError."""
        row = self.gate(number)
        if row.state == "blocked":
            if not override.strip():
                raise CurationError("有标准题会变错，不能发布；管理员写明理由才可以放行")
            by.require("admin")
        elif row.state != "passed":
            raise Conflict("这次检查没有通过或已经发布过，请重新检查")
        drafts = [draft for draft in self.waiting() if draft.id in row.drafts]
        if {draft.id: draft.version for draft in drafts} != row.drafts:
            raise Conflict("检查之后这些修改又变了，请重新检查")
        if self._knowledge.fingerprint() != row.base:
            raise Conflict("检查之后知识库又导入过，请重新检查")
        return row, drafts

    def take_back(self, release: int, by: Member, reason: str) -> int:
        """Put the pack back to what it was before the newest release, at once and whole; returns the new
        release. No gate: that pack was in force before."""
        by.require("admin")
        if not reason.strip():
            raise CurationError("撤回发布时请写明原因")
        with transaction(self._database):
            newest = self._releases.latest(1)
            if not newest or newest[0].id != release or not newest[0].items:
                raise Conflict("只能撤回最近一次发布；更早的请在条目的“修订”里退回")
            drafts = self._releases.next_drafts(release)
            new = self._knowledge.publish(
                self._releases.previous_contents(release),
                by.name,
                f"撤回第 {release} 次发布：{reason.strip()}",
            )
            for number in drafts:
                for miss in self._misses.of_draft(number):
                    self._notifications.withdraw(miss.id)
                    self._misses.reopened(miss)
            self._audit.add(by.name, "撤回发布", "release", release, None, {"release": new}, reason.strip())
        return new

    def gate(self, number: int) -> GateRow:
        row = self._gates.get(number)
        if row is None:
            raise CurationError(f"没有 {number} 号发布检查")
        return row

    def is_on_what_is_in_force(self, row: GateRow) -> bool:
        """Whether a run was on the pack that is in force now."""
        return row.base == self._knowledge.fingerprint()

    def latest_gate(self) -> GateRow | None:
        return self._gates.latest()

    def _changes(self, row: GateRow) -> Changes:
        changes: Changes = {}
        for number, version in row.drafts.items():
            draft = self._drafts.get(number)
            if draft is None or draft.version != version:
                raise Conflict("检查之后草稿又变了，请重新检查")
            changes[draft.key] = draft.content
        return changes

    def _close(self, miss: Miss, answers: Mapping[str, Answer]) -> Closed:
        """Close a miss whose draft is published. Questions that the new pack still does not answer stay open and are
        gathered anew."""
        questions = self._misses.questions(miss.id)
        answered = [question for question in questions if _is_full(question.text, answers)]
        still_open = [question.id for question in questions if not _is_full(question.text, answers)]
        self._misses.part(still_open)
        self._misses.put(replace(miss, state="closed"))
        queued = self._notifications.add_all(self._reachable(answered), miss.id, miss.entry, None)
        return Closed(len(answered), queued, len(still_open))

    def _reachable(
        self, questions: Sequence[MissedQuestion]
    ) -> list[tuple[str, str | None, str | None, int]]:
        return reachable(questions, self._tickets.remembered(question.id for question in questions))

    def _near(self, entries: set[str]) -> tuple[int, ...]:
        """Open misses that came close to one of these entries, the most asked first."""
        misses = self._misses.found(("open",))
        questions = self._misses.questions_of(misses)
        return tuple(
            miss
            for miss in misses
            if any(entry in entries for question in questions[miss] for entry, _ in question.candidates)
        )

    def _close_if_answered(self, miss: Miss, answers: Mapping[str, Answer]) -> Closed:
        """Close an open miss that what is in force surely answers; offer it to staff where it may."""
        questions = self._misses.questions(miss.id)
        if not questions:
            return Closed()
        full = [question for question in questions if _is_full(question.text, answers)]
        if len(full) < len(questions) or miss.reason in DOUBTED:
            self._offer(miss, [answers[question.text] for question in questions if question.text in answers])
            return Closed()
        entry = answers[full[0].text].entry
        self._misses.put(replace(miss, state="closed", exit="release", entry=entry, exit_at=now()))
        queued = self._notifications.add_all(self._reachable(full), miss.id, entry, None)
        return Closed(len(full), queued)

    def _offer(self, miss: Miss, answers: Sequence[Answer]) -> None:
        """Offer a miss by the entry that answers it, or else may answer it, unless its askers had just that."""
        had = self._misses.answered_by(miss.id)
        for found in sorted(answers, key=lambda answer: not answer.is_full):
            entry = found.entry if found.is_full else found.likely
            if entry is not None and (entry, self._knowledge.revision_of(entry)) not in had:
                first = found.firsts[0] if found.is_full and found.firsts else ""
                self._to_ask.offer(Offer(miss.id, entry, first))
                return
        self._to_ask.withdraw(miss.id)


def _is_full(question: str, answers: Mapping[str, Answer]) -> bool:
    """Whether it is known to be answered; one that came in since was not asked."""
    return question in answers and answers[question].is_full


def is_stalled(row: GateRow) -> bool:
    """Whether a run told no progress for so long that its process must be gone."""
    return datetime.now(UTC) - datetime.fromisoformat(row.updated_at or row.created_at) > STALLED

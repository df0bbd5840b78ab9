"""What each repository does, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from huiqi.formats.pack_reader import read_folder
from huiqi.pack.originals import QuotedPassage
from huiqi.store.api_keys import ApiKeyStore
from huiqi.store.arrivals import Arrivals
from huiqi.store.asked import AskedLately, LogSearch
from huiqi.store.askers import Askers
from huiqi.store.asking_again import AskingAgain, Offer
from huiqi.store.audit import AuditTrail
from huiqi.store.channel_memory import ChannelMemory
from huiqi.store.conversations import Conversations
from huiqi.store.counters import Counters
from huiqi.store.database import Database
from huiqi.store.documents import DocumentStore
from huiqi.store.drafts import DraftStore
from huiqi.store.erasure import Erasure
from huiqi.store.feedback import DOWN, UP, Feedback, Verdicts
from huiqi.store.gates import GateStore
from huiqi.store.handovers import Handovers
from huiqi.store.kept_checks import KeptCheck, KeptChecks
from huiqi.store.knowledge import KnowledgeStore
from huiqi.store.mailbox import FIRST_CHANNEL_CHAT, MOST_FAILURES, Inbox, Outbox
from huiqi.store.misses import MissStore
from huiqi.store.notifications import BLOCKED, DELIVERED, Notifications
from huiqi.store.question_log import LoggedQuestion, QuestionLog
from huiqi.store.quotes import BroughtQuote, QuoteStore
from huiqi.store.releases import Releases
from huiqi.store.repeats import Repeats
from huiqi.store.samples import Samples
from huiqi.store.second_factors import SecondFactorStore
from huiqi.store.staff import Account, Session, StaffStore
from huiqi.store.subscriptions import Scope, Subscription, Subscriptions
from huiqi.store.switches import SwitchStore
from huiqi.store.tasks import Tasks, Transfer
from huiqi.store.transaction import transaction
from huiqi.store.uploads import Uploads

from tests.conftest import SMALL_POLICY, on_both_engines
from tests.tables import count_of, rows_of

pytestmark = on_both_engines
EARLIER = "2020-01-01"
STOVE = LoggedQuestion(
    "telegram",
    "换炉灶补多少",
    "answer",
    conversation="7",
    asker="7",
    entry="tea-stove",
    revision=3,
    facet="标准",
    confidence=0.93,
    candidates=(("tea-stove", 0.93), ("tea-sign", 0.04)),
    pack="f1",
)
MISSED = replace(STOVE, text="能不能养猫", outcome="unanswered", entry=None, reason="below", candidates=())


def log(database: Database, *questions: LoggedQuestion) -> list[int]:
    return [QuestionLog(database).add(question, question.text.strip("？")) for question in questions]


def test_the_log_keeps_a_message_once_however_often_it_comes(database: Database) -> None:
    questions = QuestionLog(database)
    two = [replace(STOVE, message="5", part=part, text=text) for part, text in enumerate(("甲", "乙"))]
    first = questions.add_all(two, ["甲", "乙"])
    assert questions.add_all([replace(two[0], text="丙")], ["丙"]) == first[:1]
    assert [row["text"] for row in rows_of(database, "question")] == ["丙"]
    elsewhere = questions.add_all([replace(two[0], conversation=None)], ["甲"])
    again = questions.add_all([replace(two[0], conversation=None)], ["甲"])
    assert elsewhere == again != first[:1]
    (row, _) = rows_of(database, "question")
    assert (row["entry"], row["revision"], row["confidence"]) == ("tea-stove", 3, 0.93)


def test_the_log_groups_misses_and_marks_them(database: Database) -> None:
    questions = QuestionLog(database)
    log(
        database,
        MISSED,
        replace(MISSED, asker="8", text="能不能养猫？"),
        replace(MISSED, text="能种树吗"),
        STOVE,
    )
    (cats, trees) = questions.unanswered()
    assert (cats.count, cats.askers, cats.reason, cats.channels) == (2, 2, "below", ("telegram",))
    assert trees.question == "能种树吗"
    assert questions.set_status(cats.cluster, "closed") == 2
    assert [cluster.cluster for cluster in questions.unanswered()] == ["能种树吗"]
    assert len(questions.unanswered(None)) == 2 and questions.unanswered(since="2999-01-01") == []


def test_what_was_chosen_is_counted(database: Database) -> None:
    questions = QuestionLog(database)
    clarify = replace(STOVE, outcome="clarify", entry=None)
    for number, entry in zip(log(database, clarify, clarify, clarify), ("a", "a", None), strict=True):
        questions.choose(number, entry)
    assert [(choice.entry, choice.count) for choice in questions.choices()] == [("a", 2), (None, 1)]


def test_what_was_asked_lately_is_told(database: Database) -> None:
    lately = AskedLately(database)
    numbers = log(
        database, STOVE, STOVE, replace(STOVE, text="招牌", entry="tea-sign", reason="facet_missing")
    )
    log(database, MISSED)
    Feedback(database).rate(numbers[0], "7", UP)
    assert lately.questions(EARLIER) == {"换炉灶补多少": 2, "招牌": 1, "能不能养猫": 1}
    assert sum(row[-1] for row in lately.by_minute(EARLIER)) == 4
    assert all(datetime.fromisoformat(row[0]).second == 0 for row in lately.by_minute(EARLIER))
    assert lately.facet_gaps(1) == [("tea-sign", "标准", 1)] and lately.facet_gaps(2) == []
    assert lately.entries_hit(EARLIER) == {"tea-stove", "tea-sign"} and lately.thumbs(EARLIER) == {UP: 1}
    newest = lately.search(LogSearch(), 3)
    assert [row["text"] for row in newest] == ["能不能养猫", "招牌", "换炉灶补多少"]
    assert [row["thumb"] for row in lately.search(LogSearch(outcome="answer"), 9)] == [None, None, UP]
    number = int(str(newest[0]["id"]))
    Verdicts(database).put(number, "partly", "小李")
    Verdicts(database).put(number, "not_it", "老王")
    found = lately.search(LogSearch(number=number), 9)
    assert [(row["verdict"], row["judge"]) for row in found] == [("not_it", "老王")]
    text, channel = str(newest[0]["text"]), str(newest[0]["channel"])
    alike = lately.search(LogSearch(text=text.upper(), channel=channel, since="2020", until="9999"), 9)
    assert {row["text"] for row in alike} == {text}
    assert lately.search(LogSearch(text="%"), 9) == lately.search(LogSearch(text="_"), 9) == []
    assert number not in {row["id"] for row in lately.search(LogSearch(fault="thumbs_down", is_open=True), 9)}
    assert number in {row["id"] for row in lately.talk(number)} and lately.talk(10**6) == []
    assert channel in lately.channels()


def test_hours_to_close_are_told_the_shortest_first(database: Database) -> None:
    misses = MissStore(database)
    for hours in (26.5, 2):
        seen = datetime(2024, 6, 3, 9, tzinfo=UTC)
        miss = misses.add("甲", "below", seen.isoformat(), seen.isoformat())
        misses.put(replace(miss, state="closed", exit_at=(seen + timedelta(hours=hours)).isoformat()))
    assert AskedLately(database).hours_to_close(EARLIER) == [2, 26.5]


def test_an_asker_sees_and_hands_over_only_their_own(database: Database) -> None:
    askers = Askers(database)
    mine, theirs = log(database, STOVE, replace(STOVE, asker="8"))
    assert [question.number for question in askers.questions_of("telegram", "7", 9)] == [mine]
    assert askers.put_before_staff(mine, "telegram", "7") and not askers.put_before_staff(
        theirs, "telegram", "7"
    )
    assert [question.status for question in askers.questions_of("telegram", "7", 9)] == ["open"]
    log(database, replace(STOVE, asker=None, conversation=None), replace(STOVE, entry="tea-sign"))
    assert askers.most_asked(EARLIER, 1) == [("tea-stove", 3)]
    assert [askers.note_incident("KeyError") for _ in range(3)] == [True, False, False]
    assert rows_of(database, "incident")[0]["count"] == 3


def test_thumbs_put_a_question_before_staff_and_take_it_back(database: Database) -> None:
    feedback = Feedback(database)
    (number,) = log(database, STOVE)

    def status() -> tuple[str, str | None]:
        (row,) = rows_of(database, "question")
        return row["status"], row["reason"]

    assert not feedback.rate(number + 1, "7", UP)
    assert feedback.rate(number, "7", DOWN) and status() == ("open", "thumbs_down")
    feedback.rate(number, "8", DOWN)
    feedback.rate(number, "7", UP)
    assert status() == ("open", "thumbs_down")
    feedback.rate(number, "8", UP)
    assert status() == ("", None) and count_of(database, "feedback") == 2
    assert feedback.remark("web", None, "很好") != feedback.remark("web", "7", "我的电话是13812345678")
    assert "138" not in str(rows_of(database, "remark"))


def test_a_conversation_is_kept_masked_and_forgotten(database: Database) -> None:
    conversations = Conversations(database)
    conversations.put("a", {"entry": "tea-stove", "said": "打13812345678"})
    conversations.put("a", {"entry": "tea-sign", "said": "打13812345678"})
    found = conversations.get("a")
    assert found is not None and found["entry"] == "tea-sign" and "138" not in found["said"]
    with database.conn as connection:
        connection.execute("update conversation set updated_at = ?", ["2020-03-16T10:00:00.000+00:00"])
    assert conversations.get("a") is None and conversations.get("b") is None
    conversations.forget("a")
    assert count_of(database, "conversation") == 0


def test_counters(database: Database) -> None:
    counters = Counters(database)
    (number, _) = log(database, STOVE, MISSED)
    Inbox(database).receive(1, 5, 1, {})
    Outbox(database).put(None, 5, [("send", {})])
    SwitchStore(database).off("web", "小李", "停电")
    assert counters.is_readable() and counters.channels_off() == ["web"]
    assert counters.questions() == [("telegram", "answer", 1), ("telegram", "unanswered", 1)]
    assert counters.open_questions() == counters.inbox_waiting() == counters.outbox_waiting() == 1
    assert counters.conversation_of(number, "telegram") == "7" and counters.conversation_of(99, "web") is None


def test_misses_gather_part_and_close_with_their_questions(database: Database) -> None:
    misses = MissStore(database)
    passage = QuotedPassage("d", "测试文件", "第2段", "原文", 3, 5, "测试来源")
    numbers = log(
        database, MISSED, replace(MISSED, asker="8", passages=(passage,)), replace(MISSED, text="能种树吗")
    )
    assert [question.id for question in misses.unassigned()] == numbers
    cats = misses.add("能不能养猫", "below", EARLIER, "2024-01-02")
    trees = misses.add("能种树吗", "below", EARLIER, "2024-01-01")
    misses.join(cats, numbers[:2])
    misses.join(trees, numbers[2:])
    assert misses.unassigned() == [] and misses.newest() == trees.id
    assert misses.found(["open"]) == [cats.id, trees.id]
    assert misses.found(["open"], text="种树") == [trees.id] and misses.found(["open"], text="%") == []
    assert misses.found(
        ["open"], reason="below", channel="telegram", assignee="", due_before="2024-01-02"
    ) == [trees.id]
    assert misses.channels(["open"]) == ["telegram"] and misses.count_by_state() == {"open": 2}
    assert misses.questions(cats.id)[1].passages == (passage,)
    assert [question.who for question in misses.questions_of([cats.id, trees.id])[cats.id]] == ["7", "8"]
    closed = misses.put(replace(cats, state="closed", exit="alias", draft=4, added=("养猫",), exit_by="小李"))
    assert misses.get(cats.id) == closed and misses.of_draft(4) == [closed]
    assert {row["status"] for row in rows_of(database, "question") if row["id"] in numbers[:2]} == {"closed"}
    assert misses.reopened(closed) == cats
    misses.part(numbers[:1])
    assert misses.still_unassigned(numbers) == set(numbers[:1])
    assert misses.texts(["open"]) == {cats.id: "能不能养猫", trees.id: "能种树吗"}
    assert misses.get_all([trees.id, 99]) == {trees.id: trees}


def test_silent_misses_are_taken_in_once(database: Database) -> None:
    misses = MissStore(database)
    missing, disliked = log(database, replace(STOVE, reason="facet_missing"), STOVE)
    with database.conn as connection:
        connection.execute(
            "insert into feedback (question, asker, value, created_at) values (?, '7', 'down', '')",
            [disliked],
        )
    assert misses.take_in_silent_misses() == 2 and misses.take_in_silent_misses() == 0
    assert [question.reason for question in misses.unassigned()] == ["facet_missing", "thumbs_down"]
    misses.mark_bad(missing, "错", "小李")
    misses.mark_bad(missing, "还是错", "小李")
    assert [row["note"] for row in rows_of(database, "bad_case")] == ["还是错"]


def test_erasing_takes_the_words_of_one_and_leaves_the_others(database: Database) -> None:
    misses = MissStore(database)
    (mine, theirs) = log(
        database, replace(MISSED, text="我的事"), replace(MISSED, text="别人的事", asker="8")
    )
    miss = misses.add("我的事", "below", EARLIER, EARLIER)
    misses.join(miss, [mine, theirs])
    Conversations(database).put("telegram/7/7", {})
    Conversations(database).put("telegram/7/77", {})
    Notifications(database).add_all([("telegram", "7", "7", mine)], miss.id, None, "好了")
    AuditTrail(database).add("小李", "忽略", "miss", miss.id, after={"question": "我的事"})
    assert Erasure(database).of_asker("telegram", "7").questions == 1
    assert "我的事" not in "".join(str(rows_of(database, table)) for table in database.table_names())
    found = misses.get(miss.id)
    assert found is not None and found.question == "别人的事"
    assert count_of(database, "notification") == 0 and count_of(database, "conversation") == 1
    log(
        database,
        replace(MISSED, asker=None, conversation="c_1"),
        replace(MISSED, asker=None, conversation="cx1"),
    )
    assert Erasure(database).of_conversation("telegram", "c_1").questions == 1


def test_the_audit_trail_grows_and_is_read_backwards(database: Database) -> None:
    trail = AuditTrail(database)
    for number in range(3):
        trail.add("小李", "改", "entry", f"e{number}", None, {"数": number})
    trail.add("老王", "审", "draft", 7)
    assert [row.subject for row in trail.rows()] == ["7", "e2", "e1", "e0"]
    (newest, *_) = trail.rows(actor="小李", limit=2)
    assert newest.after == {"数": 2} and newest.before is None
    assert [row.subject for row in trail.rows(kind="entry", before_id=newest.id)] == ["e1", "e0"]
    for statement in ("delete from audit", "update audit set actor = 'x'"):
        with pytest.raises(Exception, match="append-only"), database.conn as connection:
            connection.execute(statement)
    assert count_of(database, "audit") == 4


def test_of_an_item_one_draft_is_open(database: Database) -> None:
    drafts = DraftStore(database)
    draft = drafts.add("entry", "tea-stove", {"title": "炉灶"}, 1, "小李", "注")
    with pytest.raises(Exception, match=r"(?i)unique"):
        drafts.add("entry", "tea-stove", None, 1, "老王")
    newer = drafts.put(replace(draft, content=None, state="discarded", editors=("小李", "老王")))
    assert drafts.get(draft.id) == newer and newer.version == 2
    assert drafts.open_of("entry", "tea-stove") is None
    again = drafts.add("entry", "tea-stove", None, 1, "老王")
    assert drafts.open_of("entry", "tea-stove") == again
    assert {found.id for found in drafts.with_state(["draft", "discarded"])} == {draft.id, again.id}
    assert drafts.with_state(["draft"], limit=0) == []


def test_a_gate_run_says_how_far_it_is(database: Database) -> None:
    gates = GateStore(database)
    assert gates.latest() is None
    number = gates.add({3: 1, 10: 2}, "f1", "小李")
    gates.progress(number, 5, 10)
    gates.finish(number, "passed", {"changes": []}, "f2")
    gates.finish(number, "published")
    found = gates.latest()
    assert found is not None and found == gates.get(number)
    assert (found.state, found.drafts, found.result, found.fingerprint, found.done) == (
        "published",
        {3: 1, 10: 2},
        {"changes": []},
        "f2",
        5,
    )


def test_a_base_is_imported_published_and_told(database: Database, small_pack: Path) -> None:
    knowledge, releases = KnowledgeStore(database), Releases(database)
    result = knowledge.import_documents(read_folder(small_pack), "tests", "folder", source="here")
    assert set(result.added) >= {"tea-stove", "tea-sign"} and knowledge.source() == "here"
    pack = knowledge.pack()
    assert list(pack.entries) == ["tea-stove", "tea-sign"] and pack.fingerprint == knowledge.fingerprint()
    before = knowledge.revision_of("tea-sign")
    stove = {**knowledge.item("entry", "tea-stove"), "see_also": []}
    changes = {("entry", "tea-sign"): None, ("entry", "tea-stove"): stove}
    with transaction(database):
        release = knowledge.publish(changes, "老王", "删去")
    assert list(knowledge.pack().entries) == ["tea-stove"] and knowledge.revision_of("tea-sign") is None
    assert knowledge.is_changed_by_staff() and knowledge.changed_entries() == {"tea-sign", "tea-stove"}
    assert [revision.item for revision in knowledge.deleted()] == ["tea-sign"]
    assert [revision.id for revision in knowledge.history("entry", "tea-sign")][-1] == before
    (newest, first) = releases.latest()
    assert (newest.id, newest.items, first.items) == (release, 2, 0)
    assert {entry for entry, _ in knowledge.entries_changed(5)} == {"tea-stove"}
    assert releases.previous_contents(release)["entry", "tea-sign"]["id"] == "tea-sign"
    number = GateStore(database).add({5: 1}, first.fingerprint, "老王")
    GateStore(database).finish(number, "published", fingerprint=newest.fingerprint)
    assert releases.next_drafts(release) == [5] and releases.next_drafts(first.id) == []
    (small_pack / "policies" / "tea.yaml").write_text(
        SMALL_POLICY.replace("先报备再挂", "先报备"), encoding="utf-8"
    )
    again = knowledge.import_documents(read_folder(small_pack), "tests", "folder 2")
    assert again.conflicts == ("tea-sign",) and set(knowledge.first_seen()) == {"tea-stove", "tea-sign"}


def test_what_is_to_be_asked_again_is_asked_once(database: Database) -> None:
    again = AskingAgain(database)
    again.add(4, [1, 2], ["tea-stove"])
    (release,) = again.releases()
    assert (release.release, release.drafts, release.entries) == (4, (1, 2), ("tea-stove",))
    again.found(4, [9, 7, 9])
    again.found(4, [1])
    assert again.releases() == [] and again.next(5) == [9, 7] and again.left() == 2
    assert again.done(9) and not again.done(9) and again.next(5) == [7]


def test_documents_are_kept_as_they_were_brought(database: Database) -> None:
    documents = DocumentStore(database)
    assert documents.is_empty()
    number = documents.add("d", "a.docx", b"\x00PK\xff", [("p", "一段")], "标题", "", "小李")
    found = documents.with_digest("d")
    assert found is not None and found == documents.get(number) and found.written == (("p", "一段"),)
    assert documents.content(number) == b"\x00PK\xff" and documents.content(99) is None
    newer = documents.put(replace(found, work={"entries": []}, past=({"entries": None},), state="sent"))
    assert documents.all() == [newer] and newer.version == 2 and not documents.is_empty()


def test_quotes_are_those_that_an_entry_was_last_handed_in_with(database: Database) -> None:
    quotes = QuoteStore(database)
    first = BroughtQuote("tea", "标准", "补三成。", "S1", "一、", "补三成")
    second = replace(first, words="按票面补三成")
    other = replace(first, entry="sign")
    quotes.put("tea", [first, first])
    quotes.put("sign", [other])
    quotes.put("tea", [second])
    assert quotes.all() == [other, second] and quotes.entries() == {"sign", "tea"}


def test_an_update_is_done_once(database: Database) -> None:
    inbox, outbox = Inbox(database), Outbox(database)
    assert inbox.receive(1, 5, 10, {"text": "\ud83d"}, "甲") and not inbox.receive(1, 5, 10, {}, "甲")
    assert inbox.receive(2, 5, 11, {}) and [number for number, _ in inbox.unfinished()] == [1, 2]
    assert inbox.begin(1) == 0 and inbox.failed(1) == 1
    with database.conn as connection:
        connection.execute("update inbox set begun_at = ? where update_id = 1", [EARLIER])
    assert inbox.begin(1) == 2 and [number for number, _ in inbox.unfinished()] == [2, 1]
    assert inbox.failed(1) == MOST_FAILURES and inbox.set_aside(1) == 5 and inbox.count_set_aside() == 1
    outbox.put(2, 5, [("send", {"text": "一"}), ("toast", {})])
    outbox.put(None, 6, [("send", {"text": "二"})])
    inbox.answered(2, erases=True)
    (first, second) = outbox.due(2)
    assert (first.kind, first.payload, second.kind) == ("send", {"text": "一"}, "toast")
    assert [parcel.chat for parcel in outbox.due(None)] == [6]
    assert outbox.sending(first.id, 5) == 11 and outbox.due(2)[0].after == 11
    outbox.sent(first.id, 12)
    outbox.failed(second.id)
    assert outbox.due(2) == [] and outbox.replies_to(5, 11) == [12]
    inbox.done(2)
    assert outbox.replies_to(5, 11) == [] and inbox.state(2) == "done" and inbox.unfinished() == []
    assert inbox.receive(2, 5, 1, {}, "another bot") and inbox.state(2) == "received"


def test_messages_are_counted_by_chat_or_together(database: Database) -> None:
    inbox, outbox = Inbox(database), Outbox(database)
    group = FIRST_CHANNEL_CHAT - 5
    for update, (chat, message) in enumerate([(5, 10), (6, 12), (group, 900)]):
        inbox.receive(update, chat, message, {})
    assert outbox.highest_message(5) == 12 and outbox.highest_message(group) == 900
    assert outbox.highest_message(group - 1) == 0 and outbox.known_messages(5, 10) == {12}
    outbox.put(0, 5, [("send", {})])
    outbox.moved(5, group)
    assert [parcel.chat for parcel in outbox.due(0)] == [group]
    inbox.forget(6)
    inbox.prune()
    assert count_of(database, "inbox") == 3


def test_a_notice_is_taken_once_and_shows_what_became_of_it(database: Database) -> None:
    notices = Notifications(database)
    rows = [("telegram", "7", "7", 1), ("telegram", "8", "8", 2), ("web", None, None, 3)]
    assert notices.add_all(rows, 4, "tea-stove", None) == 3
    assert notices.add_all(rows, 5, "tea-stove", None) == 0, "told of each question once"
    (first, second) = notices.pending("telegram")
    assert (first.conversation, first.question, first.text, first.state) == ("7", 1, None, "pending")
    assert [notice.id for notice in notices.take("telegram", 1)] == [first.id]
    assert notices.take("telegram", 1) == [], "one is under way"
    assert [notice.id for notice in notices.take("telegram", 2)] == [second.id]
    notices.ended(first.id, DELIVERED)
    notices.ended(second.id, BLOCKED, "Forbidden")
    notices.ended(second.id, DELIVERED)
    assert notices.counts() == {
        ("telegram", DELIVERED): 1,
        ("telegram", BLOCKED): 1,
        ("web", "pending"): 1,
    }
    assert notices.withdraw(4) == 1 and notices.pending("web") == []
    assert notices.add_all(rows[2:], 4, "tea-stove", None) == 1, "what was taken back may be told after all"


def test_what_waited_for_weeks_is_no_news(database: Database) -> None:
    notices = Notifications(database)
    notices.add_all([("telegram", "7", "7", 1)], 4, None, "好了")
    with transaction(database) as connection:
        connection.execute("update notification set created_at = ?", [EARLIER])
    assert notices.take("telegram", 9) == []
    assert [notice.state for notice in notices.of_miss(4)] == ["too_late"]


def test_a_subscription_is_kept_once_and_ended_with_what_it_would_have_told(database: Database) -> None:
    subscriptions, notices = Subscriptions(database), Notifications(database)
    stove, tea = Scope("entry", "tea-stove"), Scope("policy", "tea")
    one = Subscription("telegram", "7", "7", stove)
    assert subscriptions.add(one) and not subscriptions.add(one)
    assert subscriptions.add(replace(one, scope=tea)) and subscriptions.add(replace(one, asker="8"))
    first, second = subscriptions.of("telegram", "7")
    assert (first.scope, second.scope) == (stove, tea) and subscriptions.get(second.id) == second
    assert [item.asker for item in subscriptions.made_by("9999")] == ["7", "7", "8"]
    assert subscriptions.made_by(EARLIER) == []
    for item in (first, second):
        notices.add("change", "telegram", "7", "7", f"change/{item.id}", text="变了", subscription=item.id)
    assert subscriptions.remove("telegram", "7", stove) and not subscriptions.remove("telegram", "7", stove)
    assert [notice.subscription for notice in notices.pending("telegram")] == [second.id]
    assert subscriptions.end_all("telegram", "7") == 1
    assert notices.pending("telegram") == []
    assert [item.asker for item in subscriptions.made_by("9999")] == ["8"]


def test_a_self_check_is_kept_once_and_ended_with_what_it_would_have_told(database: Database) -> None:
    checks, notices = KeptChecks(database), Notifications(database)
    checks.put(KeptCheck("telegram", "7", "7", "place0", frozenset({"a"})))
    checks.put(KeptCheck("telegram", "7", "7", "place1.size0", frozenset({"b", "a"})))
    (kept,) = checks.all()
    assert (kept.answers, kept.known) == ("place1.size0", {"a", "b"}) and kept == checks.of("telegram", "7")
    checks.told(kept, ["c"])
    assert checks.of("telegram", "7") == replace(kept, known=frozenset("abc"))
    notices.add("fits", "telegram", "7", "7", text="新有一项")
    assert checks.remove("telegram", "7") and not checks.remove("telegram", "7")
    assert checks.all() == [] and notices.pending("telegram") == []


def test_a_task_keeps_its_clock_and_opens_again_with_a_new_one(database: Database) -> None:
    tasks = Tasks(database)
    assert tasks.open("facet", "a", "材料", "甲", "2026-01-01", "2026-01-02")
    assert not tasks.open("facet", "a", "材料", "乙", "2026-01-03", "2026-01-04")
    assert tasks.open("deadline", "a", "2026-02-01", "甲", "2026-01-01", "2026-01-01")
    first, second = tasks.open_ones()
    assert (first.kind, second.unit, second.due_at) == ("deadline", "甲", "2026-01-02")
    tasks.transfer(second, Transfer("2026-01-01", "小李", "甲", "丙", "归“丙”管"))
    handed = tasks.get(second.id)
    assert handed is not None and (handed.unit, handed.first_unit) == ("丙", "甲")
    assert (handed.opened_at, handed.due_at) == (second.opened_at, second.due_at)
    assert [item.why for item in handed.transfers] == ["归“丙”管"]
    tasks.close(second.id, "已经查明发布")
    tasks.close(second.id, "再来一次")
    assert [task.closed_why for task in tasks.newest_closed(9)] == ["已经查明发布"]
    assert tasks.open("facet", "a", "材料", "乙", "2026-03-01", "2026-03-02")
    again = tasks.get(second.id)
    assert again is not None and (again.unit, again.first_unit, again.transfers) == ("乙", "乙", ())
    assert (again.opened_at, again.closed_at) == ("2026-03-01", None)


def test_gaps_are_facets_that_were_asked_and_nobody_has_dealt_with(database: Database) -> None:
    log = QuestionLog(database)
    rows = [
        LoggedQuestion("telegram", text, "answer", entry="a", facet=facet, reason=reason)
        for text, facet, reason in (
            ("要什么材料", "材料", "facet_missing"),
            ("带什么材料", "材料", "facet_missing"),
            ("补多少", "标准", None),
        )
    ]
    log.add_all(rows, ["", "", ""])
    assert [(gap.entry, gap.facet, gap.times) for gap in Tasks(database).gaps()] == [("a", "材料", 2)]
    with transaction(database) as connection:
        connection.execute("update question set status = 'ignored'")
    assert Tasks(database).gaps() == []


def test_a_lot_is_drawn_once_and_its_judgements_stay(database: Database) -> None:
    log, samples = QuestionLog(database), Samples(database)
    rows = [
        LoggedQuestion("telegram", f"第{number}问", outcome, entry="a" if outcome == "answer" else None)
        for number, outcome in enumerate(("answer", "answer", "unanswered", "answer"))
    ]
    one, two, _, four = log.add_all(rows, [""] * 4)
    assert samples.answered("2000", "9999") == [one, two, four] and samples.answered("2000", "2001") == []
    samples.draw("2026-W47", [one, four])
    samples.draw("2026-W47", [two])
    assert samples.is_drawn("2026-W47") and [row.question for row in samples.of("2026-W47")] == [one, four]
    assert (samples.week_of(one), samples.week_of(two)) == ("2026-W47", None)
    samples.judge(one, "partial", "小李")
    samples.judge(one, "right", "小李")
    assert samples.counts("2026-W47") == {"right": 1, "partial": 0, "wrong": 0, "": 1}
    with transaction(database) as connection:
        connection.execute("delete from question")
    assert samples.counts("2026-W47") == {"right": 1, "partial": 0, "wrong": 0, "": 0}


def test_accounts_sessions_and_failures(database: Database) -> None:
    staff = StaffStore(database)
    account = Account("小李", "hash", "editor", "42", True, EARLIER)
    staff.put(account)
    staff.put(replace(account, role="admin"))
    assert staff.by_telegram("42") == staff.get("小李") == replace(account, role="admin")
    staff.put(replace(account, is_active=False))
    assert staff.by_telegram("42") is None and [found.name for found in staff.all()] == ["小李"]
    session = Session("t1", "小李", "c", "1.2.3.4", EARLIER, "2999-01-01", None)
    staff.add_session(session)
    staff.add_session(replace(session, token="t2", is_pending=True))
    staff.add_session(replace(session, token="t3", expires_at=EARLIER))
    staff.seen("t1")
    found = staff.session("t2")
    assert found is not None and found.is_pending and staff.session("t3") is None
    assert (
        [live.token for live in staff.sessions("小李")] == ["t1"] == [live.token for live in staff.sessions()]
    )
    staff.end_session("t1")
    assert staff.sessions() == [] and staff.end_sessions_of("小李") == 2
    number = staff.add_failure("小李", "1.2.3.4")
    staff.add_failure("老王", "1.2.3.4")
    assert staff.failures(EARLIER, name="小李") == 1 and staff.failures(EARLIER, address="1.2.3.4") == 2
    staff.take_failure_back(number)
    staff.clear_failures("老王")
    assert staff.failures(EARLIER, address="1.2.3.4") == 0


def test_a_step_and_a_recovery_code_are_taken_once(database: Database) -> None:
    factors = SecondFactorStore(database)
    factors.begin("小李", "old")
    factors.begin("小李", "new")
    found = factors.get("小李")
    assert (
        found is not None
        and found.secret == "new"
        and not found.is_confirmed
        and factors.confirmed() == set()
    )
    factors.confirm("小李", ["a", "b"])
    assert factors.confirmed() == {"小李"}
    assert factors.use_step("小李", 7) and not factors.use_step("小李", 7) and not factors.use_step("小李", 6)
    assert factors.use_code("小李", "a") and not factors.use_code("小李", "a")
    assert factors.remove("小李") and not factors.remove("小李") and count_of(database, "recovery_code") == 0


def test_a_channel_is_switched_off_and_on(database: Database) -> None:
    switches = SwitchStore(database)
    switches.off("web", "小李", "停电")
    (switch,) = switches.all()
    assert (switch.channel, switch.by, switch.reason) == ("web", "小李", "停电")
    switches.on("web")
    assert switches.all() == []


def test_what_comes_by_a_channel_is_answered_once(database: Database) -> None:
    arrivals = Arrivals(database)
    assert arrivals.receive("wecom", "k1", "c", {"text": "\ud83d"}) and not arrivals.receive(
        "wecom", "k1", "c", {}
    )
    assert arrivals.receive("wecom", "k2", "c", {}) and arrivals.receive("wecom", "k3", "d", {})
    (first, second, third) = arrivals.unfinished()
    assert first.payload == {"text": "\ud83d"} and arrivals.before(second) and not arrivals.before(third)
    arrivals.put_off(third, 60)
    assert [arrival.key for arrival in arrivals.unfinished()] == ["k1", "k2"]
    assert arrivals.failed(second) == 1 and arrivals.failed(second) == 2
    arrivals.set_aside(second)
    arrivals.answered(first, [("c", "7", "一", [("材料", "e:a::")]), ("c", None, "二", [])])
    arrivals.notice("wecom", "c", None, "三")
    (one, two) = arrivals.parcels(first)
    assert (one.choices, two.text, two.asker) == ((("材料", "e:a::"),), "二", None)
    arrivals.sending(one)
    arrivals.not_sent(one)
    arrivals.ended(two, "failed", "网络")
    (left,) = arrivals.parcels(first)
    assert (left.id, left.attempts, left.state) == (one.id, 1, "waiting")
    (notice,) = arrivals.notices()
    arrivals.put_off_notice(notice, 60)
    assert arrivals.notices() == []
    arrivals.done(first)
    found = arrivals.get(first.id)
    assert found is not None and found.state == "done" and found.payload == {}
    arrivals.prune()
    assert count_of(database, "arrival") == 3


def test_a_channel_remembers_counts_and_lets_one_do_it(database: Database) -> None:
    memory = ChannelMemory(database)
    memory.put("wecom", "token", "a", 60)
    memory.put("wecom", "token", "b", 60)
    memory.put("wecom", "old", "x", -1)
    assert memory.get("wecom", "token") == "b" and memory.get("wecom", "old") is None
    memory.put("wecom", "to%", "1")
    memory.count("wecom", "to%")
    assert (
        memory.named("wecom", "to") == [("to%", "2"), ("token", "b")] and memory.named("wecom", "to_") == []
    )
    assert memory.take("wecom", "work", 60) and not memory.take("wecom", "work", 60)
    memory.drop("wecom", "work")
    assert memory.take("wecom", "work", -1) and memory.take("wecom", "work", 60)
    memory.drop_if("wecom", "token", "other")
    memory.drop_if("wecom", "to%", "2")
    memory.prune()
    assert [name for name, _ in memory.named("wecom", "")] == ["token", "work"]


def test_a_talk_of_staff_gives_what_was_asked_and_answered(database: Database) -> None:
    talks = Handovers(database)
    talks.begin("wxkf", "c")
    talks.begin("wxkf", "c", "小李")
    for message, text, staff in [("1", "怎么办", None), ("1", "怎么办", None), ("2", "这样办", "小李")]:
        talks.said("wxkf", "c", message, text, staff)
    assert talks.is_with_staff("wxkf", "c") and not talks.is_with_staff("wxkf", "d")
    (exchange,) = talks.end("wxkf", "c")
    assert (exchange.asked, exchange.answered, exchange.staff) == ("怎么办", "这样办", "小李")
    assert not talks.is_with_staff("wxkf", "c") and talks.end("wxkf", "c") == []


def test_a_key_is_known_by_its_digest_until_it_ends(database: Database) -> None:
    keys = ApiKeyStore(database)
    first, second = (keys.add(name, "hq_ab", name, ["ask"], 60, "小李") for name in ("甲", "乙"))
    keys.used(first)
    keys.end(first)
    keys.end(first)
    assert keys.of("甲") is None and [key.id for key in keys.all()] == [second, first]
    found, ended = keys.of("乙"), keys.get(first)
    assert found is not None and (found.id, found.scopes, found.a_minute) == (second, ("ask",), 60)
    assert ended is not None and ended.used_at and ended.ended_at and keys.get(99) is None


def test_a_request_that_comes_again_gets_the_same(database: Database) -> None:
    repeats = Repeats(database)
    assert repeats.begin("a", "k", "d") is None
    before = repeats.begin("a", "k", "other")
    assert before is not None and (before.digest, before.status) == ("d", None)
    repeats.answered("a", "k", 200, "{}")
    before = repeats.begin("a", "k", "d")
    assert before is not None and (before.status, before.body) == (200, "{}")
    assert repeats.begin("b", "k", "d") is None
    repeats.forget("b", "k")
    assert repeats.begin("b", "k", "d") is None
    with database.conn as connection:
        connection.execute("update repeat set asked_at = ?", [EARLIER])
    assert repeats.begin("a", "k", "d") is None and count_of(database, "repeat") == 1


def test_the_words_behind_statements_are_kept_in_order(database: Database) -> None:
    quotes = QuoteStore(database)
    made = [
        BroughtQuote("tea-stove", facet, "按票面补三成。", "S1", "第2段", "补三成")
        for facet in ("标准", "条件")
    ]
    quotes.put("tea-sign", made[:1])
    quotes.put("tea-stove", made)
    quotes.put("tea-sign", [])
    assert quotes.all() == made and quotes.entries() == {"tea-stove"}


def test_what_a_release_may_have_answered_is_offered_once(database: Database) -> None:
    again, misses = AskingAgain(database), MissStore(database)
    miss = misses.add("甲", "below", EARLIER, EARLIER).id
    again.offer(Offer(miss, "tea-stove", "补三成。"))
    again.refuse(miss)
    again.offer(Offer(miss, "tea-stove", "补三成。"))
    assert again.offers() == []
    again.offer(Offer(miss, "tea-stove", "补四成。"))
    assert again.offers() == again.offers(miss) == [Offer(miss, "tea-stove", "补四成。")]
    again.withdraw(miss)
    assert again.offers() == []
    again.add(4, [1], [])
    again.add(4, [2], ["tea-sign"])
    assert [(release.drafts, release.entries) for release in again.releases()] == [((2,), ("tea-sign",))]


def test_a_question_of_a_conversation_stands_as_staff_left_it(database: Database) -> None:
    askers, misses = Askers(database), MissStore(database)
    nameless = replace(MISSED, asker=None, conversation="c", channel="web")
    (number,) = log(database, nameless)
    assert askers.text_of(number) == MISSED.text and askers.text_of(number + 1) is None
    assert askers.put_conversation_before_staff(number, "web", "c")
    assert not askers.put_conversation_before_staff(number, "web", "d")
    miss = misses.add(MISSED.text, "below", EARLIER, EARLIER)
    misses.join(miss, [number])
    misses.put(replace(miss, state="closed", exit="reply", exit_note="不能"))
    found = askers.standing(number, "web", "c")
    assert found is not None and (found.status, found.reply) == ("closed", "不能")
    assert askers.standing(number, "web", "d") is None and misses.answered_by(miss.id) == set()


def test_a_file_is_kept_for_who_brought_it(database: Database) -> None:
    uploads = Uploads(database)
    first = uploads.keep(b"\x00PK", "a.xlsx", "小李")
    second = uploads.keep(b"\xff", "b.xlsx", "小李")
    assert uploads.of(first, "小李") is None and uploads.of(second, "小李") == ("b.xlsx", b"\xff")
    assert uploads.of(second, "老王") is None
    uploads.forget(second)
    assert count_of(database, "upload") == 0


def test_a_message_of_ours_is_about_an_entry(database: Database) -> None:
    outbox = Outbox(database)
    outbox.put(None, 5, [("send", {}), ("send", {})], 1)
    assert outbox.due(None, is_quiet=True) == []
    (first, second) = outbox.due(None)
    outbox.tells_of(first.id, "tea-stove")
    outbox.sent(first.id, 9)
    outbox.failed(second.id)
    assert outbox.entry_of(5, 9) == "tea-stove" and outbox.entry_of(5, 10) is None

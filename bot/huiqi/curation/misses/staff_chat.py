"""What staff can do from a chat: the words behind /pending /claim /answer /alias /ignore /test /stats /talks /take
/say /end.

For a channel that has a staff chat (Telegram). Each function takes the `Workbench` and the `Member` who
wrote, and returns plain Chinese text to send back; what a person may not do, or cannot be done, raises
`huiqi.curation.roles.CurationError`, whose message is the sentence to send instead. Rights, transactions
and the audit trail are those of the console, because the same functions do the work.

    workbench = Workbench(database, live, settings.one_person)
    member = workbench.accounts.member_on_telegram(str(user.id))   # None: no member of staff
    text = pending(workbench, member)                 # /pending            the ten most asked misses
    text = claim(workbench, member, 12)               # /claim 12
    text = answer(workbench, member, 12, "…")         # /answer 12 …        to the askers themselves
    text = alias(workbench, member, 12, "rent-relief")  # /alias 12 rent-relief, or /alias 12 1 (a near miss)
    text = ignore(workbench, member, 12, "…")         # /ignore 12 原因
    text = test(workbench, member, "…")               # /test 问题         what the bot would answer
    text = stats(workbench, member)                   # /stats              the last seven days
    text = talks(workbench, member)                   # /talks              who waits for a person
    text = take(workbench, member, 3)                 # /take 3             have that talk
    text = say(workbench, member, 3, "…")             # /say 3 …            in it, by the asker's channel
    text = end(workbench, member, 3)                  # /end 3              the bot has it again

A user of Telegram is linked to a member of staff in the console's 用户 page (`Accounts.change(telegram=…)`).
The askers of a closed miss are told by the outbox of notices (`huiqi.store.notifications`).
"""

from __future__ import annotations

from huiqi.curation.figures import OUTCOMES, figures
from huiqi.curation.hit_test import hit_test
from huiqi.curation.misses.queue import REASONS, Filter, MissRow
from huiqi.curation.roles import CurationError, Member
from huiqi.curation.workbench import Workbench

LISTED = 10
GATHERED_SECONDS = 0.05
"""A chat is answered by one thread, so that all wait while one command is worked on."""


def pending(workbench: Workbench, by: Member) -> str:
    """The most asked misses, numbered for the other commands."""
    by.require("viewer")
    queue = workbench.miss_queue()
    queue.gather(GATHERED_SECONDS)
    numbers = queue.numbers(Filter())
    waiting = len(numbers)
    if not waiting:
        return "没有待处理的问题。"
    lines = [_line(row) for row in queue.rows_of(numbers[:LISTED])]
    rest = f"\n还有 {waiting - LISTED} 组，请到网页工作台看。" if waiting > LISTED else ""
    more = "" if queue.is_gathered() else "\n还有新问题正在归组，请过一会儿再看。"
    return f"待处理 {waiting} 组：\n" + "\n".join(lines) + rest + more


def claim(workbench: Workbench, by: Member, miss: int) -> str:
    claimed = workbench.miss_queue().claim(miss, by)
    return f"{by.name} 认领了 {miss} 号：“{claimed.question}”。"


def answer(workbench: Workbench, by: Member, miss: int, text: str) -> str:
    workbench.miss_queue().reply(miss, text, by)
    return f"{miss} 号的答复会发给提问的人；要让机器人以后也答得上，请再用 /alias 或到网页工作台新建条目。"


def alias(workbench: Workbench, by: Member, miss: int, entry: str) -> str:
    """`entry`: an entry id, or the place of a near miss (1, 2, 3) as /pending lists them."""
    queue = workbench.miss_queue()
    if entry.isascii() and entry.isdecimal() and len(entry) < 18:
        near = queue.row(miss).near
        if not 1 <= int(entry) <= len(near):
            raise CurationError(f"{miss} 号没有第 {entry} 个候选条目，请写条目编号")
        entry = near[int(entry) - 1][0]
    draft = queue.make_alias(miss, entry, by)
    return f"已把 {miss} 号的问法加进“{entry}”（草稿 {draft.id}），等另一位同事审核发布。"


def ignore(workbench: Workbench, by: Member, miss: int, reason: str) -> str:
    workbench.miss_queue().ignore(miss, reason, by)
    return f"{miss} 号已忽略：{reason}。"


def test(workbench: Workbench, by: Member, question: str) -> str:
    """What the bot would answer, with the ranking; nothing is logged."""
    by.require("viewer")
    pack, matcher = workbench.engine.current()
    result = hit_test(pack, matcher, question)
    lines = [f"结果：{OUTCOMES.get(result.outcome, result.outcome)}，把握 {result.confidence:.0%}"]
    for place, hit in enumerate(result.hits[:3], 1):
        title = pack.entries[hit.entry].short_title if hit.entry in pack.entries else hit.entry
        lines.append(
            f"{place}. {title}（{hit.entry}）{hit.probability:.0%}；相近问法：{hit.alternate or '无'}"
        )
    reply = workbench.engine.asking(pack, matcher)(question)
    return "\n".join(lines) + "\n\n" + reply.text


def stats(workbench: Workbench, by: Member, days: int = 7) -> str:
    by.require("viewer")
    pack, _ = workbench.engine.current()
    found = figures(pack, workbench.database, days, pack.office.today())
    parts = [f"{name} {found.totals[outcome]}" for outcome, name in OUTCOMES.items()]
    waiting = workbench.miss_queue().counts().get("open", 0)
    return (
        f"最近 {days} 天：{'，'.join(parts)}；赞 {found.thumbs_up}，踩 {found.thumbs_down}；"
        f"待处理 {waiting} 组，处理完 {found.closed} 组。"
    )


def talks(workbench: Workbench, by: Member) -> str:
    """Who waits for a person, and who talks with one."""
    by.require("viewer")
    found = workbench.talks.open()
    if not found:
        return "没有人在等工作人员。"
    return "\n".join(
        f"{talk.wish.number}. {talk.channel}，{f'{talk.wish.staff} 接着' if talk.wish.staff else '在等'}："
        f"{(talk.lines[-1].text if talk.lines else talk.subject)}"
        for talk in found[:LISTED]
    )


def take(workbench: Workbench, by: Member, talk: int) -> str:
    workbench.talks.take(talk, by)
    asked = workbench.talks.get(talk).asked
    return f"{talk} 号对话由 {by.name} 接起。对方问过：{'；'.join(asked) or '（还没有提问）'}。答复：/say {talk} 要说的话；说完：/end {talk}"


def say(workbench: Workbench, by: Member, talk: int, text: str) -> str:
    workbench.talks.say(talk, text, by)
    return f"已发给 {talk} 号。"


def end(workbench: Workbench, by: Member, talk: int) -> str:
    drafts = workbench.talks.end(talk, by)
    made = f"，答复成了 {len(drafts)} 份草稿，请到网页工作台补全" if drafts else ""
    return f"{talk} 号对话已结束，接着由机器人回答{made}。"


def _line(row: MissRow) -> str:
    reason = REASONS.get(row.reasons[0][0], row.reasons[0][0]) if row.reasons else ""
    near = "、".join(f"{place}) {entry}" for place, (entry, _) in enumerate(row.near[:3], 1)) or "无"
    owner = f"，{row.miss.assignee} 认领" if row.miss.assignee else ""
    return f"{row.miss.id}. {row.miss.question}（{row.count} 次，{reason}{owner}）候选：{near}"

"""The pages of misses (待处理问题) and their exits."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.responses import Response

from huiqi.answering import tickets
from huiqi.console import worklist
from huiqi.console.notices import STATES as NOTICE_STATES
from huiqi.console.page import PageVisit, local_time, whole_number
from huiqi.curation.misses.queue import ORDERS, REASONS, STATE_NAMES, MissRow
from huiqi.curation.roles import CurationError
from huiqi.pack.model import Pack
from huiqi.store.export import harmless
from huiqi.store.tickets import Tickets

PAGE = 50
MOST_TALKS = 50
"""Questions of a group of which a page shows the talk around them."""
GATHERED_SECONDS = 0.2
"""For which a page gathers new questions itself; what is left is gathered in the background."""
HEADER = (
    "编号",
    "问题",
    "次数",
    "人数",
    "原因",
    "候选条目",
    "首次",
    "最近",
    "应在之前",
    "渠道",
    "认领人",
    "状态",
)


def misses(visit: PageVisit) -> Response:
    queue = visit.workbench.miss_queue()
    queue.gather(GATHERED_SECONDS)
    shown = worklist.shown(visit)
    numbers = queue.numbers(shown.wanted)
    start = whole_number(visit.query("start"))
    if start >= len(numbers):
        # The last page was emptied.
        start = max(0, (len(numbers) - 1) // PAGE * PAGE)
    return visit.render(
        "misses.html",
        rows=queue.rows_of(numbers[start : start + PAGE]),
        total=len(numbers),
        start=start,
        page=PAGE,
        shown=shown,
        wanted=shown.wanted,
        lists=worklist.LISTS,
        counted=worklist.counted(visit, queue),
        orders=ORDERS,
        channels=queue.channels(shown.wanted),
        people=[account.name for account in visit.workbench.accounts.all() if account.is_active],
        is_gathered=queue.is_gathered(),
        moment=datetime.now(UTC).isoformat(timespec="milliseconds"),
        query=shown.address(start=start or ""),
        offered=len(queue.offers()),
    )


def by_number(visit: PageVisit) -> Response:
    """To the question whose number somebody reads out."""
    number = whole_number(visit.query("number"))
    visit.workbench.miss_queue().gather(GATHERED_SECONDS)
    ticket = Tickets(visit.workbench.database).get(number)
    if ticket is None:
        raise CurationError(f"没有编号 {number} 的提问，请再核对一遍")
    if ticket.miss is not None:
        return visit.redirect(f"/inbox/{ticket.miss}#q{number}", f"编号 {number}：“{ticket.text}”在这一组里")
    return visit.render(
        "question.html",
        ticket=ticket,
        steps=tickets.steps(ticket),
        entry=tickets.entry_of(ticket),
    )


def again(visit: PageVisit) -> Response:
    """Misses that what was published may answer, as one list to tick."""
    offers = visit.workbench.miss_queue().offers()
    return visit.render(
        "again.html",
        offers=[(row, offer) for row, offer in offers if offer.entry in visit.pack.entries],
        entries=visit.pack.entries,
    )


def close_again(visit: PageVisit) -> Response:
    numbers = [whole_number(number) for number in visit.values("miss")]
    if not numbers:
        raise CurationError("请先勾选问题")
    queue, is_accepted = visit.workbench.miss_queue(), visit.value("act") == "close"
    failed: list[str] = []
    for number in numbers:
        try:
            if is_accepted:
                queue.accept(number, visit.member)
            else:
                queue.refuse_offer(number, visit.member)
        except CurationError as error:
            failed.append(f"{number} 号：{error}")
    what = "已关闭，提问的人会收到通知" if is_accepted else "留在待处理"
    rest = f"；没处理的：{'；'.join(failed[:3])}" if failed else ""
    return visit.redirect("/again", f"{len(numbers) - len(failed)} 组{what}{rest}")


def bulk(visit: PageVisit) -> Response:
    """One act on every ticked row: claim, put together, set aside, ignore, assign, or export of exactly those."""
    numbers = [whole_number(number) for number in visit.values("miss")]
    if not numbers:
        raise CurationError("请先勾选要处理的问题")
    queue, act = visit.workbench.miss_queue(), visit.value("act")
    if act in ("csv", "xlsx"):
        return export([queue.row(number) for number in numbers], act, visit.pack)
    back = "/inbox?" + visit.value("query")
    if act == "merge":
        into = queue.merge(numbers, visit.member)
        return visit.redirect(back, f"{len(set(numbers))} 组合并成了 {into.id} 号“{into.question}”")
    failed: list[str] = []
    for number in numbers:
        try:
            if act == "claim":
                queue.claim(number, visit.member)
            elif act == "ignore":
                queue.ignore(number, visit.value("reason"), visit.member, visit.value("reply"))
            elif act == "assign":
                queue.assign(number, visit.value("to") or None, visit.member)
            elif act in ("noise", "not_noise"):
                queue.set_noise(number, act == "noise", visit.member)
            else:
                raise CurationError("请选择要做什么")
        except CurationError as error:
            failed.append(f"{number} 号：{error}")
    done = len(numbers) - len(failed)
    return visit.redirect(
        back, f"处理了 {done} 组" + (f"；没处理的：{'；'.join(failed[:3])}" if failed else "")
    )


def export(rows: Sequence[MissRow], kind: str, pack: Pack) -> Response:
    table = [_cells(row, pack) for row in rows]
    if kind == "csv":
        stream = io.StringIO()
        # Excel takes a file with the mark for UTF-8.
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        writer.writerows([[harmless(cell) for cell in row] for row in table])
        data, media = ("\ufeff" + stream.getvalue()).encode(), "text/csv; charset=utf-8"
    else:
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(HEADER)
        for row in table:
            sheet.append([harmless(cell) for cell in row])
        binary = io.BytesIO()
        book.save(binary)
        data = binary.getvalue()
        media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(
        data, media_type=media, headers={"Content-Disposition": f'attachment; filename="unanswered.{kind}"'}
    )


def _cells(row: MissRow, pack: Pack) -> list[str | int]:
    near = [
        f"{pack.entries[entry].short_title}（{entry}，{score:.0%}）"
        for entry, score in row.near
        if entry in pack.entries
    ]
    return [
        row.miss.id,
        row.miss.question,
        row.count,
        row.askers,
        "、".join(REASONS.get(reason, reason) for reason, _ in row.reasons),
        "、".join(near),
        local_time(row.miss.first_seen, pack.office),
        local_time(row.last_seen, pack.office),
        local_time(row.miss.due_at, pack.office),
        "、".join(row.channels),
        row.miss.assignee or "",
        STATE_NAMES[row.miss.state],
    ]


def miss(visit: PageVisit) -> Response:
    number = visit.number("miss")
    queue = visit.workbench.miss_queue()
    row = queue.row(number)
    if row.miss.merged_into is not None:
        said = f"{number} 号已并入 {row.miss.merged_into} 号"
        return visit.redirect(f"/inbox/{row.miss.merged_into}?{visit.request.url.query}", said)
    pack, matcher = visit.workbench.engine.current()
    search, notices = visit.query("search"), queue.notices(number)
    decision = matcher.match(row.miss.question)
    ranked = [
        (matcher.entry_id(candidate.entry), candidate.probability) for candidate in decision.candidates[:5]
    ]
    logged = dict(row.near)
    candidates = [(entry, score, logged.get(entry)) for entry, score in ranked]
    candidates += [(entry, 0.0, score) for entry, score in row.near if entry not in dict(ranked)]
    return visit.render(
        "miss.html",
        row=row,
        miss=row.miss,
        questions=queue.questions(number),
        candidates=[item for item in candidates if item[0] in pack.entries],
        passages=queue.passages(number),
        found=search_entries(pack, search) if search else [],
        search=search,
        entries=pack.entries,
        draft=visit.workbench.drafting.get(row.miss.draft) if row.miss.draft else None,
        around={
            question.id: queue.talk_around(question.id) for question in queue.questions(number)[:MOST_TALKS]
        },
        told=Counter(notice.state for notice in notices),
        notices=notices,
        way=worklist.way(visit, queue, number),
        near=queue.near(number) if row.miss.state == "open" else [],
        notice_states=NOTICE_STATES,
        trail=visit.workbench.audit.rows(kind="miss", subject=str(number)),
    )


def search_entries(pack: Pack, text: str, limit: int = 12) -> list[str]:
    """Entries whose id, title, keywords or alternates hold every word of `text`."""
    words = text.lower().split()
    return [
        entry.id
        for entry in pack.entries.values()
        if all(
            word
            in " ".join(
                (entry.id, entry.title, entry.short_title, *entry.keywords, *entry.alternates)
            ).lower()
            for word in words
        )
    ][:limit]


def alias(visit: PageVisit) -> Response:
    number = visit.number("miss")
    draft = visit.workbench.miss_queue().make_alias(
        number, visit.value("entry"), visit.member, visit.values("wording")
    )
    visit.workbench.foresee(draft)
    return _back(visit, f"已加进“{visit.titles.get(draft.item, draft.item)}”的相似问，等另一位同事审核")


def new_entry(visit: PageVisit) -> Response:
    draft = visit.workbench.miss_queue().make_entry(
        visit.number("miss"),
        visit.value("policy"),
        visit.value("id"),
        visit.member,
        visit.whole("passage") if visit.value("passage") else None,
    )
    filled = "问题填进了标准问和相似问"
    if visit.value("passage"):
        filled += "，原话填进了概要，来源也填好了"
    return visit.redirect(f"/entries/{draft.item}", f"已开好新条目，{filled}，请补全后提交审核")


def ignore(visit: PageVisit) -> Response:
    number = visit.number("miss")
    reason = visit.value("reason")
    visit.workbench.miss_queue().ignore(
        number, visit.value("other") if reason == "其他" else reason, visit.member, visit.value("reply")
    )
    says = "，机器人照您写的回复" if visit.value("reply").strip() else ""
    return _back(visit, f"已忽略，以后同样的问题也不再进待处理{says}")


def reply(visit: PageVisit) -> Response:
    number = visit.number("miss")
    visit.workbench.miss_queue().reply(number, visit.value("text"), visit.member)
    return _back(visit, "答复会发给提问的人")


def undo(visit: PageVisit) -> Response:
    number = visit.number("miss")
    visit.workbench.miss_queue().undo(number, visit.member)
    return _back(visit, "已撤销，问题回到待处理")


def claim(visit: PageVisit) -> Response:
    number = visit.number("miss")
    visit.workbench.miss_queue().claim(number, visit.member)
    return _back(visit, "已认领")


def assign(visit: PageVisit) -> Response:
    number = visit.number("miss")
    visit.workbench.miss_queue().assign(number, visit.value("to") or None, visit.member)
    return _back(visit, "已改派")


def merge(visit: PageVisit) -> Response:
    """Put another group, chosen from those beside it or by its number, together with this one."""
    others = [whole_number(number) for number in (*visit.values("miss"), visit.value("number")) if number]
    into = visit.workbench.miss_queue().merge([visit.number("miss"), *others], visit.member)
    return _back(visit, f"已合并成 {into.id} 号", into.id)


def part(visit: PageVisit) -> Response:
    number = visit.number("miss")
    made = visit.workbench.miss_queue().part(number, visit.values("wording"), visit.member)
    return _back(visit, f"已拆成另一组：{made.id} 号“{made.question}”")


def set_noise(visit: PageVisit) -> Response:
    is_noise = visit.value("to") == "noise"
    visit.workbench.miss_queue().set_noise(visit.number("miss"), is_noise, visit.member)
    return _back(visit, "已放进杂音" if is_noise else "已移回待处理")


def following(visit: PageVisit) -> Response:
    """To the next one of a list."""
    way = worklist.way(visit, visit.workbench.miss_queue(), whole_number(visit.query("after")))
    if way.next is None:
        return visit.redirect(f"/inbox?{way.origin.address()}", "这个列表处理完了")
    return visit.redirect(f"/inbox/{way.next}?{way.query}")


def _back(visit: PageVisit, said: str, number: int = 0) -> Response:
    """To the miss again, by the way on which it was opened."""
    way = urlencode({name: visit.query(name) for name in ("from", "at") if visit.query(name)})
    address = f"/inbox/{number or visit.number('miss')}"
    return visit.redirect(f"{address}?{way}" if way else address, said)

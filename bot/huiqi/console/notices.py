"""The page of notices (通知): what people were told without asking just then, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from huiqi.console.page import PageVisit
from huiqi.store.askers import Askers
from huiqi.store.notifications import Notifications
from huiqi.store.staff_letters import StaffLetters

SHOWN = 100
STATES: Mapping[str, str] = {
    "pending": "等待发出",
    "sending": "正在发",
    "delivered": "已送达",
    "blocked": "对方已拉黑",
    "failed": "没有送到",
    "too_late": "太晚，没有发",
    "withdrawn": "已撤回",
    "sent": "已交给渠道",
}
KINDS: Mapping[str, str] = {
    "answered": "有答案了",
    "reply": "答复本人",
    "change": "订阅有变化",
    "correction": "更正",
    "deadline": "快到期",
    "fits": "自查有新的适用",
}
WAYS: Mapping[str, str] = {"mail": "邮件", "webhook": "webhook"}
LETTER_STATES: Mapping[str, str] = {"waiting": "等待发出", "sent": "已送出", "failed": "没有送到"}


def notices(visit: PageVisit) -> Response:
    store = Notifications(visit.workbench.database)
    state = visit.query("state") if visit.query("state") in STATES else ""
    found = store.newest(SHOWN, [state] if state else [])
    askers = Askers(visit.workbench.database)
    counts: dict[str, int] = {}
    for (_, each), count in store.counts().items():
        counts[each] = counts.get(each, 0) + count
    return visit.render(
        "notices.html",
        notices=[(notice, askers.text_of(notice.question) if notice.question else None) for notice in found],
        by_state=counts,
        state=state,
        states=STATES,
        kinds=KINDS,
        letters=[
            (WAYS.get(way, way), LETTER_STATES.get(each, each), count)
            for (way, each), count in StaffLetters(visit.workbench.database).counts().items()
        ],
    )

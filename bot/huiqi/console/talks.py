"""The pages of talks (人工对话): who waits for a person, what is said there, and the bot's turn again."""

from __future__ import annotations

from starlette.responses import Response

from huiqi.console.notices import STATES
from huiqi.console.page import PageVisit
from huiqi.curation.roles import CurationError
from huiqi.curation.talks import LONGEST


def talks(visit: PageVisit) -> Response:
    return visit.render("talks.html", talks=visit.workbench.talks.open())


def talk(visit: PageVisit) -> Response:
    found = visit.workbench.talks.get(visit.number("talk"))
    return visit.render("staff_talk.html", talk=found, wish=found.wish, states=STATES, longest=LONGEST)


def act(visit: PageVisit) -> Response:
    number, act, desk = visit.number("talk"), visit.value("act"), visit.workbench.talks
    if act == "take":
        desk.take(number, visit.member)
        return visit.redirect(f"/talks/{number}", "已接起，对方会收到一句话，机器人不再回答")
    if act == "say":
        desk.say(number, visit.value("text"), visit.member)
        return visit.redirect(f"/talks/{number}")
    if act == "end":
        drafts = desk.end(number, visit.member)
        made = f"，答复成了 {len(drafts)} 份草稿，请补全后提交审核" if drafts else ""
        return visit.redirect(
            "/review" if drafts else "/talks", f"{number} 号对话已结束，接着由机器人回答{made}"
        )
    if act == "drop":
        desk.drop(number, visit.member)
        return visit.redirect("/talks", f"{number} 号不接了，问题还在待处理里")
    raise CurationError("请选择要做什么")

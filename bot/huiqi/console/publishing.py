"""Review queue, the publish gate, releases, golden questions."""

from __future__ import annotations

import threading

from starlette.responses import JSONResponse, Response

from huiqi.console.page import PageVisit
from huiqi.curation.drafts.drafting import difference
from huiqi.curation.release.gate import Answer, fault_of
from huiqi.curation.release.publishing import is_stalled
from huiqi.curation.roles import CurationError
from huiqi.pack.identity import GOLDEN_FILE
from huiqi.pack.model import FACET_NAMES, Golden
from huiqi.store.asked import AskedLately
from huiqi.store.misses import MissStore

KIND_NAMES = {"better": "变好", "worse": "变差", "other": "改变"}


def review(visit: PageVisit) -> Response:
    drafting = visit.workbench.drafting
    return visit.render(
        "review.html",
        waiting=drafting.with_state("in_review"),
        approved=drafting.with_state("approved"),
        drafts=drafting.with_state("draft"),
        discarded=drafting.with_state("discarded")[:30],
        deleted=visit.workbench.knowledge.deleted()[:50],
    )


def draft(visit: PageVisit) -> Response:
    shown = visit.workbench.drafting.get(visit.number("draft"))
    published = visit.workbench.knowledge.item(shown.kind, shown.item)
    stale = shown.is_open and shown.base_revision != visit.workbench.knowledge.revision_number(
        shown.kind, shown.item
    )
    misses = MissStore(visit.workbench.database).of_draft(shown.id)
    return visit.render(
        "draft.html",
        draft=shown,
        is_new=published is None,
        stale=stale,
        changes=difference(published or {}, shown.content or {}),
        problems=visit.workbench.drafting.problems(shown.kind, shown.item, shown.content)
        if shown.is_open
        else [],
        misses=misses,
        own=visit.member.name in shown.editors and not visit.workbench.one_person,
        trail=visit.workbench.audit.rows(kind=shown.kind, subject=shown.item, limit=20),
    )


def act_on_draft(visit: PageVisit) -> Response:
    number, act = visit.number("draft"), visit.value("act")
    drafting = visit.workbench.drafting
    version = visit.whole("version")
    if act == "submit":
        drafting.submit(number, visit.member)
        said = "已提交审核"
    elif act == "approve":
        drafting.approve(number, visit.member, version)
        said = "审核通过，可以发布了"
    elif act == "send_back":
        drafting.send_back(number, visit.member, visit.value("comment"))
        said = "已退回修改"
    elif act == "discard":
        drafting.discard(number, visit.member)
        said = "已放弃；可以在回收站里恢复"
    elif act == "restore":
        drafting.restore(number, visit.member)
        said = "已恢复为草稿"
    elif act == "rebase":
        drafting.rebase(number, visit.member)
        said = "已改为对照现在的发布版，请核对后再提交"
    else:
        raise CurationError("请选择要做什么")
    return visit.redirect(f"/drafts/{number}", said)


def publish(visit: PageVisit) -> Response:
    publishing = visit.workbench.publishing
    return visit.render(
        "publish.html",
        waiting=publishing.waiting(),
        latest=publishing.latest_gate(),
        releases=visit.workbench.releases.latest(20),
        golden=len(visit.pack.golden),
    )


def start(visit: PageVisit) -> Response:
    publishing = visit.workbench.publishing
    number = publishing.start(visit.member)
    threading.Thread(target=publishing.run, args=(number,), name=f"gate {number}", daemon=True).start()
    return visit.redirect(f"/publish/{number}")


def gate(visit: PageVisit) -> Response:
    row = visit.workbench.publishing.gate(visit.number("gate"))
    result = row.result or {
        "broken": [],
        "still_wrong": [],
        "changes": [],
        "shifts": [],
        "golden": 0,
        "replayed": 0,
        "untouched": 0,
    }
    kinds = {kind: sum(change["kind"] == kind for change in result["changes"]) for kind in KIND_NAMES}
    drafts = [visit.workbench.drafting.get(number) for number in row.drafts]
    return visit.render(
        "gate.html",
        gate=row,
        result=result,
        kinds=kinds,
        KIND_NAMES=KIND_NAMES,
        drafts=drafts,
        is_stalled=row.state == "running" and is_stalled(row),
        is_current={item.id: item.version for item in visit.workbench.publishing.waiting()} == row.drafts,
        shown=visit.query("kind"),
    )


def progress(visit: PageVisit) -> Response:
    row = visit.workbench.publishing.gate(visit.number("gate"))
    return JSONResponse({"state": row.state, "done": row.done, "total": row.total})


def put_in_force(visit: PageVisit) -> Response:
    number = visit.number("gate")
    done = visit.workbench.publish(number, visit.member, visit.value("note"), visit.value("override"))
    told = f"；{done.told} 位提问人会收到通知" if done.told else ""
    left = f"；还有 {done.left_open} 个问法仍答不上，回到了待处理" if done.left_open else ""
    waiting = f"；还有 {done.waiting} 组问题正在后台重新提问，能答上的会自己关闭" if done.waiting else ""
    return visit.redirect(
        f"/publish/{number}", f"已发布第 {done.release} 版，改了 {done.items} 处{told}{left}{waiting}"
    )


def take_back(visit: PageVisit) -> Response:
    visit.workbench.take_back(visit.whole("release"), visit.member, visit.value("reason"))
    return visit.redirect("/publish", "已撤回，知识库回到上一版")


def golden(visit: PageVisit) -> Response:
    drafting = visit.workbench.drafting
    rows: list[dict[str, object]] = list(drafting.current("file", GOLDEN_FILE) or [])
    answers: dict[str, tuple[str | None, Answer]] = {}
    if visit.query("run") == "1":
        pack, matcher = visit.workbench.engine.current()
        ask = visit.workbench.engine.asking(pack, matcher)
        for row in rows:
            item = _golden(row)
            answer = ask(item.question)
            answers[item.question] = (fault_of(item, answer), answer)
    return visit.render(
        "golden.html",
        rows=rows,
        answers=answers,
        draft=drafting.open_of("file", GOLDEN_FILE),
        facets=FACET_NAMES,
        question=visit.query("question"),
        entry=visit.query("entry"),
        entries=visit.pack.entries,
    )


def _golden(row: dict[str, object]) -> Golden:
    accept = row.get("accept")
    facet, first = row.get("facet"), row.get("first")
    return Golden(
        str(row["question"]),
        tuple(map(str, accept)) if isinstance(accept, list) else (),
        str(facet) if facet else None,
        str(first) if first else None,
    )


def change_golden(visit: PageVisit) -> Response:
    drafting = visit.workbench.drafting
    rows = list(drafting.current("file", GOLDEN_FILE) or [])
    question = visit.value("question")
    if visit.value("act") == "remove":
        newer = [row for row in rows if row["question"] != question]
    else:
        if not question or any(row["question"] == question for row in rows):
            raise CurationError("标准题是空的，或已经有了")
        row: dict[str, object] = {
            "question": question,
            "accept": visit.value("accept").replace("、", " ").split(),
        }
        for key in ("facet", "first"):
            if visit.value(key):
                row[key] = visit.value(key)
        newer = [*rows, row]
    problems = drafting.problems("file", GOLDEN_FILE, newer)
    if problems:
        raise CurationError(f"{problems[0].message}；{problems[0].remedy}")
    draft = drafting.open_of("file", GOLDEN_FILE)
    drafting.save(
        visit.member, "file", GOLDEN_FILE, newer, draft.version if draft else 0, f"标准题：{question}"
    )
    return visit.redirect("/golden", "已记入标准题的草稿，审核发布后生效")


def log(visit: PageVisit) -> Response:
    """The newest answers: a good one becomes a golden question, a bad one a bad case."""
    outcome = visit.query("outcome")
    rows = AskedLately(visit.workbench.database).last_answers(100, outcome or None)
    return visit.render("log.html", rows=rows, outcome=outcome)


def mark_bad(visit: PageVisit) -> Response:
    question = visit.whole("question")
    note = visit.value("note") or "答得不对"
    MissStore(visit.workbench.database).mark_bad(question, note, visit.member.name)
    visit.workbench.audit.add(visit.member.name, "标为坏例", "question", question, note=note)
    return visit.redirect("/log", "已标为坏例，并放进待处理")

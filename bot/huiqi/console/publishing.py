"""Review queue, the publish gate, releases, golden questions."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from huiqi.console.entry_form import EntryForm, beside
from huiqi.console.page import PageVisit, whole_number
from huiqi.curation.drafts.drafting import difference, in_words
from huiqi.curation.release.gate import Answer, fault_of
from huiqi.curation.release.publishing import EMPTY_RESULT, is_stalled
from huiqi.curation.roles import CurationError
from huiqi.formats.columns import ids
from huiqi.pack.identity import GOLDEN_FILE, SOURCES_FILE
from huiqi.pack.model import FACET_NAMES, Golden
from huiqi.store.drafts import Draft
from huiqi.store.misses import MissStore
from huiqi.store.transaction import transaction

GROUP_NAMES = {"wanted": "预期", "newly": "连带：新能答的", "changed": "答案有变", "lost": "不再作答"}


def review(visit: PageVisit) -> Response:
    drafting = visit.workbench.drafting
    return visit.render(
        "review.html",
        waiting=drafting.with_state("in_review"),
        approved=drafting.with_state("approved"),
        drafts=drafting.with_state("draft"),
        discarded=drafting.with_state("discarded")[:30],
        deleted=(deleted := visit.workbench.knowledge.deleted()[:50]),
        gone={one.item: _title_before(visit, one.item) for one in deleted},
    )


def _title_before(visit: PageVisit, entry: str) -> str:
    """What an entry that is gone was called."""
    history = visit.workbench.knowledge.history("entry", entry)
    return next((str(one.content["title"]) for one in history if one.content), entry)


def draft(visit: PageVisit) -> Response:
    shown = visit.workbench.drafting.get(visit.number("draft"))
    published = visit.workbench.knowledge.item(shown.kind, shown.item)
    stale = shown.is_open and shown.base_revision != visit.workbench.knowledge.revision_number(
        shown.kind, shown.item
    )
    misses = MissStore(visit.workbench.database).of_draft(shown.id)
    own = visit.member.name in shown.editors and not visit.workbench.one_person
    if shown.state == "in_review" and visit.member.may("reviewer") and not own and not stale:
        # Whoever reads it may say yes in a moment.
        visit.workbench.foresee(shown)
    companions = visit.workbench.drafting.companions(shown) if shown.is_open else []
    sources = visit.workbench.drafting.current("file", SOURCES_FILE) or {}
    titles = {key: f"{source.get('title')}（{key}）" for key, source in sources.items()} | visit.titles
    return visit.render(
        "draft.html",
        companions=[
            (
                needed,
                difference(visit.workbench.knowledge.item(needed.kind, needed.item) or {}, needed.content),
            )
            for needed in companions
        ],
        draft=shown,
        is_new=published is None,
        stale=stale,
        changes=difference(published or {}, shown.content or {}, shown.kind, titles),
        problems=_problems(visit, shown) if shown.is_open else [],
        misses=misses,
        way=urlencode({name: visit.query(name) for name in ("from", "at") if visit.query(name)}),
        own=own,
        trail=visit.workbench.audit.rows(kind=shown.kind, subject=shown.item, limit=20),
    )


def _problems(visit: PageVisit, draft: Draft) -> list[str]:
    """What is wrong with a draft, each with the field as the form calls it."""
    found = visit.workbench.drafting.problems(draft.kind, draft.item, draft.content)
    if draft.kind != "entry":
        return [in_words(f"{problem.message}；{problem.remedy}") for problem in found]
    return [
        f"{EntryForm.label(name)}：{message}" if name else message
        for name, messages in beside(found, draft.content).items()
        for message in messages
    ]


def act_on_draft(visit: PageVisit) -> Response:
    number, act = visit.number("draft"), visit.value("act")
    drafting = visit.workbench.drafting
    version = visit.whole("version")
    if act == "submit":
        visit.workbench.foresee(drafting.submit(number, visit.member))
        said = "已提交审核"
    elif act == "approve":
        with transaction(visit.workbench.database):
            drafting.approve(number, visit.member, version)
            for also in visit.values("also"):
                companion, _, seen = also.partition(":")
                if drafting.get(whole_number(companion)).state == "in_review":
                    drafting.approve(whole_number(companion), visit.member, whole_number(seen))
        return _checked(visit, f"/drafts/{number}", "审核通过")
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


def _checked(visit: PageVisit, otherwise: str, said: str) -> Response:
    """Begin the check of all that is approved, and show it; where another is under way, a check follows it."""
    try:
        running = visit.workbench.check(visit.member)
    except CurationError as error:
        return visit.redirect(otherwise, f"{said}；还不能检查：{error}")
    if running is None:
        return visit.redirect(otherwise, f"{said}；另一次检查做完后会自动再检查")
    return visit.redirect(f"/publish/{running}", f"{said}，正在检查")


def act_on_many(visit: PageVisit) -> Response:
    """Hand in or approve every ticked draft."""
    drafting, act = visit.workbench.drafting, visit.value("act")
    if act not in ("submit", "approve"):
        raise CurationError("请选择要做什么")
    chosen = [whole_number(ticked.partition(":")[0]) for ticked in visit.values("draft")]
    versions = {
        whole_number(ticked.partition(":")[0]): whole_number(ticked.partition(":")[2])
        for ticked in visit.values("draft")
    }
    if not chosen:
        raise CurationError("请先勾选草稿")
    failed: list[str] = []
    for number in chosen:
        try:
            if act == "submit":
                drafting.submit(number, visit.member)
            else:
                drafting.approve(number, visit.member, versions[number])
        except CurationError as error:
            failed.append(f"“{_titled(visit, drafting.get(number).item)}”：{error}")
    done = len(chosen) - len(failed)
    said = f"{'提交' if act == 'submit' else '审核通过'}了 {done} 份"
    said += f"；没处理的：{'；'.join(failed[:3])}" if failed else ""
    if act == "submit" or not done:
        return visit.redirect("/review", said)
    return _checked(visit, "/review", said)


def start(visit: PageVisit) -> Response:
    """Begin a check of the ticked drafts, or of all where the form has none to tick."""
    chosen = [whole_number(number) for number in visit.values("draft")]
    if visit.value("chosen") and not chosen:
        raise CurationError("请先勾选要发布的修改")
    publishing = visit.workbench.publishing
    latest = publishing.latest_gate()
    wanted = {draft.id: draft.version for draft in publishing.waiting() if draft.id in chosen or not chosen}
    is_same = latest is not None and latest.drafts == wanted and latest.state in ("running", "passed")
    if (
        latest is not None
        and is_same
        and not is_stalled(latest)
        and publishing.is_on_what_is_in_force(latest)
    ):
        return visit.redirect(f"/publish/{latest.id}")
    number = visit.workbench.check(visit.member, chosen or None, at_once=True)
    return visit.redirect(f"/publish/{number}")


def gate(visit: PageVisit) -> Response:
    row = visit.workbench.publishing.gate(visit.number("gate"))
    result = EMPTY_RESULT | (row.result or {})
    for change in result["changes"]:
        change.setdefault("group", "changed")
    groups = {key: sum(change["group"] == key for change in result["changes"]) for key in GROUP_NAMES}
    drafting = visit.workbench.drafting
    waiting = visit.workbench.publishing.waiting()
    open_now = {item.id: item.version for item in waiting}
    return visit.render(
        "gate.html",
        gate=row,
        result=result,
        groups=groups,
        GROUP_NAMES=GROUP_NAMES,
        drafts=[drafting.get(number) for number in row.drafts],
        culprits=result.get("culprits", []),
        is_stalled=row.state == "running" and is_stalled(row),
        is_current=all(open_now.get(number) == version for number, version in row.drafts.items()),
        others=[item for item in waiting if item.id not in row.drafts],
        unreviewed=len(drafting.with_state("in_review")),
        shown=visit.query("group"),
    )


def mark_wrong(visit: PageVisit) -> Response:
    """An answer of a check that is wrong becomes a golden question, or the entry that it came from gets a negative
    keyword; both are drafts."""
    number, question, entry = visit.number("gate"), visit.value("question"), visit.value("entry")
    back, word = f"/publish/{number}", visit.value("word")
    drafting = visit.workbench.drafting
    if word:
        content = drafting.current("entry", entry)
        if content is None:
            raise CurationError(f"没有条目“{entry[:80]}”，请刷新页面")
        if word not in question:
            raise CurationError(f"“{word[:40]}”不在这句问题里；排除词要是问题里的字")
        words = list(dict.fromkeys((*(content.get("negative_keywords") or ()), word)))
        draft = drafting.open_of("entry", entry)
        drafting.save(
            visit.member,
            "entry",
            entry,
            {**content, "negative_keywords": words},
            draft.version if draft else 0,
            f"排除词“{word}”：{question}"[:200],
        )
        return visit.redirect(back, f"已给“{_titled(visit, entry)}”加上排除词“{word}”，请到审核里提交")
    _add_golden(visit, question, [visit.value("before")] if visit.value("before") else [], {})
    return visit.redirect(back, "已记入标准题的草稿：以后这句答错就不能发布")


def _titled(visit: PageVisit, item: str) -> str:
    return visit.titles.get(item, item)


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
    rows = _golden_rows(visit)
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
    question = visit.value("question")
    if visit.value("act") == "remove":
        rows = _golden_rows(visit)
        _save_golden(visit, question, [row for row in rows if row["question"] != question])
    else:
        more = {key: visit.value(key) for key in ("facet", "first") if visit.value(key)}
        _add_golden(visit, question, _accepted(visit), more)
    return visit.redirect("/golden", "已记入标准题的草稿，审核发布后生效")


def _accepted(visit: PageVisit) -> list[str]:
    """The entries that are named as right: one by its title, several by ids or short titles."""
    catalogue = visit.workbench.table_desk.catalogue()
    said = visit.value("accept")
    whole = catalogue.ids_of("entry", [said])
    if whole == [said] and said not in catalogue.items["entry"]:
        return catalogue.ids_of("entry", ids(said))
    return whole


def _golden_rows(visit: PageVisit) -> list[dict[str, object]]:
    return list(visit.workbench.drafting.current("file", GOLDEN_FILE) or [])


def _add_golden(visit: PageVisit, question: str, accept: list[str], more: Mapping[str, str]) -> None:
    rows = _golden_rows(visit)
    if not question or any(row["question"] == question for row in rows):
        raise CurationError("标准题是空的，或已经有了")
    _save_golden(visit, question, [*rows, {"question": question, "accept": accept, **more}])


def _save_golden(visit: PageVisit, question: str, rows: list[dict[str, object]]) -> None:
    drafting = visit.workbench.drafting
    problems = drafting.problems("file", GOLDEN_FILE, rows)
    if problems:
        raise CurationError(f"{problems[0].message}；{problems[0].remedy}")
    draft = drafting.open_of("file", GOLDEN_FILE)
    drafting.save(
        visit.member, "file", GOLDEN_FILE, rows, draft.version if draft else 0, f"标准题：{question}"
    )

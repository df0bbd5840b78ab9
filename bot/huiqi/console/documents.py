"""收文: documents brought by upload or by pasting, and the page on which a proposal becomes drafts."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import PurePath
from urllib.parse import quote

from starlette.responses import Response

from huiqi.console.page import PageVisit
from huiqi.curation.drafts.from_documents import kept_original
from huiqi.curation.roles import CurationError
from huiqi.intake.readers import READERS
from huiqi.intake.reading import DocumentError
from huiqi.intake.work import Place, Work, dropped, edited, merged, parted, without
from huiqi.store.documents import OPEN

STATES = {OPEN: "待整理", "sent": "已送审"}
POLICY_FIELDS = {
    "title": "标题",
    "document_number": "文号",
    "issuer": "发文单位",
    "level": "层级",
    "issued": "成文日期",
    "valid_from": "施行日期",
    "valid_to": "截止日期",
}
ACTS = {
    "save": "修改",
    "drop": "删去选中的句子",
    "part": "选中的句子另成一条",
    "merge": "并入上一条",
    "without": "不要这一条",
}
_ADDRESS = re.compile(r"https?://\S+")
_STATEMENT = re.compile(r"(\d{1,4})\.(\d{1,4})")


def documents(visit: PageVisit) -> Response:
    """The list. A POST takes a file or pasted text in."""
    sentence = ""
    if visit.request.method == "POST":
        visit.member.require("editor")
        desk = visit.workbench.documents
        pack, matcher = visit.workbench.engine.current()
        sent, text, address = visit.file("file"), visit.value("text"), visit.value("address")
        try:
            if address and not _ADDRESS.fullmatch(address):
                raise DocumentError("网址要以 http:// 或 https:// 开头，不知道就不填")
            if sent is not None:
                name = PurePath(sent.filename or "").name
                kept = desk.add(visit.member, sent.file.read(), name, address, pack, matcher)
            else:
                kept = desk.paste(visit.member, text, address, pack, matcher)
            return visit.redirect(f"/documents/{kept.id}", f"已收下《{kept.title}》")
        except DocumentError as error:
            sentence = str(error)
    return visit.render(
        "documents.html",
        400 if sentence else 200,
        documents=visit.workbench.documents.all(),
        sentence=sentence,
        kinds=",".join(READERS),
        states=STATES,
    )


def document(visit: PageVisit) -> Response:
    """The document and its proposal. A POST does what the button says, after what was changed in the fields."""
    number = visit.number("document")
    desk = visit.workbench.documents
    kept = desk.get(number)
    if visit.request.method == "POST":
        visit.member.require("editor")
        return _act(visit, number)
    return visit.render(
        "document.html",
        document=kept,
        work=desk.work(kept),
        blocks=kept_original(kept).blocks,
        states=STATES,
        policy_fields=POLICY_FIELDS,
        levels=visit.pack.office.level_names,
        can_edit=visit.member.may("editor") and kept.state == OPEN,
    )


def original(visit: PageVisit) -> Response:
    """The file as it was brought, to be saved, never to be shown: it comes from outside."""
    number = visit.number("document")
    kept = visit.workbench.documents.get(number)
    return Response(
        visit.workbench.documents.content(number),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name)}"},
    )


def _act(visit: PageVisit, number: int) -> Response:
    desk, act, version = visit.workbench.documents, visit.value("act"), visit.whole("version")
    back = f"/documents/{number}"
    if act == "undo":
        desk.undo(number, visit.member, version)
        return visit.redirect(back, "已撤回一步")
    name, _, about = act.partition(".")
    acts: list[Callable[[Work], Work]] = [_edits(visit)]
    if name in ("drop", "part"):
        places = _chosen(visit)
        if not places:
            raise CurationError("还没有选句子：请先在句子前面打勾")
        acts.append(partial(dropped if name == "drop" else parted, places=places))
    elif name in ("merge", "without") and about.isdecimal():
        acts.append(partial(merged if name == "merge" else without, number=int(about)))
    kept = desk.step(number, visit.member, version, acts, ACTS.get(name, ACTS["save"]))
    if name != "send":
        return visit.redirect(back, f"已{ACTS.get(name, ACTS['save'])}，可以撤回")
    sent = desk.send(number, visit.member, kept.version, visit.pack)
    said = f"{len(sent.entries)} 条已存为草稿并提交审核"
    if sent.faults:
        said = f"存了 {len(sent.entries)} 份草稿，有 {len(sent.faults)} 处要补：{sent.faults[0]}"
    return visit.redirect("/review", said)


def _edits(visit: PageVisit) -> Callable[[Work], Work]:
    """What the fields of the form say."""
    titles: dict[int, str] = {}
    texts: dict[Place, tuple[str, str]] = {}
    for name in visit.form:
        if name.startswith("title-"):
            titles[int(name.removeprefix("title-") or 0)] = visit.value(name)
        elif name.startswith("text-"):
            place = _place(name.removeprefix("text-"))
            if place is not None:
                facet = visit.value(f"facet-{place[0]}.{place[1]}")
                texts[place] = (facet, visit.value(name))
    taken = {int(value) for value in visit.values("taken") if value.isdecimal()}
    policy = {key: visit.value(f"policy-{key}") for key in POLICY_FIELDS if f"policy-{key}" in visit.form}

    def edit(work: Work) -> Work:
        try:
            return edited(work, titles, texts, taken, policy)
        except ValueError:
            today = visit.pack.office.today()
            raise CurationError(f"日期要写成 {today} 这样，不知道就留空") from None

    return edit


def _chosen(visit: PageVisit) -> set[Place]:
    return {place for value in visit.values("chosen") if (place := _place(value)) is not None}


def _place(text: str) -> Place | None:
    found = _STATEMENT.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None

"""Entries: the list, the editor with its checks and preview, revisions, and the hit test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from huiqi.answering.composing import Asked, Composer
from huiqi.answering.reply import Block, at_home
from huiqi.answering.responder import MORE, Responder, on_demand
from huiqi.answering.statement_choice import StatementBook
from huiqi.console import picking
from huiqi.console.entry_form import EntryForm, beside
from huiqi.console.misses import search_entries
from huiqi.console.page import PageVisit, whole_number
from huiqi.curation.asked_aspects import asked_aspects
from huiqi.curation.drafts import check_rules
from huiqi.curation.drafts.drafting import FieldChange, blank_entry, difference
from huiqi.curation.drafts.new_entry import NewEntry, Unsound
from huiqi.curation.hit_test import hit_test
from huiqi.curation.roles import Conflict, CurationError
from huiqi.formats.alternates import aspects_of, pairs, texts_of
from huiqi.formats.details import begun
from huiqi.formats.fields import FORM_COLUMNS, PARTS, fieldset
from huiqi.formats.pack_reader import check_documents
from huiqi.formats.problem import PackError
from huiqi.formats.question_entries import OWN_TITLE
from huiqi.formats.schema import SourceFields
from huiqi.pack.identity import ELIGIBILITY_FILE
from huiqi.pack.model import FACET_NAMES, Entry
from huiqi.pack.office import OWN
from huiqi.store.asked import AskedLately
from huiqi.store.drafts import Draft

SPANS = (30, 90)
"""Days over which an entry's page counts."""


@dataclass(frozen=True)
class EntryFigures:
    """`asked`: days → how often it answered in them; `by_facet`, of the longer span: what was asked → (told, 未查明)."""

    asked: Mapping[int, int]
    by_facet: Mapping[str, tuple[int, int]]
    thumbs: Mapping[str, int]
    edited_by: str
    edited_at: str


EXPIRING = timedelta(days=30)
STATES = {
    "draft": "草稿",
    "in_review": "待审核",
    "approved": "待发布",
    "published": "已发布",
    "expiring": "30 天内到期",
    "expired": "已过期",
}


def entries(visit: PageVisit) -> Response:
    pack = visit.pack
    drafts = {draft.item: draft for draft in visit.workbench.drafting.open() if draft.kind == "entry"}
    text, policy, level = visit.query("text"), visit.query("policy"), visit.query("level")
    unit, state = visit.query("unit"), visit.query("state")
    found = set(search_entries(pack, text, limit=10_000)) if text else set(pack.entries)
    rows = []
    today = pack.office.today()
    for entry in pack.entries.values():
        states = _states(entry, drafts[entry.id].state if entry.id in drafts else None, today)
        if (
            entry.id in found
            and (not policy or entry.policy == policy)
            and (not level or entry.level == level)
            and (not unit or (entry.unit or "未查明") == unit)
            and (not state or state in states)
        ):
            known = sum(entry.facets[name].is_known for name in FACET_NAMES)
            rows.append((entry, states, known))
    new = [
        (draft, len(texts_of(draft.content["alternates"])))
        for key, draft in drafts.items()
        # A deletion of what an import has taken away meanwhile has no content.
        if key not in pack.entries and draft.content is not None
    ]
    return visit.render(
        "entries.html",
        rows=rows,
        new=new if state in ("", "draft", "in_review", "approved") and not (text or policy) else [],
        policies=pack.policies.values(),
        levels=pack.office.level_names,
        units=sorted({entry.unit or "未查明" for entry in pack.entries.values()}),
        states=STATES,
        chosen={"text": text, "policy": policy, "level": level, "unit": unit, "state": state},
        total=len(pack.entries),
    )


def _states(entry: Entry, draft: str | None, today: date) -> list[str]:
    states = [draft] if draft else []
    states.append("published" if entry.status == "published" else "draft")
    end = entry.validity.end
    if end is not None and end < today:
        states.append("expired")
    elif end is not None and end <= today + EXPIRING:
        states.append("expiring")
    return states


def new_entry(visit: PageVisit) -> Response:
    """A new entry on one screen, from nothing or from a miss (`miss`, with `passage` from an original's words)."""
    miss = whole_number(visit.query("miss") or visit.value("miss"))
    if visit.request.method == "GET":
        return _new_entry(visit, _begun(visit, miss), miss)
    if not visit.value("question") and visit.value("id"):
        return _by_id(visit)
    new = NewEntry(
        **{name: visit.value(name) for name in _NEW_TEXTS},
        alternates=tuple(line.strip() for line in visit.value("alternates").split("\n") if line.strip()),
        facets={name: visit.value(f"facet_{name}") for name in FACET_NAMES},
    )
    try:
        draft = _handed_in(visit, new, miss)
    except Unsound as error:
        return _new_entry(visit, new, miss, error.messages)
    visit.workbench.foresee(draft)
    way = f"?{urlencode(_way(visit))}" if miss else ""
    return visit.redirect(f"/drafts/{draft.id}{way}", "已提交审核")


def _way(visit: PageVisit) -> dict[str, str]:
    """Where in which list the miss stands that the entry is written for."""
    return {name: visit.query(name) or visit.value(name) for name in ("from", "at")}


_NEW_TEXTS = (
    "question",
    "answer",
    "source",
    "policy",
    "source_day",
    "source_address",
    "source_kind",
    "policy_number",
    "policy_issuer",
    "policy_level",
    "valid_from",
    "valid_to",
)


def _begun(visit: PageVisit, miss: int) -> NewEntry:
    """What the screen starts with."""
    question, alternates, answer, source, policy = visit.query("question"), [], "", "", visit.query("policy")
    if miss:
        queue = visit.workbench.miss_queue()
        row = queue.row(miss)
        question, alternates = row.miss.question, [text for text, _ in row.wordings]
        if visit.query("passage"):
            quoted = queue.passage(miss, whole_number(visit.query("passage")))
            known = visit.pack.sources.get(quoted.source_id or "")
            answer, source = quoted.words, known.title if known else quoted.title
            of_source = known.policies if known and known.policies and len(known.policies) == 1 else ()
            policy = policy or next(
                (visit.pack.policies[key].title for key in of_source if key in visit.pack.policies), ""
            )
    return NewEntry(question, answer, source, policy, tuple(alternates))


def _handed_in(visit: PageVisit, new: NewEntry, miss: int) -> Draft:
    desk, queue = visit.workbench.entry_desk, visit.workbench.miss_queue()
    if not miss:
        return desk.hand_in(new, visit.member, visit.pack, f"新条目：{new.question}")
    passage = visit.whole("passage") if visit.value("passage") else None
    is_quoted = passage is not None and new.answer == queue.passage(miss, passage).words
    return queue.leave_for_entry(
        miss,
        visit.member,
        lambda: desk.hand_in(new, visit.member, visit.pack, f"新知识：{new.question}"),
        passage if is_quoted else None,
    )


def _new_entry(
    visit: PageVisit, new: NewEntry, miss: int, messages: Mapping[str, list[str]] | None = None
) -> Response:
    return visit.render(
        "new_entry.html",
        400 if messages else 200,
        new=new,
        miss=miss,
        way=_way(visit),
        passage=visit.query("passage") or visit.value("passage"),
        messages=messages or {},
        policies=visit.pack.policies.values(),
        sources=visit.pack.sources.values(),
        levels=visit.pack.office.level_names,
        kinds=(OWN, *(kind for kind in _KINDS if kind != OWN)),
        facets=FACET_NAMES,
        own=OWN_TITLE,
        is_new_source=bool(messages) and new.source not in {one.title for one in visit.pack.sources.values()},
        is_new_policy=bool(messages)
        and new.policy not in {one.title for one in visit.pack.policies.values()},
    )


def _by_id(visit: PageVisit) -> Response:
    """An empty draft under an id of one's own, as this address took it before."""
    identifier, policy = visit.value("id"), visit.value("policy")
    if visit.workbench.drafting.current("entry", identifier) is not None:
        raise CurationError(f"编号“{identifier}”已经用了，请换一个")
    if policy not in visit.pack.policies:
        raise CurationError("请先选这个条目属于哪项政策")
    content = blank_entry(policy, identifier, visit.value("title"))
    visit.workbench.drafting.save(visit.member, "entry", identifier, content, 0, "新条目")
    return visit.redirect(f"/entries/{identifier}", "草稿已建好，请补全")


def entry(visit: PageVisit) -> Response:
    """The editor. A POST saves, checks, or hands in, by the button that was pressed."""
    identifier = visit.path("entry")
    drafting = visit.workbench.drafting
    published = visit.workbench.knowledge.item("entry", identifier)
    draft = drafting.open_of("entry", identifier)
    base = draft.content if draft and draft.content is not None else published
    if base is None:
        raise CurationError(f"没有条目“{identifier}”，请从列表里打开")
    if visit.request.method == "GET":
        form = EntryForm.of(base)
        asked = visit.query("asked")
        return _editor(visit, identifier, form.with_line("details", begun(asked)) if asked else form)
    visit.member.require("editor")
    form = sent = _sent(visit, identifier)
    act = visit.value("act")
    version, clashes = visit.whole("version"), list[str]()
    seen = EntryForm.unpacked(visit.value("seen"))
    if seen is not None and (draft is None or draft.content is not None):
        # Whatever was saved or published meanwhile: each keeps what each touched.
        form, clashes = form.merged(seen, EntryForm.of(base))
        version = -1 if clashes else draft.version if draft else 0
    if act == "check":
        said = _clashing(clashes, draft) if clashes else ""
        status = 409 if clashes else 200
        return _editor(visit, identifier, form, status, said, said_changed=not clashes, clashes=clashes)
    try:
        saved = drafting.save(
            visit.member,
            "entry",
            identifier,
            form.content(base),
            version,
            visit.value("note"),
        )
    except Conflict as error:
        said = str(error) if not clashes else _clashing(clashes, draft)
        if act == "autosave":
            return JSONResponse({"conflict": said}, status_code=409)
        return _editor(visit, identifier, form, status=409, conflict=said, clashes=clashes)
    if act == "autosave":
        changed = {name: text for name, text in form.fields.items() if text != sent.fields[name]}
        return JSONResponse({"version": saved.version, "seen": form.packed(), "theirs": changed})
    if act == "submit":
        try:
            visit.workbench.foresee(drafting.submit(saved.id, visit.member))
        except CurationError as error:
            return _editor(visit, identifier, form, status=400, conflict=str(error))
        return visit.redirect(f"/drafts/{saved.id}", "已提交审核")
    return visit.redirect(f"/entries/{identifier}", "草稿已保存")


def _sent(visit: PageVisit, identifier: str) -> EntryForm:
    """The form that was sent, ids for what it names."""
    catalogue, form = visit.workbench.table_desk.catalogue(), dict(visit.form)
    for name, kind in EntryForm.naming().items():
        if name not in form:
            form[name] = EntryForm.joined(name, picking.sent(visit.form, name, kind, catalogue))
    return EntryForm.sent({**form, "id": identifier})


def _clashing(clashes: list[str], draft: Draft | None) -> str:
    who = f"“{draft.updated_by}”" if draft else "别人"
    labels = "、".join(EntryForm.label(name) for name in clashes)
    return f"{who}在您之后也改了：{labels}。这几项没有存，别的都已并进下面的表单；对照后再保存"


def check(visit: PageVisit) -> Response:
    """What kb check says of the form as it stands, by field, for the page's script."""
    identifier = visit.path("entry")
    base = visit.workbench.drafting.current("entry", identifier) or {}
    content = _sent(visit, identifier).content(base)
    return JSONResponse(beside(visit.workbench.drafting.problems("entry", identifier, content), content))


def _editor(
    visit: PageVisit,
    identifier: str,
    form: EntryForm,
    status: int = 200,
    conflict: str = "",
    said_changed: bool = False,
    clashes: list[str] | None = None,
) -> Response:
    drafting = visit.workbench.drafting
    published = visit.workbench.knowledge.item("entry", identifier)
    draft = drafting.open_of("entry", identifier)
    base = draft.content if draft and draft.content is not None else published
    content = form.content(base or {})
    office, catalogue = visit.pack.office, visit.workbench.table_desk.catalogue()
    problems = drafting.problems("entry", identifier, content)
    return visit.render(
        "entry.html",
        status,
        id=identifier,
        form=form.fields,
        picked={
            name: picking.shown(catalogue, kind, EntryForm.parted(form.fields[name]))
            for name, kind in EntryForm.naming().items()
        },
        lists={kind: catalogue.names(kind) for kind in ("source", "entry")},
        seen=EntryForm.of(base or {}).packed() if base else "",
        draft=draft,
        published=published,
        conflict=conflict,
        said_changed=said_changed,
        theirs=_theirs(visit, content, draft.content, clashes) if conflict and draft else [],
        changes=difference(published, content, titles=visit.titles) if published else [],
        messages=beside(problems, content),
        questions=_check_questions(visit),
        ruling=check_rules.asked(form.fields),
        plain=check_rules.PLAIN,
        verdicts=check_rules.VERDICTS,
        is_check_at_fault=any(name.startswith("check") for name in beside(problems, content)),
        form_columns=[[(legend, fieldset(legend)) for legend in column] for column in FORM_COLUMNS],
        policies=[
            (policy.id, (f"{policy.level}：" if office.has_levels else "") + policy.title)
            for policy in visit.pack.policies.values()
        ],
        levels=[("", "与政策相同"), *((name, name) for name in office.level_names)],
        attached=(content or {}).get("attachments") or [],
        figures=_figures(visit, identifier),
        links=visit.workbench.table_desk.links_to_entry(identifier) if published else [],
        preview=preview(visit, identifier, content) if not problems else [],
        facets=FACET_NAMES,
        parts=PARTS,
        asked=asked_aspects(
            (aspects_of(group) or () for group, _ in pairs(content["alternates"])),
            (name for name in FACET_NAMES if isinstance(content["facets"][name], Mapping)),
        ),
    )


def _check_questions(visit: PageVisit) -> list[tuple[str, str, list[str]]]:
    """(id, what is asked, its answers) of the self-check, with the open draft."""
    known = visit.workbench.drafting.current("file", ELIGIBILITY_FILE) or {}
    return [(one["id"], one["ask"], one["choices"]) for one in known.get("questions") or ()]


def _theirs(
    visit: PageVisit, content: Mapping[str, Any], draft: Any, clashes: list[str] | None
) -> list[FieldChange]:
    """What the draft has otherwise: of the fields that clash, where they are known."""
    changes = difference(content, draft, titles=visit.titles)
    labels = {EntryForm.label(name) for name in clashes or ()}
    return [change for change in changes if not labels or change.field in labels]


@dataclass(frozen=True)
class Preview:
    """What people would read who ask for `name`: as the page shows it, and as Telegram does (HTML); and what they
    are offered next."""

    name: str
    blocks: tuple[Block, ...]
    telegram: tuple[str, ...]
    buttons: tuple[str, ...]


def preview(visit: PageVisit, identifier: str, content: Mapping[str, Any]) -> list[Preview]:
    """The answer to the entry as such, one for each known facet, and what is told on demand; nothing while the
    entry has faults."""
    try:
        documents = visit.workbench.knowledge.overlaid({("entry", identifier): content})
        pack = check_documents(documents)
    except PackError:
        return []
    _, matcher = visit.workbench.engine.current()
    responder = Responder(
        pack, matcher, Composer(pack, StatementBook(matcher.base.lexicon, matcher.marker.sides))
    )
    shown = pack.entries[identifier]
    told = {}
    today = pack.office.today()
    for name in (None, *(name for name in FACET_NAMES if shown.facets[name].is_known)):
        aspects = (name,) if name else ()
        asked = Asked(today, aspects, dict.fromkeys(aspects, 1.0))
        told[name or "整条"] = responder.chosen(shown, asked, "")
    told |= {
        name: responder.on_demand(kind, shown, Asked(today), "")
        for name, kind in on_demand(pack).items()
        if name != MORE
    }
    as_telegram = visit.request.app.state.as_telegram
    return [
        Preview(
            name,
            reply.blocks,
            tuple(as_telegram(reply)) if as_telegram else (),
            tuple(button.label for button in reply.buttons),
        )
        for name, reply in ((name, at_home(reply, None)) for name, reply in told.items())
    ]


def told_then(
    visit: PageVisit, identifier: str, revision: int | None, facet: str | None, day: date
) -> tuple[Block, ...]:
    """What an answer of `day` said of an entry as it stood in that revision; nothing where it can no longer be told."""
    content = visit.workbench.knowledge.content_of(revision) if revision else None
    if content is None:
        return ()
    try:
        pack = check_documents(visit.workbench.knowledge.overlaid({("entry", identifier): content}))
    except (PackError, KeyError):
        return ()
    _, matcher = visit.workbench.engine.current()
    book = StatementBook(matcher.base.lexicon, matcher.marker.sides)
    aspects = (facet,) if facet else ()
    asked = Asked(day, aspects, dict.fromkeys(aspects, 1.0))
    return Responder(pack, matcher, Composer(pack, book)).chosen(pack.entries[identifier], asked, "").blocks


def _figures(visit: PageVisit, identifier: str) -> EntryFigures:
    """How an entry is asked for, and who changed it last."""
    lately, moment = AskedLately(visit.workbench.database), datetime.now(UTC)
    since = {days: (moment - timedelta(days=days)).isoformat(timespec="milliseconds") for days in SPANS}
    by_facet: dict[str, list[int]] = {}
    for facet, reason, times in lately.of_entry(identifier, since[SPANS[-1]]):
        row = by_facet.setdefault(facet or "整体", [0, 0])
        row[reason == "facet_missing"] += times
    history = visit.workbench.knowledge.history("entry", identifier)
    return EntryFigures(
        {
            days: sum(times for *_, times in lately.of_entry(identifier, start))
            for days, start in since.items()
        },
        {name: (told, missing) for name, (told, missing) in by_facet.items()},
        lately.thumbs_of(identifier, since[SPANS[-1]]),
        history[0].author if history else "",
        history[0].created_at if history else "",
    )


def revisions(visit: PageVisit) -> Response:
    kind, item = visit.path("kind"), visit.path("item")
    history = visit.workbench.knowledge.history(kind, item)
    if not history:
        raise CurationError(f"“{item}”还没有发布过")
    older = [*history[1:], None]
    return visit.render(
        "revisions.html",
        kind=kind,
        item=item,
        current=visit.workbench.knowledge.revision_number(kind, item),
        rows=[
            (
                revision,
                difference(before.content or {}, revision.content or {}, kind, visit.titles)
                if before
                else [],
            )
            for revision, before in zip(history, older, strict=True)
        ],
    )


def roll_back(visit: PageVisit) -> Response:
    draft = visit.workbench.drafting.roll_back(
        visit.path("kind"), visit.path("item"), visit.whole("revision"), visit.member
    )
    return visit.redirect(f"/drafts/{draft.id}", "已按那一版建好草稿，请提交审核后发布")


def test(visit: PageVisit) -> Response:
    """The hit test: the question goes the way of every question, and nothing is logged."""
    question, wanted = visit.query("q")[:500], visit.query("entry")
    pack, matcher = visit.workbench.engine.current()
    result = hit_test(pack, matcher, question) if question else None
    return visit.render(
        "test.html",
        q=question,
        result=result,
        wanted=wanted,
        entries=pack.entries,
        answer=visit.workbench.engine.asking(pack, matcher)(question) if question else None,
        place=next((n for n, hit in enumerate(result.hits, 1) if hit.entry == wanted), None)
        if result
        else None,
    )


def quick_test(visit: PageVisit) -> Response:
    """The hit test in short, for the box beside the editor."""
    question, wanted = visit.query("q")[:500], visit.query("entry")
    pack, matcher = visit.workbench.engine.current()
    result = hit_test(pack, matcher, question)
    place = next((n for n, hit in enumerate(result.hits, 1) if hit.entry == wanted), None)
    return JSONResponse(
        {
            "band": result.band,
            "place": place,
            "hits": [
                {
                    "title": pack.entries[hit.entry].short_title,
                    "entry": hit.entry,
                    "chance": f"{hit.probability:.0%}",
                    "matched": list(hit.matched),
                    "against": list(hit.against),
                }
                for hit in result.hits[:4]
            ],
        }
    )


def sources(visit: PageVisit) -> Response:
    """A new source under an id of one's own, as this address took it before; they are shown with the other contents."""
    name = "sources.yaml"
    drafting = visit.workbench.drafting
    if visit.request.method == "POST":
        visit.member.require("editor")
        identifier = visit.value("id")
        current = dict(drafting.current("file", name) or {})
        if not identifier or identifier in current:
            raise CurationError("来源编号是空的，或已经用了，请换一个")
        urls = [line.strip() for line in visit.value("urls").split("\n") if line.strip()]
        current[identifier] = {
            "title": visit.value("title"),
            "date": visit.value("date") or "未查明",
            "urls": urls,
            "confidence": visit.value("confidence"),
        }
        told = visit.value("policies").strip()
        if told:
            current[identifier]["policies"] = [] if told == "无" else _SEPARATORS.split(told)
        problems = drafting.problems("file", name, current)
        if problems:
            raise CurationError(f"{problems[0].message}；{problems[0].remedy}")
        draft = drafting.open_of("file", name)
        drafting.save(
            visit.member, "file", name, current, draft.version if draft else 0, f"新来源 {identifier}"
        )
        return visit.redirect("/sources", f"来源 {identifier} 已记入草稿，条目里可以用了；发布时要一起审核")
    return visit.redirect("/content/sources")


_KINDS: tuple[str, ...] = get_args(SourceFields.model_fields["confidence"].annotation)
_SEPARATORS = re.compile(r"[,，、;；\s]+")

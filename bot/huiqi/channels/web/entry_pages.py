"""A page for each entry and each policy, what is new, and the site map: to be read, printed, linked to and found. Nothing
of them comes from elsewhere, and nobody is followed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from huiqi.answering import wording
from huiqi.answering.ladder import LevelFinder
from huiqi.answering.reply import FILES, spoken_day
from huiqi.channels.web.api import Api, Closed
from huiqi.channels.web.chat_page import CACHED
from huiqi.channels.web.drawing import FOLDER, HEADERS
from huiqi.pack.model import FACET_NAMES, Entry, Facet, Policy
from huiqi.people.lookup import Lookup
from huiqi.store.attachments import AttachmentStore
from huiqi.store.database import Database
from huiqi.store.knowledge import KnowledgeStore

TEMPLATES = Path(__file__).parent / "templates"
MOST_SHOWN = 20
SOON = timedelta(days=60)
"""What ends within so many days is told among what is new."""


class EntryPages:
    """`public`: the web address of our pages, "" where nobody has said; the site map needs it. `database`: where it is
    known what was changed when. What staff have switched off says nothing here either."""

    def __init__(self, lookup: Lookup, api: Api, database: Database, public: str = "") -> None:
        self._lookup = lookup
        self._api = api
        self._knowledge = KnowledgeStore(database)
        self._attachments = AttachmentStore(database)
        self._public = public

    def routes(self) -> list[Route]:
        return [
            Route("/e/{entry}", self.entry, methods=["GET"]),
            Route("/p/{policy}", self.policy, methods=["GET"]),
            Route("/new", self.new, methods=["GET"]),
            Route("/sitemap.xml", self.sitemap, methods=["GET"]),
            Route("/robots.txt", self.robots, methods=["GET"]),
            Route("/files/{digest}/{name}", self.file, methods=["GET"]),
            Route("/page.css", self.style, methods=["GET"]),
        ]

    async def style(self, request: Request) -> Response:
        return FileResponse(FOLDER / "page.css", headers=CACHED)

    async def file(self, request: Request) -> Response:
        """A file of a published entry, to be saved, never to be shown: it was brought from outside."""
        digest, name = request.path_params["digest"], request.path_params["name"]
        is_offered = any(
            (one.digest, one.name) == (digest, name)
            for entry in self._lookup.pack.published
            for one in entry.attachments
        )
        content = await run_in_threadpool(self._attachments.content, digest) if is_offered else None
        if content is None:
            return PlainTextResponse("没有这个附件，可能已经撤下\n", 404)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type="application/octet-stream", headers=headers)

    async def entry(self, request: Request) -> Response:
        found = self._lookup.entry(request.path_params["entry"])
        if found is None:
            return self._gone(request)
        return self._page(request, "entry.html", self._of_entry(found, self._lookup.today()))

    def _of_entry(self, entry: Entry, day: date) -> dict[str, Any]:
        pack = self._lookup.pack
        finder = LevelFinder(pack)
        policy = pack.policies[entry.policy]
        document = pack.document_of(entry)
        ladder = finder.ladder_of(entry)
        sources = [pack.sources[key] for key in _sources_of(entry) if key in pack.sources]
        return {
            "entry": entry,
            "policy": policy,
            "policy_title": (document or policy).title.strip("《》"),
            "state": self._lookup.state(entry, day),
            "validity": self._lookup.spoken_validity(entry, day) or "本单位的规定，长期有效。",
            "later": finder.later(entry, day),
            "facets": [(name, entry.facets[name]) for name in FACET_NAMES if entry.facets[name].is_known],
            "unknown": [name for name in FACET_NAMES if not entry.facets[name].is_known],
            "attached": [(one.name, f"{FILES}{one.digest}/{quote(one.name)}") for one in entry.attachments],
            "contact": wording.whom(entry, pack),
            "rungs": [pack.entries[key] for key in ladder.rungs if key in pack.entries] if ladder else [],
            "beside": [pack.entries[key] for key in entry.see_also if key in pack.entries],
            "sources": sources,
            "numbers": {source.id: number for number, source in enumerate(sources, 1)},
            "data": Markup(_faq_data(self._lookup, entry, day, self._address(f"/e/{entry.id}"))),
            "path": f"/e/{entry.id}",
        }

    async def policy(self, request: Request) -> Response:
        policy = self._lookup.policy(request.path_params["policy"])
        if policy is None:
            return self._gone(request)
        pack = self._lookup.pack
        entries = [entry for entry in pack.published if entry.policy == policy.id]
        own = {entry.id for entry in entries}
        ladders = [
            {
                "topic": ladder.topic,
                "note": ladder.note.text,
                "rungs": [pack.entries[key] for key in ladder.rungs if key in pack.entries],
            }
            for ladder in pack.ladders
            if own & set(ladder.rungs)
        ]
        return self._page(
            request,
            "policy.html",
            {
                "policy": policy,
                "entries": entries,
                "ladders": ladders,
                "former": policy.former,
                "span": _span(policy),
                "sources": [pack.sources[key] for key in policy.sources if key in pack.sources],
                "path": f"/p/{policy.id}",
            },
        )

    async def new(self, request: Request) -> Response:
        day, pack = self._lookup.today(), self._lookup.pack
        changed = await run_in_threadpool(self._knowledge.entries_changed, MOST_SHOWN)
        since = [
            (policy, policy.since)
            for policy in pack.policies.values()
            if policy.since is not None and policy.since <= day
        ]
        ending = [
            entry
            for entry in pack.published
            if entry.validity.end is not None and day <= entry.validity.end <= day + SOON
        ]
        return self._page(
            request,
            "new.html",
            {
                "recent": sorted(since, key=lambda pair: pair[1], reverse=True)[:MOST_SHOWN],
                "ending": sorted(ending, key=lambda entry: entry.validity.end or day)[:MOST_SHOWN],
                "changed": [
                    (pack.entries[name], moment[:10]) for name, moment in changed if name in pack.entries
                ],
                "soon_days": SOON.days,
                "path": "/new",
            },
        )

    async def sitemap(self, request: Request) -> Response:
        """By the protocol of sitemaps.org; its addresses must be whole ones."""
        if not self._public:
            return PlainTextResponse("没有设 HUIQI_PUBLIC_URL，写不出站点地图\n", 404)
        pack = self._lookup.pack
        places = ["/", "/new", *(f"/p/{policy}" for policy in pack.policies)]
        rows = [f"<url><loc>{escape(self._public + place)}</loc></url>" for place in places]
        for entry in pack.published:
            checked = f"<lastmod>{entry.last_checked.isoformat()}</lastmod>" if entry.last_checked else ""
            rows.append(f"<url><loc>{escape(f'{self._public}/e/{entry.id}')}</loc>{checked}</url>")
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{"".join(rows)}</urlset>\n'
        )
        return Response(body, media_type="application/xml")

    async def robots(self, request: Request) -> Response:
        place = f"Sitemap: {self._public}/sitemap.xml\n" if self._public else ""
        return PlainTextResponse(f"User-agent: *\nDisallow: /console\nDisallow: /api/\n{place}")

    def _address(self, path: str) -> str:
        return f"{self._public}{path}" if self._public else ""

    def _gone(self, request: Request) -> Response:
        return self._page(request, "gone.html", {"path": ""}, 404)

    def _page(self, request: Request, name: str, told: dict[str, Any], status: int = 200) -> Response:
        pack, day = self._lookup.pack, self._lookup.today()
        try:
            self._api.check_open(is_page=True)
        except Closed as error:
            name, told, status = "closed.html", {"path": "", "sentence": str(error)}, 503

        def spoken(entry: Entry) -> str:
            return self._lookup.spoken_validity(entry, day).removeprefix("注意：").rstrip("。")

        html = (
            _environment()
            .get_template(name)
            .render(
                home=request.scope["root_path"],
                office=pack.office,
                has_documents=wording.has_documents(pack),
                news_title=wording.news_title(pack),
                today=day.isoformat(),
                address=self._address(told["path"]) if told["path"] else "",
                spoken=spoken,
                kind_of=lambda source: wording.kind_of(source, pack.office),
                **told,
            )
        )
        return HTMLResponse(html, status, headers=HEADERS)


def _sources_of(entry: Entry) -> list[str]:
    """The sources of all that is said, in the order of reading."""
    told: list[str] = [*entry.summary.sources]
    for name in FACET_NAMES:
        told += entry.facets[name].sources
    return list(dict.fromkeys([*told, *entry.stacking.sources, *entry.sources]))


def _span(policy: Policy) -> str:
    start, end = policy.validity.start, policy.validity.end
    if start is None and end is None:
        seen = policy.validity.last_seen
        return f"没有查到（{seen}还在用）" if seen else "没有查到"
    return f"{spoken_day(start)} 到 {spoken_day(end)}"


def _faq_data(lookup: Lookup, entry: Entry, day: date, address: str) -> str:
    """The entry as FAQPage (schema.org), to stand in a page."""
    policy = lookup.pack.document_of(entry)
    note = lookup.spoken_validity(entry, day)
    asked: list[tuple[str, Facet]] = [(entry.title, entry.summary)]
    asked += [
        (f"{entry.short_title}：{name}", entry.facets[name])
        for name in FACET_NAMES
        if entry.facets[name].is_known
    ]
    answers = [
        {
            "@type": "Question",
            "name": name,
            "acceptedAnswer": {"@type": "Answer", "text": f"{facet.text}{note}"},
        }
        for name, facet in asked
        if facet.text
    ]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": "zh-CN",
        "mainEntity": answers,
    }
    if address:
        data["url"] = address
    if entry.last_checked:
        data["dateModified"] = entry.last_checked.isoformat()
    if entry.validity.end:
        data["expires"] = entry.validity.end.isoformat()
    if policy:
        data["isBasedOn"] = {
            "@type": "Legislation",
            "name": policy.title,
            **({"legislationIdentifier": policy.document_number} if policy.document_number else {}),
        }
    # Nothing in it may end the element that it stands in.
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )

"""What was asked and answered: the log, a question with its talk, and answers that were none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from huiqi.console.entries import told_then
from huiqi.console.page import PageVisit, whole_number
from huiqi.curation.figures import OUTCOMES
from huiqi.curation.misses.queue import REASONS
from huiqi.curation.roles import CurationError
from huiqi.curation.switching import CHANNELS
from huiqi.pack.model import FACET_NAMES
from huiqi.store.asked import AskedLately, LogSearch
from huiqi.store.feedback import Verdicts
from huiqi.store.misses import MissStore

PAGE = 100
VERDICTS = {
    "not_it": "不是问的这件事",
    "partly": "只说了一部分",
    "outdated": "说的过时了",
    "right": "答得没有错",
}
"""What staff find of an answer that somebody was not content with."""
FAULTS = ("thumbs_down", "facet_missing")


def log(visit: PageVisit) -> Response:
    """The log, the newest first: by words, days, channel, outcome, number."""
    wanted = _wanted(visit)
    lately = AskedLately(visit.workbench.database)
    rows = lately.search(wanted, PAGE + 1)
    return visit.render(
        "log.html",
        rows=rows[:PAGE],
        is_more=len(rows) > PAGE,
        outcome=wanted.outcome,
        chosen={name: visit.query(name) for name in ("text", "since", "until", "channel", "number", "entry")},
        channels=[(name, CHANNELS.get(name, name)) for name in lately.channels()],
    )


def faults(visit: PageVisit) -> Response:
    """Answers that were marked down, and questions for what the entry does not know; those first of which nobody has
    said what was wrong."""
    fault = visit.query("fault") if visit.query("fault") in FAULTS else FAULTS[0]
    wanted = LogSearch(
        fault=fault,
        is_open=visit.query("all") != "1",
        entry=visit.query("entry"),
        before=whole_number(visit.query("before")),
    )
    rows = AskedLately(visit.workbench.database).search(wanted, PAGE + 1)
    return visit.render(
        "faults.html",
        rows=rows[:PAGE],
        is_more=len(rows) > PAGE,
        fault=fault,
        all=visit.query("all"),
        entry=visit.query("entry"),
        faults={name: REASONS[name] for name in FAULTS},
        verdicts=VERDICTS,
    )


def question(visit: PageVisit) -> Response:
    """One question: what the person saw, the talk around it, and, where it was no answer, what was wrong."""
    number = visit.number("question")
    lately = AskedLately(visit.workbench.database)
    talk = lately.talk(number)
    row = next((one for one in talk if one["id"] == number), None)
    if row is None:
        raise CurationError(f"没有第 {number} 号问题，或它的记录已经删去")
    office = visit.pack.office
    asked_at = datetime.fromisoformat(str(row["asked_at"]))
    entry, facet = row["entry"], row["facet"] if row["facet"] in FACET_NAMES else None
    staff = lately.said_by_staff(str(row["channel"]), str(row["conversation"])) if row["conversation"] else []
    return visit.render(
        "talk.html",
        row=row,
        talk=talk,
        staff=staff,
        channel=CHANNELS.get(str(row["channel"]), row["channel"]),
        told=told_then(
            visit,
            str(entry),
            _whole(row["revision"]),
            str(facet) if facet else None,
            office.local(asked_at).date(),
        )
        if entry and row["outcome"] == "answer"
        else (),
        is_fault=row["thumb"] == "down" or bool(row["bad"]) or row["reason"] == "facet_missing",
        is_known=entry in visit.pack.entries,
        is_gap=bool(facet)
        and entry in visit.pack.entries
        and not visit.pack.entries[str(entry)].facets[str(facet)].is_known,
        field=f"facet_{facet}_text" if facet else "summary_text",
        verdicts=VERDICTS,
        reasons=REASONS,
        miss=_miss_of(visit, number),
        changed=bool(entry) and visit.workbench.knowledge.revision_of(str(entry)) != row["revision"],
    )


def judge(visit: PageVisit) -> Response:
    """Write down what was wrong with an answer."""
    number, verdict = visit.number("question"), visit.value("verdict")
    if verdict not in VERDICTS:
        raise CurationError("请先选是哪一种")
    Verdicts(visit.workbench.database).put(number, verdict, visit.member.name)
    visit.workbench.audit.add(visit.member.name, "判断答案", "question", number, note=VERDICTS[verdict])
    return visit.redirect(f"/log/{number}", f"记下了：{VERDICTS[verdict]}")


def mark_bad(visit: PageVisit) -> Response:
    number = visit.whole("question")
    note = visit.value("note") or "答得不对"
    MissStore(visit.workbench.database).mark_bad(number, note, visit.member.name)
    visit.workbench.audit.add(visit.member.name, "标为坏例", "question", number, note=note)
    return visit.redirect("/log", "已标为坏例，并放进待处理")


def _wanted(visit: PageVisit) -> LogSearch:
    since, until = _day(visit.query("since")), _day(visit.query("until"))
    outcome = visit.query("outcome")
    return LogSearch(
        text=visit.query("text")[:100],
        since=_instant(visit, since) if since else "",
        until=_instant(visit, until + timedelta(days=1)) if until else "",
        channel=visit.query("channel"),
        outcome=outcome if outcome in OUTCOMES else "",
        number=whole_number(visit.query("number")),
        before=whole_number(visit.query("before")),
        entry=visit.query("entry"),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise CurationError(f"日期“{text[:20]}”看不懂，写成 年-月-日") from None


def _instant(visit: PageVisit, day: date) -> str:
    """The beginning of a day of the office, as the log writes it."""
    return visit.pack.office.midnight(day).astimezone(UTC).isoformat(timespec="milliseconds")


def _whole(value: Any) -> int | None:
    return int(value) if value is not None else None


def _miss_of(visit: PageVisit, number: int) -> int | None:
    return MissStore(visit.workbench.database).miss_of(number)

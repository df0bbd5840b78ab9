"""A question looked up by its number: what was typed for one, and what is said of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from huiqi.answering.reply import Block, Reply

if TYPE_CHECKING:
    from huiqi.pack.office import Office
    from huiqi.store.tickets import Ticket

TICKET = "ticket"
"""The reason of a reply that tells of a question."""
LONGEST_QUOTE = 60
_TYPED = re.compile(
    r"(?P<named>(?:查|查询|问题)?编号|查询码|#|No\.?)?\s*[:：]?\s*(?P<number>\d{1,18})\s*号?"
    r"(?:\s*[,，、\-—/]?\s*(?:查询码|码)?\s*[:：]?\s*(?P<code>[A-Za-z][A-Za-z0-9]{3}))?",
    re.ASCII | re.IGNORECASE,
)
"""编号 123，查询码 AB7K; 123 AB7K; #123; 123."""
NO_CODE = "编号 {number} 要连同四位查询码一起发来，例如“{number} AB7K”；查询码在留下问题时给过您。"
WRONG_CODE = "没有查到这个编号和查询码，请核对后再发，例如“123 AB7K”。"
TOO_MANY = "这个编号的查询码输错太多次，请过一小时再试。"
RECEIVED = "已收到"
STEPS = {"open": "等工作人员处理", "drafting": "工作人员已写好答案，正在审核"}
CLAIMED = "工作人员已接手"
OUT_OF_SCOPE = "工作人员看过，不在解答范围。"


@dataclass(frozen=True)
class Wanted:
    """A number that was typed. `is_named`: it can be nothing else."""

    number: int
    code: str
    is_named: bool


@dataclass(frozen=True)
class Step:
    """A step of what became of a question; `at`: an instant, None where it is not known or still lasts."""

    name: str
    at: str | None = None


def wanted(text: str) -> Wanted | None:
    """The number that a text is, and nothing else."""
    typed = unicodedata.normalize("NFKC", text).strip().strip("。.!！?？ ")
    found = _TYPED.fullmatch(typed)
    if found is None:
        return None
    code = (found["code"] or "").upper()
    return Wanted(int(found["number"]), code, bool(found["named"] or code))


def is_over(ticket: Ticket) -> bool:
    """Whether nothing more becomes of it."""
    return ticket.status not in ("open",) and ticket.state not in ("open", "drafting")


def steps(ticket: Ticket) -> list[Step]:
    """What became of it so far, the first first, the last as it stands."""
    found = [Step(RECEIVED, ticket.asked_at)]
    if ticket.claimed_at:
        found.append(Step(CLAIMED, ticket.claimed_at))
    if ticket.state == "drafting" or (ticket.state == "open" and not ticket.claimed_at):
        found.append(Step(STEPS[ticket.state]))
    elif ticket.state is None and ticket.status == "open":
        found.append(Step(STEPS["open"]))
    elif ticket.state in ("closed", "ignored"):
        found.append(Step("已答复" if ticket.state == "closed" else "已处理", ticket.ended_at))
    elif ticket.state is None and ticket.outcome == "answer":
        found.append(Step("已回答", ticket.asked_at))
    return found


def entry_of(ticket: Ticket) -> str | None:
    """The entry that answers it, where it is answered."""
    if not is_over(ticket):
        return None
    return ticket.entry or (ticket.answered_by if ticket.outcome == "answer" else None)


def words_of(ticket: Ticket) -> str:
    """What staff said to it themselves; empty where an entry answers it, or nothing does yet."""
    if ticket.state == "closed" and ticket.exit == "reply":
        return ticket.note or ""
    if ticket.state == "ignored" or (ticket.state is None and ticket.status == "ignored"):
        return ticket.reply or OUT_OF_SCOPE
    return ""


def told(ticket: Ticket, first: Callable[[str, str], str], office: Office) -> Reply:
    """A question's page in a few lines. `first`: the first line of an entry to a question."""
    entry = entry_of(ticket)
    quoted = ticket.text if len(ticket.text) <= LONGEST_QUOTE else f"{ticket.text[: LONGEST_QUOTE - 1]}…"
    lines = [f"编号 {ticket.number}：“{quoted}”"]
    lines += [f"{f'{when(step.at, office)} ' if step.at else ''}{step.name}" for step in steps(ticket)]
    said = words_of(ticket) or (first(ticket.text, entry) if entry else "")
    blocks = [Block("notice", "\n".join(lines))] + ([Block("answer", said)] if said else [])
    return plain("", ticket.number, tuple(blocks))


def plain(text: str, number: int, blocks: tuple[Block, ...] = ()) -> Reply:
    """A reply about a number; in the log stands that it was asked for, and no code."""
    return Reply(
        "smalltalk",
        blocks or (Block("answer", text),),
        confidence=1.0,
        reason=TICKET,
        question=f"编号 {number}",
    )


def when(moment: str, office: Office) -> str:
    """An instant by the office's clock: 11月26日 09:05."""
    local = office.local(datetime.fromisoformat(moment))
    return f"{local.month}月{local.day}日 {local:%H:%M}"

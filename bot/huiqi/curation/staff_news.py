"""What staff are told without looking: left for them, due soon, returned, ending, checked; each thing once, grouped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from huiqi.curation.misses.queue import Filter
from huiqi.curation.stale import NEARLY, stale_entries
from huiqi.curation.workbench import Workbench
from huiqi.store.tasks import FACET

DUE_WITHIN = timedelta(hours=4)
LINES = 15
"""Of one kind in a letter; what is more is told by its number."""
KINDS: Mapping[str, str] = {
    "wish": "请工作人员来接",
    "said": "正在接的对话里，对方说",
    "left": "留给工作人员",
    "due": "四小时内到时限，或已超时",
    "gap": "有人问、还未查明的要素",
    "returned": "退回修改的草稿",
    "ends": "30 天内到期",
    "gate": "发布检查做完了",
}
GATE_STATES: Mapping[str, str] = {"passed": "通过，可以发布", "blocked": "没有通过", "failed": "没有做完"}
_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Happened:
    """`key`: by which it is told once; `path`: of the console's page."""

    kind: str
    key: str
    text: str
    path: str


def happened(workbench: Workbench, moment: datetime) -> list[Happened]:
    """All that there is to tell now, whether it was told or not."""
    queue = workbench.miss_queue()
    pack, _ = workbench.engine.current()
    found = list(_talks(workbench))
    soon = (moment + DUE_WITHIN).isoformat(timespec="milliseconds")
    for row in queue.rows_of(queue.numbers(Filter(is_noise=False))):
        path = f"/inbox/{row.miss.id}"
        for question in queue.questions(row.miss.id):
            if question.left_at:
                before = [
                    text for number, text, _, _ in queue.talk_around(question.id) if number < question.id
                ]
                talk = f"（前一句：“{_short(before[-1])}”）" if before else ""
                text = f"“{_short(question.text)}”，编号 {question.id}{talk}"
                found.append(Happened("left", f"left/{question.id}/{question.left_at}", text, path))
        if row.miss.due_at < soon:
            by = f"，{row.miss.assignee} 认领" if row.miss.assignee else "，没人认领"
            text = f"“{_short(row.miss.question)}”，{row.count} 次{by}"
            found.append(Happened("due", f"due/{row.miss.id}/{row.miss.due_at}", text, path))
    times = workbench.tasks.times_asked()
    for task in workbench.tasks.open_ones():
        title = _titled(workbench, task.entry)
        if task.kind == FACET:
            asked = times.get((task.entry, task.about), 0)
            text = f"“{title}”的{task.about}，{asked} 次，{task.unit}"
            found.append(Happened("gap", f"gap/{task.id}/{task.opened_at}", text, "/tasks"))
        elif task.due_at < soon:
            text = f"“{title}”{task.about} 到期，还没有问清，{task.unit}"
            found.append(Happened("due", f"due/task/{task.id}/{task.due_at}", text, "/tasks"))
    for draft in workbench.drafting.with_state("draft"):
        if draft.comment and draft.reviewed_at:
            text = f"“{_titled(workbench, draft.item)}”：{_short(draft.comment)}"
            key = f"returned/{draft.id}/{draft.reviewed_at}"
            found.append(Happened("returned", key, text, f"/drafts/{draft.id}"))
    for item in stale_entries(pack, pack.office.local(moment).date()):
        if item.state == NEARLY:
            text = f"“{item.title}”，{item.end}，{item.unit or '责任部门未查明'}"
            found.append(Happened("ends", f"ends/{item.entry}/{item.end}", text, f"/entries/{item.entry}"))
    gate = workbench.publishing.latest_gate()
    if gate is not None and gate.state in GATE_STATES:
        text = f"{gate.id} 号检查：{GATE_STATES[gate.state]}"
        found.append(Happened("gate", f"gate/{gate.id}", text, f"/publish/{gate.id}"))
    return found


def _talks(workbench: Workbench) -> Iterator[Happened]:
    for talk in workbench.talks.open():
        number, path = talk.wish.number, f"/talks/{talk.wish.number}"
        if talk.wish.staff is None:
            text = f"{number} 号对话，{talk.channel}：“{_short(talk.subject)}”"
            yield Happened("wish", f"wish/{number}", text, path)
        for line in talk.lines:
            if line.staff is None:
                text = f"{number} 号对话（{talk.wish.staff} 接着）：“{_short(line.text)}”"
                yield Happened("said", f"said/{number}/{line.number}", text, path)


def letter(news: list[Happened], console: str) -> str:
    """One text for all of it. `console`: the console's address."""
    parts = []
    for kind, name in KINDS.items():
        of_kind = [item for item in news if item.kind == kind]
        if not of_kind:
            continue
        lines = [f"【{name}】{len(of_kind)} 件"]
        lines += [f"· {item.text}\n  {console}{item.path}" for item in of_kind[:LINES]]
        if len(of_kind) > LINES:
            lines.append(f"· 还有 {len(of_kind) - LINES} 件，请到工作台看")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _titled(workbench: Workbench, item: str) -> str:
    pack, _ = workbench.engine.current()
    return pack.entries[item].short_title if item in pack.entries else item


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"

"""The states of a conversation and the ways between them: what a message may lead to.

`docs/conversation.md` shows this table as a diagram; a test keeps the two alike, another that no message
takes a way that is not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from huiqi.understanding.context import Context


class State(Enum):
    LISTENING = "听问题"
    CHOOSING = "等提问人选"
    REPHRASING = "等换个说法"
    CHECKING = "自查问答"
    ESTIMATING = "等估算的数"


@dataclass(frozen=True)
class Way:
    """From `before` to `after` when `event` happens."""

    before: State
    event: str
    after: State


def state_of(context: Context) -> State:
    """The state that a conversation's context stands for."""
    if context.estimate is not None:
        return State.ESTIMATING
    if context.check is not None:
        return State.CHECKING
    if context.offered:
        return State.CHOOSING
    return State.REPHRASING if context.rejected else State.LISTENING


def _ways(before: State, **after: Sequence[str]) -> tuple[Way, ...]:
    return tuple(Way(before, event, State[name]) for name, events in after.items() for event in events)


WAYS = (
    *_ways(
        State.LISTENING,
        LISTENING=("答上了", "答不上，给查询编号", "寒暄"),
        CHOOSING=("拿不准，列出两三项",),
        CHECKING=("要自查",),
        REPHRASING=("按了旧的“都不是”",),
        ESTIMATING=("按了旧的“算一算”",),
    ),
    *_ways(
        State.CHOOSING,
        LISTENING=(
            "选了一项",
            "直接问了别的，答上了",
            "答不上，给查询编号",
            "换过说法还是都不是，转交并给查询编号",
        ),
        CHOOSING=("拿不准，列出两三项", "寒暄", "要材料清单"),
        REPHRASING=("都不是，请换个说法",),
        CHECKING=("要自查",),
        ESTIMATING=("要算一算",),
    ),
    *_ways(
        State.REPHRASING,
        LISTENING=("答上了", "还是答不上，转交并给查询编号"),
        CHOOSING=("拿不准，列出两三项",),
        REPHRASING=("寒暄",),
        CHECKING=("要自查",),
        ESTIMATING=("按了旧的“算一算”",),
    ),
    *_ways(
        State.CHECKING,
        LISTENING=("不做了", "直接问了别的，答上了", "答不上，给查询编号"),
        CHOOSING=("问完了，给结果", "直接问了别的，拿不准"),
        CHECKING=("答一题", "没答上选项，再问一遍", "寒暄"),
        ESTIMATING=("按了旧的“算一算”",),
    ),
    *_ways(
        State.ESTIMATING,
        LISTENING=("给了数，算出来（没有自查过）", "不算了", "直接问了别的，答上了", "答不上，给查询编号"),
        CHOOSING=("给了数，算出来，再列出自查后能做的", "直接问了别的，拿不准"),
        CHECKING=("要自查",),
        ESTIMATING=("还差数，或单位不清楚", "寒暄"),
    ),
)


def diagram() -> str:
    """The ways as a Mermaid state diagram, ways with the same ends on one arrow."""
    names = {state: f"S{number}" for number, state in enumerate(State)}
    lines = ["stateDiagram-v2", f"    [*] --> {names[State.LISTENING]}"]
    lines += [f"    {names[state]}: {state.value}" for state in State]
    arrows: dict[tuple[State, State], list[str]] = {}
    for way in WAYS:
        arrows.setdefault((way.before, way.after), []).append(way.event)
    lines += [
        f"    {names[before]} --> {names[after]}: {'；'.join(events)}"
        for (before, after), events in arrows.items()
    ]
    return "\n".join(lines)

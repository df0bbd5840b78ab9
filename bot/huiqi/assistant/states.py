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


_MORE_OF_IT = "要全文、各级对照或来源"
_ALL_BUTTONS = "要“更多”，列出全部"
_OLD_CHECK = "按了旧的自查按钮"
_OLD_ESTIMATE = "按了旧的“算一算”"
_UNSURE = "拿不准，列出两三项"
_MISS = "答不上，给查询编号"
_CHECK = "要自查，或问有什么政策"

WAYS = (
    *_ways(
        State.LISTENING,
        LISTENING=("答上了", _MORE_OF_IT, _MISS, "寒暄", "回复了数字，却没有列表"),
        CHOOSING=(_UNSURE, _ALL_BUTTONS),
        CHECKING=(_CHECK, _OLD_CHECK),
        REPHRASING=("按了旧的“都不是”",),
        ESTIMATING=(_OLD_ESTIMATE,),
    ),
    *_ways(
        State.CHOOSING,
        LISTENING=(
            "选了一项或几项",
            "直接问了别的，答上了",
            _MORE_OF_IT,
            "自查的结果看完了",
            "换过说法还是都不是，转交并给查询编号",
        ),
        CHOOSING=(
            _UNSURE,
            _ALL_BUTTONS,
            "答不上，给查询编号，列表还在",
            "列表里没有这个数字",
            "寒暄",
            "要材料清单",
        ),
        REPHRASING=("都不是，请换个说法",),
        CHECKING=(_CHECK, "接着答自查的题"),
        ESTIMATING=("要算一算",),
    ),
    *_ways(
        State.REPHRASING,
        LISTENING=("答上了", _MORE_OF_IT, "还是答不上，转交并给查询编号"),
        CHOOSING=(_UNSURE, _ALL_BUTTONS),
        REPHRASING=("寒暄",),
        CHECKING=(_CHECK, _OLD_CHECK),
        ESTIMATING=(_OLD_ESTIMATE,),
    ),
    *_ways(
        State.CHECKING,
        LISTENING=("不做了", "直接问了别的，答上了", _MORE_OF_IT),
        CHOOSING=("问完了，给结果", "直接问了别的，拿不准或答不上，选项还在", _ALL_BUTTONS),
        CHECKING=("答一题", "没答上选项，再问一遍", "寒暄"),
        ESTIMATING=(_OLD_ESTIMATE,),
    ),
    *_ways(
        State.ESTIMATING,
        LISTENING=("给了数，算出来（没有自查过）", "不算了", "直接问了别的，答上了", _MORE_OF_IT, _MISS),
        CHOOSING=("给了数，算出来，再列出自查后能做的", "直接问了别的，拿不准", _ALL_BUTTONS),
        CHECKING=(_CHECK, _OLD_CHECK),
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

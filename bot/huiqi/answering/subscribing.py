"""Subscriptions in words: what was typed for one, what it is about, and what is said of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from huiqi.answering.reply import Action, Block, Button, Reply, spoken_day
from huiqi.pack.model import Entry, Pack, Policy
from huiqi.store.subscriptions import ENTRY, EVERYTHING, POLICY, TOPIC, Scope

SUBSCRIPTION = "subscription"
"""The reason of a reply that tells of subscriptions."""
SUBSCRIBE, UNSUBSCRIBE, LIST, END_ALL, KEEP_CHECK, END_CHECK = (
    "subscribe",
    "unsubscribe",
    "list",
    "end_all",
    "keep_check",
    "end_check",
)
KEEP_WORDS = "有新的适用政策告诉我"
END_CHECK_WORDS = "删除自查答案"
LIST_WORDS = "我的订阅"
NEAR = timedelta(days=30)
"""An end that is nearer is told with the days that are left: a month, in which an application can still be made ready."""
MOST_LISTED = 20
"""Of one person's subscriptions so many are listed with the way to end each."""
LONGEST_ABOUT = 40
"""Characters; what is longer is no name of anything."""

_WHOLE: Mapping[str, str] = {
    "我的订阅": LIST,
    "查看订阅": LIST,
    "看订阅": LIST,
    "订阅列表": LIST,
    "别再发了": LIST,
    "不要再发了": LIST,
    "不要再给我发了": LIST,
    "别再通知我": LIST,
    "不要再通知我": LIST,
    "我订阅了什么": LIST,
    "我订阅了哪些": LIST,
    "退订全部": END_ALL,
    "全部退订": END_ALL,
    "退订所有": END_ALL,
    "取消全部订阅": END_ALL,
    "取消所有订阅": END_ALL,
    "有变化告诉我": SUBSCRIBE,
    "有变化通知我": SUBSCRIBE,
    "有更新告诉我": SUBSCRIBE,
    **{
        f"有新的{what}{verb}我": KEEP_CHECK
        for what in ("", "政策", "适用政策", "适用的", "适合的")
        for verb in ("告诉", "通知")
    },
    "有新政策告诉我": KEEP_CHECK,
    "有新政策通知我": KEEP_CHECK,
    "留下自查答案": KEEP_CHECK,
    END_CHECK_WORDS: END_CHECK,
    "不用告诉我了": END_CHECK,
    "不用再告诉我": END_CHECK,
}
"""What is a wish as a whole message."""
_BEGINNINGS: Mapping[str, str] = {
    "取消订阅": UNSUBSCRIBE,
    "不再订阅": UNSUBSCRIBE,
    "退订": UNSUBSCRIBE,
    "订阅": SUBSCRIBE,
}
"""What a wish begins with; behind it stands what it is about."""
_COURTESIES = ("麻烦", "请", "帮我", "给我", "我想要", "我想", "我要")
_AFTER_IT = ("一下", "吧", "了")
_OF_IT = ("的变化", "的更新", "的通知", "的消息")
_THIS = frozenset({"", "这个", "这条", "这一条", "它", "这项"})
_THIS_POLICY = frozenset({"这份文件", "这个文件", "这个政策", "整个政策", "整份文件", "这份政策"})
_EVERYTHING = frozenset(
    {"全部", "所有", "一切", "全部政策", "所有政策", "全部都要", "新政策", "最新政策", "最新的政策", "政策"}
)


@dataclass(frozen=True)
class Wish:
    """What was typed. `about`: what of, as it was typed; empty for what was just told."""

    kind: str
    about: str = ""

    @property
    def is_everything(self) -> bool:
        return self.about in _EVERYTHING

    @property
    def is_this_policy(self) -> bool:
        return self.about in _THIS_POLICY


def wish(text: str) -> Wish | None:
    """The wish that a text is, in simplified characters, and nothing else; what it is about may be nothing that there
    is (订阅号怎么注册)."""
    typed = unicodedata.normalize("NFKC", text).strip().strip("。.!！?？~ ")
    for courtesy in _COURTESIES:
        typed = typed.removeprefix(courtesy)
    if typed in _WHOLE:
        return Wish(_WHOLE[typed])
    for beginning, kind in _BEGINNINGS.items():
        if typed.startswith(beginning):
            about = _bare(typed.removeprefix(beginning))
            return Wish(kind, "" if about in _THIS else about) if len(about) <= LONGEST_ABOUT else None
    return None


def _bare(about: str) -> str:
    for ending in _AFTER_IT:
        about = about.removeprefix(ending).removesuffix(ending)
    for ending in _OF_IT:
        about = about.removesuffix(ending)
    return about.strip(" :：,，“”\"'《》「」")


def named(about: str, pack: Pack, simplify: Callable[[str], str]) -> Scope | None:
    """What of a pack is called so: a topic before a policy before an entry, since that is the wider wish."""
    wanted = simplify(about)

    def is_so(names: Iterable[str | None]) -> bool:
        return any(wanted == simplify(name.strip("《》")) for name in names if name)

    for ladder in pack.ladders:
        if is_so([ladder.topic]):
            return Scope(TOPIC, ladder.topic)
    for policy in pack.policies.values():
        if is_so([policy.title, *policy.names, policy.document_number]):
            return Scope(POLICY, policy.id)
    for entry in pack.published:
        if is_so([entry.short_title, entry.title]):
            return Scope(ENTRY, entry.id)
    return None


def called(scope: Scope, pack: Pack) -> str:
    """What a scope is called for people; what is gone by now by what is left of its name."""
    if scope.kind == EVERYTHING:
        return "全部政策"
    if scope.kind == POLICY and scope.about in pack.policies:
        return policy_name(pack.policies[scope.about])
    if scope.kind == ENTRY and scope.about in pack.entries:
        return pack.entries[scope.about].short_title
    return scope.about


def is_there(scope: Scope, pack: Pack) -> bool:
    """Whether a scope is about anything of the pack."""
    return bool(covered(scope, pack)) and (scope.kind != EVERYTHING or not scope.about)


def policy_name(policy: Policy) -> str:
    return policy.names[0] if policy.names else policy.title.strip("《》")


def topic_of(entry: str, pack: Pack) -> str | None:
    """The topic that compares an entry with those of other levels."""
    return next((ladder.topic for ladder in pack.ladders if entry in ladder.rungs), None)


def covered(scope: Scope, pack: Pack) -> list[Entry]:
    """The published entries that a scope is about."""
    if scope.kind == EVERYTHING:
        return pack.published
    if scope.kind == POLICY:
        return [entry for entry in pack.published if entry.policy == scope.about]
    if scope.kind == TOPIC:
        rungs = {rung for ladder in pack.ladders if ladder.topic == scope.about for rung in ladder.rungs}
        return [entry for entry in pack.published if entry.id in rungs]
    if scope.kind == ENTRY:
        return [entry for entry in pack.published if entry.id == scope.about]
    return []


def days_left(entry: Entry, day: date) -> int | None:
    """Days until an entry ends; None where it does not end soon."""
    end = entry.validity.end
    return (end - day).days if end is not None and day <= end <= day + NEAR else None


def ending_soon(entries: Iterable[Entry], day: date) -> list[Entry]:
    """Those that end within NEAR, the next first."""
    soon = [entry for entry in entries if days_left(entry, day) is not None]
    return sorted(soon, key=lambda entry: (entry.validity.end or day, entry.id))


def said_days(days: int) -> str:
    return "今天到期" if days == 0 else f"还有 {days} 天到期"


def subscribe_button(entry: str) -> Button:
    return Button("订阅", Action("subscribe", entry))


def subscribed(scope: Scope, number: int, is_new: bool, pack: Pack, day: date) -> Reply:
    """What is said to who has it from now on; `number`: of the subscription."""
    name = called(scope, pack)
    when = "有变化、快到期" if scope.kind == ENTRY else "有变化、有新增、快到期"
    first = "已订阅" if is_new else "您已经订阅了"
    lines = [f"{first}“{name}”：{when}时告诉您，每次一条。不要了，回复“退订{name}”。"]
    soon = ending_soon(covered(scope, pack), day)
    if soon:
        left = days_left(soon[0], day) or 0
        lines.append(f"其中“{soon[0].short_title}”{said_days(left)}（{spoken_day(soon[0].validity.end)}）。")
    wider = []
    if scope.kind == ENTRY:
        policy = pack.policies[pack.entries[scope.about].policy]
        wider.append(
            Button(f"订阅整份“{policy_name(policy)}”", Action("subscribe_policy", scope.about)),
        )
        topic = topic_of(scope.about, pack)
        if topic is not None:
            wider.append(Button(f"订阅各级的“{topic}”", Action("subscribe_topic", scope.about)))
    return _said("\n".join(lines), (*wider, Button("退订", Action("unsubscribe", question=number))))


def ended(name: str, is_so: bool) -> Reply:
    if is_so:
        return _said(f"已退订“{name}”，不再通知您。")
    return _said(f"您没有订阅“{name}”，不用退订。想看订阅了什么，回复“{LIST_WORDS}”。")


def ended_all(number: int) -> Reply:
    return _said(f"已退订全部 {number} 项，不再通知您。" if number else "您没有订阅，不用退订。")


def listed(
    names: Iterable[tuple[str, Action]], rest: int, example: str, is_everything_there: bool = False
) -> Reply:
    """What somebody subscribed to, each with the way to end it; `rest`: how many more there are."""
    buttons = tuple(Button(f"退订：{name}", action) for name, action in names)
    if not buttons:
        return _said(
            f"您还没有订阅。问到想留意的，回复“订阅”；也可以写“订阅{example}”“订阅全部”。",
            (Button("订阅全部", Action("subscribe_all")),),
        )
    more = f"还有 {rest} 项没有列出，可以写“退订”和名字。" if rest else ""
    head = (
        f"您订阅了 {len(buttons) + rest} 项，点一下（或回复数字）就退订。{more}全部不要了，回复“退订全部”。"
    )
    return _said(head, buttons)


def which(pack: Pack, entries: Iterable[Entry], kind: str = "subscribe") -> Reply:
    """Two or three that may be meant."""
    buttons = tuple(Button(entry.short_title, Action(kind, entry.id)) for entry in entries)
    return _said("您想订阅哪一项？", buttons)


def what(example: str) -> Reply:
    return _said(
        f"想订阅什么？问到想留意的再回复“订阅”，或者写“订阅{example}”“订阅全部”。",
        (Button("订阅全部", Action("subscribe_all")),),
    )


def not_found(about: str, example: str) -> Reply:
    return _said(
        f"没有找到叫“{about}”的政策、主题或事项，没有订阅。可以写“订阅{example}”，或者“订阅全部”：有新增就告诉您。",
        (Button("订阅全部", Action("subscribe_all")),),
    )


def nowhere() -> Reply:
    """For who cannot be written to."""
    return _said("这里没有办法主动通知您，不能订阅。请到能收到消息的渠道或网页上订阅。")


def in_private() -> Reply:
    return _said("请先私聊我，再订阅。")


def asks_consent(said: str, label: str, address: str) -> Reply:
    """On a page: a browser remembers nothing before somebody has agreed there."""
    text = f"{said}要先同意这个浏览器记住：{label}。下次打开本站时先告诉您，不用留姓名和电话。"
    return Reply(
        "smalltalk",
        (Block("answer", text, ((label, address),)),),
        confidence=1.0,
        reason=SUBSCRIPTION,
    )


def kept(is_new: bool, fitting: int) -> Reply:
    first = "好的，自查答案留下了" if is_new else "好的，换成了这次的自查答案"
    return _said(
        f"{first}：现在适用的 {fitting} 项不再重复，以后有新的适用政策告诉您，每项一次。"
        f"不要了，回复“{END_CHECK_WORDS}”。",
        (Button(END_CHECK_WORDS, Action("end_check")),),
    )


def check_ended(is_so: bool) -> Reply:
    return _said("自查答案已删除，不再通知您。" if is_so else "没有留下的自查答案，不用删除。")


def check_first() -> Reply:
    return _said(f"请先做一遍自查，看完结果再说“{KEEP_WORDS}”。", (Button("现在自查", Action("check")),))


def _said(text: str, buttons: tuple[Button, ...] = ()) -> Reply:
    return Reply("smalltalk", (Block("answer", text),), confidence=1.0, reason=SUBSCRIPTION, buttons=buttons)

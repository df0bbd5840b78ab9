"""What is said in the office's name: whom to call, what it answers for, how its own word is called.

Each sentence leaves out what the office does not have; none names a place or a number of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from huiqi.pack.model import UNKNOWN, Entry, Pack, Source
from huiqi.pack.office import OWN, Office

CONFIDENCES: Mapping[str, str] = {
    "官方": "官方发布的文件",
    "原文转载": "别的网站转载的文件原文",
    "官方转载": "官方网站转载",
    "官方摘要": "官方机构的摘要",
    "官方解读转载": "官方解读的转载",
    "官方FAQ转载": "官方问答的转载",
    "网站转载": "民生网站的转载",
    "媒体报道": "媒体报道",
    "媒体汇编": "媒体整理",
    "二手": "转述，以官方为准",
    "他区参照": "别的区的文件，仅供参照",
}
"""What staff's words for how far a source is to be trusted mean, for people; the surest first."""


def in_a_hurry(office: Office) -> str:
    """Whom to call who cannot wait, as a sentence; nothing where there is no hotline."""
    return f"急的话请拨打{hotline(office)}。" if office.hotline else ""


def closed(office: Office) -> str:
    """What is said where the office has stopped answering for now."""
    return f"这里暂停自动答复，请过些时候再来{or_call(office)}"


def personal(kinds: Sequence[str], pack: Pack) -> str:
    """What is said to a message that holds little but personal data: why it is not taken, and what to write instead."""
    return (
        f"您发来的主要是个人信息（{'、'.join(kinds)}），查政策用不上，已经略去、没有保存；"
        f"请直接写想问的事，例如“{short_example(pack)}”。"
    )


def or_call(office: Office, what_for: str = "") -> str:
    """The end of a sentence that says what else to do: …，或拨打 1234 查询。"""
    return f"，或拨打 {office.hotline.number}{what_for}。" if office.hotline else "。"


def call_to_ask(office: Office) -> str:
    """Where to have something confirmed, as a sentence."""
    return f"可拨打{hotline(office)} 确认。" if office.hotline else "请向主管部门确认。"


def whom(entry: Entry, pack: Pack) -> str:
    """Whom to ask about an entry, in one sentence: who is responsible, for the office's own word the office."""
    phone, line, office = entry.facets["电话"].text, pack.office.hotline, pack.office.organisation
    unit = entry.unit or (office if is_own_word(entry, pack) else None)
    if unit and phone:
        return f"咨询：{unit}，电话：{phone.rstrip('。')}。"
    if unit and unit == office and line:
        return f"咨询：{unit}，{line.spoken}。"
    if unit:
        return f"咨询：{unit}，电话{UNKNOWN}{f'，可拨 {line.number} 转接' if line else ''}。"
    if line:
        return f"咨询：{line.number}（责任部门{UNKNOWN}）。"
    return f"咨询：{office}。" if office else f"咨询：责任部门{UNKNOWN}。"


def is_own_word(entry: Entry, pack: Pack) -> bool:
    """Whether all that is said of an entry is the office's own word."""
    return all(pack.sources[key].confidence == OWN for key in entry.sources if key in pack.sources)


def elsewhere(place: str, office: Office) -> str:
    """The reply to a question about another place."""
    there = (
        f"，或拨打当地的 {office.hotline.number}" if office.hotline and office.hotline.is_everywhere else ""
    )
    return f"{introduction(office)}“{place}”的事请问当地主管部门{there}。"


def introduction(office: Office) -> str:
    """What the office answers for, as a sentence."""
    if office.introduction:
        return office.introduction
    return (
        f"我是{office.place}的{office.name}，只解答{office.place}的事。"
        if office.place
        else f"我是{office.name}。"
    )


def greeting(office: Office) -> str:
    """The first sentence of a conversation; before it the notice that is in force."""
    said = (
        office.greeting or f"您好，我是{office.name}{f'，解答{office.place}的事' if office.place else ''}。"
    )
    return "\n".join(filter(None, (office.notice_now(), said)))


def kind_of(source: Source, office: Office) -> str:
    """What kind of text a source is, for people."""
    if source.confidence == OWN:
        return f"{office.organisation or OWN}的答复"
    return CONFIDENCES.get(source.confidence, source.confidence)


def how_to_ask(pack: Pack) -> str:
    """What a question must say, as the end of a sentence, with an example."""
    what = "政策和想问的方面" if has_documents(pack) else "是哪件事、想问什么"
    return f"写明{what}，例如“{fullest_example(pack)}”。"


def has_documents(pack: Pack) -> bool:
    """Whether the office answers from documents of authorities, and not from its own word alone: only then is it asked
    about policies."""
    return any(source.confidence != OWN for source in pack.sources.values()) or pack.office.has_levels


def news_title(pack: Pack) -> str:
    """What the page of what is new is called."""
    return "新政策" if has_documents(pack) else "最近更新"


def examples(pack: Pack) -> tuple[str, ...]:
    """Questions to show, all of them answered: the office's own, or what the first entries are asked for."""
    if pack.office.examples:
        return pack.office.examples
    titles = (entry.title for entry in pack.entries.values() if entry.status == "published")
    return tuple(title for title, _ in zip(titles, range(SHOWN), strict=False)) or ("这件事怎么办",)


def short_example(pack: Pack) -> str:
    """A question as most people write it."""
    return (*examples(pack)[1:2], *examples(pack))[0]


def fullest_example(pack: Pack) -> str:
    """A question that says everything: of which document, what."""
    return examples(pack)[0]


SHOWN = 4
"""So many examples are shown at once."""


def hotline(office: Office) -> str:
    """The hotline with its name; a bare number stands apart from the words before it. Only where there is one."""
    assert office.hotline is not None
    return office.hotline.spoken if office.hotline.name else f" {office.hotline.number}"

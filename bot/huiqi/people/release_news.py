"""What a publication changed for who reads the answers, in words: a line an entry or a policy. What only changes how it is
found (alternates, keywords, sources) is no news."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from huiqi.answering.subscribing import covered, policy_name, topic_of
from huiqi.pack.model import FACET_NAMES, Pack
from huiqi.store.knowledge import ItemChange
from huiqi.store.subscriptions import ENTRY, EVERYTHING, POLICY, TOPIC, Scope

SUMMARY, STACKING = "概要", "叠加"
LONGEST_LINE = 80
"""Characters of what is new that are quoted: what a notice shows before it is opened."""
SHOWN = 3
"""Lines in one notice; how many more there are is told by their number."""
_TOLD_FIRST = ("标准", "条件", "时限", "对象", "材料", "流程", "部门", "电话", STACKING, SUMMARY)
"""Of several facets that changed, the first of these is quoted: what there is to have, then who may, then until when."""
_DAYS: Mapping[str, str] = {"valid_from": "施行日期", "valid_to": "有效期止"}
_PLAIN: Mapping[str, str] = {**_DAYS, "attachments": "附件"}
_POLICY_PLAIN: Mapping[str, str] = {**_DAYS, "title": "名称", "document_number": "文号"}
_SENTENCE_END = re.compile(r"(?<=[。！？；\n])")


@dataclass(frozen=True)
class News:
    """`entry`: None where it is the policy's own; `topic`: of the entry, None where it stands in none."""

    policy: str
    entry: str | None
    topic: str | None
    line: str

    def is_about(self, scope: Scope) -> bool:
        return (
            scope.kind == EVERYTHING
            or (scope.kind == POLICY and scope.about == self.policy)
            or (scope.kind == TOPIC and self.topic is not None and scope.about == self.topic)
            or (scope.kind == ENTRY and self.entry is not None and scope.about == self.entry)
        )


def news_of(changes: Iterable[ItemChange], pack: Pack) -> list[News]:
    """What there is to tell of a release; `pack`: the one in force since."""
    found = []
    for change in changes:
        if change.kind == "entry":
            line = _entry_line(_as_published(change.before), _as_published(change.after))
            policy = str((change.after or change.before or {}).get("policy", ""))
            item = News(policy, change.item, topic_of(change.item, pack), line)
        else:
            item = News(change.item, None, None, _policy_line(change, pack))
        if item.line:
            found.append(item)
    return found


def told(names: list[str], news: list[News]) -> str:
    """One notice for all of it. `names`: what the person subscribed to of it."""
    quoted = "".join(f"“{name}”" for name in names[:2]) + ("等" if len(names) > 2 else "")
    lines = [item.line for item in news[:SHOWN]]
    if len(news) > SHOWN:
        lines.append(f"还有 {len(news) - SHOWN} 项。")
    if len(lines) == 1:
        return f"您订阅的{quoted}有变化：{lines[0]}"
    return "\n".join([f"您订阅的{quoted}有变化：", *(f"· {line}" for line in lines)])


def _as_published(content: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return content if content is not None and content.get("status", "published") == "published" else None


def _entry_line(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    """What is new of an entry; empty where nothing is."""
    if after is None:
        return f"“{_name(before)}”已经撤下，请不要再按它办。" if before is not None else ""
    texts = _texts(after)
    if before is None:
        return f"新增“{_name(after)}”：{_short(texts.get(SUMMARY) or texts.get('标准') or str(after.get('title', '')))}"
    old = _texts(before)
    changed = [name for name in _TOLD_FIRST if texts.get(name) != old.get(name)]
    # The summary says again what the facets say.
    changed = [name for name in changed if name != SUMMARY] or changed
    plain = [key for key in _PLAIN if _plain(before, key) != _plain(after, key)]
    names = [*changed, *(_PLAIN[key] for key in plain)]
    if not names:
        return ""
    if changed:
        text = texts.get(changed[0])
        said = f"现在是：{_short(text)}" if text else "现在没有查到（未查明）。"
    else:
        said = f"现在是：{_plain(after, plain[0]) or '未查明'}。"
    others = f"（{'、'.join(names[1:])}也变了）" if len(names) > 1 else ""
    return f"“{_name(after)}”的{names[0]}{said}{others}"


def _policy_line(change: ItemChange, pack: Pack) -> str:
    """What is new of a policy's own record. A new one is told by its entries."""
    before, after, policy = change.before, change.after, pack.policies.get(change.item)
    if before is None or after is None or policy is None or not covered(Scope(POLICY, change.item), pack):
        return ""
    keys = [key for key in _POLICY_PLAIN if _plain(before, key) != _plain(after, key)]
    said = "，".join(f"{_POLICY_PLAIN[key]}现在是：{_plain(after, key) or '未查明'}" for key in keys)
    return f"“{policy_name(policy)}”{said}。" if said else ""


def _plain(content: Mapping[str, Any], key: str) -> str:
    """A day, or the names of files."""
    value = content.get(key)
    if isinstance(value, list):
        return "、".join(str(item.get("name", "")) for item in value if isinstance(item, Mapping))
    return str(value) if value else ""


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    """What an entry says, by facet; what is 未查明 is left out."""
    facets = content.get("facets") or {}
    parts = {
        SUMMARY: content.get("summary"),
        STACKING: content.get("stacking"),
        **{name: facets.get(name) for name in FACET_NAMES},
    }
    return {
        name: str(part["text"])
        for name, part in parts.items()
        if isinstance(part, Mapping) and part.get("text")
    }


def _name(content: Mapping[str, Any] | None) -> str:
    return str((content or {}).get("short_title") or (content or {}).get("title") or "")


def _short(text: str) -> str:
    first = _SENTENCE_END.split(text.strip())[0].strip()
    return first if len(first) <= LONGEST_LINE else f"{first[: LONGEST_LINE - 1]}…"

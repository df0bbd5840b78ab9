"""The self-check's rules of an entry as fields of its form, and back: each answer to a question fits, may fit, or does not.

A field is called `check-KEY`, or for an answer `check/QUESTION/ANSWER`, and `check-why/QUESTION` for what is said of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

FITS, MAY_FIT = "符合", "可能"
VERDICTS = ("", MAY_FIT, FITS)
ANSWER, WHY = "check/", "check-why/"
SOURCE = "check-source"
PLAIN = {
    "check-amount": "能得多少",
    "check-also": "问题没有问到的条件",
    SOURCE: "来源",
    "check-asks": "请对方报的数",
    "check-share": "乘以",
    "check-divisor": "除以",
    "check-ceiling": "最多几元",
    "check-note": "怎么算的",
}
"""Field → its name for people."""
LABEL = "自查"
_NUMBERS = ("share", "divisor", "ceiling")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")


def is_own(name: str) -> bool:
    """Whether a field of the form belongs to the rules of a question."""
    return name.startswith((ANSWER, WHY))


def label(name: str, titles: Mapping[str, str] | None = None) -> str:
    """What a field is called in a list of differences."""
    if name in PLAIN:
        return f"{LABEL}·{PLAIN[name]}"
    question = name.split("/")[1]
    return f"{LABEL}·{(titles or {}).get(f'check:{question}', question)}"


def asked(texts: Mapping[str, str]) -> list[str]:
    """The questions that the rules of a form look at, in its order."""
    return list(dict.fromkeys(name.split("/")[1] for name, text in texts.items() if text and is_own(name)))


def texts_of(value: Mapping[str, Any] | None) -> dict[str, str]:
    """The rules as the form's texts; of answers those that fit or may fit."""
    found = value or {}
    estimate = found.get("estimate") or {}
    texts = {
        "check-amount": str(found.get("amount") or ""),
        "check-also": "\n".join(found.get("also") or ()),
        SOURCE: "、".join(found.get("source") or ()),
        "check-asks": "\n".join(estimate.get("asks") or ()),
        "check-note": str(estimate.get("note") or ""),
    }
    texts |= {f"check-{key}": _number_text(estimate.get(key)) for key in _NUMBERS}
    for rule in found.get("rules") or ():
        texts[f"{WHY}{rule['question']}"] = str(rule.get("reason") or "")
        for key, verdict in (("accept", FITS), ("maybe", MAY_FIT)):
            texts |= {f"{ANSWER}{rule['question']}/{answer}": verdict for answer in rule.get(key) or ()}
    return texts


def value_of(texts: Mapping[str, str], base: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The rules that the texts say; None for none. What the form does not show of `base` is kept."""
    own = {name: text for name, text in texts.items() if text and (name in PLAIN or is_own(name))}
    if own == {name: text for name, text in texts_of(base).items() if text}:
        return None if base is None else dict(base)
    if not own:
        return None
    made: dict[str, Any] = {"rules": _rules(own, base), "amount": own.get("check-amount", "")}
    if "check-also" in own:
        made["also"] = _lines(own["check-also"])
    estimate = _estimate(own, (base or {}).get("estimate"))
    if estimate:
        made["estimate"] = estimate
    made["source"] = [part for part in re.split(r"[,，、;；\s]+", own.get(SOURCE, "")) if part]
    return made


def field_of(parts: Sequence[str], value: Mapping[str, Any] | None) -> str:
    """The field at which a fault is told. `parts`: its place within the rules, as kb check names it."""
    rules = (value or {}).get("rules") or []
    if len(parts) > 1 and parts[0] == "rules" and parts[1].isdecimal() and int(parts[1]) <= len(rules):
        return f"{WHY}{rules[int(parts[1]) - 1]['question']}"
    key = f"check-{parts[1] if parts[:1] == ['estimate'] and len(parts) > 1 else (parts or ['amount'])[0]}"
    return key if key in PLAIN else "check-amount"


def in_words(message: str) -> str:
    """A message of the file's check with the parts of a rule as the form names them."""
    for key, name in (
        ("accept", FITS),
        ("maybe", MAY_FIT),
        ("reason", "理由"),
        ("amount", PLAIN["check-amount"]),
    ):
        message = (
            message.replace(f"“{key}”", f"“{name}”")
            .replace(f" {key} ", f"“{name}”")
            .replace(f" {key}", f"“{name}”")
        )
    return message


def told(value: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, str]:
    """The rules as people read them in a list of differences: name → text."""
    texts = texts_of(value)
    found = {label(name): text for name, text in texts.items() if name in PLAIN and text}
    found |= {label(SOURCE): "、".join(titles.get(one, one) for one in value.get("source") or ())}
    for rule in value.get("rules") or ():
        lines = [
            f"{verdict}：{'、'.join(rule[key])}"
            for key, verdict in (("accept", FITS), ("maybe", MAY_FIT))
            if rule.get(key)
        ]
        found[label(f"{WHY}{rule['question']}", titles)] = "\n".join([*lines, f"理由：{rule.get('reason')}"])
    if (value.get("estimate") or {}).get("instead"):
        found[f"{LABEL}·没有这个数时"] = json.dumps(value["estimate"]["instead"], ensure_ascii=False)
    return found


def with_answers(content: Any, question: Any, renamed: Mapping[str, str]) -> Any:
    """An entry in whose rules the answers to a question are called as they are now."""
    rules = ((content or {}).get("eligibility") or {}).get("rules") or []
    if not any(rule["question"] == question for rule in rules):
        return content
    made = json.loads(json.dumps(content))
    for rule in made["eligibility"]["rules"]:
        for key in ("accept", "maybe"):
            if rule["question"] == question and key in rule:
                rule[key] = [renamed.get(answer, answer) for answer in rule[key]]
    return made


def _rules(own: Mapping[str, str], base: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    before = {rule["question"]: rule for rule in (base or {}).get("rules") or ()}
    questions = asked(own)
    # Those that there were stay in their order; new ones follow in that of the form.
    order = [question for question in before if question in questions]
    rules = []
    for question in dict.fromkeys([*order, *questions]):
        rule: dict[str, Any] = {"question": question}
        for key, verdict in (("accept", FITS), ("maybe", MAY_FIT)):
            start = f"{ANSWER}{question}/"
            answers = [
                name[len(start) :] for name, text in own.items() if name.startswith(start) and text == verdict
            ]
            known = before.get(question, {}).get(key) or []
            if answers:
                rule[key] = known if set(known) == set(answers) else answers
        rules.append(rule | {"reason": own.get(f"{WHY}{question}", "")})
    return rules


def _estimate(own: Mapping[str, str], base: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not any(f"check-{key}" in own for key in ("asks", "note", *_NUMBERS)):
        return None
    made = {key: value for key, value in (base or {}).items() if key == "instead"}
    made |= {"asks": _lines(own.get("check-asks", "")), "note": own.get("check-note", "")}
    return made | {key: _number(own[f"check-{key}"]) for key in _NUMBERS if f"check-{key}" in own}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _number_text(value: Any) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _number(text: str) -> Any:
    """A number, or the text where it is none: kb check says so."""
    percent = _PERCENT.fullmatch(text)
    try:
        value = float(percent[1]) / 100 if percent else float(text.replace(",", "").replace("，", ""))
    except ValueError:
        return text
    return int(value) if value == int(value) else value

"""Messages that are no question about a measure: a wish to know what there is, anger, 听不懂, 从哪看来的 …

The kinds and their examples stand in examples/talk.yaml; the model is fitted once. An entry that surely answers comes
before any of them.
"""

from __future__ import annotations

import numpy as np

from huiqi.language.asking import asking_parts
from huiqi.language.phrasing import PhrasingModel, load, sigmoid
from huiqi.understanding.reading import Reading

FRONT_DOOR, NOT_UNDERSTOOD, WHERE_FROM, STILL_VALID = "入口", "不懂", "出处", "都有效吗"
OTHER = "其它"
KIND_AT = 0.6
"""A kind at least this likely is answered as such where no entry answers."""
SURELY_AT = 0.8
"""… and this likely, it is no follow-up on what was talked about, however well that fits."""
SURELY_FRONT_DOOR_AT = 0.99
"""能申请吗 and 政府有没有补贴 are worded like a wish to know what there is; after an answer they ask about that one."""
ALL_BUT_CERTAINLY_AT = 0.97
"""A message of one of the other kinds this certainly comes before an entry that is no more than likely (没看明白, whoever explains
things to those who do not understand)."""


OF_ALL = 2 / 3
"""How much how all of a message is worded counts, where that speaks against a kind, beside how the part is that asks: what is told
(老板说不能休, 有依据吗) says whom it is asked of."""


def is_all_but_certainly(kind: str, chance: float) -> bool:
    """Whether a message is of that kind even where an entry is likely, though not sure."""
    return kind != FRONT_DOOR and chance >= ALL_BUT_CERTAINLY_AT


def is_surely(kind: str, chance: float) -> bool:
    """Whether a message is of that kind even where what was talked about would answer it."""
    return chance >= (SURELY_FRONT_DOOR_AT if kind == FRONT_DOOR else SURELY_AT)


class TalkKindReader:
    def __init__(self, model: PhrasingModel | None = None) -> None:
        self._model = model or load("talk")

    def kind(self, reading: Reading) -> tuple[str, float] | None:
        """The likeliest kind of the message, and its chance; None where none reaches KIND_AT."""
        # Where a piece asks, what is told before it (合伙人闹翻了, 想注销要几天) is no chat; and a piece that alone would be
        # one (有补贴吗) may ask about what is told (贷了三百万, 有补贴吗).
        text = reading.question.asking
        asking = " ".join(asking_parts(text.split(" ")))
        by_asking = self._model.logits(asking)
        by_all = by_asking if asking == text else self._model.logits(text)
        chances = sigmoid(np.minimum(by_asking, by_asking + OF_ALL * (by_all - by_asking)))
        best = int(chances.argmax())
        chance = float(chances[best])
        return (self._model.heads[best], chance) if chance >= KIND_AT else None

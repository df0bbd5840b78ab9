"""The figures of a measurement, each said once: what it is called, how it is written, which option limits it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SURE = 0.9
"""From this confidence on an answer is taken for sure."""


@dataclass(frozen=True)
class Measure:
    """A figure. `key`: its name in JSON; `name`: its name for people; `option`: the limit on it, which begins with
    min_ or max_, "" where there is none; `example`: a usual limit; `is_share`: a share of questions, 0 to 1, which is
    written in percent."""

    key: str
    name: str
    option: str = ""
    example: str = ""
    is_share: bool = True

    @property
    def is_floor(self) -> bool:
        return self.option.startswith("min_")

    @property
    def help(self) -> str:
        return f"{self.name}的{'下限' if self.is_floor else '上限'}，例如 {self.example}"

    def written(self, value: float) -> str:
        return f"{value:.1%}" if self.is_share else f"{value:.3f}"

    def failure(self, value: float, limit: float) -> str | None:
        """A sentence where `value` does not keep to `limit`."""
        if value >= limit if self.is_floor else value <= limit:
            return None
        relation = "低于要求的" if self.is_floor else "高于允许的"
        return f"{self.name} {self.written(value)}，{relation} {self.written(limit)}"


MEASURES = (
    Measure("answered_right", "范围内答对", "min_answered", "0.95"),
    Measure("right_or_offered", "答对或在按钮里", "min_offered", "0.98"),
    Measure("answered_wrong", "范围内答错"),
    Measure("first_right", "第一句就答到", "min_first", "0.90"),
    Measure("aspect_right", "问的方面对", "min_aspect", "0.80"),
    Measure("facet_right", "问一个要素，第一行说的就是它", "min_facet", "0.85"),
    Measure("whole_as_unknown", "问整条却答“未查明”"),
    Measure("partial_answers", "几个方面一起问，没答全"),
    Measure("parts_right", "一次多问，答对的部分"),
    Measure("wrapped_entry", "套上寒暄、自述再问，条目不变"),
    Measure("wrapped_same", "套上寒暄、自述再问，条目和方面都不变", "min_wrapped", "0.93"),
    Measure("false_answers", "范围外误答", "max_false", "0.05"),
    Measure("near_answers", "近邻误答", "max_near", "0.08"),
    Measure("right_when_sure", f"置信度≥{SURE} 的答案答对"),
    Measure("calibration_error", "校准误差", "max_calibration_error", "0.05", is_share=False),
    Measure("follow_up_calibration_error", "追问的校准误差", is_share=False),
)
LIMITED = tuple(measure for measure in MEASURES if measure.option)


def failures(rates: Mapping[str, float], limits: Mapping[str, float | None]) -> list[str]:
    """A sentence for each limit (option → value) that is not kept. What no row bears on keeps every limit."""
    told = [
        measure.failure(rates[measure.key], limit)
        for measure, limit in _demanded(limits)
        if measure.key in rates
    ]
    return [sentence for sentence in told if sentence]


def unmeasured(rates: Mapping[str, float], limits: Mapping[str, float | None]) -> list[str]:
    """A sentence for each limit that no row bears on, so that nobody takes it for kept."""
    return [
        f"题目里没有能量“{measure.name}”的，--{measure.option.replace('_', '-')} 没有核对"
        for measure, _ in _demanded(limits)
        if measure.key not in rates
    ]


def _demanded(limits: Mapping[str, float | None]) -> Iterator[tuple[Measure, float]]:
    for measure in LIMITED:
        limit = limits.get(measure.option)
        if limit is not None:
            yield measure, limit

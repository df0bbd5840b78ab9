"""What is wrong with a pack, said so that the person who wrote the file can put it right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault: where it is, what it is, and what to do. `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    field: str
    message: str
    remedy: str
    excerpt: str = ""

    def render(self) -> str:
        """The fault as several lines for a terminal: place, the faulty line with a caret, what to do."""
        lines = [f"{self.file}:{self.line}:{self.column} [{self.field}] {self.message}"]
        if self.excerpt:
            lines.append(f"    {self.line} | {self.excerpt}")
            lines.append(f"    {' ' * len(str(self.line))} | {' ' * (self.column - 1)}^")
        lines.append(f"    改法：{self.remedy}")
        return "\n".join(lines)


class PackError(Exception):
    """The pack is broken; nothing of it was taken over. Carries every problem found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__(f"知识库有 {len(problems)} 处错误")

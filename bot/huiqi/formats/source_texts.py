"""The folder documents/ of a pack: originals as text, one Markdown file each, with what is known of it in front."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huiqi.formats.problem import Problem
from huiqi.pack.identity import TEXT_FOLDER
from huiqi.pack.model import Pack, Validity
from huiqi.pack.originals import SourceText

_FRONT = re.compile(r"\A---\n(?P<front>.*?\n)---\n(?P<text>.*)\Z", re.DOTALL)
_BETWEEN = re.compile(r"\n\s*\n")
_FORM = "文件开头写成 ---、title: 标题、source: 来源编号、---，空一行后是正文"


class _Front(BaseModel):
    """`note`: for whoever reads the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    number: str | None = None
    issuer: str | None = None
    level: str | None = None
    issued: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    url: str | None = None
    note: str | None = None


def read_source_texts(folder: Path) -> tuple[list[SourceText], list[Problem]]:
    """The originals of a pack's folder in order of their names, and what is wrong with the others."""
    texts: list[SourceText] = []
    problems: list[Problem] = []
    for path in sorted((folder / TEXT_FOLDER).glob("*.md")):
        read = _read(path)
        (texts if isinstance(read, SourceText) else problems).append(read)  # type: ignore[arg-type]
    return texts, problems


def check_source_texts(folder: Path, pack: Pack) -> list[Problem]:
    """What is wrong with the originals of a folder, alone and beside its `pack`."""
    texts, problems = read_source_texts(folder)
    for text in texts:
        name = f"{TEXT_FOLDER}/{text.id}.md"
        if text.source not in pack.sources:
            problems.append(
                Problem(name, 1, 1, "source", f"没有来源“{text.source}”", "写 sources.yaml 里的一个来源编号")
            )
        if text.level is not None and text.level not in pack.office.level_names:
            levels = "、".join(pack.office.level_names)
            problems.append(
                Problem(name, 1, 1, "level", f"没有“{text.level}”这一级", f"写{levels}之一，或不写")
            )
    return problems


def written(text: SourceText) -> str:
    """An original as a file of the folder, which reads as the same again."""
    front = {
        "title": text.title,
        "source": text.source,
        "number": text.number,
        "issuer": text.issuer,
        "level": text.level,
        "issued": text.issued,
        "valid_from": text.validity.start,
        "valid_to": text.validity.end,
        "url": text.url,
    }
    known = {key: value for key, value in front.items() if value is not None}
    head = yaml.safe_dump(known, allow_unicode=True, sort_keys=False)
    body = "\n\n".join(line for line in text.text.split("\n") if line.strip())
    return f"---\n{head}---\n\n{body}\n"


def _read(path: Path) -> SourceText | Problem:
    name = f"{TEXT_FOLDER}/{path.name}"
    try:
        found = _FRONT.match(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except UnicodeDecodeError:
        return Problem(name, 1, 1, "文件", "文件不是 UTF-8 编码", "用编辑器“另存为”，编码选 UTF-8")
    if found is None:
        return Problem(name, 1, 1, "文件", "开头没有标题和来源", _FORM)
    try:
        front = _Front.model_validate(yaml.safe_load(found["front"]))
    except yaml.YAMLError:
        return Problem(name, 1, 1, "文件", "开头的标题和来源不是合法的 YAML", _FORM)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, first["loc"])) or "文件"
        return Problem(name, 1, 1, field, f"写法不对（{first['msg']}）", _FORM)
    paragraphs = [" ".join(piece.split()) for piece in _BETWEEN.split(found["text"])]
    return SourceText(
        id=path.stem,
        title=front.title,
        text=joined(paragraphs),
        source=front.source,
        number=front.number,
        issuer=front.issuer,
        level=front.level,
        issued=front.issued,
        validity=Validity(front.valid_from, front.valid_to),
        url=front.url,
    )


def joined(paragraphs: Sequence[str]) -> str:
    """The paragraphs of a document as the text of a SourceText."""
    return "\n".join(paragraph for paragraph in paragraphs if paragraph)

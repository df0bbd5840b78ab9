"""huiqi doc: keep, list, propose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from huiqi.service.settings import Settings

from tests.conftest import Ran
from tests.intake.test_structure import MEASURES

Run = Callable[..., Ran]


def test_a_proposal_needs_no_database(huiqi: Run, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "办法.txt"
    file.write_text(MEASURES, encoding="utf-8")
    ran = huiqi("doc", "propose", file, "--json")
    assert ran.code == 0
    said = json.loads(ran.out)
    assert said["policy"]["document_number"] == "星府办规〔2026〕7号"
    bonus = next(entry for entry in said["entries"] if entry["title"] == "设备购置补贴")
    [granted] = [one for one in bonus["facets"]["标准"] if "15%" in one["text"]]
    assert granted["quote"] in MEASURES and granted["paragraph"] > 1
    assert {figure["text"] for figure in granted["figures"]} == {"15%", "300万元"}
    assert not Path(settings.database).exists()


def test_a_folder_is_kept_and_what_cannot_be_read_is_named(
    huiqi: Run, published: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "办法.txt").write_text(MEASURES, encoding="utf-8")
    (folder / "旧.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    ran = huiqi("doc", "add", folder)
    assert ran.code == 1 and "收下 1：《星河镇工业企业技术改造扶持办法》" in ran.out
    assert "另存为 .docx" in ran.err
    assert "已经收过 1" in huiqi("doc", "add", folder / "办法.txt").out
    [kept] = [json.loads(line) for line in huiqi("doc", "list", "--json").out.splitlines()]
    assert (kept["name"], kept["brought_by"], len(kept["digest"])) == ("办法.txt", "命令行", 64)


def test_a_file_that_is_not_there_is_wrong_use(huiqi: Run, tmp_path: Path) -> None:
    ran = huiqi("doc", "propose", tmp_path / "没有.txt")
    assert ran.code == 2 and "找不到文件" in ran.err

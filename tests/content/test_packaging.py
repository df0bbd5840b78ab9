"""Installed from its wheel, without the checkout, it answers from the pack that it brings along."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from email.parser import HeaderParser
from pathlib import Path

import openpyxl
import pytest
from huiqi import __version__

from tests.conftest import ROOT, Ran

QUESTION, DAY = "贷款贴息能补多少", "2020-03-16"


def _build(folder: Path, kind: str, source: Path = ROOT) -> Path:
    """The sdist or wheel of a source tree. Without isolation, so that nothing is downloaded."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder],
        cwd=source,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    [built] = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    return _build(tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("hatchling")
    return _build(tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment with the wheel; what it needs is lent by the tests' own."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, symlinks=True)
    bin_folder = folder / "bin"
    pip = [sys.executable, "-m", "pip", "--python", bin_folder / "python", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    [packages] = folder.glob("lib/*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return bin_folder


def _run(command: list[str | Path], folder: Path, **variables: str) -> str:
    """What a command prints, run in a folder that holds nothing of ours, on a database of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["HUIQI_DATABASE"] = str(folder / "huiqi.db")
    return subprocess.run(
        command, cwd=folder, env=environment | variables, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def test_the_command_answers_from_the_pack_that_is_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    assert _run([installed / "huiqi", "--version"], tmp_path) == f"huiqi {__version__}\n"
    answer = _run([installed / "huiqi", "ask", QUESTION, "--as-of", DAY], tmp_path)
    assert answer.startswith("【中小企业贷款贴息·标准】") and "20%" in answer
    checked = _run([installed / "huiqi", "doctor"], tmp_path)
    assert f"{installed.parent}/lib" in checked and str(ROOT) not in checked


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_example_of_the_readme_answers_in_six_lines(installed: Path, tmp_path: Path, page: str) -> None:
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in example.splitlines() if line]) == 6
    said = _run([installed / "python", "-P", "-c", example], tmp_path)
    assert said.startswith("answer hq15-loan-interest\n【中小企业贷款贴息·标准】")


def test_a_program_may_have_an_assistant_that_keeps_nothing(installed: Path, tmp_path: Path) -> None:
    program = f"""
from datetime import date
from huiqi import open_assistant
with open_assistant(database=":memory:") as assistant:
    assistant.ask("{QUESTION}", conversation="a", day=date(2020, 3, 16))
    print(assistant.ask("那材料呢", conversation="a", day=date(2020, 3, 16)).facet)
    print(assistant.ask("那材料呢", conversation="b", day=date(2020, 3, 16)).outcome)
"""
    assert _run([installed / "python", "-c", program], tmp_path) == "材料\nunanswered\n"
    assert list(tmp_path.iterdir()) == []


def test_pages_templates_and_tables_come_along(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    data = {
        f"huiqi/{file.relative_to(ROOT / 'bot' / 'huiqi')}"
        for file in (ROOT / "bot" / "huiqi").rglob("*")
        if file.is_file() and file.suffix not in (".pyc",)
    }
    pack = {f"huiqi/{file.relative_to(ROOT)}" for file in (ROOT / "knowledge").rglob("*.yaml")}
    assert data | pack <= inside
    assert [name for name in inside if not name.startswith(("huiqi/", "huiqi-"))] == []


def test_the_source_archive_makes_the_same_wheel(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    [source] = (tmp_path / "source").iterdir()
    again = _build(tmp_path / "again", "wheel", source)
    assert again.name == wheel.name
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())
    assert (source / "scripts" / "constraints.txt").exists() and (source / "tests" / "conftest.py").exists()


def test_the_metadata_names_ranges_and_every_python_that_is_meant(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = HeaderParser().parsestr(archive.read(name).decode())
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert [line for line in needed if "==" in line or ">=" not in line] == []
    assert not [line for line in needed if line.startswith("tornado") or "webhooks" in line]
    for version in ("3.11", "3.12", "3.13", "3.14"):
        assert f"Programming Language :: Python :: {version}" in metadata.get_all("Classifier", [])


def test_a_workbook_that_would_swell_when_it_is_read_is_refused(
    tmp_path: Path, huiqi: Callable[..., Ran]
) -> None:
    """Entities that stand for entities: openpyxl leaves XML to defusedxml, which reads none."""
    assert openpyxl.DEFUSEDXML
    book = openpyxl.Workbook()
    book.active.title = "条目"
    book.save(tmp_path / "plain.xlsx")
    swelling = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    with (
        zipfile.ZipFile(tmp_path / "plain.xlsx") as plain,
        zipfile.ZipFile(tmp_path / "swelling.xlsx", "w") as changed,
    ):
        for name in plain.namelist():
            content = plain.read(name).decode()
            if name == "xl/workbook.xml":
                content = swelling + re.sub(r"<\?xml.*?\?>", "", content)
            changed.writestr(name, content)
    ran = huiqi("kb", "import", tmp_path / "swelling.xlsx")
    assert (ran.code, ran.out) == (1, "") and "没有导入" in ran.err


def test_what_the_image_is_built_from_makes_the_package(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in (line[1:] for line in lines if line.startswith("!")):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy(ROOT / name, tmp_path / name)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    subprocess.run(build, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert len(list((tmp_path / "dist").glob("huiqi-*.whl"))) == 1

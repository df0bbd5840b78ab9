"""What an installation is made with: the image, the compose file, the units of systemd, and the page about them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from huiqi.service.settings import VARIABLES
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.conftest import ROOT
from tests.console.conftest import listening

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
UNITS = sorted((ROOT / "docs" / "systemd").iterdir())


def _instruction(name: str) -> str:
    """The last of the instructions of that name."""
    return re.findall(rf"^{name} +(.*)$", DOCKERFILE, re.MULTILINE)[-1].strip()


@contextmanager
def answering(status: int) -> Iterator[str]:
    """The port of a server that answers its health page with a status."""
    page = Route("/healthz", lambda request: PlainTextResponse("", status))
    with listening(Starlette(routes=[page])) as address:
        yield address.rpartition(":")[2]


@pytest.mark.parametrize(("status", "is_well"), [(200, True), (503, False), (None, False)])
def test_the_images_health_check_tells_a_sound_server_from_a_broken_one(
    status: int | None, is_well: bool
) -> None:
    program, argument, code = json.loads(_instruction("HEALTHCHECK").partition("CMD ")[2])
    assert (program, argument) == ("python", "-c") and "8000" in code
    with answering(status or 200) as port:
        # Where no server is meant, one that nobody listens on.
        asked = subprocess.run(
            [sys.executable, "-c", code.replace("8000", port if status else "9")], capture_output=True
        )
    assert (asked.returncode == 0) is is_well


def test_the_image_runs_as_nobody_in_particular_on_one_volume() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert all(re.fullmatch(r"python:3\.\d+-slim-\w+", base) for base in bases)
    assert re.fullmatch(r"\d{4,}:\d{4,}", _instruction("USER"))
    [service] = COMPOSE["services"].values()
    assert [mount.partition(":")[2] for mount in service["volumes"]] == [_instruction("VOLUME")]
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert list(COMPOSE["volumes"]) == [service["volumes"][0].partition(":")[0]]


def test_the_units_are_sound(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    program = tmp_path / "huiqi"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("/opt/huiqi/bin/huiqi", str(program))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / unit.name for unit in UNITS)],
        capture_output=True,
        text=True,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    "unit", [unit for unit in UNITS if unit.suffix == ".service"], ids=lambda unit: unit.name
)
def test_what_a_unit_runs_is_a_command_with_its_options(unit: Path) -> None:
    from huiqi.cli.main import parser

    [line] = re.findall(
        r"^ExecStart=/opt/huiqi/bin/huiqi (.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE
    )
    options: Any = parser().parse_args(line.split())
    assert callable(options.run)


def test_the_page_names_every_unit_and_only_settings_that_there_are() -> None:
    assert [unit.name for unit in UNITS if f"(systemd/{unit.name})" not in PAGE] == []
    written = "\n".join([PAGE, DOCKERFILE, *(unit.read_text(encoding="utf-8") for unit in UNITS)])
    assert set(re.findall(r"\bHUIQI_\w+", written)) <= {*VARIABLES, "HUIQI_CACHE"}

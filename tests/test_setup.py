"""A fresh machine: one command sets itself up, is silent from then on, and mends what was interrupted.

A small project with our scripts and one tiny dependency, as wheels on disk, goes through it with the real pip.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPTS = ("huiqi", "environment.bash", "set_up.py")
MAIN = """\
import os, sys, tiny
print(tiny.version, *sys.argv[1:], os.getcwd())
"""


def _wheel(folder: Path, version: str) -> None:
    info = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(folder / f"tiny-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", f"version = '{version}'\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{info}/RECORD", "")


class Machine:
    """A folder with the project in it, and wheels instead of a network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project"
        self.wheels = folder / "wheels"
        self.elsewhere = folder / "elsewhere"
        (self.project / "scripts").mkdir(parents=True)
        (self.project / "bot" / "huiqi").mkdir(parents=True)
        self.wheels.mkdir()
        self.elsewhere.mkdir()
        for name in SCRIPTS:
            shutil.copy(ROOT / "scripts" / name, self.project / "scripts" / name)
        (self.project / "bot" / "huiqi" / "__main__.py").write_text(MAIN)
        self.pin("1.0")
        _wheel(self.wheels, "1.0")
        self.script = self.project / "scripts" / "huiqi"
        self.environment = os.environ | {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_CONFIG_FILE": os.devnull,
        }

    def pin(self, version: str, rest: str = "") -> None:
        text = f'[project]\nname = "p"\nversion = "0"\ndependencies = [\n    "tiny>=1",\n]\n{rest}'
        (self.project / "pyproject.toml").write_text(text)
        (self.project / "scripts" / "constraints.txt").write_text(f"# Tested.\ntiny=={version}\n")

    def start(self, *arguments: str, script: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [script or self.script, *arguments],
            cwd=self.elsewhere,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, script: Path | None = None) -> tuple[int, str, str]:
        process = self.start(*arguments, script=script)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> tuple[Machine, dict[str, tuple[int, str, str]]]:
    """A machine on which two began at once, and how it went with each."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    both = {name: machine.start("ask", name) for name in ("贷款 贴息", "招牌")}
    said = {name: process.communicate(timeout=120) for name, process in both.items()}
    return machine, {name: (both[name].returncode, *said[name]) for name in both}


@pytest.fixture
def ready(begun: tuple[Machine, object]) -> Machine:
    """A machine on which the set-up was done once."""
    return begun[0]


def test_two_at_once_do_not_collide(begun: tuple[Machine, dict[str, tuple[int, str, str]]]) -> None:
    machine, went = begun
    for name, (code, out, err) in went.items():
        assert (code, out) == (0, f"1.0 ask {name} {machine.elsewhere}\n"), err
    [first] = [err for _, _, err in went.values() if "第一次运行" in err]
    assert [line.strip()[:4] for line in first.splitlines()] == ["第一次运", "1/2 ", "2/2 ", "准备好了"]


def test_later_runs_say_nothing_of_their_own(ready: Machine) -> None:
    assert ready.run("chat") == (0, f"1.0 chat {ready.elsewhere}\n", "")


def test_folder_named_huiqi_where_the_user_is_does_not_matter(ready: Machine) -> None:
    (ready.elsewhere / "huiqi").mkdir()
    (ready.elsewhere / "huiqi" / "__main__.py").write_text("print('the wrong one')")
    assert ready.run("doctor")[1].startswith("1.0 doctor")


def test_link_to_the_command_works(ready: Machine) -> None:
    link = ready.folder / "huiqi"
    link.symlink_to(ready.script)
    assert ready.run("doctor", script=link)[0] == 0


def test_other_changes_of_the_project_file_install_nothing(ready: Machine) -> None:
    ready.pin("1.0", rest="[tool.ruff]\nline-length = 110\n")
    assert ready.run("x")[2] == ""


def test_changed_pin_is_installed(ready: Machine) -> None:
    _wheel(ready.wheels, "2.0")
    ready.pin("2.0")
    code, out, err = ready.run("x")
    assert (code, out[:3]) == (0, "2.0")
    assert "补装" in err
    assert ready.run("x")[2] == ""


def test_failed_or_killed_set_up_is_mended_by_the_same_command(machine: Machine) -> None:
    wheel = next(machine.wheels.iterdir())
    away = wheel.rename(machine.folder / wheel.name)
    code, out, err = machine.run("x")
    assert (code, out) == (1, "")
    assert "请检查网络" in err.splitlines()[-1]
    away.rename(wheel)
    # Killed at the first step, it gets to the second; killed there, to the end.
    for step in ("1/2", "2/2"):
        process = machine.start("x")
        assert process.stderr is not None
        for line in process.stderr:
            if step in line:
                break
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert machine.run("x")[:2] == (0, f"1.0 x {machine.elsewhere}\n")


def test_machine_without_a_new_enough_python_is_told_so_in_one_sentence(machine: Machine) -> None:
    old = machine.folder / "bin"
    old.mkdir()
    for name in ("python3", "python"):
        (old / name).write_text("#!/bin/sh\nexit 1\n")
        (old / name).chmod(0o755)
    bash = shutil.which("bash")
    assert bash
    (old / "bash").symlink_to(bash)
    machine.environment["PATH"] = str(old)
    code, out, err = machine.run("x")
    assert (code, out) == (1, "")
    assert err.splitlines() == ["没有找到 Python 3.11 或更新的版本，请先安装，再运行同一条命令。"]


def test_what_the_scripts_install_is_pinned_and_fits_the_ranges_of_the_package() -> None:
    import tomllib

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (ROOT / "scripts" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {pin.name: pin.specifier for pin in map(Requirement, lines[1:])}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for group in (project["dependencies"], *project["optional-dependencies"].values()):
        for needed in map(Requirement, group):
            [pin] = pins[canonicalize_name(needed.name)]
            assert pin.operator == "==" and needed.specifier.contains(pin.version), needed.name
    assert [name for name in pins if name != canonicalize_name(name)] == []

"""Makes .venv hold what pyproject.toml asks for, in the versions of constraints.txt: `set_up.py run` or
`set_up.py dev`.

Standard library only, as nothing is installed yet. A stamp, copies of both files as they were installed, is
written last, so whatever was interrupted is found without one and made anew; a lock makes a second set-up
wait for the first.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
CONSTRAINTS = ROOT / "scripts" / "constraints.txt"
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
GROUPS = ("run", "dev")
"""Each group holds the ones before it."""
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")


class SetupFailed(Exception):
    """The set-up cannot go on; the message says in Chinese what to do."""


def main(group: str) -> int:
    try:
        with locked():
            set_up(group)
    except SetupFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("已中断；再运行同一条命令会重新准备。", file=sys.stderr)
        return 130
    return 0


def set_up(group: str) -> None:
    needed = requirements(group, PYPROJECT)
    finished = [name for name in GROUPS if PYTHON.exists() and stamp_file(name).exists()]
    if group in finished and requirements(group, stamp_file(group)) == needed and are_pinned(group):
        # Only other parts of pyproject.toml changed.
        stamp(group)
        return
    if finished:
        tell("依赖有变化，正在补装…")
        for name in finished:
            stamp_file(name).unlink()
    else:
        tell("第一次运行，先准备环境（一两分钟，只做这一次）…")
        make_environment()
    if needed:
        install(needed)
    for name in GROUPS[: GROUPS.index(group) + 1]:
        stamp(name)
    tell("准备好了。")


def requirements(group: str, file: Path) -> list[str]:
    """What a group needs, as a pyproject.toml lists it; `dev` holds `run` too."""
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    needed: list[str] = list(project.get("dependencies", []))
    if group == "dev":
        needed += project.get("optional-dependencies", {}).get("dev", [])
    return needed


def are_pinned(group: str) -> bool:
    """Whether what is installed for a group has the versions that are asked for now."""
    file = pins_file(group)
    return file.exists() and file.read_text(encoding="utf-8") == CONSTRAINTS.read_text(encoding="utf-8")


def make_environment() -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    tell(f"  1/2 建立虚拟环境 .venv（Python {version}）")
    try:
        venv.create(FOLDER, clear=True, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(FOLDER, ignore_errors=True)
        raise SetupFailed(
            "建不了虚拟环境：这个 Python 缺少 venv 模块。Debian、Ubuntu 请先运行 "
            "apt-get install python3-venv，再运行同一条命令。"
        ) from None
    except OSError as error:
        raise SetupFailed(f"建不了虚拟环境 {FOLDER}（{error.strerror}），请检查磁盘空间和写权限。") from None


def install(needed: list[str]) -> None:
    """Install with pip, one line overwritten a package on a terminal; pip's own words only when it fails."""
    tell(f"  2/2 安装依赖（{len(needed)} 个及它们所需的）")
    listing = FOLDER / "requirements.txt"
    listing.write_text("\n".join(needed) + "\n", encoding="utf-8")
    said: list[str] = []
    with subprocess.Popen(
        [PYTHON, *PIP, "-r", listing, "-c", CONSTRAINTS],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        close_fds=False,
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line)
            if line.startswith(("Collecting ", "Installing ")):
                show_passing(line.split()[1] if line.startswith("Collecting") else "写入 .venv")
    show_passing("")
    if pip.returncode:
        tell("".join(said[-8:]).rstrip())
        raise SetupFailed("依赖没有装成，原因见上面几行。请检查网络和 pip 的软件源设置，再运行同一条命令。")


def stamp_file(group: str) -> Path:
    return FOLDER / f"ready-{group}"


def pins_file(group: str) -> Path:
    return FOLDER / f"pins-{group}"


def stamp(group: str) -> None:
    """Mark the group's set-up as finished."""
    for source, target in ((CONSTRAINTS, pins_file(group)), (PYPROJECT, stamp_file(group))):
        copy = target.with_suffix(".new")
        shutil.copyfile(source, copy)
        os.replace(copy, target)


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Hold the project's folder. Pip inherits the lock, so that it lasts as long as any of the work."""
    handle = os.open(ROOT, os.O_RDONLY)
    os.set_inheritable(handle, True)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("另一个窗口正在准备环境，等它做完…")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def show_passing(words: str) -> None:
    """A line that the next one overwrites; nothing where no terminal would do so."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{'      ' + words if words else ''}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))

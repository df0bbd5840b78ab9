"""What `doctor` knows of a running service: its disk, its switches, its accounts, what is still to be done."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator

import pyotp
import pytest
from huiqi.curation.accounts import Accounts
from huiqi.curation.roles import COMMAND_LINE, Member
from huiqi.service import doctor
from huiqi.service.settings import Settings
from huiqi.store.database import open_database
from sqlite_utils import Database

from tests.conftest import Ran


@pytest.fixture
def told(published: Settings, huiqi: Callable[..., Ran]) -> Callable[[str], str]:
    def line(subject: str) -> str:
        found = [line for line in huiqi("doctor").out.splitlines() if f"  {subject}：" in line]
        assert len(found) == 1, found
        return found[0]

    return line


@pytest.fixture
def store(published: Settings) -> Iterator[Database]:
    database = open_database(published.database)
    yield database
    database.close()


def test_a_disk_that_is_nearly_full_is_told(
    told: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told("磁盘").startswith("正常")
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=50 * 2**20))
    assert told("磁盘").startswith("注意") and "还有 50 MB" in told("磁盘")


def test_admins_without_a_second_factor_are_named(told: Callable[[str], str], store: Database) -> None:
    assert "还没有管理员" in told("工作台的用户")
    accounts = Accounts(store)
    accounts.create("主任", "四只蓝鲸搬走了旧灯塔", "admin", COMMAND_LINE)
    assert told("工作台的用户").startswith("注意") and "管理员 主任 没有开通" in told("工作台的用户")
    member = Member("主任", "admin")
    accounts.second_factor.begin(member)
    assert told("工作台的用户").startswith("注意"), "it is not in use before it is confirmed"
    accounts.second_factor.confirm(member, pyotp.TOTP(accounts.second_factor.begun(member) or "").now())
    assert told("工作台的用户").startswith("正常") and "开通两步验证的 1 人" in told("工作台的用户")


def test_what_is_still_to_be_done_is_counted(told: Callable[[str], str], store: Database) -> None:
    with store.conn as connection:
        connection.execute("insert into miss_to_ask (miss) values (1), (1), (2)")
    assert "待重新提问 2 组" in told("还在后台的")


@pytest.mark.parametrize(("minutes", "said"), [("45", "满 45 分钟就结束"), ("0", "没有操作也不结束")])
def test_the_idle_time_is_told(
    told: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, minutes: str, said: str
) -> None:
    monkeypatch.setenv("HUIQI_IDLE_MINUTES", minutes)
    assert said in told("工作台的登录")


@pytest.mark.parametrize("patch", [0, 99])
def test_a_python_without_the_fix_is_named(
    told: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, patch: int
) -> None:
    monkeypatch.setattr(doctor, "MENDED_IN", {sys.version_info[:2]: patch})
    is_mended = patch <= sys.version_info[2]
    assert told("Python").startswith("正常" if is_mended else "注意")
    assert ("CVE-2024-7592" in told("Python")) == (not is_mended)

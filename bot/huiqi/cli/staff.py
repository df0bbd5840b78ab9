"""Who of the staff a command acts for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huiqi.cli.parser import WrongUse

if TYPE_CHECKING:
    from huiqi.curation.roles import Member
    from huiqi.curation.workbench import Workbench
    from huiqi.service.live import LiveAssistant
    from huiqi.service.settings import Settings


def workbench_on(settings: Settings, live: LiveAssistant) -> Workbench:
    from huiqi.curation.workbench import Workbench
    from huiqi.service.wiring import open_store

    return Workbench(open_store(settings), live, settings.one_person)


def member_of(workbench: Workbench, name: str | None) -> Member:
    """The account of this name; without one, whoever can run commands on the machine. Raises WrongUse."""
    from huiqi.curation.roles import COMMAND_LINE

    if name is None:
        return COMMAND_LINE
    found = workbench.accounts.member(name)
    if found is None:
        raise WrongUse(f"工作台里没有用户“{name}”；先用 huiqi user add 新建，或不写 --by")
    return found

"""Who may do what. Roles form a ladder: each may do all that the one below may."""

from __future__ import annotations

from dataclasses import dataclass

ROLES = ("viewer", "editor", "reviewer", "admin")
ROLE_NAMES = {"viewer": "查看", "editor": "编辑", "reviewer": "审核", "admin": "管理员"}


class CurationError(Exception):
    """Something staff asked for cannot be done; the message is one Chinese sentence saying what to do."""


class Forbidden(CurationError):
    """The member's role does not allow it."""


class Conflict(CurationError):
    """Someone else was faster; nothing was overwritten."""


@dataclass(frozen=True)
class Member:
    """A member of staff as far as rights go."""

    name: str
    role: str

    def may(self, role: str) -> bool:
        return ROLES.index(self.role) >= ROLES.index(role)

    def require(self, role: str) -> None:
        """Raises Forbidden unless this member has at least `role`."""
        if not self.may(role):
            raise Forbidden(
                f"您的角色是“{ROLE_NAMES[self.role]}”，这一步需要“{ROLE_NAMES[role]}”角色，请找管理员开通"
            )


COMMAND_LINE = Member("命令行", "admin")
"""Whoever can run commands on the machine can change its database anyway."""

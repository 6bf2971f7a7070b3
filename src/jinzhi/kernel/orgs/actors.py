"""Who asks: an actor carries posts (岗位) and parties, read once per request, and every question of scope is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

LEAD = "lead"
"""The role of who gives out work (组长): may assign, transfer and take back the duties of the post's organisations."""
ADMIN_ROLES = ("sysadmin", "secadmin", "auditor")
"""Administrators of system, security and audit (三员): they run the platform, and see into no business by it."""


@dataclass(frozen=True)
class Grant:
    """One post in force today: a role over an organisation subtree, for one process or (empty) all."""

    role: str
    org_path: str
    process: str = ""
    org_id: int = 0
    post_id: int = 0
    for_person: int = 0
    """The absent person whose post this is, where somebody acts by it as stand-in (代理); 0: one's own."""


@dataclass(frozen=True)
class StandIn:
    """An absence in which the actor stands in (代理): for whom, in which roles (empty: all), and the posts that person holds today."""

    person_id: int
    roles: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()
    ties: frozenset[int] = frozenset()

    def covers(self, role: str) -> bool:
        return not self.roles or role in self.roles

    def post_for(self, role: str, org_path: str, process: str) -> Grant | None:
        """The absent person's own post that allows ``role`` there."""
        return next((g for g in self.grants if g.role == role and org_path.startswith(g.org_path) and g.process in ("", process)), None)


@dataclass(frozen=True)
class Actor:
    """A person (or the platform itself) with what the posts and memberships allow."""

    person_id: int
    name: str
    grants: tuple[Grant, ...] = ()
    parties: frozenset[int] = frozenset()
    administers: frozenset[int] = frozenset()
    """Those of ``parties`` whose people and keys this actor manages (法人管理员)."""
    standing_in: tuple[StandIn, ...] = ()
    """Absent people whose assigned duties this actor may see and do today; their posts open nothing else."""

    cleared: bool = False
    """May see work secrets (工作秘密) today: given to the person, never to a stand-in by the absence."""
    ties: frozenset[int] = frozenset()
    """Parties this person is tied to today (利害关系): no act as an officer on their cases."""

    @property
    def is_system(self) -> bool:
        return self.person_id == 0

    @property
    def is_anonymous(self) -> bool:
        return self.person_id < 0

    @property
    def is_officer(self) -> bool:
        """Holds a post of business: not only a post that administers the platform."""
        return any(g.role not in ADMIN_ROLES for g in self.grants)

    @property
    def is_administrator(self) -> bool:
        return any(g.role in ADMIN_ROLES for g in self.grants)

    @cached_property
    def _by_role(self) -> dict[str, tuple[Grant, ...]]:
        roles: dict[str, list[Grant]] = {}
        for grant in self.grants:
            roles.setdefault(grant.role, []).append(grant)
        return {role: tuple(grants) for role, grants in roles.items()}

    def post_for(self, role: str, org_path: str, process: str) -> Grant | None:
        """The post that lets this actor act as ``role`` at the organisation ``org_path`` in ``process``, if any."""
        for grant in self._by_role.get(role, ()):
            if org_path.startswith(grant.org_path) and grant.process in ("", process):
                return grant
        return None

    def stands_in(self, person: int | None, role: str) -> StandIn | None:
        """The absence by which this actor may do ``person``'s assigned duties of ``role``; None where there is none."""
        return next((s for s in self.standing_in if s.person_id == person and s.covers(role)), None)

    def roles(self) -> tuple[str, ...]:
        return tuple(self._by_role)

    def has_role(self, *roles: str) -> bool:
        return any(role in self._by_role for role in roles)

    @cached_property
    def _scopes(self) -> tuple[str, ...]:
        kept: list[str] = []
        for path in sorted({g.org_path for g in self.grants if g.role not in ADMIN_ROLES}):
            if not kept or not path.startswith(kept[-1]):
                kept.append(path)
        return tuple(kept)

    def scopes(self) -> tuple[str, ...]:
        """Organisation paths whose business this actor may see into, widest only, in path order."""
        return self._scopes

    def sees(self, org_path: str) -> bool:
        return any(org_path.startswith(scope) for scope in self._scopes)


SYSTEM = Actor(person_id=0, name="system")
ANONYMOUS = Actor(person_id=-1, name="")

"""What the package of organisations and people offers to the platform: entries of navigation."""

from __future__ import annotations

from jinzhi.kernel.modules import MenuItem, Module
from jinzhi.kernel.orgs.actors import ADMIN_ROLES
from jinzhi.kernel.text import Text

_PEOPLE = Text("组织与人员", "Organisations and people")
_AUDIT = Text("审计", "Audit")
_COMPANY = Text("本单位", "Our company")

module = Module(
    code="orgs",
    title=_PEOPLE,
    menu=(
        MenuItem("sys", Text("人员与岗位", "People and posts"), "sys:people", _PEOPLE, ADMIN_ROLES),
        MenuItem("sys", Text("机构", "Organisations"), "sys:orgs", _PEOPLE, ADMIN_ROLES),
        MenuItem("sys", Text("账号记录", "Account log"), "sys:log", _AUDIT, ("auditor",)),
        MenuItem("sys", Text("权限矩阵", "Permissions"), "sys:permissions", Text("安全", "Security"), ("secadmin",)),
        MenuItem("biz", Text("人员", "People"), "members:list", _COMPANY),
        MenuItem("biz", Text("接口密钥", "API keys"), "tokens:list", _COMPANY),
    ),
)

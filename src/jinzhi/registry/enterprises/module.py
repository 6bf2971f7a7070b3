"""What the registry of enterprises offers to the platform: its entry of the officers' navigation."""

from __future__ import annotations

from jinzhi.kernel.modules import MenuItem, Module
from jinzhi.kernel.text import Text

TITLE = Text("企业档案", "Enterprises")

module = Module(
    code="enterprises",
    title=TITLE,
    menu=(MenuItem("office", TITLE, "enterprises:list", Text("查询", "Look up")),),
)

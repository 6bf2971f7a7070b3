"""The enterprise workspace's own entries of its navigation."""

from jinzhi.kernel.modules import MenuItem
from jinzhi.kernel.text import Text

_GROUP = Text("货物报检", "Declarations")

MENU = (
    MenuItem("biz", Text("工作台", "Workspace"), "biz:home", _GROUP),
    MenuItem("biz", Text("全部申报", "All declarations"), "biz:declarations", _GROUP),
)

"""Import declarations: what the module offers to the platform."""

from jinzhi.kernel.modules import Module
from jinzhi.kernel.text import Text

module = Module(code="declarations", title=Text("进出境货物报检", "Import and export declarations"))

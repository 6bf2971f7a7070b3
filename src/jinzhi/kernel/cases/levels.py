"""How a case is kept (密级): public, internal, work secret (公开、内部、工作秘密)."""

from __future__ import annotations

from jinzhi.kernel.cases.language import CLASSIFICATIONS
from jinzhi.kernel.text import Text

SECRET = 3
"""From here on a case is for cleared persons only."""
SECRET_TITLE = Text("工作秘密", "Work secret")
TITLES = {1: Text("公开", "Public"), 2: Text("内部", "Internal"), SECRET: SECRET_TITLE}
TONES = {1: "g", 2: "", SECRET: "r"}
CODES = dict(enumerate(CLASSIFICATIONS, start=1))
"""Names of the levels in the log and in forms."""

"""Roles of the case kernel itself, beside those that processes name."""

from __future__ import annotations

from jinzhi.kernel.text import Text

KEEPER = "process_keeper"
"""Whose posts may move running cases of their subtree between versions: a business post, so no administrator holds it by office."""
KEEPER_TITLE = Text("流程管理员", "Process keeper")
CONFIDENTIAL_KEEPER = "confidential_keeper"
"""Whose posts may raise and lower how cases of their subtree are kept (定密)."""
CONFIDENTIAL_TITLE = Text("保密管理员", "Confidentiality keeper")

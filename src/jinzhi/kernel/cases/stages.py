"""The stages of the work (办理阶段) in their order, as steps of a case and as what a stage's own limit is named after."""

from __future__ import annotations

from jinzhi.kernel.text import Text

STAGES: dict[str, Text] = {
    "prepare": Text("准备", "Preparation"),
    "intake": Text("受理", "Acceptance"),
    "review": Text("审查", "Review"),
    "field": Text("现场", "On site"),
    "test": Text("检测", "Testing"),
    "decide": Text("评定", "Decision"),
    "issue": Text("签发", "Certificate"),
    "perform": Text("处理", "Disposal"),
    "follow": Text("归档", "Filing"),
}

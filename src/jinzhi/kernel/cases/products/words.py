"""What the language's words are called: durations, levels, sections, keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jinzhi.kernel.cases.language import DURATION, Definition
from jinzhi.kernel.text import Text

_UNITS = {
    "wd": (Text("{n} 个工作日", "{n} working days"), Text("{n} 个工作日", "{n} working day")),
    "d": (Text("{n} 天", "{n} days"), Text("{n} 天", "{n} day")),
    "m": (Text("{n} 个月", "{n} months"), Text("{n} 个月", "{n} month")),
    "y": (Text("{n} 年", "{n} years"), Text("{n} 年", "{n} year")),
    "h": (Text("{n} 小时", "{n} hours"), Text("{n} 小时", "{n} hour")),
}
LEVELS = {
    "hq": Text("总局", "Headquarters"), "bureau": Text("直属局", "Bureau"), "branch": Text("分支局", "Branch"), "office": Text("办事处", "Office"),
    "section": Text("科室", "Section"), "institute": Text("技术机构", "Institute"), "province": Text("省局", "Province"),
    "prefecture": Text("市局", "Prefecture"), "county": Text("县局", "County"), "corps": Text("稽查队", "Corps"),
}  # fmt: skip
SECTIONS = {
    "process": Text("流程", "Process"), "params": Text("参数", "Parameter"), "role": Text("角色", "Role"), "track": Text("轨道", "Track"),
    "state": Text("状态", "State"), "action": Text("动作", "Action"), "clock": Text("时限", "Clock"), "suspension": Text("中止", "Suspension"),
    "field": Text("字段", "Field"), "document": Text("文书", "Document"), "child": Text("子案件", "Child case"), "window": Text("受理时段", "Window"),
    "quota": Text("限额", "Quota"), "migrate": Text("迁移", "Migration"),
}  # fmt: skip
KEYS = {
    "zh": Text("中文名称", "Chinese title"), "en": Text("英文名称", "English title"), "effective": Text("生效日", "effective date"),
    "basis": Text("依据", "basis"), "owners": Text("主办层级", "owners"), "subject": Text("对象", "subject"), "number": Text("编号", "number"),
    "columns": Text("列表栏", "columns"), "classification": Text("密级", "classification"), "party": Text("当事人字段", "party field"),
    "level": Text("层级", "level"), "lanes": Text("可开数", "lanes"), "each": Text("按值分开", "each"), "track": Text("轨道", "track"),
    "stage": Text("环节", "stage"), "duty": Text("办理角色", "duty"), "closed": Text("办结", "closed"), "by": Text("办理人", "who acts"),
    "from": Text("可办状态", "where offered"), "to": Text("去向", "where it leads"), "decide": Text("判定", "decider"), "needs": Text("须先", "needs"),
    "source": Text("触发", "source"), "asks": Text("填写", "form"), "guards": Text("条件", "guards"), "effects": Text("结果处理", "effects"),
    "issues": Text("出具", "documents issued"), "hand": Text("移交", "hand-over"), "assign": Text("指派", "assignment"),
    "persons": Text("签字人数", "persons"), "apart_from": Text("岗位分离", "separation"), "once": Text("限一次", "once only"),
    "opens": Text("开立子案件", "children opened"), "extends": Text("延长", "extension"), "within": Text("受理时段", "window"),
    "takes": Text("占用限额", "quota taken"), "gives_back": Text("退还限额", "quota given back"), "binds": Text("约束对象", "whose time"),
    "limit": Text("期限", "limit"), "until": Text("到期日", "until"), "since": Text("起算日", "counted from"), "earliest": Text("最早", "earliest"),
    "starts": Text("开始于", "starts"), "stops": Text("停止于", "stops"), "then": Text("到期后", "then"), "remind": Text("提醒", "reminders"),
    "while": Text("期间", "while"), "clocks": Text("停计时限", "clocks"), "notice": Text("告知文书", "notice"), "told": Text("告知时间", "time told"),
    "type": Text("类型", "type"), "list": Text("代码表", "code list"), "many": Text("可多个", "how many"), "set_by": Text("写入者", "set by"),
    "seen_by": Text("可见角色", "seen by"), "personal": Text("个人信息", "personal data"), "signed_by": Text("签署", "signed by"), "valid": Text("有效期", "valid"), "public": Text("公开", "public"),
    "process": Text("流程", "process"), "start": Text("开立动作", "start"), "brief": Text("交办内容", "brief"), "returns": Text("返回动作", "returns"),
    "spans": Text("时段", "spans"), "per": Text("周期", "per"), "key": Text("分别计数", "key"), "amount": Text("数额", "amount"), "code": Text("代码", "code"),
}  # fmt: skip
FIELD_TYPES = {
    "text": Text("文字", "Text"), "note": Text("说明", "Note"), "integer": Text("整数", "Whole number"), "decimal": Text("小数", "Number"),
    "money": Text("金额", "Amount"), "flag": Text("是否", "Yes or no"), "date": Text("日期", "Date"), "moment": Text("时间", "Date and time"),
    "span": Text("期间", "Duration"), "code": Text("代码", "Code"), "person": Text("人员", "Person"), "org": Text("机构", "Organisation"),
    "party": Text("当事人", "Party"), "case": Text("案件", "Case"), "place": Text("地点", "Place"), "file": Text("文件", "File"),
    "signature": Text("签名", "Signature"),
}  # fmt: skip


def duration(value: str) -> Text:
    """``20wd`` in words."""
    found = DURATION.match(value)
    if found is None:
        return Text(value, value)
    number = int(found[1])
    return _UNITS[found[2]][number == 1].format(n=number)


def listed(texts: Iterable[Text]) -> Text:
    texts = list(texts)
    return Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))


def title(entry: Any) -> Text:
    return Text(entry.zh, entry.en)


def role(definition: Definition, name: str) -> Text:
    return Text("系统", "the platform") if name == "system" else title(definition.role[name])


def where(definition: Definition, name: str) -> Text:
    """The place where a role acts."""
    if name == "system":
        return Text("", "")
    spec = definition.role[name]
    if spec.party:
        return Text("当事人", "the party")
    if spec.level == "owner":
        return Text("主办机构", "the owner")
    if spec.level:
        return LEVELS[spec.level]
    return Text("承办机构", "where the work lies")

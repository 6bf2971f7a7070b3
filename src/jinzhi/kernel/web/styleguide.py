"""The style guide: every component in its states, drawn by the same tags the pages use. What it shows is invented."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_GET

from jinzhi.kernel import time
from jinzhi.kernel.orgs.access import public_page
from jinzhi.kernel.text import Text as T
from jinzhi.kernel.web import parts as p
from jinzhi.kernel.web.assets import STATIC

#: number of the component in the design, tag, title, rule
ENTRIES: tuple[tuple[str, T, T], ...] = (
    ("button", T("按钮和按键", "Buttons and keys"), T("动词加宾语。一屏一个主按钮", "Verb and object. One main button a screen")),
    (
        "identity_bar",
        T("身份条", "Identity bar"),
        T("这是哪一件、什么状态、谁的、还剩多久", "Which case, its state, whose, how much time is left"),
    ),
    (
        "clock_bar",
        T("时限条", "Clock bar"),
        T("已用、停止、剩余。停止段画斜纹并写原因", "Used, stopped, left. Stops are hatched and named"),
    ),
    ("due", T("到期", "Due"), T("列表里的到期时间和已用比例", "Due time in a list and the share used")),
    ("step_strip", T("步骤条", "Step strip"), T("等宽格，当前步下边 3 线", "Equal cells, a line under the current one")),
    (
        "next_actions",
        T("下一步", "Next step"),
        T("主动作在前，危险在后，写明还差什么", "Main action first, danger last, and what is missing"),
    ),
    ("timeline", T("经过", "History"), T("新的在上。写事、时间、人", "Newest first: what, when, who")),
    (
        "data_table",
        T("数据表", "Data table"),
        T("编号是链接，数字右对齐带单位，状态在最后", "The number is the link, figures right with unit, state last"),
    ),
    (
        "filter_bar",
        T("筛选条和页签", "Filters and tabs"),
        T("条件写在网址里，返回时还在", "Conditions live in the address and survive a return"),
    ),
    ("bulk_bar", T("批量条", "Bulk bar"), T("选中才出现。结果逐件写", "Appears with a selection. Results are listed one by one")),
    ("pager", T("翻页", "Pager"), T("前后翻页，数得清才写总数", "Previous and next; a total only when it is known")),
    ("tag", T("状态标签", "Status tag"), T("色之外还有字或形", "Words or shape beside colour")),
    ("summary", T("摘要表", "Summary list"), T("空的写 —", "Empty is —")),
    ("field", T("填写项", "Field"), T("标签在上，选填才标注。错误写怎么改", "Label above, optional is marked. Errors say how to mend")),
    ("choices", T("单选和多选", "Choices"), T("成组的有组名", "A group has its legend")),
    ("error_summary", T("错误汇总", "Error summary"), T("在页首，得到焦点，与格内文字相同", "On top, focused, same words as at the field")),
    ("file_upload", T("上传", "Upload"), T("先量大小、算哈希，失败能重传", "Measured and hashed first, can be sent again")),
    ("party_picker", T("选企业", "Party picker"), T("先查，再选常用，最后才新建", "Search, then favourites, create last")),
    ("code_picker", T("选代码", "Code picker"), T("认汉字、编码和拼音首字母", "Takes words, codes and pinyin initials")),
    ("line_editor", T("明细录入", "Line editor"), T("Enter 到下一格，可从 Excel 粘贴", "Enter moves on; paste from a spreadsheet")),
    ("document_frame", T("文书框", "Document frame"), T("屏幕、PDF、打印同一张版面", "Screen, PDF and paper have one layout")),
    (
        "notice",
        T("页内提示", "Notice"),
        T("办完一步说三件事：做了什么，下一步谁，能不能撤回", "Three facts: what was done, who is next, can it be undone"),
    ),
    ("dialog", T("对话框", "Dialog"), T("只用于不能撤回的事", "Only for what cannot be undone")),
    ("empty_state", T("空状态", "Empty state"), T("写原因和下一步", "The reason and the next step")),
    ("task_list", T("任务清单", "Task list"), T("五种状态词", "Five words of state")),
    ("kpi_row", T("指标行", "Key figures"), T("每个数都是链接", "Every figure is a link")),
    ("verdict", T("核验结论", "Verdict"), T("首屏第一眼。字在前，色在后", "First glance. Words first, then colour")),
    ("opinion_chain", T("审批意见", "Opinions"), T("承办和批准不是同一人", "Proposer and approver differ")),
    ("diff_list", T("版本差别", "Differences"), T("词、删除线、下划线三重标记", "Word, strike and underline")),
)

SWATCHES = (
    "ink-9", "ink-7", "ink-6", "line-5", "line-3", "line-2", "paper", "bg", "bg-2", "brand-9", "brand-8", "brand-7", "brand-6", "brand-1", "brand-05",
    "seal-7", "seal-6", "seal-1", "ok-7", "ok-1", "warn-8", "warn-6", "warn-1", "purple-7", "teal-7",
)  # fmt: skip


def icon_names() -> list[str]:
    """Names of the symbols in the sprite, in order."""
    return re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text("utf-8"))


def token_values() -> list[tuple[str, str]]:
    """Colour tokens with their values, read from the style sheet itself."""
    found = dict(re.findall(r"--([\w-]+):(#[0-9A-Fa-f]{3,6})", (STATIC / "css" / "tokens.css").read_text("utf-8")))
    return [(name, found[name]) for name in SWATCHES]


def _lines() -> dict[str, Any]:
    columns = (
        p.LineColumn("code", T("编码", "Code"), "code", list="hs", width=9),
        p.LineColumn("name", T("名称和规格", "Name and specification")),
        p.LineColumn("packages", T("件数", "Packages"), "number", total=True, width=6),
        p.LineColumn("net_weight", T("净重（千克）", "Net weight (kg)"), "number", places=2, total=True, width=9),
        p.LineColumn("origin", T("原产国", "Origin"), "code", list="countries", width=7),
    )
    rows = (
        p.Line({"code": "0202300090", "name": T("冷冻去骨牛腱，20 千克/箱", "Frozen boneless shank, 20 kg a carton"), "packages": "420", "net_weight": "8,400.00", "origin": "BR"}),
        p.Line(
            {"code": "0202300090", "name": T("冷冻去骨牛胸，20 千克/箱", "Frozen boneless brisket, 20 kg a carton"), "packages": "300", "net_weight": "6,210.00", "origin": "BR"},
            {"net_weight": T("净重应小于毛重 6,120.00 千克", "Net weight must be less than the gross weight 6,120.00 kg")},
        ),
    )  # fmt: skip
    return {"line_columns": columns, "lines": rows}


def sample(now: dt.datetime) -> dict[str, Any]:
    """The data of the style guide: one case's story, seen at ``now``."""
    day = dt.timedelta(days=1)
    return {
        "pages": [static("web/sample-page.svg")],
        "entries": [{"tag": tag, "title": title, "rule": rule, "number": n} for n, (tag, title, rule) in enumerate(ENTRIES, 1)],
        "icons": icon_names(),
        "tokens": token_values(),
        "stops": (p.Stop(15, 13, T("产品检验", "testing")), p.Stop(17, 6, T("补充材料", "papers"))),
        "steps": (
            p.Step(T("受理", "Acceptance"), "done", T("11-18 王敏", "18 Nov Wang Min")),
            p.Step(T("审单", "Document check"), "done", T("11-18 系统", "18 Nov system")),
            p.Step(T("现场查验", "On-site inspection"), "current", T("林晓岚、周杰", "Lin Xiaolan, Zhou Jie")),
            p.Step(T("实验室检测", "Laboratory"), "stopped", T("停止计时", "Clock stopped")),
            p.Step(T("综合评定", "Evaluation"), "", T("还差 3 份报告", "3 reports missing")),
            p.Step(T("签证放行", "Release")),
        ),
        "actions": (
            p.Action(T("录入感官结果并送检", "Enter sensory result and send to lab"), "#", "p", "1"),
            p.Action(T("申请延期", "Ask for extension"), "#", "", "3"),
            p.Action(T("判定不合格", "Judge as not conforming"), "#", "d", "9", dialog="sample-dialog"),
        ),
        "blocked_actions": (
            p.Action(
                T("签发证书", "Issue the certificate"), key="1",
                blocked=T("这件案件由北仑办事处办理，可以查看，不能修改。联系经办人 林晓岚", "Handled by Beilun Office: you can read it, not change it. Contact Lin Xiaolan"),
            ),
        ),
        "history": (
            p.Entry(T("现场查验，录入 3 项", "On-site inspection, 3 items entered"), now, T("林晓岚", "Lin Xiaolan"), T("离线记录同步", "synced from offline record"), "new"),
            p.Entry(T("超期提醒已发给科长", "Overdue reminder sent to section head"), now - day, T("系统", "system"), tone="bad"),
            p.Entry(T("受理", "Accepted"), now - 5 * day, T("王敏", "Wang Min")),
        ),
        "columns": (
            p.Column(T("到期", "Due"), "#", "ascending"), p.Column(T("编号 / 事项", "Number / matter")), p.Column(T("企业", "Enterprise")),
            p.Column(T("批量", "Quantity"), number=True), p.Column(T("下一步", "Next step")), p.Column(T("状态", "State")),
        ),
        "tabs": (
            p.Tab(T("全部", "All"), "#", 37, True), p.Tab(T("待查验", "To inspect"), "#", 14), p.Tab(T("待录入结果", "Results to enter"), "#", 9), p.Tab(T("待复核", "To review"), "#", 8),
        ),
        "chips": (
            p.Chip(T("状态：待我处理", "State: mine"), "#", True), p.Chip(T("口岸：北仑", "Port: Beilun"), "#", True),
            p.Chip(T("风险等级", "Risk"), options=((T("高", "High"), "#"), (T("中", "Medium"), "#"), (T("低", "Low"), "#"))),
        ),
        "bulk_actions": (p.Action(T("批量派单", "Assign"), "#", dialog="sample-dialog"), p.Action(T("打印施检单", "Print work orders"), "#")),
        "facts": (
            p.Item(T("HS 编码", "HS code"), "0202.30.00.90", mono=True), p.Item(T("原产国（地区）", "Country of origin"), T("巴西", "Brazil")),
            p.Item(T("重量", "Net weight"), T("24,180.00 千克", "24,180.00 kg")), p.Item(T("货值", "Value"), "USD 98,412.60"),
            p.Item(T("卫生证书", "Sanitary certificate"), "BR-2011-88213", True, "#", T("已核对", "Checked"), "g"), p.Item(T("备注", "Remarks"), ""),
        ),
        "transport": (("1", T("江海运输", "Sea")), ("2", T("铁路运输", "Rail")), ("4", T("航空运输", "Air"))),
        "problems": (
            p.Problem(T("填写数量", "Enter the quantity"), "f-quantity"),
            p.Problem(T("报检日期写成 2011-11-23 这样的格式", "Write the date like 2011-11-23"), "f-date"),
        ),
        "files": (
            p.File("BR-2011-88213.pdf", 1258291, "5ad1" + "0" * 56 + "09c4", now, "#", "#"),
            p.File("packing-list.pdf", 12 * 1024 * 1024, state="wrong", error=T("这个文件是 12 MB，最大 10 MB。可以拆成两份上传", "This file is 12 MB, the limit is 10 MB. It can be split in two")),
        ),
        "tasks": (
            p.Task(T("贸易信息", "Trade"), "done", "#"), p.Task(T("商品明细", "Goods"), "doing", "#", True), p.Task(T("集装箱", "Containers"), "todo", "#"),
            p.Task(T("随附单证", "Documents"), "wrong", "#"), p.Task(T("核对并申报", "Check and submit"), "blocked"),
        ),
        "kpis": (
            p.Kpi(T("今日受理", "Accepted today"), "18,426", "#", T("批", "lots")), p.Kpi(T("检出不合格，1.69%", "Not conforming, 1.69%"), "312", "#", T("批", "lots")),
            p.Kpi(T("超期未办", "Overdue"), "47", "#", T("件", "cases"), "r"), p.Kpi(T("今日到期", "Due today"), "126", "#", T("件", "cases"), "w"),
        ),
        "opinions": (
            p.Opinion(T("承办意见", "Proposal"), T("材料齐全，检验合格，建议准予许可。", "Papers complete, tests passed; propose to grant."), T("陈启文", "Chen Qiwen"), now - 2 * day),
            p.Opinion(T("审核意见", "Review"), by=T("郑宜宁", "Zheng Yining"), current=True, note=T("12-06 前", "by 6 Dec")),
            p.Opinion(T("批准意见", "Decision"), by=T("顾远山", "Gu Yuanshan")),
        ),
        "changes": (
            p.Change(T("审查决定承诺（工作日）", "Decision promised (working days)"), "45", "40"), p.Change(T("字段", "Field"), "", T("甲醛释放限量等级", "Formaldehyde class")),
            p.Change(T("字段", "Field"), T("传真", "Fax"), ""),
        ),
        **_lines(),
    }  # fmt: skip


@public_page
@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, in the language of the reader."""
    return render(request, "web/styleguide.html", sample(time.now()))

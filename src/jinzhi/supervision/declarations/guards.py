"""What must hold before an act, by the names of the process file; a refusal names what to do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from jinzhi.kernel.cases.batch import Batch
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.codes import lists
from jinzhi.kernel.documents import blobs
from jinzhi.kernel.orgs.models import Post
from jinzhi.kernel.orgs.queries import org_by_code, org_name
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text
from jinzhi.registry.enterprises.queries import by_ids
from jinzhi.supervision.declarations import facts, memo
from jinzhi.supervision.declarations.departments import inspecting_paths
from jinzhi.supervision.declarations.effects.drawing import permit_uses
from jinzhi.supervision.declarations.goods import class_of
from jinzhi.supervision.declarations.judgement import judge_item
from jinzhi.supervision.declarations.models import Paper

Refusals = dict[Work, Refusal]


def declarant_registered(batch: Batch) -> Refusals:
    """Only an enrolled declaring unit declares, and at an organisation that exists."""
    files = memo.enterprises(batch)
    found: Refusals = {}
    for work in batch:
        enterprise = files.get(work.party or 0)
        org = org_by_code(work.data["declaration"].organisation)
        if not work.fresh and (org is None or org.path != work.owner):
            found[work] = Refusal(
                "organisation_changed",
                Text("重发时受理机构不能改。要换机构，撤单后重新报检", "The accepting organisation cannot change on a resend. Withdraw and declare anew"),
                "declaration.organisation",
            )
            continue
        if enterprise is None or not enterprise.is_declarant or enterprise.suspended_on is not None:
            found[work] = Refusal(
                "declarant_not_registered",
                Text("本单位没有有效的报检单位备案。先到备案机构办理备案", "This unit is not enrolled to declare. Enrol first"),
                "declaration",
            )
        elif org is None or org.level not in ("bureau", "branch", "office"):
            found[work] = Refusal(
                "organisation_unknown",
                Text("没有编号为 {c} 的受理机构。从列表中选择", "There is no accepting organisation {c}. Select one of the list").format(
                    c=work.data["declaration"].organisation
                ),
                "declaration.organisation",
            )
    return found


def permits_cover_goods(batch: Batch) -> Refusals:
    """Accepted by hand only while the permits named still cover the goods."""
    sent = memo.declarations(batch)
    known = facts.permits(list(sent.values()), lock=True)
    found: Refusals = {}
    taken: dict[tuple[str, str], Decimal] = {}
    for work, declaration in sent.items():
        for kind, number, line, quantity in permit_uses(declaration):
            permit = known.get((kind, number))
            if permit is None or permit.balance is None:
                continue
            left = permit.balance - taken.get((kind, number), Decimal(0))
            if quantity > left:
                found[work] = Refusal(
                    "permit_balance",
                    Text("许可证 {n} 余量 {l}，第 {i} 行需要 {q}", "Permit {n} has {l} left; line {i} needs {q}").format(
                        n=number, l=left, i=line, q=quantity
                    ),
                    f"lines.{line - 1}.permits",
                )
            else:
                taken[(kind, number)] = taken.get((kind, number), Decimal(0)) + quantity
    return found


def papers_uploaded(batch: Batch) -> Refusals:
    """Files are named by who uploaded them: attached papers by the declaring unit, photographs by an inspector who signs the record.

    What the case holds already from an earlier version, or from the first signature of the same record, stands.
    """
    named = {w: files for w in batch if (files := _files_of(w.data))}
    refused = blobs.may_refer(batch.actor, {digest for files in named.values() for _, digest in files})
    if not refused:
        return {}
    held = {*Paper.objects.filter(case_id__in=[w.id for w in named if not w.fresh], sha256__in=refused).values_list("case_id", "sha256")}
    found: Refusals = {}
    for work, files in named.items():
        pending = work.lane.pending
        signed = {digest for _, digest in _files_of(pending["data"])} if pending and pending["action"] == batch.action.name else set()
        for path, digest in files:
            if digest in refused and digest not in signed and (work.id, digest) not in held:
                found[work] = Refusal(
                    "file_not_yours",
                    Text("这个文件不是本单位（本人）上传的，重新上传后再用", "This file was not uploaded by you or your company: upload it, then use it"),
                    path,
                )
                break
    return found


def _files_of(data: dict[str, Any]) -> list[tuple[str, str]]:
    """(path, digest) of the files named in a declaration or a field record, whether read already or as kept with a signature."""
    found: list[tuple[str, str]] = []
    for name, shelf, own in (("declaration", "attachments", "sha256"), ("field_record", "photos", "")):
        record = data.get(name)
        values = (record.get(shelf) if isinstance(record, dict) else getattr(record, shelf, None)) or ()
        for place, value in enumerate(values):
            digest = value if not own else value.get(own) if isinstance(value, dict) else getattr(value, own)
            if digest:
                found.append((f"{name}.{shelf}.{place}" + (f".{own}" if own else ""), digest))
    return found


def departments_can_inspect(batch: Batch) -> Refusals:
    """Dispatch goes to departments of the owner that have inspectors, never to the certification desk (检务科), which has none."""
    found: Refusals = {}
    inspecting = inspecting_paths(batch.day)
    for work in batch:
        for code in [*work.data["departments"], work.data["lead_department"]]:
            org = org_by_code(str(code))
            if org is None or not org.path.startswith(work.owner):
                found[work] = Refusal(
                    "department_unknown", Text("{c} 不是本机构的部门", "{c} is no department of this organisation").format(c=code), "departments"
                )
            elif not any(path.startswith(org.path) for path in inspecting):
                found[work] = Refusal(
                    "cannot_inspect",
                    Text("{n}没有施检员，不能施检。选择施检部门", "{n} has no inspectors and cannot inspect. Choose an inspecting department").format(n=org_name(org)),
                    "departments",
                )
        if work not in found and work.data["lead_department"] not in work.data["departments"]:
            found[work] = Refusal("lead_not_among", Text("主施检部门应在所派部门之中", "The lead department must be one of those named"), "lead_department")
    return found


def inspectors_of_department(batch: Batch) -> Refusals:
    """Those appointed are inspectors of the department that holds the lane, at least two of them."""
    people = {p for w in batch for p in w.data["inspectors"]}
    posts = Post.objects.filter(person_id__in=people, role="inspector", person__is_active=True).select_related("org")
    paths: dict[int, list[str]] = {}
    for post in posts:
        if post.valid_from <= batch.day and (post.valid_to is None or post.valid_to >= batch.day):
            paths.setdefault(post.person_id, []).append(post.org.path)
    found: Refusals = {}
    for work in batch:
        named = work.data["inspectors"]
        if len(set(named)) < 2:
            found[work] = Refusal(
                "two_inspectors", Text("至少指派两名不同的施检员", "Appoint at least two different inspectors"), "inspectors"
            )
        for person in named:
            if not any(work.lane.holder.startswith(path) for path in paths.get(person, ())):
                name = memo.names([person]).get(person, Text(str(person), str(person)))
                found[work] = Refusal(
                    "not_an_inspector",
                    Text("{n} 不是本部门的施检员", "{n} is no inspector of this department").format(n=name),
                    "inspectors",
                )
    return found


def _results_fit(batch: Batch, kind: str, field: str) -> Refusals:
    found: Refusals = {}
    items = memo.items(batch)
    for work in batch:
        known = {i.no: i for i in items[work] if i.kind == kind}
        for index, one in enumerate(work.data[field].items):
            path = f"{field}.items.{index}.result"
            item = known.get(one.no)
            if item is None:
                found[work] = Refusal(
                    "item_unknown", Text("没有第 {n} 项{k}项目", "There is no {k} item {n}").format(n=one.no, k=_KIND[kind]), path
                )
                break
            verdict = judge_item(one.result, low=item.low, high=item.high, unit=item.unit, limit_text=item.limit_text, fit=one.fit)
            if verdict.fit is None:
                found[work] = Refusal(
                    "judge_item",
                    Text(
                        "「{i}」的结果不能按限量自动判定，选择符合或不符合", "“{i}” cannot be judged from its limit; choose fit or unfit"
                    ).format(i=Text(item.name_zh, item.name_en)),
                    path,
                )
                break
    return found


_KIND = {"field": Text("查验", "field"), "lab": Text("检测", "laboratory")}


def field_record_fits(batch: Batch) -> Refusals:
    """A field record lies in the past and gives results only for items to be looked at."""
    found = _results_fit(batch, "field", "field_record")
    for work in batch:
        if work.data["field_record"].examined_at.timestamp() > batch.at.timestamp() + 300:
            found[work] = Refusal(
                "in_future", Text("查验时间不能晚于现在", "The inspection cannot lie in the future"), "field_record.examined_at"
            )
    return found


def results_fit(batch: Batch) -> Refusals:
    """Laboratory results answer items to be tested."""
    return _results_fit(batch, "lab", "lab_results")


def items_to_test(batch: Batch) -> Refusals:
    """Samples are sent while there is something left to test."""
    items = memo.items(batch)
    return {
        w: Refusal("nothing_to_test", Text("没有待检测的项目，可以直接出具结论", "There is nothing left to test; the verdict can be given"))
        for w in batch
        if not any(i.kind == "lab" and i.fit is None for i in items[w])
    }


def items_all_tested(batch: Batch) -> Refusals:
    """A verdict follows from results: every item answered, and fit only if all are."""
    items = memo.items(batch)
    records = memo.field_records(batch)
    found: Refusals = {}
    for work in batch:
        if not any(r.lane == work.lane.no for r in records[work]):
            found[work] = Refusal("no_field_record", Text("先录入现场查验记录", "Record the field inspection first"))
            continue
        mine = [i for i in items[work] if i.lane in (0, work.lane.no)]
        others_open = len(work.lanes_of("inspection")) > 1
        missing = [i for i in mine if i.fit is None and not (others_open and i.lane == 0)]
        if missing:
            names = Text("、".join(i.name_zh for i in missing), ", ".join(i.name_en for i in missing))
            found[work] = Refusal(
                "items_missing", Text("还没有结果：{n}", "Without a result: {n}").format(n=names), "lane_verdict", {"items": len(missing)}
            )
            continue
        failed = [i for i in mine if i.fit is False]
        verdict = work.data["lane_verdict"]
        treated = "treatment" in work.lane.facts
        if failed and verdict == "qualified":
            names = Text("、".join(i.name_zh for i in failed), ", ".join(i.name_en for i in failed))
            found[work] = Refusal(
                "unfit_items",
                Text("有不符合项目（{n}），不能评为合格", "Items are unfit ({n}): the verdict cannot be qualified").format(n=names),
                "lane_verdict",
            )
        elif verdict == "qualified_after_treatment" and not treated:
            found[work] = Refusal(
                "not_treated", Text("没有检疫处理记录，不能评为经处理合格", "There is no record of a treatment"), "lane_verdict"
            )
        elif verdict == "unqualified" and not failed and not work.data.get("findings") and all(r.goods_match for r in records[work]):
            found[work] = Refusal("no_finding", Text("评为不合格时，写明不合格项目或发现", "Say what was found unfit"), "findings")
    return found


def verdict_agrees_with_lanes(batch: Batch) -> Refusals:
    """The record passes only when every department passes."""
    found: Refusals = {}
    for work in batch:
        lanes = {lane.facts.get("lane_verdict") for lane in work.lanes_of("inspection")}
        verdict = work.data["verdict"]
        reworked = work.facts.get("disposal_kind") == "treat"
        if "unqualified" in lanes and verdict == "qualified":
            found[work] = Refusal(
                "lanes_unfit", Text("有部门结论为不合格，不能评为合格", "A department found the goods unqualified"), "verdict"
            )
        elif "unqualified" in lanes and verdict == "qualified_after_treatment" and not reworked:
            found[work] = Refusal("lanes_unfit", Text("不合格货物须先经技术处理", "Unqualified goods must be treated first"), "verdict")
        elif verdict == "unqualified" and lanes and "unqualified" not in lanes:
            found[work] = Refusal(
                "lanes_fit",
                Text("各部门结论均为合格。不合格须先退回部门重新施检", "All departments passed the goods; send it back to them first"),
                "verdict",
            )
    return found


def treatment_unit_licensed(batch: Batch) -> Refusals:
    """Treatment is ordered from licensed units only (检疫处理单位)."""
    files = by_ids({w.data["treatment_unit"] for w in batch})
    return {
        w: Refusal("unit_not_licensed", Text("这家单位没有检疫处理资格", "This unit is not licensed for treatments"), "treatment_unit")
        for w in batch
        if (e := files.get(w.data["treatment_unit"])) is None or not e.is_treatment_unit
    }


def payment_covers_fee(batch: Batch) -> Refusals:
    """What is paid is what is due, to the fen."""
    found: Refusals = {}
    for work in batch:
        due = Decimal(work.facts.get("fee_total") or 0)
        if work.data["payment"].amount != due:
            found[work] = Refusal(
                "amount_differs",
                Text("应缴 {d} 元，填写的是 {p} 元", "{d} yuan are due, not {p}").format(d=due, p=work.data["payment"].amount),
                "payment.amount",
            )
    return found


def no_ban_in_force(batch: Batch) -> Refusals:
    """Nothing is released that an alert has banned since it was accepted (风险警示通报)."""
    bans = [alert for alert in facts.alerts(batch.day) if alert.level == "ban"]
    found: Refusals = {}
    for work, declaration in memo.declarations(batch).items() if bans else ():
        for no, line in enumerate(declaration.lines, start=1):
            goods = class_of(line.hs_code, lists.get("hs", line.hs_code, batch.day))
            hit = next((alert for alert in bans if alert.hits(line, goods, batch.day)), None)
            if hit is not None:
                found[work] = Refusal(
                    "banned", Text("第 {i} 行货物已被禁止入境：{t}（{n}）", "Line {i} is banned: {t} ({n})").format(i=no, t=hit.title, n=hit.number), f"lines.{no - 1}"
                )
                break
    return found


def no_withdrawal_open(batch: Batch) -> Refusals:
    """One request to withdraw at a time."""
    return {
        w: Refusal("withdrawal_open", Text("撤单申请正在审批，等审批结果", "A request to withdraw is being decided; wait for the answer"))
        for w in batch
        if any(lane.state == "withdrawal_asked" for lane in w.lanes_of("withdrawal"))
    }


def not_dodging_a_check(batch: Batch) -> Refusals:
    """No withdrawal to escape a check: once a field record or sample exists, the case goes on (审计: 撤单逃避核查)."""
    records, samples = memo.field_records(batch), memo.samples(batch)
    return {
        w: Refusal("check_begun", Text("已经现场查验或取样，不准撤单", "The goods have been examined or sampled: no withdrawal"))
        for w in batch
        if records[w] or samples[w]
    }


GUARDS: dict[str, Callable[[Batch], Refusals]] = {
    f.__name__: f
    for f in (
        declarant_registered, papers_uploaded, permits_cover_goods, departments_can_inspect, inspectors_of_department, field_record_fits, results_fit, items_to_test,
        items_all_tested, verdict_agrees_with_lanes, treatment_unit_licensed, payment_covers_fee, no_ban_in_force,
        no_withdrawal_open, not_dodging_a_check,
    )
}  # fmt: skip

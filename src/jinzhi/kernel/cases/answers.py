"""What the engine says when it refuses, in the user's words, and how answers are remembered for a repeated request."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.cases.standing import Lane, Work
from jinzhi.kernel.orgs.queries import person_names
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text


def absent() -> Refusal:
    return Refusal("absent", Text("没有找到这件案件。检查编号，或从列表进入", "No such case. Check the number, or open it from the list"))


def twice() -> Refusal:
    return Refusal("twice", Text("同一件案件在这一批里出现了两次，只办理第一次", "The case stands twice in this batch; only the first is done"))


def busy() -> Refusal:
    return Refusal("busy", Text("这件案件正由他人办理，稍后再试一次", "The case is being handled by somebody else; try again in a moment"))


def no_such_action(name: str) -> Refusal:
    return Refusal("no_such_action", Text("没有名为 {n} 的办理动作", "There is no action called {n}").format(n=name), data={"action": name})


def stale(work: Work, seen: int) -> Refusal:
    return Refusal(
        "stale",
        Text(
            "这件案件在您打开之后已有变化，现在是「{s}」。刷新后再办理，您填写的内容仍在本页",
            "The case has changed since you opened it; it is now “{s}”. Reload and try again; what you typed is still on this page",
        ).format(s=work.process.state_title(work.state)),
        data={"version": work.version, "seen": seen},
    )


def wrong_state(work: Work, action: Action, lane: Lane | None) -> Refusal:
    state = work.process.state_title(lane.state if lane else work.state)
    return Refusal(
        "wrong_state",
        Text("现在是「{s}」，不能{a}", "The case is “{s}” now: “{a}” cannot be done").format(s=state, a=action.title),
        data={"state": lane.state if lane else work.state, "action": action.name},
    )


def not_your_role(work: Work, action: Action) -> Refusal:
    roles = [work.process.role_title(name) for name in action.by]
    return Refusal(
        "not_your_role",
        Text("「{a}」由{r}办理。需要时请联系本机构管理员", "“{a}” is for: {r}. Ask your administrator if this should be you").format(
            a=action.title, r=Text("、".join(r.zh for r in roles), ", ".join(r.en for r in roles))
        ),
        data={"roles": list(action.by)},
    )


def claimed(person: int | None) -> Refusal:
    name = person_names([person]).get(person) if person else None
    return Refusal(
        "claimed",
        Text("这件待办已由 {n} 领取", "This duty was claimed by {n}").format(n=name or Text("他人", "somebody else")),
        data={"person": person},
    )


def separate_duties(work: Work, action: Action, other: str) -> Refusal:
    done = work.process.actions[other].title
    return Refusal(
        "separate_duties",
        Text("您已办理本案的「{o}」，不能再办理「{a}」：岗位须分设", "You did “{o}” on this case and may not do “{a}”: the posts are separate").format(
            o=done, a=action.title
        ),
        data={"done": other, "action": action.name},
    )


def separate_from_parent(done: str, action: Action) -> Refusal:
    return Refusal(
        "separate_duties",
        Text("您在上级案件中办理过「{o}」，不能再办理「{a}」：岗位须分设", "You did “{o}” on the parent case and may not do “{a}”: the posts are separate").format(o=done, a=action.title),
        data={"done": done, "action": action.name},
    )


def conflict_of_interest() -> Refusal:
    message = Text(
        "您登记有与本案当事人的利害关系，应当回避：把待办转交或退回，由他人办理",
        "You are registered as tied to a party of this case and have to keep out of it: hand the duty over, or give it back",
    )
    return Refusal("conflict_of_interest", message)


def withdrawn() -> Refusal:
    message = Text("您已回避本案：把待办转交或退回，由他人办理", "You have withdrawn from this case: hand the duty over, or give it back")
    return Refusal("conflict_of_interest", message)


def wrong_owner(work: Work, owner: Text) -> Refusal:
    message = Text("{o}不办理「{p}」，选择有权办理的机构", "{o} does not handle “{p}”; choose an organisation that does").format(o=owner, p=work.process.title)
    return Refusal("wrong_owner", message, data={"levels": list(work.process.definition.process.owners)})


def no_amount(field: str, title: Text) -> Refusal:
    return Refusal("no_amount", Text("申请的{t}应大于 0", "{t}: ask for more than 0").format(t=title), field)


def quota_used_up(title: Text, key: str, period: str, left: Any, wanted: Any) -> Refusal:
    place = " ".join(part for part in (key, period) if part)
    if left is None:
        message = Text("{t}（{p}）没有下达额度", "No {t} allotted ({p})").format(t=title, p=place)
    else:
        message = Text("{t}（{p}）剩余 {n}，不足 {w}", "{t} ({p}): {n} left, not {w}").format(t=title, p=place, n=left, w=wanted)
    return Refusal("quota_used_up", message, data={"left": str(left) if left is not None else None, "wanted": str(wanted), "key": key, "period": period})


def only_once(action: Action) -> Refusal:
    return Refusal("only_once", Text("「{a}」只能办理一次", "“{a}” can be done only once").format(a=action.title))


def needs(work: Work, action: Action, unmet: dict[str, list[Lane]]) -> Refusal:
    waiting = [work.process.state_title(lane.state) for lanes in unmet.values() for lane in lanes]
    if not waiting:
        waiting = [
            Text(work.process.definition.track[t].zh, work.process.definition.track[t].en) if t in work.process.definition.track else Text(t, t) for t in unmet
        ]
    return Refusal(
        "needs",
        Text("「{a}」之前还需完成：{w}", "Before “{a}”: {w}").format(
            a=action.title, w=Text("、".join(dict.fromkeys(w.zh for w in waiting)), ", ".join(dict.fromkeys(w.en for w in waiting)))
        ),
        data={"tracks": list(unmet)},
    )


def outside_window(action: Action, title: Text, coming: tuple[dt.date, dt.date] | None) -> Refusal:
    if coming is None:
        message = Text("「{a}」的{t}已全部结束", "“{a}”: every {t} is over").format(a=action.title, t=title)
        return Refusal("outside_window", message, data={"window": action.within})
    first, last = coming
    return Refusal(
        "outside_window",
        Text("现在不在{t}内，下一次为 {f} 至 {l}", "Outside the {t}; the next one is {f} to {l}").format(t=title, f=first.isoformat(), l=last.isoformat()),
        data={"window": action.within, "from": first.isoformat(), "to": last.isoformat()},
    )


def too_early(action: Action, title: Text, day: dt.datetime) -> Refusal:
    return Refusal(
        "too_early",
        Text("「{t}」未满，{d} 之后才能{a}", "“{t}” is not over: “{a}” can be done after {d}").format(t=title, a=action.title, d=day.strftime("%Y-%m-%d %H:%M")),
        data={"after": day.isoformat(), "action": action.name},
    )


def forwarded_enough(action: Action, most: int) -> Refusal:
    return Refusal("forwarded_enough", Text("「{a}」最多 {n} 次，已用完", "“{a}” may be done {n} times; they are used up").format(a=action.title, n=most), data={"most": most})


def nowhere_to_hand(action: Action) -> Refusal:
    return Refusal("nowhere_to_hand", Text("「{a}」没有可以移交的机构", "“{a}”: there is no organisation to hand it to").format(a=action.title), data={"action": action.name})


def no_clock_to_extend(action: Action, title: Text) -> Refusal:
    return Refusal("no_clock", Text("「{t}」没有在计时，不能{a}", "“{t}” is not running: “{a}” cannot be done").format(t=title, a=action.title), data={"clock": action.extends})


def not_longer(field: str, title: Text, due: dt.datetime) -> Refusal:
    return Refusal("not_longer", Text("新的期限应晚于「{t}」现在的期限 {d}", "The new date must be later than the present limit of “{t}”, {d}").format(t=title, d=due.date().isoformat()), field)


def signed_already(action: Action, count: int) -> Refusal:
    return Refusal(
        "signed_already",
        Text("您已签名。「{a}」还需另一人签名（已有 {n} 人）", "You have signed. “{a}” needs another person’s signature ({n} so far)").format(a=action.title, n=count),
    )


def content_differs(person: int) -> Refusal:
    name = person_names([person]).get(person, Text("前一人", "the first signer"))
    return Refusal(
        "content_differs",
        Text("内容与 {n} 签名时的不同。核对后按原内容签名，或请其重新填写", "The content differs from what {n} signed. Sign the same content, or ask for a new record").format(
            n=name
        ),
    )


def not_your_file(work: Work, path: str) -> Refusal:
    spec = work.process.fields[path.partition(".")[0]]
    return Refusal(
        "file_not_yours",
        Text("{t}里的文件不是本单位（本人）上传的，重新上传后再用", "{t}: this file was not uploaded by you or your company; upload it, then use it").format(
            t=Text(spec.zh, spec.en)
        ),
        path,
    )


def results_json(results: list[Any]) -> str:
    return msgspec.json.encode([
        [r.case, r.status, r.number, r.state, r.version, [[x.code, x.message.zh, x.message.en, x.field, x.data] for x in r.refusals]] for r in results
    ]).decode()


def results_from(answer: Any, make: Any) -> list[Any]:
    rows = answer if isinstance(answer, list) else msgspec.json.decode(answer)
    return [
        make(case, status, [Refusal(code, Text(zh, en), field, data) for code, zh, en, field, data in refusals], number, state, version)
        for case, status, number, state, version, refusals in rows
    ]

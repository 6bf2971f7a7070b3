"""What is said when a duty cannot be claimed, given or taken back."""

from __future__ import annotations

from jinzhi.kernel.cases.people.duties import Held
from jinzhi.kernel.cases.process import Action
from jinzhi.kernel.orgs.queries import org_by_path, org_name
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text


def absent() -> Refusal:
    return Refusal("absent", Text("没有找到这件待办。刷新列表后再试", "No such duty. Reload the list and try again"))


def busy() -> Refusal:
    return Refusal("busy", Text("这件案件正由他人办理，稍后再试一次", "The case is being handled by somebody else; try again in a moment"))


def over() -> Refusal:
    return Refusal("over", Text("这件待办已经办理完毕", "This duty is done already"))


def of_party() -> Refusal:
    return Refusal("of_party", Text("这件待办由当事人办理，不能领取或指派", "This duty is the party’s: it cannot be claimed or given to an officer"))


def claimed(person: int) -> Refusal:
    return Refusal("claimed", Text("这件待办已由 {who} 领取", "This duty was claimed by {who}"), data={"person": person})


def not_yours(person: int | None) -> Refusal:
    if person is None:
        return Refusal("free", Text("这件待办还没有人领取", "Nobody has claimed this duty"))
    return Refusal("not_yours", Text("这件待办由 {who} 承办，只有本人或组长能转交、退回", "{who} holds this duty: only that person or a lead can pass it on"), data={"person": person})


def no_post(duty: Held) -> Refusal:
    role = duty.process.role_title(duty.role)
    return Refusal(
        "no_post", Text("{r}才能领取这件待办", "This duty is for: {r}").format(r=Text(f"{role.zh}（{_org(duty).zh}）", f"{role.en}, {_org(duty).en}")), data={"role": duty.role}
    )


def no_post_of(person: int, duty: Held) -> Refusal:
    text = Text("{{who}} 在{o}没有「{r}」岗位，不能承办", "{{who}} holds no post as {r} at {o}").format(o=_org(duty), r=duty.process.role_title(duty.role))
    return Refusal("no_post_of", text, "person", {"person": person, "role": duty.role})


def not_cleared(person: int) -> Refusal:
    return Refusal("not_cleared", Text("{who} 没有工作秘密知悉权限，不能承办", "{who} is not cleared for work secrets"), "person", {"person": person})


def not_lead(duty: Held) -> Refusal:
    text = Text("由{o}的组长指派或收回", "Work is given out and taken back by the lead of {o}").format(o=_org(duty))
    return Refusal("not_lead", text, data={"org": duty.org})


def personal() -> Refusal:
    return Refusal(
        "personal", Text("这件待办由流程指定到人，不能退回本组；可以转交给同岗位的人", "The process gave this duty to one person: it cannot go back to a group, but can be transferred")
    )


def colleague_has_it(person: int) -> Refusal:
    return Refusal("has_it", Text("{who} 已是这件案件的承办人之一", "{who} is on this duty of the case already"), "person", {"person": person})


def apart(person: int, duty: Held, action: Action, other: str) -> Refusal:
    text = Text("{{who}} 已办理本案的「{o}」，不能再办理「{a}」：岗位须分设", "{{who}} did “{o}” on this case and may not do “{a}”: the posts are separate")
    return Refusal(
        "separate_duties", text.format(o=duty.process.actions[other].title, a=action.title), data={"person": person, "done": other, "action": action.name}
    )


def apart_parent(person: int, done: Text) -> Refusal:
    text = Text("{{who}} 已在上级案件办理「{o}」，不能办理本案：岗位须分设", "{{who}} did “{o}” on the case above and may not act on this one: the posts are separate")
    return Refusal("separate_duties", text.format(o=done), data={"person": person})


def recused(person: int) -> Refusal:
    return Refusal("conflict_of_interest", Text("{who} 须回避本案，请另选他人", "{who} has to keep out of this case; choose somebody else"), data={"person": person})


def recused_already(person: int) -> Refusal:
    return Refusal("recused_already", Text("{who} 已回避本案", "{who} has withdrawn from this case already"), data={"person": person})


def not_to_recuse() -> Refusal:
    return Refusal("not_lead", Text("由本人或其组长提出回避", "The officer or the officer’s lead makes the withdrawal"), "person")


def reason_missing() -> Refusal:
    return Refusal("reason_missing", Text("填写回避的理由", "Say why: enter the reason of the withdrawal"), "reason")


def signed(person: int, duty: Held) -> Refusal:
    return Refusal("signed_already", Text("{who} 已在本案签名，须由另一人签名", "{who} has signed; another person has to"), data={"person": person})


def nobody(duty: Held) -> Refusal:
    return Refusal("nobody", Text("没有能承办的接收人：按岗位或分设要求都不合适", "None of the successors may hold it, by post or by separation"), data={"role": duty.role})


def named(refusals: list[Refusal], names: dict[int, Text]) -> list[Refusal]:
    """The same with the names of the people they speak of."""
    unknown = Text("他人", "somebody else")
    return [Refusal(r.code, r.message.format(who=names.get(r.data.get("person", 0), unknown)), r.field, r.data) if "person" in r.data else r for r in refusals]


def _org(duty: Held) -> Text:
    return org_name(org_by_path(duty.place), short=True)

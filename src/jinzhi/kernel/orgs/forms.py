"""Forms of the pages of this package: every sentence in both languages, refusals of commands shown at their fields."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import lazy

from jinzhi.kernel.orgs import queries, roles, ties
from jinzhi.kernel.orgs.models import Org
from jinzhi.kernel.orgs.passwords import POLICY
from jinzhi.kernel.refusals import Refused
from jinzhi.kernel.text import Text
from jinzhi.kernel.time import today


def said(text: Text) -> Any:
    """A text as Django's own lazy string: all that Django does to labels and messages works, and the reader's language decides."""
    return lazy(str, str)(text)


def words(zh: str, en: str) -> Any:
    """The same from the two languages."""
    return said(Text(zh, en))


def errors(missing: Any, **others: Any) -> dict[str, Any]:
    """``error_messages`` of a field: what to say when it is empty, and other codes."""
    return {"required": missing, "invalid": missing, "invalid_choice": missing, **others}


class RefusableForm(forms.Form):
    """A form that can show what a command refused."""

    def refuse(self, refused: Refused) -> None:
        for one in refused.refusals:
            field = one.field if one.field in self.fields else None
            self.add_error(field, ValidationError(said(one.message), code=one.code))


def render_form(request: HttpRequest, template: str, form: forms.Form, status: int = 0, **context: Any) -> HttpResponse:
    """The page of a form: 422 with 需要修改 in its title when there is something to change, so that htmx and people both see it."""
    wrong = form.is_bound and bool(form.errors)
    return render(request, template, {"form": form, "page_errors": wrong, **context}, status=status or (422 if wrong else 200))


class DayField(forms.CharField):
    """A day written as 2011-11-23, 20111123 or 今天 (``today``), full-width digits forgiven; gives a ``date`` or ``None``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"data-date": "", "autocomplete": "off"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().translate(str.maketrans("０１２３４５６７８９－／．", "0123456789-/."))
        if not text:
            return None
        if text.casefold() in ("今天", "today"):
            return today()
        digits = re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?", text)
        try:
            if digits:
                return dt.date(*(int(part) for part in digits.groups()))
        except ValueError:
            pass
        message = words(f"{self.label!s}写成 2011-11-23 这样的格式", "Enter the day like 2011-11-23")
        raise ValidationError(message)

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"])

    def run_validators(self, value: Any) -> None:
        return


class OrgField(forms.CharField):
    """An organisation by its code or by (part of) its name; gives an :class:`Org`. Several that fit are named in the error."""

    def __init__(self, **kwargs: Any) -> None:
        # the id under which the code picker draws it, so that the error summary leads there
        super().__init__(widget=forms.TextInput(attrs={"id": "f-org"}), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        code = text.split(" ", 1)[0]
        exact = queries.org_by_code(code)
        if exact is not None:
            return exact
        found = queries.search_orgs(text, limit=6)
        named = [o for o in found if text in (o.name_zh, o.short_zh, o.name_en)]
        if len(found) == 1 or len(named) == 1:
            return (named or found)[0]
        raise ValidationError(_org_error(text, found))

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"])

    def run_validators(self, value: Any) -> None:
        return

    def prepare_value(self, value: Any) -> Any:
        return f"{value.code} {queries.org_name(value)}" if isinstance(value, Org) else value


def _org_error(text: str, found: list[Org]) -> Any:
    if not found:
        return words(f"没有找到机构 {text}，按机构代码或名称填写", f"No organisation fits {text}: enter its code or name")
    zh = "、".join(f"{o.code} {o.name_zh}" for o in found[:5])
    en = ", ".join(f"{o.code} {o.name_en}" for o in found[:5])
    more = len(found) > 5
    return words(
        f"有几个机构符合：{zh}{' 等' if more else ''}。填写机构代码", f"Several fit: {en}{' and more' if more else ''}. Enter the code"
    )


class SetupForm(RefusableForm):
    code = forms.CharField(
        label=words("首次开通代码", "Set-up code"),
        help_text=words(
            "启动时显示在服务器控制台，16 个字符，24 小时内有效", "Shown on the server's console at start: 16 characters, good for 24 hours"
        ),
        error_messages=errors(words("填写控制台显示的代码", "Enter the code shown on the console")),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    username = forms.CharField(
        label=words("用户名", "User name"),
        help_text=words("小写字母和数字，3 ～ 60 个字符", "Small letters and digits, 3 to 60 characters"),
        error_messages=errors(words("填写用户名", "Enter a user name")),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    name_zh = forms.CharField(
        label=words("姓名", "Name"),
        error_messages=errors(words("填写姓名", "Enter your name")),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=words("密码", "Password"),
        help_text=said(POLICY),
        strip=False,
        error_messages=errors(words("填写密码", "Enter a password")),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PersonForm(RefusableForm):
    username = forms.CharField(
        label=words("用户名", "User name"),
        help_text=words("小写字母和数字，登录用，以后不改", "Small letters and digits; used to sign in, and not changed later"),
        error_messages=errors(words("填写用户名", "Enter a user name")),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name_zh = forms.CharField(
        label=words("姓名", "Name"),
        error_messages=errors(words("填写姓名", "Enter the name")),
    )
    name_en = forms.CharField(
        label=words("英文姓名", "Name in English"),
        required=False,
        help_text=words("用在英文证书和英文页面上", "Shown on English certificates and pages"),
    )
    email = forms.CharField(label=words("邮箱", "E-mail"), required=False, max_length=254)


_ACTS_AS = [
    ("representative", words("经办人员：申报、缴费、联系", "Representative: declares, pays, arranges")),
    ("admin", words("法人管理员：另管人员和接口密钥", "Administrator: also manages people and API keys")),
]


class MemberForm(PersonForm):
    """A person for whom a party's administrator opens an account."""

    role = forms.ChoiceField(
        label=words("身份", "As"), choices=_ACTS_AS, initial="representative", error_messages=errors(words("选择身份", "Choose what the person will be"))
    )


class JoinForm(RefusableForm):
    """A person with an account of their own, taken in."""

    username = forms.CharField(
        label=words("用户名", "User name"),
        help_text=words("由本人提供，例如代理公司的经办人员", "Given by the person, such as a representative of an agency"),
        error_messages=errors(words("填写用户名", "Enter a user name")),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    name_zh = forms.CharField(
        label=words("姓名", "Name"),
        help_text=words("与账号上的姓名一致", "As it stands on the account"),
        error_messages=errors(words("填写姓名", "Enter the name")),
    )
    role = forms.ChoiceField(
        label=words("身份", "As"), choices=_ACTS_AS, initial="representative", error_messages=errors(words("选择身份", "Choose what the person will be"))
    )


class PostForm(RefusableForm):
    role = forms.ChoiceField(
        label=words("角色", "Role"),
        error_messages=errors(words("选择角色", "Choose a role")),
    )
    org = OrgField(
        label=words("机构", "Organisation"),
        help_text=words("机构代码或名称；岗位包括它的全部下级机构", "Code or name; the post reaches all organisations below it"),
        error_messages=errors(words("填写机构代码或名称", "Enter the organisation's code or name")),
    )
    process = forms.ChoiceField(
        label=words("业务", "Business"),
        required=False,
        error_messages=errors(words("选择一项业务，或全部业务", "Choose one business, or all")),
    )
    valid_from = DayField(
        label=words("第一天", "First day"),
        error_messages=errors(words("填写第一天，例如 2011-11-23", "Enter the first day, such as 2011-11-23")),
    )
    valid_to = DayField(
        label=words("最后一天", "Last day"),
        required=False,
        help_text=words("不定期的不填", "Leave empty when there is no end"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = words("选择角色", "Choose a role")
        role, process = self.fields["role"], self.fields["process"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(process, forms.ChoiceField)
        role.choices = [("", choose), *((r.code, said(r.title)) for r in roles.known())]
        everything = [("", said(roles.process_title(""))), *((p.code, said(p.title)) for p in roles.processes())]
        process.choices = everything

    def only(self, *codes: str) -> None:
        """Offer these roles alone."""
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)
        role.choices = [(code, title) for code, title in role.choices if code in ("", *codes)]  # type: ignore[misc, union-attr]


class ClearanceForm(RefusableForm):
    valid_from = DayField(label=words("第一天", "First day"), error_messages=errors(words("填写第一天，例如 2011-11-23", "Enter the first day, such as 2011-11-23")))
    valid_to = DayField(
        label=words("最后一天", "Last day"),
        help_text=words("最长一年，到期重新授予", "A year at most; given anew after that"),
        error_messages=errors(words("填写最后一天，例如 2011-11-23", "Enter the last day, such as 2011-11-23")),
    )


class EndPostForm(RefusableForm):
    last_day = DayField(
        label=words("最后一天", "Last day"),
        error_messages=errors(words("填写最后一天，例如 2011-11-23", "Enter the last day, such as 2011-11-23")),
    )
    leave_desk = forms.BooleanField(required=False, label=words("仍然终止，在手工作留待移交", "End it even so; the work stays to be handed over"))


class DayForm(RefusableForm):
    last_day = DayField(label=words("最后一天", "Last day"), error_messages=errors(words("填写最后一天，例如 2011-11-23", "Enter the last day, such as 2011-11-23")))


class TieForm(RefusableForm):
    party = forms.CharField(
        label=words("单位的统一社会信用代码", "Unified social credit code of the party"),
        max_length=18,
        error_messages=errors(words("填写单位的统一社会信用代码", "Enter the party’s unified social credit code")),
    )
    kind = forms.ChoiceField(
        label=words("关系", "Tie"), choices=[("", words("选择", "Choose")), *((k, said(t)) for k, t in ties.KINDS.items())],
        error_messages=errors(words("选择是什么关系", "Choose the kind of tie")),
    )  # fmt: skip
    valid_from = DayField(label=words("第一天", "First day"), required=False, help_text=words("不填为今天", "Today when left empty"))
    valid_to = DayField(label=words("最后一天", "Last day"), required=False, help_text=words("不定期的不填", "Leave empty when there is no end"))
    note = forms.CharField(label=words("说明", "Note"), required=False, max_length=200)


class TokenForm(RefusableForm):
    name = forms.CharField(
        label=words("密钥名称", "Name of the key"),
        help_text=words("写明给哪个软件用，便于以后停用", "Say which software will use it, so that you know later what to revoke"),
        error_messages=errors(words("填写密钥名称，例如 企业端软件", "Enter a name for the key, such as: company software")),
    )


class SettingsForm(RefusableForm):
    language = forms.ChoiceField(
        label=words("界面语言", "Language"),
        required=False,
        choices=[("", words("跟随浏览器", "As the browser asks")), ("zh-hans", words("中文", "中文")), ("en", words("English", "English"))],
        error_messages=errors(words("选择一种语言", "Choose a language")),
    )
    keyboard = forms.BooleanField(
        label=words("使用单键操作", "Single-key commands"),
        required=False,
        help_text=words("例如 J、K 上下移动，X 勾选；按 ? 查看全部", "Such as J and K to move, X to tick; ? lists them all"),
    )

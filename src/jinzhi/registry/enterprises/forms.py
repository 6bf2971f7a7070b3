"""The forms of the registrars' pages; refusals of commands are shown at their fields."""

from __future__ import annotations

from typing import Any

from django import forms

from jinzhi.kernel.orgs.forms import DayField, OrgField, RefusableForm, errors, said, words
from jinzhi.kernel.time import today
from jinzhi.registry.enterprises.drafts import CREDIT_CLASSES, LENGTHS, TITLES, EnterpriseDraft, FirstMember, refusals, tidy
from jinzhi.registry.enterprises.models import Enterprise


def _text(name: str, required: bool = False, **more: Any) -> forms.CharField:
    missing = words(f"填写{TITLES[name].zh}", f"Enter: {TITLES[name].en.lower()}")
    return forms.CharField(label=said(TITLES[name]), required=required, max_length=LENGTHS.get(name, 40), error_messages=_long(missing, name), **more)


def _long(missing: Any, name: str) -> dict[str, Any]:
    limit = LENGTHS.get(name, 40)
    return errors(missing, max_length=words(f"{TITLES[name].zh}最多 {limit} 个字符", f"{TITLES[name].en}: at most {limit} characters"))


class EnterpriseForm(RefusableForm):
    """The facts of a file."""

    code = _text("code", True, help_text=words("营业执照上的 18 位代码", "The 18 characters on the business licence"))
    name_zh = _text("name_zh", True, help_text=words("与营业执照一致", "As on the business licence"))
    name_en = _text("name_en", help_text=words("用在英文证书上", "Used on English certificates"))
    bureau = OrgField(
        label=said(TITLES["bureau"]), help_text=words("机构代码或名称", "Code or name"),
        error_messages=errors(words("填写备案机构的代码或名称", "Enter the code or name of the organisation")),
    )  # fmt: skip
    enrolled_on = DayField(label=said(TITLES["enrolled_on"]), required=False, help_text=words("不填为今天", "Empty: today"))
    is_declarant = forms.BooleanField(label=words("报检单位：可以报检", "Declaring unit: may declare"), required=False)
    is_consignee = forms.BooleanField(label=words("收货人：可以作为收货单位", "Consignee: goods may be consigned to it"), required=False, initial=True)
    is_treatment_unit = forms.BooleanField(
        label=words("检疫处理单位：有熏蒸、消毒等处理资格", "Treatment unit: licensed to fumigate, disinfect and so on"), required=False
    )
    registration_no = _text("registration_no", help_text=words("报检单位必填，10 位数字", "Needed for a declaring unit: 10 digits"))
    credit_class = forms.ChoiceField(
        label=said(TITLES["credit_class"]), choices=[(c, c) for c in CREDIT_CLASSES], initial="B",
        help_text=words("影响抽批比例", "Decides how often goods are drawn for inspection"),
        error_messages=errors(words("选择信用等级", "Choose a credit class")),
    )  # fmt: skip
    monthly_account = forms.BooleanField(label=words("费用月结", "Fees settled monthly"), required=False)
    address = _text("address")
    contact = _text("contact")
    telephone = _text("telephone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bureau"].widget.attrs["id"] = "f-bureau"

    def clean(self) -> dict[str, Any]:
        """Everything wrong at once: what the fields say by themselves, and beside it what the command would say."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        names = [name for name in EnterpriseDraft.__dataclass_fields__ if name != "administrator"]
        given = {name: data[name] for name in names if data.get(name) is not None}
        draft = tidy(EnterpriseDraft(**{"code": "", "name_zh": "", **given}), today())
        for one in refusals(draft, today()):
            if one.field not in self.errors:
                self.add_error(one.field, forms.ValidationError(said(one.message), code=one.code))
        return data

    def draft(self, administrator: FirstMember | None = None) -> EnterpriseDraft:
        """What the form says, once it is valid in itself."""
        names = EnterpriseDraft.__dataclass_fields__.keys() - {"administrator"}
        return EnterpriseDraft(**{name: self.cleaned_data[name] for name in names}, administrator=administrator)


def initial_of(file: Enterprise) -> dict[str, Any]:
    """A file as the form shows it."""
    facts = {name: getattr(file, name) for name in EnterpriseForm.base_fields if hasattr(file, name)}
    facts |= {"code": file.party.code, "name_zh": file.party.name_zh, "name_en": file.party.name_en, "bureau": file.bureau}
    return {**facts, "enrolled_on": f"{file.enrolled_on:%Y-%m-%d}" if file.enrolled_on else ""}


class AdministratorForm(RefusableForm):
    """The enterprise's own administrator (法人管理员)."""

    username = forms.CharField(
        label=words("用户名", "User name"), max_length=60,
        help_text=words("小写字母和数字，登录用，以后不改", "Small letters and digits; used to sign in, and not changed later"),
        error_messages=errors(words("填写用户名", "Enter a user name")), widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    admin_name_zh = forms.CharField(label=words("姓名", "Name"), max_length=60, error_messages=errors(words("填写姓名", "Enter the name")))
    admin_name_en = forms.CharField(label=words("英文姓名", "Name in English"), required=False, max_length=80)
    email = forms.CharField(label=words("邮箱", "E-mail"), required=False, max_length=254)

    def member(self) -> FirstMember:
        data = self.cleaned_data
        return FirstMember(data["username"], data["admin_name_zh"], data["admin_name_en"], data["email"])


class EnrolForm(EnterpriseForm):
    """A new file, with its administrator if one is named at once."""

    username = forms.CharField(
        label=words("管理员用户名", "Administrator’s user name"), required=False, max_length=60,
        help_text=words("不填则以后再开通", "Leave empty to open the account later"), widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    admin_name_zh = forms.CharField(label=words("管理员姓名", "Administrator’s name"), required=False, max_length=60)
    email = forms.CharField(label=words("邮箱", "E-mail"), required=False, max_length=254)

    def enrolment(self) -> EnterpriseDraft:
        """The draft with its administrator, where a user name or a name is given."""
        data = self.cleaned_data
        wanted = bool(data["username"] or data["admin_name_zh"])
        return self.draft(FirstMember(data["username"], data["admin_name_zh"], "", data["email"]) if wanted else None)


class ReasonForm(RefusableForm):
    """Why a file is suspended or taken up again."""

    reason = forms.CharField(
        label=words("理由", "Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=errors(words("写明理由", "Give the reason"), max_length=words("理由最多 400 字", "The reason: at most 400 characters")),
    )  # fmt: skip

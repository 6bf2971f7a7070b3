"""The password policy, in sentences: what is wrong with a password and what would do."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from jinzhi.kernel.orgs.keys import readable_secret
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

POLICY = Text(
    "至少 10 个字符，不能全是数字，不用常见密码，也不用姓名或用户名",
    "At least 10 characters, not only digits, not a common password, not your name or user name",
)

_SENTENCES = {
    "password_too_short": Text("密码至少要有 10 个字符", "Use at least 10 characters"),
    "password_too_common": Text("这个密码太常见，容易被猜到，换一个", "This password is in lists of common ones: choose another"),
    "password_entirely_numeric": Text(
        "密码不能全是数字，加上字母或符号", "Add letters or signs: a password of digits alone is easy to guess"
    ),
    "password_too_similar": Text("密码与姓名或用户名太像，换一个", "The password is too like the name or user name: choose another"),
    "password_same": Text("新密码要与现在的密码不同", "The new password must differ from the present one"),
}
_OTHER = Text("这个密码不符合规定，换一个", "This password does not meet the rules: choose another")


def password_refusals(password: str, person: Person | None = None, field: str = "password") -> list[Refusal]:
    """What the policy (``AUTH_PASSWORD_VALIDATORS``) has against ``password`` for ``person``; empty when nothing."""
    if not password:
        return [Refusal("password_missing", Text("填写密码", "Enter a password"), field)]
    try:
        validate_password(password, person)
    except ValidationError as error:
        return [Refusal(str(e.code), _SENTENCES.get(str(e.code), _OTHER), field) for e in error.error_list]
    return []


def refusal(code: str, field: str) -> Refusal:
    """One sentence of the policy by its code, such as ``password_same``."""
    return Refusal(code, _SENTENCES[code], field)


def temporary_password() -> str:
    """A password for one sign-in, easy to read over the telephone: twelve characters, 60 bits."""
    return readable_secret(groups=3)

"""Sign-in and passwords: django-allauth with the door closed to sign-up, and django-axes counting its failures.

Axes stands first among the authentication backends, and hears of each failure from Django's own signal, which allauth's
form causes like any other: nothing else is needed for the two to work together but the number of tries left, which axes
leaves on the request and the message here reads. After the fifth failure the axes middleware answers with the lockout page.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.account.views import LoginView, PasswordChangeView
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse

from jinzhi.kernel.orgs.access import mark, public_page, signed_in
from jinzhi.kernel.orgs.actors import Actor
from jinzhi.kernel.orgs.forms import said, words
from jinzhi.kernel.orgs.middleware import Request
from jinzhi.kernel.orgs.passwords import POLICY, password_refusals, refusal
from jinzhi.kernel.text import Text

ERRORS = {
    "too_many_login_attempts": Text("尝试次数过多，5 分钟后再登录", "Too many tries: sign in again in five minutes"),
    "username_password_mismatch": Text("用户名或密码不对", "The user name and password do not match"),
    "enter_current_password": Text("现在的密码不对，重新填写", "This is not your present password: enter it again"),
    "incorrect_password": Text("密码不对，重新填写", "This is not your password: enter it again"),
    "incorrect_code": Text(
        "验证码不对，看一下验证器里现在显示的 6 位数字", "The code does not match: enter the six digits the authenticator shows now"
    ),
    "rate_limited": Text("操作太频繁，一分钟后再试", "Too many tries: wait a minute"),
}
MESSAGES = {
    "account/messages/password_changed.txt": Text("密码已修改", "Password changed"),
    "usersessions/messages/sessions_logged_out.txt": Text("其他设备上的登录已全部退出", "You are signed out everywhere else"),
    "mfa/messages/totp_activated.txt": Text("动态口令已启用", "One-time codes are on"),
    "mfa/messages/totp_deactivated.txt": Text("动态口令已停用", "One-time codes are off"),
    "mfa/messages/recovery_codes_generated.txt": Text("已生成新的恢复码", "New recovery codes made"),
}


class ClosedAdapter(DefaultAccountAdapter):
    """Accounts are opened by an administrator, never by a visitor; sentences in the platform's own words."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        message = ERRORS.get(code)
        if message is None:
            return super().validation_error(code, *args)
        failures = getattr(self.request, "axes_failures_since_start", None)
        if code == "username_password_mismatch" and failures:
            left = max(0, settings.AXES_FAILURE_LIMIT - failures)
            message = Text(f"{message.zh}，还可以试 {left} 次", f"{message.en}; {left} {'try' if left == 1 else 'tries'} left")
        return ValidationError(said(message), code=code)

    def clean_password(self, password: str, user: Any = None) -> str:
        """:raises ValidationError: with every sentence the policy has against it."""
        if found := password_refusals(password, user):
            raise ValidationError([ValidationError(said(r.message), code=r.code) for r in found])
        return password

    def set_password(self, user: Any, password: str) -> None:
        user.must_change_password = False
        super().set_password(user, password)

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any) -> None:
        if message := MESSAGES.get(message_template or ""):
            messages.add_message(request, level, str(message))

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """No mail: accounts need no address, and the account log keeps what was done."""

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        if language := getattr(user, "language", ""):
            set_language_cookie(response, language)
        return response


def set_language_cookie(response: HttpResponse, language: str) -> None:
    """Remember the reader's language as Django's own middleware reads it."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _required(field: forms.Field, label: Text, missing: Text) -> None:
    field.label = said(label)
    field.error_messages["required"] = said(missing)
    field.widget.attrs.pop("placeholder", None)
    field.help_text = ""


class SignInForm(LoginForm):
    """User name and password. The user name is taken in small letters, so that spelling it otherwise is no fresh set of tries."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _required(self.fields["login"], Text("用户名", "User name"), Text("填写用户名", "Enter the user name"))
        _required(self.fields["password"], Text("密码", "Password"), Text("填写密码", "Enter the password"))

    def clean_login(self) -> str:
        return super().clean_login().lower()


class NewPasswordForm(ChangePasswordForm):
    """The present password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _required(self.fields["oldpassword"], Text("现在的密码", "Present password"), Text("填写现在的密码", "Enter your present password"))
        _required(self.fields["password1"], Text("新密码", "New password"), Text("填写新密码", "Enter a new password"))
        _required(
            self.fields["password2"], Text("再填一次新密码", "New password again"), Text("再填一次新密码", "Enter the new password again")
        )
        self.fields["password1"].help_text = said(POLICY)

    def clean(self) -> dict[str, Any]:
        data = forms.Form.clean(self) or {}
        new = data.get("password1")
        if new and data.get("password2") and new != data["password2"]:
            self.add_error("password2", words("两次填写的新密码不同，再填一次", "The two do not match: enter it again"))
        if new and new == data.get("oldpassword"):
            self.add_error("password1", said(refusal("password_same", "password1").message))
        return data


class SignInView(LoginView):
    form_class = SignInForm


class NewPasswordView(PasswordChangeView):
    form_class = NewPasswordForm

    def get_default_success_url(self) -> str:
        return reverse("after_sign_in")


def landing(actor: Actor) -> str | None:
    """Where this actor works: name of the first page that fits, ``None`` when there is no post and no party."""
    if actor.is_officer:
        return "office:queue"
    if actor.parties:
        return "biz:home"
    return "sys:people" if actor.is_administrator else None


@signed_in
def after_sign_in(request: Request) -> HttpResponse:
    """To the person's own workspace; who has no post today is told who can give one."""
    name = landing(request.actor)
    if name is None:
        return render(request, "orgs/no_post.html")
    try:
        return HttpResponseRedirect(reverse(name))
    except NoReverseMatch:  # a deployment without that workspace
        return HttpResponseRedirect("/")


sign_in = public_page(SignInView.as_view())
change_password = mark(NewPasswordView.as_view(), "signed_in")

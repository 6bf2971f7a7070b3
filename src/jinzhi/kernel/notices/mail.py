"""E-mail through the mail server of the environment (EMAIL_HOST …); off where none is named."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from jinzhi.kernel.notices.channels import Message
from jinzhi.kernel.orgs.models import Person
from jinzhi.kernel.text import Text


class Mail:
    """One connection for many messages. The Message-ID follows from the key: sent again after a crash, it is the same message."""

    code = "email"
    title = Text("电子邮件", "E-mail")
    short = False

    def ready(self) -> bool:
        return bool(settings.EMAIL_HOST)

    def address(self, person: Person, given: str) -> str:
        return person.email

    def send(self, messages: Sequence[Message]) -> list[str]:
        sender = settings.DEFAULT_FROM_EMAIL
        host = parseaddr(sender)[1].partition("@")[2] or "localhost"
        answers: list[str] = []
        with get_connection() as connection:
            for one in messages:
                mail = EmailMessage(one.subject, one.text, sender, [one.to], connection=connection)
                mail.extra_headers = {"Message-ID": f"<{one.key}@{host}>", "Content-Language": one.language, "Auto-Submitted": "auto-generated"}
                try:
                    mail.send()
                except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:  # this one; a lost connection is everybody's
                    answers.append(f"{type(error).__name__}: {error}"[:400])
                else:
                    answers.append("")
        return answers

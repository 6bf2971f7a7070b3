"""Notices to people (通知): a feed on the log, read in the workbench and the enterprise workspace, sent on through channels."""

from django.apps import AppConfig
from django.conf import settings


class NoticesConfig(AppConfig):
    name = "jinzhi.kernel.notices"
    label = "notices"

    def ready(self) -> None:
        from jinzhi.kernel.notices import channels, handing
        from jinzhi.kernel.notices.mail import Mail
        from jinzhi.kernel.notices.paper import Paper

        channels.register(Mail())
        channels.register(Paper("sms", settings.JINZHI_SMS_FILE))
        handing.register()

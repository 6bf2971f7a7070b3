"""The worker process: reads the event log for the feeds, signs documents, does what is due when a clock runs out, until it is told to end."""

from __future__ import annotations

import os

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jinzhi.site.settings")
    django.setup()
    os.nice(5)  # people at their screens come first
    from jinzhi.kernel.feeds.runner import run_forever  # after setup: it imports models

    run_forever()


if __name__ == "__main__":
    main()

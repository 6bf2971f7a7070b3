"""What is due for the log once a day, asked for more often: its signed root, and forgetting answers that nobody repeats any more."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils import timezone

from jinzhi.kernel.cases.log import roots

REQUESTS_KEPT = dt.timedelta(days=30)
"""How long the answer to a request is kept for its repetition."""


def daily() -> int:
    """Make today's root if there is none; drop old answers. Gives 0: there is nothing more to do until the next time."""
    roots.make()
    with connection.cursor() as cursor:
        cursor.execute("select forget_requests(%s)", [timezone.now() - REQUESTS_KEPT])
    return 0

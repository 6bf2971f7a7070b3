"""What people type for dates, moments and numbers; unreadable text is given back as it is, for the validation to answer."""

from __future__ import annotations

import datetime as dt
import re

from jinzhi.kernel.forms.fields import half_width
from jinzhi.kernel.time import ZONE

_DAYS = {"今天": 0, "今日": 0, "today": 0, "昨天": -1, "昨日": -1, "yesterday": -1, "明天": 1, "明日": 1, "tomorrow": 1}
_CLOCK = re.compile(r"^(\d{1,2})[:时点](\d{1,2})?分?$")


def read_date(text: str, day: dt.date) -> str:
    """``20111123``, ``2011/11/23``, ``11-23``, ``今天`` → ``2011-11-23``; the year of ``day`` where none is typed."""
    plain = half_width(text).casefold()
    if plain in _DAYS:
        return (day + dt.timedelta(days=_DAYS[plain])).isoformat()
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain) or re.fullmatch(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?", plain)
    if found is None:
        short = re.fullmatch(r"(\d{1,2})[-./月](\d{1,2})日?", plain)
        if short is None:
            return text
        year, month, number = day.year, int(short[1]), int(short[2])
    else:
        year, month, number = (int(part) for part in found.groups())
    try:
        return dt.date(year, month, number).isoformat()
    except ValueError:
        return text


def read_moment(text: str, day: dt.date) -> str:
    """``2011-11-23 14:06``, ``今天 14:06``, ``14:06`` → ISO with the zone of China."""
    plain = half_width(text)
    parts = plain.replace("T", " ").split()
    clock = _CLOCK.fullmatch(parts[-1]) if parts else None
    if clock is None or len(parts) > 2:
        return text
    date = read_date(parts[0], day) if len(parts) == 2 else day.isoformat()
    try:
        moment = dt.datetime.combine(dt.date.fromisoformat(date), dt.time(int(clock[1]), int(clock[2] or 0)), ZONE)
    except ValueError:
        return text
    return moment.isoformat()


def read_number(text: str) -> str:
    """``１２，３４５．６`` → ``12345.6``."""
    plain = re.sub(r"[,\s，]", "", half_width(text))
    return plain if re.fullmatch(r"[-+]?\d*\.?\d+", plain) else text


def show_moment(value: object) -> str:
    """An ISO moment as people write it: ``2011-11-23 14:06``."""
    try:
        return dt.datetime.fromisoformat(str(value)).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return str(value)

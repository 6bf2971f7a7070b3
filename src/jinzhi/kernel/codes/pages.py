"""The look-up behind every code picker (代码选择): a list searched by code, name or pinyin."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from jinzhi.kernel import time
from jinzhi.kernel.codes import lists
from jinzhi.kernel.orgs.access import mark
from jinzhi.kernel.text import Text

LIMIT = 20
LONGEST_QUERY = 60


def _problem(status: int, code: str, message: Text) -> JsonResponse:
    return JsonResponse({"code": code, "message": str(message)}, status=status)


@require_GET
def search(request: HttpRequest, list_name: str) -> JsonResponse:
    """``GET /codes/<list>/?q=text[&on=2011-11-23]`` → ``{"list", "q", "entries": [{"code", "zh", "en", "label"}, …]}``.

    At most 20 entries in force on ``on`` (default: the business day). 401 for anonymous, 404 for an unknown list, 400 for a bad date.
    """
    if not request.user.is_authenticated:
        return _problem(401, "sign_in", Text("登录后可以查询代码表", "Sign in to look up code lists"))
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    try:
        on = dt.date.fromisoformat(request.GET["on"]) if request.GET.get("on") else time.today()
    except ValueError:
        return _problem(400, "codes.date", Text("日期写成 2011-11-23 这样的格式", "Write the date like 2011-11-23"))
    if not lists.version(list_name):
        message = Text("没有代码表 {name}。检查地址里的名称", "There is no code list {name}. Check the name in the address")
        return _problem(404, "codes.unknown_list", message.format(name=list_name[:LONGEST_QUERY]))
    found = lists.search(list_name, query, LIMIT, on)
    rows = [{"code": e.code, "zh": e.label.zh, "en": e.label.en, "label": str(e.label)} for e in found]
    response = JsonResponse({"list": list_name, "q": query, "entries": rows}, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, max-age=60"
    response["Vary"] = "Cookie, Accept-Language"
    return response


mark(search, "signed_in")  # answers scripts: 401 in place of the way to the sign-in page

"""Enterprises from a file: faults with line and column, all or nothing, many in seconds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jinzhi.registry.enterprises.models import Enterprise
from jinzhi.registry.enterprises.tests.world import credit_code

pytestmark = pytest.mark.django_db
HEAD = "统一社会信用代码,企业名称,备案机构,报检单位,报检单位注册号,信用等级,备案日期\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "enterprises.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_a_file_in_either_language_is_enrolled(tmp_path: Path, capsys: Any) -> None:
    chinese = write(tmp_path, HEAD + f"{credit_code(1)},甲有限公司,380000,是,3800000001,A,2010/3/1\n{credit_code(2)},乙有限公司,380000,否,,,\n")
    call_command("enterprises", "import", str(chinese))
    english = write(tmp_path, f"code,name_zh,bureau,monthly_account,is_declarant,registration_no\n{credit_code(3)},丙有限公司,380000,yes,1,3800000003\n", "utf-8-sig")
    call_command("enterprises", "import", str(english))
    files = {e.party.name_zh: e for e in Enterprise.objects.select_related("party")}
    assert (files["甲有限公司"].credit_class, str(files["甲有限公司"].enrolled_on)) == ("A", "2010-03-01")
    assert (files["乙有限公司"].credit_class, files["乙有限公司"].is_declarant, files["乙有限公司"].is_consignee) == ("B", False, True)
    assert files["丙有限公司"].monthly_account


def test_faults_name_line_and_column_and_nothing_is_written(tmp_path: Path) -> None:
    bad = credit_code(5)[:-1] + ("0" if credit_code(5)[-1] != "0" else "1")
    text = (
        HEAD + f"{credit_code(4)},甲有限公司,380000,是,3800000001,A,2010-03-01\n"
        + f"{bad},乙有限公司,380000,是,3800000002,A,\n"
        + f"{credit_code(6)},丙有限公司,380000,是,38,A,\n"
    )
    with pytest.raises(CommandError) as refused:
        call_command("enterprises", "import", str(write(tmp_path, text)))
    said = str(refused.value)
    assert "第 3 行，“统一社会信用代码”列" in said
    assert "第 4 行，“报检单位注册号”列" in said
    assert "line 4" in said
    assert not Enterprise.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "没有这一列"),
        (HEAD, "没有数据"),
        (HEAD + "x,甲,999999,是,,,\n", "没有机构 999999"),
        (HEAD + "x,甲,380000,大概,,,\n", "写“是”或“否”"),
        (HEAD + "x,甲,380000,是,,,昨天\n", "写成 2011-11-23 这样的格式"),
        (HEAD + "x,,380000,是,,,\n", "填写企业名称"),
        (HEAD + "x,甲,380000,是,,,,多,多\n", "表头只有 7 格"),
        ("企业名称\n甲\n", "缺少“统一社会信用代码”这一列"),
        (HEAD + "x,甲{n},380000,是,,,\n", "统一社会信用代码"),
    ],
)
def test_every_kind_of_fault_is_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(CommandError, match="第|没有|缺") as refused:
        call_command("enterprises", "import", str(write(tmp_path, text)))
    assert sentence in str(refused.value)


def test_a_file_from_excel_in_gbk_and_no_file_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="UTF-8"):
        call_command("enterprises", "import", str(write(tmp_path, HEAD, "gb18030")))
    with pytest.raises(CommandError, match="没有找到文件"):
        call_command("enterprises", "import", str(tmp_path / "none.csv"))


def test_again_is_a_fault_unless_it_shall_update(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + f"{credit_code(7)},甲有限公司,380000,是,3800000001,A,2010-03-01\n")
    call_command("enterprises", "import", str(path))
    with pytest.raises(CommandError, match="已经备案"):
        call_command("enterprises", "import", str(path))
    write(tmp_path, HEAD + f"{credit_code(8)},乙有限公司,380000,是,3800000002,A,\n{credit_code(7)},甲有限公司,380000,是,3800000001,AA,2010-03-01\n")
    call_command("enterprises", "import", str(path), "--update")
    assert {(e.party.name_zh, e.credit_class) for e in Enterprise.objects.select_related("party")} == {("甲有限公司", "AA"), ("乙有限公司", "A")}
    write(tmp_path, HEAD + f"{credit_code(9)},丙有限公司,380000,是,3800000009,A,\n{credit_code(7)},甲有限公司,380000,是,38000,AA,2010-03-01\n")
    with pytest.raises(CommandError, match="第 3 行，“报检单位注册号”列"):
        call_command("enterprises", "import", str(path), "--update")
    assert Enterprise.objects.count() == 2


def test_ten_thousand_in_seconds(tmp_path: Path) -> None:
    rows = "".join(f"{credit_code(n)},第{n}有限公司,380000,是,38{n:08d},B,2010-03-01\n" for n in range(10_000, 20_000))
    path = write(tmp_path, HEAD + rows)
    started = time.perf_counter()
    call_command("enterprises", "import", str(path))
    first = time.perf_counter() - started
    call_command("enterprises", "import", str(path), "--update")
    assert Enterprise.objects.count() == 10_000
    assert first < 20, first  # a few seconds on a quiet machine


def test_the_template_is_a_file_that_can_be_filled(tmp_path: Path) -> None:
    call_command("enterprises", "template", str(tmp_path / "t.csv"))
    assert (tmp_path / "t.csv").read_text("utf-8-sig").startswith("统一社会信用代码,企业名称,英文名称,备案机构")

"""Checks of identifiers with check characters. Pure: each takes the text and gives a Refusal with a sentence, or None.

Sources: GB 32100-2015 (统一社会信用代码), GB 11714-1997 (组织机构代码), ISO 6346 (集装箱箱号), the Customs tariff (HS, 10 digits).
Input may be lower case, full width or spaced: every check works on ``normalise(text)``, which is also what to store.
"""

from __future__ import annotations

import re
import unicodedata

from stdnum import iso6346

from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I, O, S, V, Z
CREDIT_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LOOKALIKE = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
# First character: the department that registers. The standard's 1, 5, 9, Y and those its amendments added since; the
# usual library knows digits only and would turn away the bodies of Y, N and A.
REGISTRARS = {
    "1": Text("机构编制", "public institutions"), "2": Text("外交", "foreign affairs"), "3": Text("司法行政", "justice"),
    "4": Text("文化", "culture"), "5": Text("民政", "civil affairs"), "6": Text("旅游", "tourism"), "7": Text("宗教", "religious affairs"),
    "8": Text("工会", "trade unions"), "9": Text("工商（市场监管）", "industry and commerce"), "A": Text("军队编制", "armed forces"),
    "N": Text("农业农村", "agriculture"), "Y": Text("其他", "others"),
}  # fmt: skip
_SEPARATORS = re.compile(r"[\s\-‐‑–—_./·]+")


def normalise(text: str) -> str:
    """Half width, upper case, without spaces, hyphens and dots: ``"９１３３ 0100-799655058b"`` → ``"91330100799655058B"``."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _refuse(code: str, field: str, zh: str, en: str, **values: object) -> Refusal:
    return Refusal(code, Text(zh, en).format(**values), field, {k: str(v) for k, v in values.items() if not isinstance(v, Text)})


def credit_check(first17: str) -> str:
    """The 18th character of a unified social credit code (GB 32100, modulus 31)."""
    total = sum(CREDIT_ALPHABET.index(c) * w for c, w in zip(first17, CREDIT_WEIGHTS, strict=True))
    return CREDIT_ALPHABET[-total % 31]


def organisation_check(first8: str) -> str:
    """The ninth character of an organisation code (GB 11714, modulus 11; ten is written X)."""
    total = sum(ORGANISATION_ALPHABET.index(c) * w for c, w in zip(first8, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def container_check(first10: str) -> str:
    """The check digit of a container number (ISO 6346)."""
    return str(iso6346.calc_check_digit(first10))


def _credit_is_right(code: str) -> bool:
    return credit_check(code[:17]) == code[17] and organisation_check(code[8:16]) == code[16]


def _swapped(code: str) -> int | None:
    """The place (from 1) of two neighbours whose exchange makes the code right, if there is exactly one such place."""
    places = []
    for i in range(17):
        other = code[:i] + code[i + 1] + code[i] + code[i + 2 :]
        if other != code and other[2:8].isdigit() and other[0] in REGISTRARS and _credit_is_right(other):
            places.append(i + 1)
    return places[0] if len(places) == 1 else None


def credit_code(text: str, field: str = "") -> Refusal | None:
    """Check a unified social credit code (统一社会信用代码, 18 characters) with both its check characters.

    Refusal codes: ``credit_code.empty .length .character .registrar .division .swapped .check``; ``data`` holds place, found, expected.
    """
    code = normalise(text)
    if not code:
        return _refuse("credit_code.empty", field, "填写统一社会信用代码", "Enter the unified social credit code")
    if len(code) == 9 and organisation_code(code) is None:
        return _refuse(
            "credit_code.length", field, "这是 9 位组织机构代码。改填营业执照上的 18 位统一社会信用代码",
            "This is an organisation code of 9 characters. Enter the unified social credit code of 18 on the business licence",
        )  # fmt: skip
    if len(code) != 18:
        return _refuse(
            "credit_code.length", field, "统一社会信用代码是 18 位，现在是 {found} 位。对照营业执照补全",
            "A unified social credit code has 18 characters, this has {found}. Compare it with the business licence", found=len(code),
        )  # fmt: skip
    for place, char in enumerate(code, 1):
        if char in CREDIT_ALPHABET:
            continue
        if char in LOOKALIKE:
            return _refuse(
                "credit_code.character", field, "第 {place} 位是字母 {found}，代码里不用这个字母，可能是 {expected}",
                "Character {place} is the letter {found}, which these codes never use; it may be {expected}",
                place=place, found=char, expected=LOOKALIKE[char],
            )  # fmt: skip
        return _refuse(
            "credit_code.character", field, "第 {place} 位是“{found}”，代码里只有数字和大写字母",
            "Character {place} is “{found}”; the code has only digits and capital letters", place=place, found=char,
        )  # fmt: skip
    if code[0] not in REGISTRARS:
        return _refuse(
            "credit_code.registrar", field, "第 1 位是 {found}，没有这样的登记管理部门。企业的代码以 9 开头",
            "Character 1 is {found}, which stands for no registering department. Codes of enterprises begin with 9", found=code[0],
        )  # fmt: skip
    if not code[2:8].isdigit():
        place = next(i for i in range(2, 8) if not code[i].isdigit()) + 1
        return _refuse(
            "credit_code.division", field, "第 {place} 位是 {found}，第 3 至 8 位是行政区划，应全是数字",
            "Character {place} is {found}; characters 3 to 8 are the administrative division and should all be digits",
            place=place, found=code[place - 1],
        )  # fmt: skip
    return None if _credit_is_right(code) else _credit_fault(code, field)


def _credit_fault(code: str, field: str) -> Refusal:
    """Say as exactly as two check characters allow where the fault stands."""
    outer, inner = credit_check(code[:17]), organisation_check(code[8:16])
    if place := _swapped(code):
        return _refuse(
            "credit_code.swapped", field, "第 {place}、{next} 位可能写反了：应为 {expected}，现在是 {found}",
            "Characters {place} and {next} may be exchanged: {expected} expected, {found} found",
            place=place, next=place + 1, expected=code[place] + code[place - 1], found=code[place - 1 : place + 1],
        )  # fmt: skip
    if inner == code[16]:  # the embedded organisation code is right, so the fault stands outside it
        return _refuse(
            "credit_code.check", field, "第 1 至 8 位或末位写错了：按前 17 位，第 18 位应为 {expected}，现在是 {found}",
            "Characters 1 to 8 or the last are wrong: the first 17 call for {expected} as the 18th, found {found}",
            place=18, expected=outer, found=code[17],
        )  # fmt: skip
    return _refuse(
        "credit_code.check", field, "第 9 至 17 位（组织机构代码）写错了：按第 9 至 16 位，第 17 位应为 {expected}，现在是 {found}",
        "Characters 9 to 17 (the organisation code) are wrong: 9 to 16 call for {expected} as the 17th, found {found}",
        place=17, expected=inner, found=code[16],
    )  # fmt: skip


def organisation_code(text: str, field: str = "") -> Refusal | None:
    """Check an organisation code (组织机构代码, 8 + 1 characters, hyphen allowed), used until 2015.

    Refusal codes: ``organisation_code.empty .length .character .check``.
    """
    code = normalise(text)
    if not code:
        return _refuse("organisation_code.empty", field, "填写组织机构代码", "Enter the organisation code")
    if len(code) != 9:
        return _refuse(
            "organisation_code.length", field, "组织机构代码是 9 位（8 位加 1 位校验码），现在是 {found} 位",
            "An organisation code has 9 characters (8 and a check character), this has {found}", found=len(code),
        )  # fmt: skip
    for place, char in enumerate(code, 1):
        if char not in ORGANISATION_ALPHABET:
            return _refuse(
                "organisation_code.character", field, "第 {place} 位是“{found}”，代码里只有数字和大写字母",
                "Character {place} is “{found}”; the code has only digits and capital letters", place=place, found=char,
            )  # fmt: skip
    expected = organisation_check(code[:8])
    if code[8] != expected:
        return _refuse(
            "organisation_code.check", field, "末位校验码应为 {expected}，现在是 {found}。核对前 8 位和末位",
            "The check character should be {expected}, found {found}. Compare the first 8 characters and the last",
            place=9, expected=expected, found=code[8],
        )  # fmt: skip
    return None


def container_number(text: str, field: str = "") -> Refusal | None:
    """Check a container number (集装箱箱号, ISO 6346): three letters of the owner, U, J or Z, six digits, check digit.

    Refusal codes: ``container_number.empty .length .owner .category .serial .check``.
    """
    code = normalise(text)
    if not code:
        return _refuse("container_number.empty", field, "填写集装箱箱号", "Enter the container number")
    if len(code) == 10 and re.fullmatch(r"[A-Z]{4}\d{6}", code):
        return _refuse(
            "container_number.length", field, "箱号少了末位校验码，应为 {expected}。对照箱体补上",
            "The check digit at the end is missing; it should be {expected}. Compare it with the container", expected=container_check(code),
        )  # fmt: skip
    if len(code) != 11:
        return _refuse(
            "container_number.length", field, "箱号是 11 位（4 个字母加 7 位数字），现在是 {found} 位",
            "A container number has 11 characters (4 letters and 7 digits), this has {found}", found=len(code),
        )  # fmt: skip
    for place in (1, 2, 3):
        if not "A" <= code[place - 1] <= "Z":
            return _refuse(
                "container_number.owner", field, "第 {place} 位是 {found}，箱号前三位是箱主的字母代码",
                "Character {place} is {found}; the first three characters are the letters of the owner", place=place, found=code[place - 1],
            )  # fmt: skip
    if code[3] not in "UJZ":
        return _refuse(
            "container_number.category", field, "第 4 位是 {found}，集装箱应为 U（附属设备为 J，车架为 Z）",
            "Character 4 is {found}; it should be U for a container (J for detachable equipment, Z for a chassis)", place=4, found=code[3],
        )  # fmt: skip
    for place in range(5, 12):
        if not "0" <= code[place - 1] <= "9":
            return _refuse(
                "container_number.serial", field, "第 {place} 位是 {found}，第 5 至 11 位应全是数字",
                "Character {place} is {found}; characters 5 to 11 should all be digits", place=place, found=code[place - 1],
            )  # fmt: skip
    expected = container_check(code[:10])
    if code[10] != expected:
        return _refuse(
            "container_number.check", field, "末位校验码应为 {expected}，现在是 {found}。对照箱体核对全部字符",
            "The check digit should be {expected}, found {found}. Compare every character with the container",
            place=11, expected=expected, found=code[10],
        )  # fmt: skip
    return None


def hs_code(text: str, field: str = "") -> Refusal | None:
    """Check the shape of a tariff code (HS 编码, ten digits in an existing chapter); whether it is in force, ask ``lists``.

    Refusal codes: ``hs_code.empty .character .length .chapter``.
    """
    code = normalise(text)
    if not code:
        return _refuse("hs_code.empty", field, "填写 HS 编码", "Enter the HS code")
    for place, char in enumerate(code, 1):
        if not "0" <= char <= "9":
            return _refuse(
                "hs_code.character", field, "第 {place} 位是“{found}”，HS 编码全是数字",
                "Character {place} is “{found}”; an HS code has only digits", place=place, found=char,
            )  # fmt: skip
    if len(code) != 10:
        return _refuse(
            "hs_code.length", field, "HS 编码是 10 位数字，现在是 {found} 位。按商品名称查全码",
            "An HS code has 10 digits, this has {found}. Look the full code up by the name of the goods", found=len(code),
        )  # fmt: skip
    chapter = int(code[:2])
    if chapter == 0 or chapter == 77 or chapter > 98:
        return _refuse(
            "hs_code.chapter", field, "前两位 {found} 不是税则里的章（01 至 98，没有 77）",
            "The first two digits {found} are no chapter of the tariff (01 to 98, without 77)", place=1, found=code[:2],
        )  # fmt: skip
    return None

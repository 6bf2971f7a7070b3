"""The demonstration bureau's organisations, officers and enterprises. Branch codes and all names are invented."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from jinzhi.kernel.orgs import commands as accounts
from jinzhi.kernel.orgs.actors import SYSTEM, Actor
from jinzhi.kernel.orgs.load_tree import publish_list
from jinzhi.kernel.orgs.models import Membership, Org, Party, Person, Post
from jinzhi.kernel.orgs.queries import actor_for, forget_orgs
from jinzhi.kernel.text import Text
from jinzhi.registry.enterprises.models import Enterprise
from jinzhi.supervision.declarations import sample
from jinzhi.supervision.declarations.models import Alert, ExchangeRate, Permit

PASSWORD = "jinzhi-2011-demo"  # noqa: S105  a demonstration has accounts for everybody to try
SINCE = dt.date(2011, 1, 1)
BUREAU = "380000"
BRANCHES = (
    ("380100", "北仑出入境检验检疫局", "Beilun Entry-Exit Inspection and Quarantine Bureau", "北仑局", "Beilun"),
    ("380200", "镇海出入境检验检疫局", "Zhenhai Entry-Exit Inspection and Quarantine Bureau", "镇海局", "Zhenhai"),
    ("380300", "慈溪出入境检验检疫局", "Cixi Entry-Exit Inspection and Quarantine Bureau", "慈溪局", "Cixi"),
)
SECTIONS = (
    ("JW", "检务科", "Certification Section"),
    ("SP", "食品检验监管科", "Food Section"),
    ("DZ", "动植物检验检疫科", "Animal and Plant Section"),
    ("JD", "机电产品检验科", "Machinery and Electrical Section"),
    ("HK", "化矿产品检验科", "Chemicals and Minerals Section"),
)
SMALL = ("JW", "ZH")
WHOLE = ("ZH", "综合检验检疫科", "General Inspection Section")
GOODS_SECTION = {
    "meat": "SP", "dairy": "SP", "fish": "SP", "fruit": "DZ", "vegetable": "DZ", "grain": "DZ", "oil": "SP", "wine": "SP", "food": "SP", "feed": "DZ",
    "plant": "DZ", "wood": "DZ", "live_animal": "DZ", "hide": "DZ", "cotton": "DZ", "cosmetics": "SP", "toy": "JD", "machinery": "JD",
    "used_machinery": "JD", "vehicle": "JD", "electrical": "JD", "textile": "JD",
}  # fmt: skip


@dataclass
class Cast:
    """Who plays: actors by (branch code, role), by (section code, role), and everybody's account."""

    officers: dict[tuple[str, str], list[Actor]] = field(default_factory=dict)
    agent: Actor = SYSTEM
    enterprises: list[sample.Enterprise] = field(default_factory=list)
    parties: dict[str, int] = field(default_factory=dict)
    accounts: list[tuple[str, str, Text]] = field(default_factory=list)

    def one(self, place: str, role: str, turn: int = 0) -> Actor:
        found = self.officers[(place, role)]
        return found[turn % len(found)]


def organisations() -> None:
    """The bureau's branches, their sections, and the technical centre."""
    bureau = Org.objects.get(code=BUREAU)
    rows: list[tuple[str, Org, str, str, str, str, str]] = [
        (f"{BUREAU[:4]}JS", bureau, "institute", "宁波检验检疫技术中心", "Ningbo Inspection and Quarantine Technical Centre", "技术中心", "Technical Centre")
    ]
    for code, zh, en, short_zh, short_en in BRANCHES:
        rows.append((code, bureau, "branch", zh, en, short_zh, short_en))
    made = _make(rows)
    sections: list[tuple[str, Org, str, str, str, str, str]] = []
    for code, _, _, short_zh, short_en in BRANCHES:
        for letters, zh, en in SECTIONS if code == "380100" else (SECTIONS[0], WHOLE):
            sections.append((f"{code[:4]}{letters}", made[code], "section", f"{short_zh}{zh}", f"{short_en} {en}", zh, en))
    _make(sections)
    publish_list()
    forget_orgs()


def _make(rows: list[tuple[str, Org, str, str, str, str, str]]) -> dict[str, Org]:
    made = [
        Org(code=code, parent=parent, level=level, path=f"{parent.path}{code}/", name_zh=zh, name_en=en, short_zh=szh, short_en=sen)
        for code, parent, level, zh, en, szh, sen in rows
    ]
    Org.objects.bulk_create(made)
    return {org.code: org for org in made}


_ENGLISH = {
    "clerk": Text("检务受理人员", "acceptance clerk"), "fee_checker": Text("计费复核员", "fee checker"), "cashier": Text("收费员", "cashier"),
    "certifier": Text("签证放行人员", "certification and release"), "signatory": Text("授权签字人", "authorised signatory"),
    "archivist": Text("档案员", "archivist"), "risk_officer": Text("布控人员", "risk officer"), "section_head": Text("科长", "section head"),
    "lead_inspector": Text("主检员", "lead inspector"), "inspector": Text("施检员", "inspector"), "analyst": Text("检测人员", "laboratory analyst"),
    "fee_officer": Text("计费员", "fee officer"), "sysadmin": Text("系统管理员", "system administrator"), "secadmin": Text("安全管理员", "security administrator"),
    "auditor": Text("审计管理员", "audit administrator"), "lead": Text("组长", "lead"),
}  # fmt: skip


def _plan() -> list[tuple[str, str, tuple[str, ...]]]:
    """(user name, organisation code, roles) of every officer."""
    plan: list[tuple[str, str, tuple[str, ...]]] = [
        ("admin", BUREAU, ("sysadmin",)),
        ("security", BUREAU, ("secadmin",)),
        ("auditor", BUREAU, ("auditor",)),
        ("lab1", BUREAU, ("analyst",)),
        ("lab2", BUREAU, ("analyst",)),
    ]
    for code, *_, short_en in BRANCHES:
        b = short_en.lower()
        plan += [
            (f"{b}.clerk1", code, ("clerk",)), (f"{b}.fee", code, ("fee_checker",)), (f"{b}.cashier", code, ("cashier",)),
            (f"{b}.certifier", code, ("certifier",)), (f"{b}.signatory", code, ("signatory",)),
        ]  # fmt: skip
        if code == "380100":
            plan[-1] = (f"{b}.signatory", code, ("signatory", "lead"))
            plan += [(f"{b}.clerk2", code, ("clerk",)), (f"{b}.risk", code, ("risk_officer", "fee_officer")), (f"{b}.archivist", code, ("archivist",))]
        else:
            plan[-1] = (f"{b}.signatory", code, ("signatory", "archivist"))
        for letters in ("SP", "DZ", "JD", "HK") if code == "380100" else ("ZH",):
            section, s = f"{code[:4]}{letters}", f"{b}.{letters.lower()}"
            plan += [
                (f"{s}.head", section, ("section_head", "lead")), (f"{s}.lead", section, ("lead_inspector", "inspector")),
                (f"{s}.inspector", section, ("inspector",)),
            ]  # fmt: skip
    return plan


def officers(cast: Cast) -> None:
    """Open the officers' accounts and give their posts."""
    plan = _plan()
    names = sample.officers(len(plan))
    hashed = make_password(PASSWORD)
    people = accounts.open_accounts(
        SYSTEM,
        [accounts.AccountDraft(username, name.zh, name.en, password=PASSWORD, password_hash=hashed) for (username, _, _), name in zip(plan, names, strict=True)],
    )
    orgs = {o.code: o for o in Org.objects.filter(path__startswith=Org.objects.get(code=BUREAU).path)}
    accounts.give_posts(
        SYSTEM,
        [
            accounts.PostDraft(person, role, orgs[org], valid_from=SINCE)
            for person, (_, org, roles) in zip(people, plan, strict=True)
            for role in roles
        ],
    )
    for person, (username, org, roles) in zip(people, plan, strict=True):
        actor = actor_for(person)
        for role in roles:
            cast.officers.setdefault((org, role), []).append(actor)
        titles = [_ENGLISH[r] for r in roles]
        place = orgs[org]
        who = Text(
            f"{place.short_zh or place.name_zh} {'、'.join(t.zh for t in titles)} {person.name_zh}",
            f"{place.short_en or place.name_en}: {', '.join(t.en for t in titles)}, {person.name_en}",
        )
        cast.accounts.append((username, PASSWORD, who))


def enterprises(cast: Cast, count: int) -> None:
    """300 invented enterprises with their files, an agent that declares for many of them, permits, rates, alerts."""
    cast.enterprises = sample.enterprises(count)
    bureau = Org.objects.get(code=BUREAU)
    parties = Party.objects.bulk_create([Party(code=e.code, name_zh=e.name.zh, name_en=e.name.en) for e in cast.enterprises])
    cast.parties = {p.code: p.pk for p in parties}
    Enterprise.objects.bulk_create([
        Enterprise(
            party=party, bureau=bureau, registration_no=f"3800{i:06d}", is_declarant=e.declarant, credit_class=e.credit_class, monthly_account=e.monthly,
            contact=e.contact, telephone=e.telephone, enrolled_on=SINCE, is_treatment_unit=i % 100 == 7, address="浙江省宁波市",
        )
        for i, (party, e) in enumerate(zip(parties, cast.enterprises, strict=True), start=1)
    ])  # fmt: skip
    members = [e for e in cast.enterprises if e.declarant and e.monthly][:1] + [e for e in cast.enterprises if e.declarant and not e.monthly][:1]
    hashed = make_password(PASSWORD)
    names = sample.officers(len(_plan()) + 3)[-3:]
    drafts = [
        accounts.AccountDraft(login, name.zh, name.en, password=PASSWORD, password_hash=hashed)
        for login, name in zip(("agent", "trade1", "trade2"), names, strict=True)
    ]
    agent, *declarants = accounts.open_accounts(SYSTEM, drafts)
    joined = [accounts.MemberDraft(person, Party.objects.get(code=e.code), "admin", SINCE) for person, e in zip(declarants, members, strict=True)]
    agency = [e for e in cast.enterprises if e.declarant][2:12]
    joined += [accounts.MemberDraft(agent, Party.objects.get(code=e.code), "representative", SINCE) for e in agency]
    accounts.add_members(SYSTEM, joined)
    for person, e in zip(declarants, members, strict=True):
        cast.accounts.append((person.username, PASSWORD, Text(f"{e.name.zh} 报检员 {person.name_zh}", f"{e.name.en}: declarant, {person.name_en}")))
    cast.accounts.append(("agent", PASSWORD, Text(f"代理报检员 {agent.name_zh}（10 家企业）", f"agent for 10 enterprises: {agent.name_en}")))
    # For the past week the enterprises' own people act through one pair of hands.
    cast.agent = Actor(agent.pk, agent.name_zh, parties=frozenset(cast.parties.values()))
    Permit.objects.bulk_create([
        Permit(
            kind=p.kind, number=p.number, holder_code=next(iter(p.holders)), granted=p.balance or Decimal(0), balance=p.balance or Decimal(0),
            valid_from=p.valid_from, valid_to=p.valid_to,
        )
        for p in sample.permits(cast.enterprises).values()
    ])  # fmt: skip
    ExchangeRate.objects.bulk_create([ExchangeRate(currency=c, valid_from=SINCE, cny=rate) for c, rate in sample.rates().items()])
    Alert.objects.bulk_create([
        Alert(
            number="2011-118", title_zh="部分进口冷冻牛肉检出莱克多巴胺，加强检验", title_en="Ractopamine found in frozen beef: closer inspection",
            country="BR", goods_class="meat", valid_from=dt.date(2011, 11, 1),
        ),
        Alert(
            number="2011-097", title_zh="新西兰辐射松原木携带松树蜂，加强检疫", title_en="Sirex woodwasp in radiata pine logs: closer quarantine",
            country="NZ", goods_class="wood", valid_from=dt.date(2011, 9, 1),
        ),
    ])  # fmt: skip


def restore() -> list[tuple[str, str, Text]]:
    """The accounts of a bureau loaded earlier, for the console."""
    posts: dict[int, list[Post]] = {}
    for post in Post.objects.select_related("org", "person").order_by("pk"):
        posts.setdefault(post.person_id, []).append(post)
    found = []
    for person in Person.objects.filter(pk__in=posts).order_by("pk"):
        own = posts[person.pk]
        titles = [_ENGLISH.get(p.role, Text(p.role, p.role)) for p in own]
        org = own[0].org
        found.append((
            person.username, PASSWORD,
            Text(f"{org.short_zh or org.name_zh} {'、'.join(t.zh for t in titles)} {person.name_zh}",
                 f"{org.short_en or org.name_en}: {', '.join(t.en for t in titles)}, {person.name_en}"),
        ))  # fmt: skip
    members = Membership.objects.select_related("person", "party").order_by("person_id", "pk").distinct("person_id")
    found += [
        (m.person.username, PASSWORD, Text(f"{m.party.name_zh} {m.person.name_zh}", f"{m.party.name_en}: {m.person.name_en}")) for m in members
    ]
    return found

"""The shipped organisation tree: whole, in order, loaded once."""

from __future__ import annotations

from collections import Counter

import pytest

from jinzhi.kernel.codes import lists
from jinzhi.kernel.orgs import load_tree
from jinzhi.kernel.orgs.models import LEVELS, Org

TREE = {node.code: node for node in load_tree.nodes()}


def test_shape() -> None:
    levels = Counter(node.level for node in TREE.values())
    assert set(levels) <= set(LEVELS)
    assert (levels["hq"], levels["bureau"], levels["province"], levels["corps"]) == (1, 35, 31 + 5, 1)
    assert levels["prefecture"] > 320
    assert levels["county"] > 2800
    assert len({node.path for node in TREE.values()}) == len(TREE)


def test_paths() -> None:
    assert TREE["380000"].path == "000000/380000/"
    assert TREE["380000"].name_en == "Ningbo Entry-Exit Inspection and Quarantine Bureau"
    assert TREE["120100"].path == "000000/120000/120100/"
    assert TREE["Z330200"].path == "000000/Z330200/"  # independent planning: not under its province
    assert TREE["Z330203"].path == "000000/Z330200/Z330203/"
    assert TREE["Z330106"].path == "000000/Z330000/Z330100/Z330106/"
    assert TREE["Z110101"].path == "000000/Z110000/Z110101/"  # no prefecture in between
    for node in TREE.values():
        assert node.path == (TREE[node.parent].path if node.parent else "") + node.code + "/"
        assert len(node.path) <= 120
        assert len(node.name_zh) <= 80
        assert len(node.name_en) <= 120
        assert len(node.short_zh) <= 30
        assert len(node.short_en) <= 60


@pytest.mark.django_db
def test_loading_twice_changes_nothing_and_keeps_other_organisations() -> None:
    load_tree.load(force=True)
    own = Org.objects.create(code="380011", path="000000/380000/380011/", level="section", name_zh="一科", name_en="Section 1")
    ids = dict(Org.objects.values_list("code", "id"))
    assert load_tree.load() == 0
    assert load_tree.load(force=True) == len(TREE)
    assert dict(Org.objects.values_list("code", "id")) == ids
    assert Org.objects.get(pk=own.pk).name_zh == "一科"
    entry = lists.get("organisations", "380000")
    assert entry is not None
    assert entry.extra["path"] == "000000/380000/"
    assert [e.code for e in lists.search("organisations", "nbcrj")] == ["380000"]
    lists.forget()

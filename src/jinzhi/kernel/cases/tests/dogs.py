"""A small process for the kernel's own tests: a dog licence. It uses every construct once and knows no business of the house."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinzhi.kernel.cases.batch import Batch, outcomes
from jinzhi.kernel.cases.standing import Work
from jinzhi.kernel.documents.content import INSTRUMENT
from jinzhi.kernel.modules import DocumentKind, Module
from jinzhi.kernel.refusals import Refusal
from jinzhi.kernel.text import Text

CODE = "dogs.licence"
OWNER = "000000/120000/"


def vaccinated(batch: Batch) -> dict[Work, Refusal]:
    return {w: Refusal("not_vaccinated", Text("先接种疫苗", "Vaccinate the dog first"), "vaccinated") for w in batch if not w.data["vaccinated"]}


@outcomes("vets", "plain")
def fierce(batch: Batch) -> dict[Work, str]:
    return {w: "vets" if w.fact("weight") > 40 else "plain" for w in batch}


def name_holder(batch: Batch) -> None:
    for work in batch:
        work.set("title", f"{work.data['dog']} 犬证")
        work.row.title = work.data["dog"]
        work.row_changed = True


def content(batch: Batch) -> dict[Work, dict[str, Any]]:
    return {w: {"paragraphs": [{"zh": "准予养犬", "en": "The dog may be kept"}]} for w in batch}


module = Module(
    code="dogs",
    title=Text("养犬", "Dogs"),
    processes=(Path(__file__).with_name("dogs.toml"),),
    guards={"vaccinated": vaccinated},
    deciders={"fierce": fierce},
    effects={"name_holder": name_holder},
    documents=(DocumentKind("dog_licence", Text("养犬证", "Dog licence"), INSTRUMENT, content),),  # type: ignore[arg-type]
)

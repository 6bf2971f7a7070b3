"""Import declarations: what the module offers to the platform."""

from pathlib import Path

from jinzhi.kernel.modules import Feed, Module
from jinzhi.kernel.text import Text
from jinzhi.supervision.declarations import records
from jinzhi.supervision.declarations.biz.menu import MENU
from jinzhi.supervision.declarations.contents import DOCUMENTS
from jinzhi.supervision.declarations.deciders import DECIDERS
from jinzhi.supervision.declarations.effects import EFFECTS
from jinzhi.supervision.declarations.foreign import keep_foreign
from jinzhi.supervision.declarations.guards import GUARDS
from jinzhi.supervision.declarations.office import CASE_PAGES
from jinzhi.supervision.declarations.receipts import keep_receipts
from jinzhi.supervision.declarations.schema import Declaration

HERE = Path(__file__).parent

module = Module(
    code="declarations",
    title=Text("进出境货物报检", "Import and export declarations"),
    processes=(HERE / "processes" / "import_declaration.toml",),
    guards=dict(GUARDS),
    deciders=dict(DECIDERS),
    effects=dict(EFFECTS),
    records={
        "declarations.declaration": Declaration,
        "declarations.field_record": records.FieldRecord,
        "declarations.sample": records.Sample,
        "declarations.lab_results": records.LabResults,
        "declarations.finding": records.Finding,
        "declarations.treatment_record": records.TreatmentRecord,
        "declarations.certificate_draft": records.CertificateDraft,
        "declarations.payment": records.Payment,
        "declarations.fee_adjustment": records.FeeAdjustment,
    },
    documents=DOCUMENTS,
    code_lists=HERE / "codes",
    menu=MENU,
    case_pages=(CASE_PAGES,),
    feeds=(Feed("declarations.receipts", keep_receipts), Feed("declarations.foreign", keep_foreign, batch=100)),
)

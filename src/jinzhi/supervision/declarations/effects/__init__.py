"""What actions do to this module's tables, by the names the process file uses; each takes a batch."""

from jinzhi.supervision.declarations.effects import certificate, charging, drawing, inspection, intake, outcome

EFFECTS = {
    "keep_declaration": intake.keep_declaration,
    "keep_review": intake.keep_review,
    "keep_draw": drawing.keep_draw,
    "note_draw_override": drawing.note_draw_override,
    "name_lead_department": drawing.name_lead_department,
    "write_off_permits": drawing.write_off_permits,
    "give_back_permit_balance": drawing.give_back_permit_balance,
    "keep_field_record": inspection.keep_field_record,
    "keep_samples": inspection.keep_samples,
    "keep_results": inspection.keep_results,
    "keep_findings": inspection.keep_findings,
    "keep_treatment": inspection.keep_treatment,
    "write_fee_lines": charging.write_fee_lines,
    "keep_payment": charging.keep_payment,
    "keep_certificate_text": certificate.keep_certificate_text,
    "recall_release": outcome.recall_release,
    "report_nonconformity": outcome.report_nonconformity,
}

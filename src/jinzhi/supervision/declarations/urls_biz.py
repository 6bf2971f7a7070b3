"""``/biz/``: the enterprise workspace."""

from __future__ import annotations

from django.urls import path

from jinzhi.supervision.declarations.biz import case, files, frame, goods, pages, sending, wizard

app_name = "biz"
urlpatterns = [
    path("", pages.home, name="home"),
    path("party", frame.choose_party, name="choose_party"),
    path("parties/", pages.party_lookup, name="parties"),
    path("declarations/", pages.declarations, name="declarations"),
    path("declarations/new", wizard.begin, name="begin"),
    path("declarations/copy", wizard.copy, name="copy_last"),
    path("declarations/template.xlsx", goods.template, name="template"),
    path("declarations/<int:case_id>/", case.case, name="case"),
    path("declarations/<int:case_id>/sent", sending.sent, name="sent"),
    path("declarations/<int:case_id>/copy", wizard.copy, name="copy"),
    path("declarations/<int:case_id>/mend", wizard.mend, name="mend"),
    path("declarations/<int:case_id>/act/<slug:action>", files.refuse_large(case.act), name="act"),
    path("declarations/<int:case_id>/papers/<str:sha256>", case.paper, name="paper"),
    path("drafts/<uuid:draft_id>/", wizard.open_draft, name="draft"),
    path("drafts/<uuid:draft_id>/send", sending.send, name="send"),
    path("drafts/<uuid:draft_id>/needs", wizard.needs_panel, name="needs"),
    path("drafts/<uuid:draft_id>/print", wizard.print_draft, name="print"),
    path("drafts/<uuid:draft_id>/delete", wizard.delete, name="delete"),
    path("drafts/<uuid:draft_id>/import", files.refuse_large(goods.take), name="import"),
    path("drafts/<uuid:draft_id>/import/undo", goods.undo, name="import_undo"),
    path("drafts/<uuid:draft_id>/goods.xlsx", goods.template, name="goods_xlsx"),
    path("drafts/<uuid:draft_id>/files", files.refuse_large(files.upload), name="upload"),
    path("drafts/<uuid:draft_id>/files/<str:file_id>", files.download, name="file"),
    path("drafts/<uuid:draft_id>/files/<str:file_id>/remove", files.remove, name="file_remove"),
    path("drafts/<uuid:draft_id>/certificates", files.certificates, name="certificates"),
    path("drafts/<uuid:draft_id>/<slug:section>/", wizard.wizard, name="wizard"),
]

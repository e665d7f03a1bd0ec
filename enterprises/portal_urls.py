"""Addresses of the portal, where enterprises apply."""

from django.urls import path

from enterprises.views import portal, portal_authorisations, portal_documents, portal_steps

FILE = "applications/<slug:reference>/"
AUTHORISATION = "authorisations/<slug:reference>/"

urlpatterns = [
    path("", portal.dashboard, name="portal"),
    path("notices/read/", portal.notices_read, name="portal_notices_read"),
    path("area/", portal_steps.area, name="portal_area"),
    path("applications/new/", portal_steps.start, name="portal_start"),
    path(FILE, portal.file_page, name="portal_file"),
    path(FILE + "receipt.pdf", portal_documents.receipt, name="portal_receipt"),
    path(FILE + "submit/", portal_steps.submit, name="portal_submit"),
    path(FILE + "reply/", portal.reply, name="portal_reply"),
    path(FILE + "message/", portal.message, name="portal_message"),
    path(FILE + "withdraw/", portal.withdraw, name="portal_withdraw"),
    path(FILE + "discard/", portal.discard, name="portal_discard"),
    path(FILE + "documents/<int:pk>/", portal_documents.document, name="portal_document"),
    path(FILE + "documents/<int:pk>/remove/", portal_documents.remove, name="portal_document_remove"),
    path(FILE + "<str:step>/", portal_steps.step, name="portal_step"),
    path(AUTHORISATION, portal_authorisations.authorisation, name="portal_authorisation"),
    path(AUTHORISATION + "give-up/", portal_authorisations.give_up, name="portal_give_up"),
    path(AUTHORISATION + "use/", portal_authorisations.use, name="portal_use"),
]

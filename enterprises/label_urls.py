"""Addresses of an enterprise's labels, below portal/."""

from django.urls import path

from enterprises.views import label_files, portal_batches, portal_labels

LABELS = "labels/<slug:reference>/"
BATCH = "label-batches/<slug:batch>/"

urlpatterns = [
    path(LABELS, portal_labels.index, name="portal_labels"),
    path(LABELS + "output/", portal_labels.state_output, name="portal_output"),
    path(
        LABELS + "statements/<int:pk>/withdraw/", portal_labels.withdraw_statement, name="portal_statement_withdraw"
    ),
    path(LABELS + "request/", portal_labels.request_batch, name="portal_batch_request"),
    path(LABELS + "insights/", portal_labels.insights, name="portal_insights"),
    path(BATCH, portal_batches.batch_page, name="portal_batch"),
    path(BATCH + "files/", label_files.files, name="portal_batch_files"),
    path(BATCH + "labels.<str:kind>", label_files.label_file, name="portal_batch_file"),
    path(BATCH + "preview/", label_files.preview, name="portal_batch_preview"),
    path(BATCH + "photo/", label_files.photo, name="portal_batch_photo"),
    path(BATCH + "<slug:step>/", portal_batches.batch_step, name="portal_batch_step"),
]

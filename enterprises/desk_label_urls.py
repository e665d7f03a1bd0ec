"""Addresses of the desk for labels: certified output, batches, copy signals."""

from django.urls import path

from enterprises.views import desk_batches, desk_labels, desk_signals

urlpatterns = [
    path("labels/", desk_labels.index, name="desk_labels"),
    path("labels/rule/", desk_labels.issue_rule, name="desk_issue_rule"),
    path("labels/statements/<int:pk>/", desk_labels.statement, name="desk_statement"),
    path("labels/<slug:reference>/", desk_labels.ledger, name="desk_label_authorisation"),
    path("labels/<slug:reference>/reduce/", desk_labels.reduce, name="desk_reduce"),
    path("label-batches/<slug:batch>/", desk_batches.batch_page, name="desk_batch"),
    path("label-batches/<slug:batch>/<slug:name>/", desk_batches.step, name="desk_batch_step"),
    path("signals/", desk_signals.index, name="desk_signals"),
    path("signals/<int:pk>/", desk_signals.signal_page, name="desk_signal"),
    path("signals/<int:pk>/<slug:name>/", desk_signals.step, name="desk_signal_step"),
]

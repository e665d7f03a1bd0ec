"""Addresses of webhooks at the desk."""

from django.urls import path

import gi_registry.converters  # noqa: F401 - makes <number:…> known
from enterprises.views import desk_webhooks

urlpatterns = [
    path("webhooks/", desk_webhooks.index, name="desk_webhooks"),
    path("webhooks/new/", desk_webhooks.new, name="desk_webhook_new"),
    path("webhooks/<number:pk>/", desk_webhooks.webhook, name="desk_webhook"),
    path("webhooks/<number:pk>/<slug:name>/", desk_webhooks.step, name="desk_webhook_step"),
]

"""Addresses of others to which changes of the register are sent. Operation, not law: the journal has nothing of it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gi_registry.outgoing import Fault


class WebhookState(models.TextChoices):
    """What happens with it now."""

    WAITING = "waiting", _("waiting for its confirmation")
    ACTIVE = "active", _("sent to")
    PAUSED = "paused", _("paused")
    ENDED = "ended", _("ended")


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Questions about webhooks."""

    def given_up(self) -> WebhookQuerySet:
        """Those that the register itself has paused, because nothing arrived for days."""
        return self.filter(state=WebhookState.PAUSED, failing_since__isnull=False)


class Webhook(models.Model):
    """One address, confirmed by an echo. `cursor`: the entry of the journal up to which it was told.

    `until`: the last entry of what is being sent; it is stored before the sending, so that after a crash the same is
    sent again under the same number. `kinds`: kinds of event ('product.amended', 'product.*'); none means all.
    `secret` is sealed and shown once.
    """

    nonce = models.UUIDField(unique=True, default=uuid.uuid4)
    holder = models.CharField(max_length=120)
    url = models.CharField(max_length=400)
    kinds = models.JSONField(default=list, blank=True)
    key_id = models.PositiveSmallIntegerField()
    secret = models.BinaryField(max_length=120)
    challenge = models.CharField(max_length=60)
    state = models.CharField(max_length=10, choices=WebhookState, default=WebhookState.WAITING)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    cursor = models.BigIntegerField()
    until = models.BigIntegerField(null=True, blank=True)
    due_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    fault = models.CharField(max_length=12, choices=Fault, blank=True)
    fault_status = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=40)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=40)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=WebhookState.ACTIVE) | Q(confirmed_at__isnull=False),
                name="webhook_active_is_confirmed",
            )
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="webhook_due")]

    def __str__(self) -> str:
        return f"{self.pk} {self.holder}"

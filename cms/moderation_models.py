"""The step at which somebody else looks at a page before it is published. MODEL."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractGroupApprovalTask


class SecondPersonTask(AbstractGroupApprovalTask):
    """Approval by somebody of a group who has not written what is approved."""

    class Meta:
        verbose_name = _("approval by a second person")
        verbose_name_plural = _("approvals by a second person")

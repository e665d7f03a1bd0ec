"""The step at which somebody else looks at a page before it is published. MODEL."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.models import AbstractGroupApprovalTask, Page, TaskState

from cms.moderation import authors
from cms.page_forms import refusal


class SecondPersonTask(AbstractGroupApprovalTask):
    """Approval by somebody of a group who has not written what is approved."""

    class Meta:
        verbose_name = _("approval by a second person")
        verbose_name_plural = _("approvals by a second person")

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        actions: list[tuple[str, Any, bool]] = super().get_actions(obj, user)
        return [] if actions and user.pk in authors(obj) else actions

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> QuerySet[TaskState]:
        """What waits for this person: not what they wrote."""
        return super().get_task_states_user_can_moderate(user, **kwargs).exclude(revision__user=user)

    @transaction.atomic
    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> None:
        """Approve or send back. The page is held meanwhile, so that of two people who decide one comes first."""
        page = Page.objects.select_for_update().get(pk=task_state.workflow_state.object_id)
        task_state.refresh_from_db()
        if task_state.status != TaskState.STATUS_IN_PROGRESS:
            raise PermissionDenied(_now("This page does not wait for approval any more; somebody was faster."))
        if action_name == "approve" and user.pk in authors(page):
            raise PermissionDenied(_now("You worked on this text; somebody else approves it."))
        # What becomes public is the newest version, not the one that was submitted.
        if action_name == "approve" and (why := refusal(page.get_latest_revision_as_object())):
            raise PermissionDenied(why)
        super().on_action(task_state, user, action_name, **kwargs)

    @classmethod
    def get_description(cls) -> str:
        return _now("Members of these groups approve what somebody else wrote, never what they worked on themselves.")

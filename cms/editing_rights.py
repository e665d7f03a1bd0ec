"""Opens the page editor to the roles that use it, and sets who looks at a page before it is published. WRITER.

The rights are given once. What an administrator changed since then is left alone: the step at which a second person
approves tells that it was done, for it is made at the same time.
"""

from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext, override
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    Page,
    Workflow,
    WorkflowPage,
)
from wagtail.models import WorkflowTask as Step

from cms.models import HomePage, SecondPersonTask
from cms.two_languages import CHINESE
from gi_registry.roles import WAGTAIL_GROUPS, Role

ACCESS = ("wagtailadmin.access_admin",)
WITHOUT_PLACE = ("wagtailimages.", "wagtaildocs.")  # rights on pictures and files belong to a collection
# What the three groups may do everywhere: see design of roles in `gi_registry/roles.py`. None of it reaches a record of
# the register, users, groups, sites, redirects or workflows.
EVERYWHERE: dict[Role, tuple[str, ...]] = {
    Role.EDITOR: (
        *ACCESS, "simple_translation.submit_translation", "cms.add_newscategory", "cms.change_newscategory",
    ),
    Role.OFFICER: (*ACCESS, "simple_translation.submit_translation"),
    Role.PUBLISHER: (
        *ACCESS, "simple_translation.submit_translation", "cms.add_newscategory", "cms.change_newscategory",
        "cms.delete_newscategory",
    ),
}  # fmt: skip
ON_PAGES: dict[Role, tuple[str, ...]] = {
    Role.EDITOR: ("add_page", "change_page"),
    Role.OFFICER: ("add_page", "change_page"),
    Role.PUBLISHER: (
        "add_page", "change_page", "publish_page", "lock_page", "unlock_page", "bulk_delete_page",
    ),
}  # fmt: skip
WITH_FILES = ("add_image", "choose_image", "add_document", "choose_document")
ON_FILES: dict[Role, tuple[str, ...]] = {
    Role.EDITOR: WITH_FILES,
    Role.OFFICER: WITH_FILES,
    Role.PUBLISHER: (*WITH_FILES, "change_image", "delete_image", "change_document", "delete_document"),
}


@transaction.atomic
def open_the_editor() -> None:
    """Groups, their rights and the way to publication, where they have not been set before."""
    groups = {role: Group.objects.get_or_create(name=name)[0] for role, name in WAGTAIL_GROUPS.items()}
    if SecondPersonTask.objects.exists():
        return
    permissions = {f"{row.content_type.app_label}.{row.codename}": row for row in _permissions()}
    root, files = Page.get_first_root_node(), Collection.get_first_root_node()
    on_pages, on_files = [], []
    for role, group in groups.items():
        group.permissions.add(*(permissions[name] for name in EVERYWHERE[role]))
        on_pages += [
            GroupPagePermission(group=group, page=root, permission=permissions[f"wagtailcore.{name}"])
            for name in ON_PAGES[role]
        ]
        on_files += [
            GroupCollectionPermission(group=group, collection=files, permission=permissions[_of_files(name)])
            for name in ON_FILES[role]
        ]
    # Wagtail gives its own two groups some of this from the start.
    GroupPagePermission.objects.bulk_create(on_pages, ignore_conflicts=True)
    GroupCollectionPermission.objects.bulk_create(on_files, ignore_conflicts=True)
    for group in groups.values():
        group.permissions.remove(*(row for name, row in permissions.items() if name.startswith(WITHOUT_PLACE)))
    GroupCollectionPermission.objects.filter(group=groups[Role.EDITOR]).exclude(
        permission__codename__in=ON_FILES[Role.EDITOR]
    ).delete()
    _ask_a_second_person(groups[Role.PUBLISHER])


def _of_files(name: str) -> str:
    """Wagtail asks for the rights of its own classes of pictures and files, whichever are used."""
    return f"wagtailimages.{name}" if name.endswith("image") else f"wagtaildocs.{name}"


def _permissions() -> list[Permission]:
    apps = ("wagtailadmin", "wagtailcore", "wagtailimages", "wagtaildocs", "cms", "simple_translation")
    return list(Permission.objects.filter(content_type__app_label__in=apps).select_related("content_type"))


def _ask_a_second_person(group: Group) -> None:
    """One workflow for all pages: somebody of the group who did not write the text approves it."""
    with override(CHINESE):
        task = SecondPersonTask.objects.create(name=gettext("Approval by a second person"))
        workflow = Workflow.objects.create(name=gettext("Two people"))
    task.groups.add(group)
    Step.objects.create(workflow=workflow, task=task, sort_order=0)
    for home in HomePage.objects.order_by("pk"):
        WorkflowPage.objects.update_or_create(page=home.page_ptr, defaults={"workflow": workflow})

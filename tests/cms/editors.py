"""People who write and publish pages, and what they send, for the tests of the page editor."""

import datetime
import itertools

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.template import engines
from django.urls import reverse
from wagtail.models import Locale
from wagtail.test.utils.form_data import nested_form_data, streamfield

from cms.models import AnnouncementPage, HomePage, NewsIndexPage, NewsPage, PolicyPage, SectionPage
from gi_registry import staff
from gi_registry.journal import Actor
from gi_registry.models import User
from gi_registry.roles import Role
from products.models import Announcement

DAY = datetime.date(2026, 11, 2)
_numbers = itertools.count(1)


def make_user(role=None, *, superuser=False):
    """Somebody with a role that uses the editor, and a second factor."""
    user = User.objects.create_user(f"person{next(_numbers)}", is_superuser=superuser)
    if role:
        staff.assign_role(user=user, role=role, by=Actor.system("test"), on=DAY)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


def editor():
    return make_user(Role.EDITOR)


def publisher():
    return make_user(Role.PUBLISHER)


def make_rights_stale(user):
    """The same person anew: Wagtail keeps what it knows of somebody's groups on the object."""
    return User.objects.get(pk=user.pk)


def home(language="zh-hans"):
    return HomePage.objects.get(locale__language_code=language)


def news_index(language="zh-hans"):
    return NewsIndexPage.objects.get(locale__language_code=language)


def section(slug="regulations"):
    """A section in Chinese with its twin in English."""
    page = home().add_child(instance=SectionPage(title="法规", slug=slug, locale=home().locale))
    page.save_revision().publish()
    page.copy_for_translation(Locale.objects.get(language_code="en")).save_revision().publish()
    return SectionPage.objects.get(pk=page.pk)


def policy(by, *, live=False, parent=None, **more):
    """A page about a rule whose newest version is by somebody; published by nobody in particular where `live`."""
    parent = parent or section(f"s{next(_numbers)}")
    page = PolicyPage(
        title=more.pop("title", "办法"), slug=f"p{next(_numbers)}", issuer="局", locale=parent.locale, owner=by,
        live=False, **more,
    )  # fmt: skip
    parent.add_child(instance=page)
    revision = page.save_revision(user=by)
    if live:
        revision.publish()
    return PolicyPage.objects.get(pk=page.pk)


def announcement_page(by, parent=None):
    number = next(_numbers)
    record = Announcement.objects.create(issuer="cnipa", number=number, text=f"第{number}号")
    parent = parent or section(f"s{next(_numbers)}")
    page = AnnouncementPage(
        title="公告说明", slug=f"a{number}", announcement=record, locale=parent.locale, owner=by, live=False
    )
    parent.add_child(instance=page)
    page.save_revision(user=by)
    return AnnouncementPage.objects.get(pk=page.pk)


def news(by, *, live=False, **more):
    parent = news_index()
    title, slug = more.pop("title", "新闻"), f"n{next(_numbers)}"
    page = NewsPage(title=title, slug=slug, locale=parent.locale, owner=by, live=False, **more)
    parent.add_child(instance=page)
    revision = page.save_revision(user=by)
    if live:
        revision.publish()
    return NewsPage.objects.get(pk=page.pk)


def again(page):
    """The page as it is stored now."""
    return type(page).objects.get(pk=page.pk)


def rewrite(page, by, **values):
    """A new version of a page by somebody, stored as a draft."""
    newest = again(page).get_latest_revision_as_object()
    for name, value in values.items():
        setattr(newest, name, value)
    return newest.save_revision(user=by)


def submit(page, by):
    """Hand a page in for approval."""
    page = again(page)
    return page.get_workflow().start(page, by)


# --- what a browser sends ---


def form_of(page, action="", **values):
    """The form of a page as the editor sends it, with some values changed; `action`: the button."""
    newest = again(page).get_latest_revision_as_object() if page.pk else page
    data = {
        "title": newest.title, "slug": newest.slug, "intro": getattr(newest, "intro", ""), "body": streamfield([]),
        "comments": {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000},
        "personal_data_answer": newest.personal_data_answer,
    }  # fmt: skip
    if isinstance(newest, PolicyPage):
        data |= {"issuer": newest.issuer, "number": newest.number}
    if isinstance(newest, AnnouncementPage):
        data |= {"announcement": newest.announcement_id}
    if isinstance(newest, NewsPage):
        empty = {"TOTAL_FORMS": 0, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
        data |= {"date": newest.date.isoformat(), "author": newest.author, "products": empty, "divisions": empty}
    data |= values
    if page.pk and newest.latest_revision_id:
        data["loaded_revision_id"] = newest.latest_revision_id
    sent = nested_form_data(data)
    return sent | ({f"action-{action}": "x"} if action else {})


def edit(client, user, page, action="", **values):
    """Sends the form of a page."""
    more = values.pop("extra", {})
    client.force_login(make_rights_stale(user))
    return client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), form_of(page, action, **values) | more)


def approve(client, user, page, **values):
    """Presses "Approve" in the form of a page."""
    extra = {"action-workflow-action": "x", "workflow-action-name": "approve"}
    return edit(client, user, page, extra=extra, **values)


def group(name):
    return Group.objects.get(name=name)


def as_wagtail_expects(monkeypatch):
    """Wagtail's templates give values that are missing a default, which Django leaves out where missing ones raise."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "")


def is_refused(answer):
    """Wagtail sends who may not do something back to its first page, which says so; what succeeds leads elsewhere."""
    led_back = answer.status_code == 302 and answer["Location"] == reverse("wagtailadmin_home")
    return led_back or answer.status_code == 403

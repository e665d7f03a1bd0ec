"""Nobody publishes alone what a page says about an announcement or a rule, by whatever path; others publish news."""

import datetime

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import GroupApprovalTask, Page, TaskState, Workflow, WorkflowTask

from cms.models import PolicyPage, ProductPage, SecondPersonTask
from cms.moderation import authors, missing_button
from tests.cms import editors
from tests.cms.editors import again, announcement_page, approve, edit, news, policy, rewrite, submit
from tests.factories import make_product

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(monkeypatch):
    editors.as_wagtail_expects(monkeypatch)
    call_command("create_site", verbosity=0)


def can_publish(user, page):
    return again(page).permissions_for_user(editors.make_rights_stale(user)).can_publish()


MAKERS = [policy, announcement_page]


# --- whose text it is ---


def test_authors_are_those_since_the_last_publication():
    first, second, third = (editors.publisher() for _ in range(3))
    page = policy(first)
    assert authors(again(page)) == {first.pk}
    rewrite(page, second)
    assert authors(again(page)) == {first.pk}, "who saves without a change wrote nothing"
    rewrite(page, second, title="改过")
    assert authors(again(page)) == {first.pk, second.pk}
    again(page).get_latest_revision().publish()
    assert authors(again(page)) == {second.pk}, "the newest version is always somebody's"
    rewrite(page, third, title="再改")
    assert authors(again(page)) == {third.pk}
    again(page).get_latest_revision().publish(user=first)
    again(page).save_revision(user=first)
    again(page).unpublish()
    assert authors(again(page)) == {third.pk}, "who published or stored it again wrote nothing"


def test_after_a_page_was_taken_down_the_writer_of_what_stood_there_still_counts():
    first, second = editors.publisher(), editors.publisher()
    page = policy(first, live=True)
    again(page).unpublish()
    assert authors(again(page)) == {first.pk}
    assert can_publish(second, page)


def test_a_version_that_nobody_wrote_has_no_author():
    page = policy(None)
    assert authors(again(page)) == set()


# --- direct publication: every path ---


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("who", ["publisher", "superuser"])
def test_who_wrote_it_may_not_publish_and_somebody_else_may(make, who):
    writer = editors.publisher() if who == "publisher" else editors.make_user(superuser=True)
    page = make(writer)
    assert not can_publish(writer, page)
    assert can_publish(editors.publisher(), page)
    assert can_publish(editors.make_user(superuser=True), page)
    assert not can_publish(editors.editor(), page)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("who", ["writer", "other", "superuser"])
def test_the_form_does_not_publish_and_keeps_what_was_typed(client, make, who):
    """Also not for a second person: what stands in the form was typed by whoever sends it."""
    writer = editors.publisher()
    page = make(writer)
    user = {"writer": writer, "other": editors.publisher(), "superuser": editors.make_user(superuser=True)}[who]
    answer = edit(client, user, page, "publish", title="新的标题")
    assert not again(page).live
    assert again(page).get_latest_revision_as_object().title == page.title
    assert "新的标题" in answer.text


@pytest.mark.parametrize("who", ["publisher", "superuser"])
def test_creating_and_publishing_in_one_step_stores_nothing_public(client, who):
    user = editors.publisher() if who == "publisher" else editors.make_user(superuser=True)
    parent = editors.section()
    client.force_login(user)
    form = editors.form_of(PolicyPage(title="一步发布", slug="at-once", issuer="局"), "publish")
    answer = client.post(reverse("wagtailadmin_pages:add", args=["cms", "policypage", parent.pk]), form)
    assert not PolicyPage.objects.live().filter(slug="at-once").exists()
    assert "一步发布" in answer.text


def test_the_guard_behind_the_form_makes_a_draft_of_what_was_stored_as_published(rf):
    from django.contrib.messages.storage.cookie import CookieStorage

    from cms.publishing_guards import before_publishing

    user = editors.publisher()
    parent = editors.section()
    new = PolicyPage(title="绕过", slug="around", issuer="局", locale=parent.locale, owner=user)
    page = parent.add_child(instance=new)
    page.save_revision(user=user)
    assert page.live
    request = rf.post("/")
    request.user, request._messages = user, CookieStorage(request)
    assert before_publishing(request, page).status_code == 302
    assert not again(page).live


def publish_many(client, user, pages, below=False):
    client.force_login(editors.make_rights_stale(user))
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    query = "?" + "&".join(f"id={page.pk}" for page in pages) + "&next=/cms/"
    return client.post(address + query, {"include_descendants": "on"} if below else {}, follow=True)


def test_publishing_many_leaves_out_what_one_wrote(client):
    writer, other = editors.publisher(), editors.publisher()
    parent = editors.section()
    own, theirs = policy(writer, parent=parent), policy(other, parent=parent)
    publish_many(client, writer, [own, theirs])
    assert not again(own).live
    assert again(theirs).live


def test_publishing_a_branch_leaves_out_what_one_wrote(client):
    writer = editors.publisher()
    parent = editors.section()
    own = policy(writer, parent=parent)
    publish_many(client, writer, [parent], below=True)
    assert not again(own).live


def test_going_back_to_an_older_version_does_not_publish(client):
    writer, other = editors.publisher(), editors.publisher()
    page = policy(writer, live=True)
    old = again(page).latest_revision_id
    rewrite(page, other, title="较新")
    client.force_login(other)
    form = editors.form_of(page, "publish", title="办法")
    client.post(reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, old]), form)
    assert again(page).live_revision_id == old
    assert again(page).last_published_at == page.last_published_at


def test_a_day_to_go_live_is_no_way_around(client):
    writer = editors.publisher()
    page = policy(writer)
    tomorrow = timezone.localtime() + datetime.timedelta(days=1)
    edit(client, writer, page, "publish", go_live_at=tomorrow.strftime("%Y-%m-%d %H:%M"))
    assert not again(page).revisions.filter(approved_go_live_at__isnull=False).exists()


def test_a_page_for_two_people_is_not_copied(client):
    writer = editors.publisher()
    parent = editors.section()
    page = policy(writer, parent=parent, live=True)
    client.force_login(editors.make_rights_stale(writer))
    form = {"new_title": "副本", "new_slug": "copy", "new_parent_page": parent.pk, "publish_copies": "on"}
    assert editors.is_refused(client.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), form))
    form |= {"new_parent_page": editors.home().pk, "copy_subpages": "on"}
    client.post(reverse("wagtailadmin_pages:copy", args=[parent.pk]), form)
    assert PolicyPage.objects.filter(alias_of=None, locale=page.locale).count() == 1


@pytest.mark.parametrize("recursive", [False, True])
def test_the_api_of_the_editor_copies_and_publishes_nothing_either(client, recursive):
    writer = editors.publisher()
    parent = editors.section()
    page = policy(writer, parent=parent)
    client.force_login(editors.make_rights_stale(writer))

    def act(one, name, **data):
        address = reverse("wagtailadmin_api:pages:action", args=[one.pk, name])
        return client.post(address, data, content_type="application/json")

    assert act(page, "publish").status_code == 403
    assert act(page, "copy", keep_live=True).status_code == 403
    if recursive:
        target = editors.home().pk
        assert act(parent, "copy", keep_live=True, recursive=True, destination_page_id=target).status_code == 403
    assert not PolicyPage.objects.live().exists()
    assert PolicyPage.objects.filter(locale=page.locale).count() == 1


def test_an_alias_is_never_published_by_hand(client):
    writer, other = editors.publisher(), editors.publisher()
    parent = editors.section()
    page = policy(writer, parent=parent)
    alias = page.copy_for_translation(editors.home("en").locale, alias=True)
    assert not can_publish(other, alias)
    publish_many(client, other, [alias])
    assert not again(alias).live


def test_moving_is_allowed():
    writer = editors.publisher()
    page = policy(writer, live=True)
    tester = again(page).permissions_for_user(editors.make_rights_stale(writer))
    assert tester.can_move_to(editors.section("elsewhere"))


# --- approval ---


def test_a_second_person_approves_and_the_page_is_public(client):
    writer, other = editors.editor(), editors.publisher()
    page = policy(writer)
    submit(page, writer)
    assert not again(page).live
    assert approve(client, other, page).status_code == 302
    assert again(page).live


@pytest.mark.parametrize("make", [policy, announcement_page, news])
@pytest.mark.parametrize("who", ["publisher", "superuser"])
def test_nobody_approves_what_they_wrote(client, make, who):
    writer = editors.publisher() if who == "publisher" else editors.make_user(superuser=True)
    page = make(writer)
    state = submit(page, writer)
    task = SecondPersonTask.objects.get()
    assert task.get_actions(again(page), writer) == []
    approve(client, writer, page)
    with pytest.raises(PermissionDenied):
        task.on_action(state.current_task_state, writer, "approve")
    client.post(
        reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.current_task_state.pk])
    )
    assert not again(page).live


def test_nobody_approves_what_they_changed_meanwhile(client):
    writer, other = editors.editor(), editors.publisher()
    page = policy(writer)
    state = submit(page, writer)
    answer = approve(client, other, page, title="改过的标题")
    assert not again(page).live
    assert "改过的标题" in answer.text
    rewrite(page, other, title="改过的标题")
    with pytest.raises(PermissionDenied):
        SecondPersonTask.objects.get().on_action(state.current_task_state, other, "approve")
    third = editors.publisher()
    approve(client, third, page)
    assert again(page).live
    assert again(page).title == "改过的标题"


def test_what_was_changed_after_it_was_opened_is_read_again_first(client):
    writer, other, third = editors.editor(), editors.publisher(), editors.publisher()
    page = policy(writer)
    submit(page, writer)
    opened = again(page).latest_revision_id
    rewrite(page, third, title="后来改的")
    extra = {"action-workflow-action": "x", "workflow-action-name": "approve", "loaded_revision_id": opened}
    edit(client, other, page, extra=extra)
    assert not again(page).live


def test_the_second_of_two_who_approve_is_refused():
    writer, first, second = editors.editor(), editors.publisher(), editors.publisher()
    page = policy(writer)
    state = submit(page, writer).current_task_state
    task = SecondPersonTask.objects.get()
    stale = TaskState.objects.get(pk=state.pk)
    task.on_action(state, first, "approve")
    published = again(page).last_published_at
    with pytest.raises(PermissionDenied):
        task.on_action(stale, second, "approve")
    assert again(page).last_published_at == published


def test_another_workflow_is_no_way_around(client):
    """An administrator may give a page a workflow of Wagtail's own kind; the page still asks for two people."""
    writer = editors.publisher()
    page = policy(writer)
    workflow = Workflow.objects.create(name="one")
    task = GroupApprovalTask.objects.create(name="anyone")
    task.groups.add(Group.objects.get(name="Moderators"))
    WorkflowTask.objects.create(workflow=workflow, task=task, sort_order=0)
    state = workflow.start(again(page), writer)
    with pytest.raises(PermissionDenied):
        task.on_action(state.current_task_state, writer, "approve")
    assert not again(page).live


def test_editors_approve_nothing(client):
    writer, other = editors.editor(), editors.editor()
    page = policy(writer)
    submit(page, writer)
    assert SecondPersonTask.objects.get().get_actions(again(page), other) == []
    approve(client, other, page)
    assert not again(page).live


def test_what_waits_for_somebody_leaves_out_their_own():
    writer, other = editors.publisher(), editors.publisher()
    page = policy(writer)
    submit(page, writer)
    assert list(TaskState.objects.reviewable_by(writer)) == []
    assert [state.revision.object_id for state in TaskState.objects.reviewable_by(other)] == [str(page.pk)]


def test_the_workflow_with_two_people_stands_on_every_page():
    for page in Page.objects.filter(depth__gt=1):
        tasks = [step.task.specific for step in page.get_workflow().workflow_tasks.all()]
        assert [type(task) for task in tasks] == [SecondPersonTask]
        assert [one.name for one in tasks[0].groups.all()] == ["Moderators"]


# --- news and other pages ---


def test_publishers_publish_news_and_editors_do_not(client):
    writer, other = editors.editor(), editors.publisher()
    page = news(writer)
    edit(client, writer, page, "publish")
    assert not again(page).live
    assert edit(client, other, page, "publish").status_code == 302
    assert again(page).live


def test_editors_submit_news(client):
    writer = editors.editor()
    page = news(writer)
    assert edit(client, writer, page, "submit").status_code == 302
    assert again(page).workflow_in_progress


# --- what the editor is shown ---


def buttons(client, user, page):
    client.force_login(editors.make_rights_stale(user))
    return client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text


def test_the_form_says_why_there_is_no_button(client):
    writer, other = editors.publisher(), editors.publisher()
    page = policy(writer)
    html = buttons(client, other, page)
    assert 'name="action-publish"' not in html
    assert "发布员" in html
    html = buttons(client, other, news(writer))
    assert 'name="action-publish"' in html
    submit(page, writer)
    assert 'data-workflow-action-name="approve"' not in buttons(client, writer, page)
    assert 'data-workflow-action-name="approve"' in buttons(client, other, page)


def test_a_new_page_for_two_people_has_no_button_to_publish(client):
    client.force_login(editors.publisher())
    address = reverse("wagtailadmin_pages:add", args=["cms", "policypage", editors.section().pk])
    assert 'name="action-publish"' not in client.get(address).text
    address = reverse("wagtailadmin_pages:add", args=["cms", "newspage", editors.news_index().pk])
    assert 'name="action-publish"' in client.get(address).text


def test_the_reason_names_who_can():
    writer = editors.publisher()
    page = policy(writer)
    assert "in the role of publisher who" in missing_button(again(page), writer), "the role, not Wagtail's group"
    submit(page, writer)
    assert "You worked on this text" in missing_button(again(page), writer)
    assert missing_button(again(news(writer)), writer) == ""


# --- days, expiry, redirects ---


def test_approved_pages_go_live_and_expire_on_their_day(client):
    writer, other = editors.editor(), editors.publisher()
    soon = timezone.now() + datetime.timedelta(hours=1)
    page = policy(writer, go_live_at=soon, expire_at=soon + datetime.timedelta(days=1))
    submit(page, writer)
    SecondPersonTask.objects.get().on_action(again(page).current_workflow_task_state, other, "approve")
    assert not again(page).live
    again(page).revisions.update(approved_go_live_at=timezone.now() - datetime.timedelta(minutes=1))
    newest = again(page).get_latest_revision()
    newest.content["go_live_at"] = (timezone.now() - datetime.timedelta(minutes=1)).isoformat()
    newest.save()
    call_command("publish_scheduled", verbosity=0)
    assert again(page).live
    PolicyPage.objects.filter(pk=page.pk).update(expire_at=timezone.now() - datetime.timedelta(minutes=1))
    call_command("publish_scheduled", verbosity=0)
    assert not again(page).live
    assert again(page).expired


def rename(page, slug, callbacks):
    renamed = again(page)
    renamed.slug = slug
    with callbacks(execute=True):
        renamed.save_revision().publish()


def test_old_addresses_lead_to_the_page_after_a_new_name_and_a_move(client, django_capture_on_commit_callbacks):
    page = news(editors.publisher(), live=True)
    old = again(page).url
    rename(page, "new-name", django_capture_on_commit_callbacks)
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (301, again(page).url)
    first, second = editors.section("first"), editors.section("second")
    rule = policy(None, parent=first, live=True)
    before = again(rule).url
    again(rule).move(second, pos="last-child")
    answer = client.get(before)
    assert (answer.status_code, answer["Location"]) == (301, again(rule).url)


def test_a_story_keeps_the_address_of_its_record_whatever_its_name(django_capture_on_commit_callbacks):
    product = make_product(number=365)
    parent = editors.section("stories")
    new = ProductPage(title="故事", slug="story", product=product, locale=parent.locale, live=False)
    page = parent.add_child(instance=new)
    page.save_revision().publish()
    rename(page, "another", django_capture_on_commit_callbacks)
    with django_capture_on_commit_callbacks(execute=True):
        again(page).move(editors.section("elsewhere"), pos="last-child")
    with translation.override("zh-hans"):
        assert again(page).url == product.get_absolute_url() == "/products/365/"
    assert not Redirect.objects.exists()

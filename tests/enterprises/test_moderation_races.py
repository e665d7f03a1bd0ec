"""Several publishers press a button of the page editor at the same moment: the page is published or made once.

It stands here because the database of races does.
"""

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from wagtail.models import Page, PageLogEntry

from cms import page_work
from cms.models import SecondPersonTask
from gi_registry.moves import MoveRefused
from tests import races
from tests.cms import editors
from tests.cms.editors import again, policy, submit

ON_POSTGRESQL = connection.vendor == "postgresql"
pytestmark = pytest.mark.django_db(transaction=ON_POSTGRESQL)
MANY = 6


@pytest.fixture(autouse=True)
def _site(race_database):
    call_command("create_site", verbosity=0)


def test_of_many_who_approve_one_publishes():
    page = policy(editors.editor())
    submit(page, page.owner)
    people = [editors.publisher() for _ in range(MANY)]

    def approve(user):
        def act():
            task = SecondPersonTask.objects.get()
            state = again(page).workflow_states.get().task_states.get()
            try:
                task.on_action(state, user, "approve")
            except PermissionDenied as refusal:
                raise MoveRefused("someone_was_faster", str(refusal)) from refusal

        return act

    outcome = races.at_once([approve(user) for user in people])
    assert outcome.faults() == []
    assert again(page).live
    assert PageLogEntry.objects.filter(page=page.pk, action="wagtail.publish").count() == 1


def test_of_many_who_translate_all_come_to_one_page():
    user = editors.editor()
    page = editors.news(user, live=True)
    again(page).copy_for_translation(editors.home("en").locale, alias=True)
    outcome = races.at_once([lambda: page_work.begin_translation(page=again(page), by=user).pk] * MANY)
    assert outcome.faults(winners=MANY) == []
    assert len(set(outcome.results)) == 1
    assert Page.objects.filter(translation_key=page.translation_key).count() == 2

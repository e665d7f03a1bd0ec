"""What those who write pages may do in the editor: pages, pictures, files. Nothing of the register, no settings."""

import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.models import get_page_models
from wagtail.rich_text import RichText
from wagtail.snippets.models import get_snippet_models

from cms.editing_rights import open_the_editor
from cms.models import ContactPage, NewsCategory, SecondPersonTask
from cms.page_forms import unanswered
from cms.record_choices import CHOOSERS
from gi_registry.models import JournalEntry
from gi_registry.roles import Role
from tests.cms import editors
from tests.cms.editors import again, edit, news
from tests.factories import make_agreement, make_hunan, make_poverty_list, make_product

pytestmark = pytest.mark.django_db
OF_THE_REGISTER = ("gi_registry", "products", "enterprises")
# What only an administrator of the machine opens.
SETTINGS = [
    "wagtailusers_users:index", "wagtailusers_users:add", "wagtailusers_groups:index", "wagtailusers_groups:add",
    "wagtailsites:index", "wagtailsites:add", "wagtailadmin_workflows:index", "wagtailadmin_workflows:add",
    "wagtailadmin_workflows:task_index", "wagtailadmin_collections:index", "wagtailadmin_collections:add",
    "wagtailredirects:index", "wagtailredirects:add",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _site(monkeypatch):
    editors.as_wagtail_expects(monkeypatch)
    call_command("create_site", verbosity=0)


# --- nothing of the register ---


def editor_addresses():
    """Every address of the editor as (regular expression, view, names of its values)."""

    def walk(patterns, before):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, before + str(pattern.pattern))
            elif isinstance(pattern, URLPattern):
                yield before + str(pattern.pattern), pattern.callback, list(pattern.pattern.regex.groupindex)

    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and str(resolver.pattern) == "cms/":
            yield from walk(resolver.url_patterns, "cms/")


def test_no_address_of_the_editor_has_a_form_for_a_record():
    """Views of the editor that change something name their model; none of ours is among them."""
    seen = 0
    for address, view, _names in editor_addresses():
        seen += 1
        parts = getattr(view, "view_initkwargs", {})
        kind = getattr(view, "view_class", None)
        model = parts.get("model") or getattr(kind, "model", None)
        if isinstance(model, type) and issubclass(model, Model) and model._meta.app_label in OF_THE_REGISTER:
            handlers = {name for name in ("post", "put", "patch", "delete") if hasattr(kind, name)}
            if model._meta.label == "gi_registry.User":
                continue  # Wagtail's list of people; the next tests show that it stays closed
            assert not handlers, address
    assert seen > 150, "the walk finds the addresses"


def test_pages_and_snippets_are_words_only():
    for model in [*get_page_models(), *get_snippet_models()]:
        assert model._meta.app_label in ("cms", "wagtailcore"), model
    assert get_snippet_models() == [NewsCategory]


def test_forms_of_pages_hold_records_by_key_only():
    """A page may point to a record; no form of a page has a field of one."""
    for model in get_page_models():
        if model._meta.app_label != "cms":
            continue
        form = model.get_edit_handler().get_form_class()
        assert issubclass(form, WagtailAdminModelForm)
        for name in form.base_fields:
            field = next((one for one in model._meta.get_fields() if one.name == name), None)
            target = getattr(field, "related_model", None)
            if target is not None and target._meta.app_label in OF_THE_REGISTER:
                assert type(form.base_fields[name].widget) in CHOOSERS, (model, name)
        for formset in form.formsets.values() if hasattr(form, "formsets") else ():
            assert formset.model._meta.app_label not in OF_THE_REGISTER


def rows_of_the_register():
    """How many rows each table of the register has, and what products say: any change shows."""
    from products.models import Product

    counts = {
        model._meta.label: model.objects.count()
        for label in OF_THE_REGISTER
        for model in apps.get_app_config(label).get_models()
        if model._meta.label != "gi_registry.User"
    }
    return counts, list(Product.objects.values()), JournalEntry.objects.count()


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER, Role.OFFICER])
def test_walking_every_address_changes_no_record(client, role):
    """Each address of the editor is asked and sent a form, with the keys of records where it wants a key."""
    product = make_product("安化黑茶", number=77, province=make_hunan()[0])
    make_agreement()
    make_poverty_list()
    page = news(editors.publisher(), live=True)
    client.force_login(editors.make_user(role))
    before = rows_of_the_register()
    client.raise_request_exception = False
    values = {
        "content_type_app_label": "products", "content_type_model_name": "product", "app_label": "products",
        "model_name": "product", "content_type_app_name": "products", "object_id": str(product.pk),
        "action": "delete", "action_name": "delete", "action_type": "delete",
    }  # fmt: skip
    form = {"name_zh": "改了", "title": "改了", "status": "revoked", "number": "1", "delete": "yes"}
    opened, broken = set(), []
    for address, _view, names in editor_addresses():
        if any(word in address for word in ("logout", "login", "password", "failwhale")):
            continue
        path = "/" + fill(address, names, values, str(product.pk if "chooser" in address else page.pk))
        got = client.get(path)
        client.post(path, form)  # Wagtail stumbles over forms with nothing in them; what counts is what is stored
        opened.add(got.status_code)
        broken += [path] if got.status_code == 500 else []
    assert broken == []
    assert rows_of_the_register() == before
    assert {200, 302} <= opened, "the walk gets somewhere"


def fill(address, names, values, key):
    """An address with values in the place of its variables."""
    for name in names:
        value = values.get(name, key)
        address = re.sub(rf"<(?:\w+:)?{name}>", value, address)
        address = re.sub(rf"\(\?P<{name}>(?:[^()]|\([^()]*\))*\)", value, address)
    return re.sub(r"[\^$?]|\\Z|\\", "", address)


# --- no settings ---


@pytest.mark.parametrize("role", [Role.EDITOR, Role.PUBLISHER, Role.OFFICER])
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_stay_closed(client, role, name):
    client.force_login(editors.make_user(role))
    answer = client.get(reverse(name))
    assert editors.is_refused(answer), name


# --- rights ---


def rights(name):
    group = editors.group(name)
    pages = {row.permission.codename for row in group.page_permissions.all()}
    files = {row.permission.codename for row in group.collection_permissions.all()}
    return pages, files, set(group.permissions.values_list("codename", flat=True))


def test_what_each_group_may():
    write = {"access_admin", "submit_translation"}
    own = {"add_image", "choose_image", "add_document", "choose_document"}
    category = {"add_newscategory", "change_newscategory"}
    assert rights("Editors") == ({"add_page", "change_page"}, own, write | category)
    assert rights("Registry officers") == ({"add_page", "change_page"}, own, write)
    pages, files, general = rights("Moderators")
    assert pages == {"add_page", "change_page", "publish_page", "lock_page", "unlock_page", "bulk_delete_page"}
    assert files == own | {"change_image", "delete_image", "change_document", "delete_document"}
    assert general == write | category | {"delete_newscategory"}


def test_rights_are_given_once():
    editors.group("Editors").page_permissions.all().delete()
    editors.group("Registry officers").permissions.clear()
    tasks = SecondPersonTask.objects.count()
    open_the_editor()
    assert not editors.group("Editors").page_permissions.exists()
    assert not editors.group("Registry officers").permissions.exists()
    assert SecondPersonTask.objects.count() == tasks == 1


# --- personal data ---


def with_number(by, **more):
    return news(by, title="有号码", intro="请致电13800138000", **more)


@pytest.mark.parametrize("action", ["publish", "submit"])
def test_what_looks_like_personal_data_is_answered_first(client, action):
    user = editors.publisher()
    page = with_number(user)
    answer = edit(client, user, page, action)
    assert "13800138000 (" in answer.text
    assert not again(page).live
    assert not again(page).workflow_in_progress
    assert edit(client, user, page, action, personal_data_answer="号码是虚构的").status_code == 302
    assert again(page).live or again(page).workflow_in_progress


def test_a_draft_can_always_be_saved(client):
    user = editors.editor()
    page = with_number(user)
    assert edit(client, user, page, intro="另请致电13900139000").status_code == 302
    assert again(page).get_latest_revision_as_object().intro == "另请致电13900139000"


def test_an_approval_asks_again(client):
    """Somebody may have written the number into the text while it waited."""
    writer, other = editors.editor(), editors.publisher()
    page = news(writer)
    editors.submit(page, writer)
    editors.rewrite(page, writer, intro="请致电13800138000")
    editors.approve(client, other, page)
    assert not again(page).live


def test_texts_in_pieces_are_read():
    user = editors.publisher()
    page = news(user, body=[("callout", {"kind": "info", "title": "x", "text": RichText("<p>138<b>0013</b>8000</p>")})])
    assert [finding.text for finding in unanswered(again(page))] == ["13800138000"]


def test_the_office_of_a_contact_page_may_be_reached():
    page = ContactPage(title="联系", office="局", telephone="010-62083114", mail="zhang.san@example.org", post="北京")
    assert unanswered(page) == []
    page.intro = "13800138000"
    assert len(unanswered(page)) == 1


@pytest.mark.parametrize("below", [False, True])
def test_many_pages_are_checked_too(client, below):
    user = editors.publisher()
    page, clean = with_number(user), news(user)
    client.force_login(editors.make_rights_stale(user))
    chosen = f"id={editors.news_index().pk}" if below else f"id={page.pk}&id={clean.pk}"
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"]) + f"?{chosen}&next=/cms/"
    answer = client.post(address, {"include_descendants": "on"} if below else {}, follow=True)
    assert "13800138000 (" in answer.text
    assert not again(page).live
    assert not again(clean).live, "one refusal stops all"


# --- the editor itself ---


def test_pages_are_saved_by_themselves_while_they_are_written(client):
    client.force_login(editors.editor())
    html = client.get(reverse("wagtailadmin_pages:add", args=["cms", "newspage", editors.news_index().pk])).text
    assert "w-autosave" in html
    assert 'data-w-autosave-interval-value="' in html


def test_the_form_has_preview_in_phone_width_and_the_check_of_accessibility(client):
    user = editors.editor()
    page = news(user)
    client.force_login(editors.make_rights_stale(user))
    html = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).text
    assert 'data-device-width="375"' in html
    assert 'data-side-panel="checks"' in html


def test_a_preview_can_be_checked_for_accessibility_and_the_public_page_stays_clean(client):
    user = editors.publisher()
    page = news(user, live=True, title="已发布")
    client.force_login(editors.make_rights_stale(user))
    address = reverse("wagtailadmin_pages:preview_on_edit", args=[page.pk])
    assert client.post(address, editors.form_of(page, title="还在写")).json()["is_valid"]
    draft = client.get(address, {"in_preview_panel": "true"}).text
    assert "还在写" in draft
    assert "wagtail-userbar-template" in draft
    public = client.get(again(page).url).text
    assert "已发布" in public
    assert "userbar" not in public

"""`manage.py create_site`: the pages the site cannot do without, in both languages, and who may edit them."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext, override
from wagtail.models import Locale, Page, Site

from cms.editing_rights import open_the_editor
from cms.models import HomePage, NewsIndexPage
from cms.two_languages import CHINESE, ENGLISH


class Command(BaseCommand):
    help = "Create home page and news list in Chinese and English; what is there already is left as it is."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        main, other = (Locale.objects.get_or_create(language_code=code)[0] for code in (CHINESE, ENGLISH))
        home = HomePage.objects.filter(locale=main).first() or self._first_home(main)
        news = NewsIndexPage.objects.child_of(home).first() or self._add(home, _news_index(main))
        for page in (home, news):
            if not page.has_translation(other):
                self._translate(page, other)
        self._serve(home)
        open_the_editor()

    def _first_home(self, locale: Locale) -> HomePage:
        """The home page in the place of Wagtail's greeting."""
        root = Page.get_first_root_node()
        greeting = Page.objects.child_of(root).filter(slug="home", content_type__model="page").first()
        if greeting and not greeting.get_children().exists():
            greeting.delete()  # its site goes along and is made anew
            root.refresh_from_db()
        with override(locale.language_code):
            home = HomePage(title=gettext("Register of Geographical Indications"), slug="register", locale=locale)
        return self._add(root, home)

    def _add(self, parent: Page, page: Page) -> Any:
        parent.add_child(instance=page)
        page.save_revision().publish()
        self.stdout.write(f"Created {page.specific_class.__name__} ({page.locale.language_code}).")
        return page

    def _translate(self, page: Page, locale: Locale) -> None:
        twin = page.copy_for_translation(locale)
        with override(locale.language_code):
            is_home = isinstance(page, HomePage)
            twin.title = gettext("Register of Geographical Indications") if is_home else gettext("News")
        twin.save_revision().publish()
        self.stdout.write(f"Created {page.specific_class.__name__} ({locale.language_code}).")

    def _serve(self, home: HomePage) -> None:
        """One site that answers to any host name; its own name follows the settings."""
        address = urlsplit(settings.SITE_URL)
        site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
        if site.root_page_id is None or not HomePage.objects.filter(pk=site.root_page_id).exists():
            site.root_page = home
        site.hostname = address.hostname or "localhost"
        site.port = address.port or (443 if address.scheme == "https" else 80)
        site.save()


def _news_index(locale: Locale) -> NewsIndexPage:
    with override(locale.language_code):
        return NewsIndexPage(title=gettext("News"), slug="news", locale=locale)

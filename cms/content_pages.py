"""EDGE. Makes pages of content files: those that are missing, in both languages. What is there is never touched.

A page is known by its key, which both languages share, and not by its address: moved, renamed or withdrawn by an
editor it stays as it is. Pages are made first and filled afterwards, so that texts may link to each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import get_script_prefix
from wagtail.models import Locale, Page

from cms.content_files import LANGUAGES, ContentFile, ContentRefused
from cms.content_pieces import Lookups, NotLoaded, pieces
from cms.models import HomePage, NewsCategory, NewsDivision, NewsIndexPage, NewsPage, NewsProduct, PolicyPage
from gi_registry.models import Division
from products.models import Agreement, Announcement, PovertyList, Product

# By what a content file names a record.
KEYS: dict[type, str] = {
    Product: "number", Division: "code", Agreement: "code", PovertyList: "slug", Announcement: "text",
    NewsCategory: "slug",
}  # fmt: skip
FIELDS: dict[str, type] = {
    "product": Product, "announcement": Announcement, "category": NewsCategory, "products": Product,
    "divisions": Division,
}  # fmt: skip
LATER = ("products", "divisions", "replaced_by")  # need the page, or another one, to be there
CATEGORIES = [("data", "数据", "Data"), ("service", "服务", "Services"), ("law", "法规", "Law")]
ONE_ADDRESS = ("/v/", "/api/", "/documents/")  # the same in both languages


class Maker:
    """Makes the pages of some files. `say` is told of what was made and of what was left out."""

    def __init__(self, files: list[ContentFile], say: Callable[[str], None]) -> None:
        self.files = {file.address: file for file in files}
        self.say = say
        self.locales = {name: Locale.objects.get(language_code=code) for name, code in LANGUAGES.items()}
        self.pages: dict[tuple[str, str], Page] = {}  # by address and language; absent where left out
        self.records: dict[tuple[type, Any], int | None] = {}
        self.made: list[tuple[ContentFile, str, Page]] = []

    @transaction.atomic
    def make(self) -> int:
        """Make what is missing; returns how many pages that were."""
        self._find_what_is_there()
        for slug, name_zh, name_en in CATEGORIES:
            NewsCategory.objects.get_or_create(slug=slug, defaults={"name_zh": name_zh, "name_en": name_en})
        for file in self.files.values():
            for language in LANGUAGES:
                self._add(file, language)
        for file, language, page in self.made:
            self._fill(file, language, page.specific_class.objects.get(pk=page.pk))  # it has children by now
        return len(self.made)

    def _find_what_is_there(self) -> None:
        addresses = {file.key: file.address for file in self.files.values()}
        languages = {locale.pk: name for name, locale in self.locales.items()}
        for page in Page.objects.filter(translation_key__in=addresses):
            if page.locale_id in languages:
                self.pages[addresses[page.translation_key], languages[page.locale_id]] = page
        for name, locale in self.locales.items():
            for address, model in (("/", HomePage), ("/news/", NewsIndexPage)):
                if found := model.objects.filter(locale=locale).first():
                    self.pages[address, name] = found

    def _add(self, file: ContentFile, language: str) -> None:
        """The page without its text, not yet live."""
        if (file.address, language) in self.pages:
            return
        parent = self.pages.get((file.parent, language))
        if parent is None:
            return self.say(f"Left out {file.address} ({language}): its parent {file.parent} is not there.")
        parent = Page.objects.get(pk=parent.pk)  # its place in the tree as it is by now
        if parent.get_children().filter(slug=file.slug).exists():
            return self.say(f"Left out {file.address} ({language}): another page has that address.")
        try:
            shared = {name: self._shared(file, name) for name in file.shared if name not in LATER}
        except NotLoaded as missing:
            return self.say(f"Left out {file.address} ({language}): {missing.record} is not loaded.")
        words = {name: text for name, text in file.words[language].items() if isinstance(text, str)}
        page = file.kind.model(
            slug=file.slug,
            locale=self.locales[language],
            translation_key=file.key,
            live=False,
            **shared,
            **words,
        )
        try:
            parent.add_child(instance=page)
        except ValidationError as error:
            raise ContentRefused(f"{file.name}: {language}: {'; '.join(error.messages)}") from error
        self.pages[file.address, language] = page
        self.made.append((file, language, page))

    def _shared(self, file: ContentFile, name: str) -> Any:
        value = file.shared[name]
        if name in FIELDS:
            model = FIELDS[name]
            return model._default_manager.get(pk=self._record(model, value))  # type: ignore[attr-defined]
        return value

    def _fill(self, file: ContentFile, language: str, page: Any) -> None:
        """Text, what it is about, and the first revision; then the page is live."""
        lookups = Lookups(
            link=lambda address: self._link(file, language, address),
            record=self._record,
            left_out=lambda record: self.say(
                f"Left out of {file.address} ({language}): {record} is not loaded."
            ),
        )
        for name, value in file.words[language].items():
            if isinstance(value, list):
                stream = page._meta.get_field(name).stream_block
                setattr(page, name, stream.to_python(pieces(file, language, name, lookups)))
        if isinstance(page, PolicyPage) and (address := file.shared.get("replaced_by")):
            page.replaced_by = self._later_act(file, language, address)
        if isinstance(page, NewsPage):
            self._relate(file, page, lookups)
        page.save_revision().publish()
        if language == "en":
            self.say(f"Created {file.address}")

    def _later_act(self, file: ContentFile, language: str, address: str) -> PolicyPage | None:
        if address not in self.files:
            raise ContentRefused(f"{file.name}: replaced_by: there is no file for {address}")
        found = self.pages.get((address, language))
        return PolicyPage.objects.filter(pk=found.pk).first() if found else None

    def _relate(self, file: ContentFile, page: NewsPage, lookups: Lookups) -> None:
        for name, model, link, column in (
            ("products", Product, NewsProduct, "product_id"), ("divisions", Division, NewsDivision, "division_id"),
        ):  # fmt: skip
            for key in file.shared.get(name, []):
                try:
                    getattr(page, name).add(link(**{column: self._record(model, key)}))
                except NotLoaded as missing:
                    lookups.left_out(missing.record)

    def _record(self, model: type, key: Any) -> int:
        """The row that a key names; `NotLoaded` where this register has none."""
        if (model, key) not in self.records:
            rows = model._default_manager.filter(**{KEYS[model]: key})  # type: ignore[attr-defined]
            self.records[model, key] = rows.values_list("pk", flat=True).first()
        if (found := self.records[model, key]) is None:
            raise NotLoaded(f"{model._meta.verbose_name} {key}")  # type: ignore[attr-defined]
        return found

    def _link(self, file: ContentFile, language: str, address: str) -> tuple[str, str]:
        """A page by its number, so that it may move; any other address as it is. Nothing for what is not there."""
        if address.startswith("https://"):
            return f'<a href="{address}">', "</a>"
        if not address.startswith("/"):
            raise ContentRefused(
                f"{file.name}: {language}: the address “{address}” begins with neither / nor https://"
            )
        if address in self.files:
            page = self.pages.get((address, language))
            return (f'<a linktype="page" id="{page.pk}">', "</a>") if page else ("", "")
        if address.startswith("/products/") and (number := address.split("/")[2]).isdigit():
            try:
                self._record(Product, int(number))
            except NotLoaded:
                return "", ""
        prefix = "" if language == "zh" or address.startswith(ONE_ADDRESS) else "/en"
        return f'<a href="{get_script_prefix().rstrip("/")}{prefix}{address}">', "</a>"

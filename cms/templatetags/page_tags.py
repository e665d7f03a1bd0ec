"""What templates of pages ask: the text with its headings, what lies below, the news, the words on a record. EDGE."""

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms, template
from django.core.paginator import Page as PageOfList
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cms import headings, live_pages, stories
from cms.headings import Heading
from cms.live_pages import Below, NewsChoice
from cms.live_records import cards
from cms.models import EventPage, NewsIndexPage, NewsPage, PolicyPage
from cms.policy_states import PolicyState
from gi_registry.query_values import read

register = template.Library()
NEWS_A_PAGE = 20
ENOUGH_FOR_CONTENTS = 3  # headings from which on a list of them helps


@dataclass(frozen=True)
class Body:
    """The text of a page, ready to show; `contents` is empty where it has few headings."""

    html: SafeString
    contents: list[Heading]
    has_coverage: bool


@register.simple_tag(takes_context=True)
def body_of(context: template.Context, page: Any) -> Body:
    """The text of a page with places to jump to; its first picture does not wait until it comes into view."""
    html, found = headings.with_anchors(page.body.render_as_block(context.flatten()))
    contents = found if len(found) >= ENOUGH_FOR_CONTENTS else []
    return Body(mark_safe(headings.first_picture_at_once(html)), contents, has_coverage(page))


@register.filter
def has_coverage(page: Any) -> bool:
    """Whether the text draws a map of a poverty list, whose colours stand in a file of their own."""
    return any(piece.block_type == "coverage" for piece in page.body)


@register.simple_tag
def way_to(page: Any) -> list[tuple[str, str]]:
    """The crumbs of a page; none where it lies directly below the home page."""
    above = live_pages.way_to(page)
    return [*above, (page.title, "")] if above else []


@register.filter
def is_foreign(language: str) -> bool:
    """Whether a language is another one than that of the page."""
    return language != get_language()


@register.simple_tag
def pages_below(page: Any) -> Below:
    """The pages below a section."""
    return live_pages.below(page)


@register.simple_tag
def pictures_of_stories(pages: list[Any]) -> list[tuple[Any, Any]]:
    """Stories with the pictures of their products."""
    pictures = stories.pictures_of([page.product_id for page in pages]) if pages else {}
    return [(page, pictures.get(page.product_id)) for page in pages]


# --- news


class NewsForm(forms.Form):
    """Which news are shown: those of a category, of a year."""

    category = forms.ChoiceField(required=False, label=_("Category"))
    year = forms.ChoiceField(required=False, label=_("Year"))

    def __init__(self, data: Any, choice: NewsChoice, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        every = ("", _("All"))
        self.fields["category"].choices = [
            every,
            *((one.slug, name_of_category(one)) for one in choice.categories),
        ]
        self.fields["year"].choices = [every, *((str(year), str(year)) for year in choice.years)]


@register.filter
def name_of_category(category: Any) -> str:
    """The name of a category of news in the language of the page."""
    name: str = category.name_en if (get_language() or "").startswith("en") else category.name_zh
    return name


@dataclass(frozen=True)
class NewsList:
    """One page of the news that were asked for; `is_narrowed`: not all of them."""

    page: PageOfList[NewsPage]
    form: NewsForm
    notices: list[str]
    is_narrowed: bool
    coming: list[EventPage]

    @property
    def can_be_narrowed(self) -> bool:
        """Whether there is more than one category or year to choose from."""
        return any(len(field.choices) > 2 for field in self.form.fields.values())  # type: ignore[attr-defined]


@register.simple_tag(takes_context=True)
def news_of(context: template.Context, page: NewsIndexPage) -> NewsList:
    """The news below a list, as the query string asks for them."""
    asked = context["request"].GET
    choice = live_pages.news_choice(page)
    values, notices = read(NewsForm(asked, choice))
    category, year = values["category"] or "", values["year"] or ""
    rows = live_pages.news(page, category, year)
    return NewsList(
        Paginator(rows, NEWS_A_PAGE).get_page(asked.get("page")), NewsForm(None, choice, initial=values), notices,
        bool(category or year), live_pages.coming_events(page),
    )  # fmt: skip


@register.simple_tag
def products_of_news(page: NewsPage) -> list[Any]:
    """The products that a piece of news is about, with their pictures."""
    return cards(live_pages.products_of(page))


@register.simple_tag
def without_pictures(cards: list[Any]) -> bool:
    """Whether no product of some cards has a picture: then they need less room."""
    return not any(card.picture for card in cards)


@register.simple_tag
def regions_of_news(page: NewsPage) -> list[Any]:
    """The regions that a piece of news is about."""
    return live_pages.divisions_of(page)


# --- acts and events


@register.simple_tag
def act_state(page: PolicyPage) -> PolicyState:
    """How an act stands today."""
    return live_pages.standing(page)


@register.simple_tag
def act_after(page: PolicyPage) -> PolicyPage | None:
    """The act that took the place of an act."""
    return live_pages.successor(page)


@register.simple_tag
def acts_replaced(page: PolicyPage) -> list[PolicyPage]:
    """The acts that an act took the place of."""
    return live_pages.replaces(page)


@register.filter
def event_time(page: EventPage) -> str:
    """Whether an event is 'coming', 'running' or 'past' today."""
    today: datetime.date = timezone.localdate()
    if live_pages.last_day(page) < today:
        return "past"
    return "coming" if page.starts_on > today else "running"


# --- words on a record


@dataclass(frozen=True)
class Told:
    """A story as it stands within the page of its record."""

    story: stories.Story
    html: SafeString


@register.simple_tag(takes_context=True)
def story_of(context: template.Context, record: Any) -> Told | None:
    """What editors wrote around a record, its headings one level lower; the draft where one is being looked at."""
    draft = getattr(context.get("request"), "draft_on_record", None)
    found = stories.story_of(record, draft)
    if found is None:
        return None
    text = found.page.body.render_as_block(context.flatten() | {"page": found.page})
    return Told(found, mark_safe(headings.demoted(text)))


# --- questions


@register.simple_tag
def questions_of(pieces: Any) -> list[dict[str, Any]]:
    """Questions with their answers and the place an address can name, the same for as long as the question is there."""
    bound = getattr(pieces, "bound_blocks", pieces)
    return [
        {
            "question": one.value["question"],
            "answer": one.value["answer"],
            "anchor": f"q-{(one.id or str(number))[:8]}",
        }
        for number, one in enumerate(bound, start=1)
    ]

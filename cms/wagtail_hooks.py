"""What the page editor is told of the register. Registration only."""

from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from cms import choosers, publishing_guards, report_views, translating
from cms.models import NewsCategory


@hooks.register("insert_global_admin_css")
def register_colours() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@register_snippet
class NewsCategories(SnippetViewSet):  # type: ignore[misc]
    model = NewsCategory
    icon = "tag"
    list_display = ["name_zh", "name_en", "slug"]
    add_to_admin_menu = True
    menu_order = 260


@hooks.register("register_admin_urls")
def register_addresses() -> list[Any]:
    return [*translating.addresses(), *report_views.addresses()]


@hooks.register("construct_reports_menu")
def register_reports(request: Any, items: list[MenuItem]) -> None:
    items += [item for item in report_views.menu_items() if item.is_shown(request)]


@hooks.register("construct_help_menu")
def leave_out_other_sites(request: Any, items: list[MenuItem]) -> None:
    """Wagtail's own handbook and news are in English, on another site, and ask for attention with a number."""
    items[:] = [item for item in items if not item.url.startswith("http")]


hooks.register("register_admin_menu_item", report_views.calendar_item)
hooks.register("register_admin_viewset", choosers.windows)
hooks.register("register_page_header_buttons", translating.buttons)
hooks.register("before_publish_page", publishing_guards.before_publishing)
hooks.register("before_bulk_action", publishing_guards.before_many)
hooks.register("before_copy_page", publishing_guards.before_copying)
hooks.register("construct_page_action_menu", publishing_guards.buttons_of_a_page)

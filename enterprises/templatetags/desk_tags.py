"""What every page of the desk carries."""

from typing import Any

from django import template
from django.utils.translation import get_language

from enterprises import desk_navigation
from enterprises.models import Enterprise
from gi_registry.models import User

register = template.Library()


@register.inclusion_tag("desk/_navigation.html", takes_context=True, name="desk_navigation")
def desk_navigation_of(context: template.Context) -> dict[str, Any]:
    """The ways through the desk for the roles that `at_desk` found, with the place marked where somebody is."""
    request = context["request"]
    groups = desk_navigation.groups(request.desk_actors, request.path)
    title, place = desk_navigation.here_in(groups)
    return {"groups": groups, "title": title, "place": place}


@register.filter
def needs_demo_word(enterprise: Enterprise, shown: str = "") -> bool:
    """Whether the word has to stand beside the name of a demonstration enterprise, because the name does not say it.

    `shown`: "zh" where the Chinese name stands on pages of every language.
    """
    if not enterprise.is_demo:
        return False
    if (get_language() or "").startswith("zh"):
        return "演示" not in enterprise.name_zh
    return shown == "zh" or "demonstration" not in enterprise.name_en.lower()


@register.filter
def person_name(user: User) -> str:
    """How officers and auditors know somebody: name, address or user name."""
    return user.get_full_name() or user.email or user.username

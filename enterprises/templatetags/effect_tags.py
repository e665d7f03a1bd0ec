"""What pages of the floor below show of yearly reports: one figure of a poverty list."""

from dataclasses import dataclass

from django import template
from django.core.cache import cache
from django.utils import timezone

from enterprises import use_sums
from enterprises.use_sums import Figure
from gi_registry.models import JournalHead
from products.models import PovertyList

register = template.Library()


@dataclass(frozen=True)
class Effect:
    """Direct output value of a list in a year, and how many of the reports expected it rests on."""

    year: int
    value: Figure
    reports: int
    expected: int


@register.simple_tag
def effect_of(poverty_list: PovertyList) -> Effect:
    """The figure of last year; worked out once for each state of the register."""
    year = timezone.localdate().year - 1
    sequence = JournalHead.objects.values_list("sequence", flat=True).first() or 0
    found = cache.get_or_set(
        f"effect:{poverty_list.pk}:{year}:{sequence}", lambda: _effect(poverty_list, year), timeout=86_400
    )
    assert isinstance(found, Effect)
    return found


def _effect(poverty_list: PovertyList, year: int) -> Effect:
    sums = use_sums.of_list(poverty_list, year, use_sums.HEADLINE)
    return Effect(year, sums.output_value, sums.total.reports, sums.total.expected)

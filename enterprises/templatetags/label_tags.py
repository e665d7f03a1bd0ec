"""Words of labels in templates. EDGE."""

from django import template

from enterprises.label_facts import quantity_text

register = template.Library()


@register.filter
def quantity(thousandths: int, unit: str) -> str:
    """Thousandths of a unit as people read them: `season.certified|quantity:season.unit` gives '1,000 kg'."""
    return quantity_text(thousandths, unit)

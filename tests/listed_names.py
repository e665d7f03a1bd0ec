"""What pages say of a name on an agreement list, for tests of its stages."""

from django.utils import timezone

from products.recognition_standing import Standing, standing


def status_on(entry, stages, on=None):
    """What the pages say of a name on a date; None where they say that protection is not shown to have begun."""
    today = timezone.localdate()
    rows = [(stage.effective_from, stage.status) for stage in stages]
    found = standing(entry.status, entry.protected_from, on or today, today, rows)
    return None if found == Standing.NOT_YET else found

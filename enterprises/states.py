"""Words of who may use the special mark."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AuthorisationState(TextChoices):
    """What the register knows of an authorisation (核准). Half-known ones never read as confirmed."""

    IN_FORCE = "in_force", _("authorised")
    REPORTED = "reported", _("reported as authorised; not confirmed")
    SUSPENDED = "suspended", _("suspended")
    REVOKED = "revoked", _("revoked")
    ENDED = "ended", _("ended")


class AuthorisationBasis(TextChoices):
    """What an authorisation rests on."""

    DECIDED = "decided", _("decided in this register")
    ANNOUNCED = "announced", _("named in an announcement, quoted by a source")
    REPORTED = "reported", _("named in a public report")

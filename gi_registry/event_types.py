"""Every kind of event that the journal knows, with the sentence the public reads.

Retired types stay listed: old entries keep their meaning. A type's value never changes.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventType(TextChoices):
    """Value = stable name in the journal; label = public sentence."""

    DIVISIONS_LOADED = "divisions.loaded", _("Administrative divisions loaded")
    SOURCES_LOADED = "sources.loaded", _("List of sources loaded")
    PRODUCT_ENTERED = "product.entered", _("Product entered in the register")
    PRODUCT_AMENDED = "product.amended", _("Product record amended")
    RIGHT_ENTERED = "right.entered", _("Legal track entered")
    RIGHT_AMENDED = "right.amended", _("Legal track amended")
    RIGHT_CONFIRMED = "right.confirmed", _("Protection confirmed")
    RIGHT_REVOKED = "right.revoked", _("Protection revoked")
    ANNOUNCEMENT_ENTERED = "announcement.entered", _("Announcement entered in the register")
    ANNOUNCEMENT_AMENDED = "announcement.amended", _("Announcement amended")
    POVERTY_LIST_ENTERED = "poverty_list.entered", _("Poverty list entered")
    POVERTY_LIST_AMENDED = "poverty_list.amended", _("Poverty list amended")
    LISTED_UNIT_ENTERED = "listed_unit.entered", _("Listed unit entered")
    LISTED_UNIT_AMENDED = "listed_unit.amended", _("Listed unit amended")
    AGREEMENT_ENTERED = "agreement.entered", _("Agreement entered")
    AGREEMENT_AMENDED = "agreement.amended", _("Agreement amended")
    AGREEMENT_ENTRY_ENTERED = "agreement_entry.entered", _("Name on an agreement list entered")
    AGREEMENT_ENTRY_AMENDED = "agreement_entry.amended", _("Name on an agreement list amended")
    ENTERPRISE_ENTERED = "enterprise.entered", _("Enterprise entered in the register")
    ENTERPRISE_AMENDED = "enterprise.amended", _("Enterprise record amended")
    AUTHORISATION_ENTERED = "authorisation.entered", _("Authorisation to use the special mark entered")
    AUTHORISATION_AMENDED = "authorisation.amended", _("Authorisation to use the special mark amended")
    ROLE_ASSIGNED = "role.assigned", _("Role assigned")
    ROLE_ENDED = "role.ended", _("Role ended")

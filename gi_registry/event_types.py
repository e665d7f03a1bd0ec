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
    AUTHORISATION_GRANTED = "authorisation.granted", _("Use of the special mark authorised")
    AUTHORISATION_CHANGED = "authorisation.changed", _("Terms of an authorisation changed")
    RECTIFICATION_ORDERED = "authorisation.rectification_ordered", _("Enterprise ordered to rectify its use")
    RECTIFICATION_CONFIRMED = "authorisation.rectified", _("Rectification confirmed")
    STOP_PROPOSED = "authorisation.stop_proposed", _("End of an authorisation proposed")
    STOP_DECIDED = "authorisation.stop_decided", _("End of an authorisation decided")
    STOP_DROPPED = "authorisation.stop_dropped", _("Proposal to end an authorisation dropped")
    AUTHORISATION_STOPPED = "authorisation.stopped", _("Use of the special mark stopped")
    AUTHORISATION_DEREGISTERED = "authorisation.deregistered", _("Authorisation deregistered")
    APPLICATION_SUBMITTED = "application.submitted", _("Application to use the special mark submitted")
    APPLICATION_DEFECTS_NOTIFIED = "application.defects_notified", _("Defects of an application notified")
    APPLICATION_RETURNED = "application.returned", _("Reply to a notice of defects received")
    APPLICATION_ACCEPTED = "application.accepted", _("Application accepted")
    APPLICATION_NOT_ACCEPTED = "application.not_accepted", _("Application not accepted")
    APPLICATION_REVIEW_STARTED = "application.review_started", _("First review started")
    SITE_CHECKED = "application.site_checked", _("Production site checked")
    APPLICATION_PASSED_ON = "application.passed_on", _("First review finished; application passed on")
    APPLICATION_APPROVED = "application.approved", _("Application approved")
    APPLICATION_REFUSED = "application.refused", _("Application refused")
    APPLICATION_SET_ASIDE = "application.set_aside", _("Approval set aside before its announcement")
    APPLICATION_ANNOUNCED = "application.announced", _("Approved application announced")
    APPLICATION_WITHDRAWN = "application.withdrawn", _("Application withdrawn")
    DOCUMENT_ADDED = "application.document_added", _("Document added to an application")
    MEMBER_JOINED = "enterprise.member_joined", _("Somebody began to act for an enterprise")
    MEMBER_LEFT = "enterprise.member_left", _("Somebody ceased to act for an enterprise")
    OWNER_CHANGED = "enterprise.owner_changed", _("Enterprise account handed over")
    DECISION_AUTHORITY_ENTERED = "decision_authority.entered", _("Time of a province's own decisions entered")
    DECISION_AUTHORITY_AMENDED = "decision_authority.amended", _("Time of a province's own decisions amended")
    ROLE_ASSIGNED = "role.assigned", _("Role assigned")
    ROLE_ENDED = "role.ended", _("Role ended")

"""READER. How enterprises and authorisations are named in the journal, and found by their names."""

from __future__ import annotations

from enterprises.models import Authorisation, Enterprise
from gi_registry import search_text
from gi_registry.journal import Subject


def enterprise_subject(enterprise: Enterprise) -> Subject:
    """The name of an enterprise in the journal."""
    return Subject("enterprise", enterprise.reference, enterprise.name_zh)


def authorisation_subject(authorisation: Authorisation) -> Subject:
    """The name of an authorisation in the journal; it belongs to its enterprise."""
    enterprise = authorisation.enterprise
    label = f"{enterprise.name_zh} · {authorisation.product_text}"
    return Subject("authorisation", authorisation.reference, label, "enterprise", enterprise.reference)


def search_tokens(enterprise: Enterprise) -> str:
    """Search text of an enterprise: its names and its credit code."""
    return search_text.tokens_for(
        [enterprise.name_zh], latin=filter(None, [enterprise.name_en]), numbers=filter(None, [enterprise.uscc])
    )

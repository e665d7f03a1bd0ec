"""Words and moves of what is protected: tracks, statuses, categories, areas, agreement entries."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from gi_registry.event_types import EventType
from gi_registry.roles import Permission
from gi_registry.state_tables import Move


class Track(TextChoices):
    """The legal track (保护渠道) on which a name is protected; several may run side by side."""

    GI_PRODUCT = "gi_product", _("GI product")
    COLLECTIVE_MARK = "collective_mark", _("collective mark")
    CERTIFICATION_MARK = "certification_mark", _("certification mark")
    TRADEMARK = "trademark", _("GI trademark (collective or certification)")
    AGRICULTURAL_GI = "agricultural_gi", _("agricultural GI")
    FOREIGN_GI = "foreign_gi", _("foreign GI")
    UNSPECIFIED = "unspecified", _("track not stated in the source")


MARK_TRACKS = frozenset({Track.COLLECTIVE_MARK, Track.CERTIFICATION_MARK, Track.TRADEMARK})


class ProductStatus(TextChoices):
    """What the register knows of a right, strongest first. The order ranks the summary of a product."""

    APPROVED = "approved", _("protected: approval on record")
    MARK_USE_LISTED = "mark_use_listed", _("protected: named in a mark-use announcement")
    AGREEMENT_LISTED = "agreement_listed", _("named in an international agreement; domestic act not loaded")
    IN_PROCEDURE = "in_procedure", _("in procedure: not protected yet")
    REPORTED = "reported", _("reported only: not confirmed")
    REVOKED = "revoked", _("protection revoked")


# Only these count as protected, anywhere in the register.
CONFIRMED = frozenset({ProductStatus.APPROVED, ProductStatus.MARK_USE_LISTED})
STATUS_RANK = {status: rank for rank, status in enumerate(ProductStatus)}


class DateBasis(TextChoices):
    """What a right's first effective day rests on."""

    APPROVAL = "approval", _("approval")
    MARK_USE = "mark_use", _("earliest dated mark-use announcement; the approval itself may be older")
    DATA_DATE = "data_date", _("date of the data set; the approval is older, its date is not loaded")


class Category(TextChoices):
    """Kinds of goods, derived from the names; the official classes (GB/T 43583) are not loaded."""

    TEA = "tea", _("tea")
    FRUIT = "fruit", _("fruit and nuts")
    VEGETABLES = "vegetables", _("vegetables and fungi")
    GRAIN = "grain", _("grain and oil crops")
    MEDICINAL = "medicinal", _("medicinal plants")
    LIVESTOCK = "livestock", _("livestock and meat")
    AQUATIC = "aquatic", _("aquatic products")
    ALCOHOL = "alcohol", _("alcoholic drinks")
    CONDIMENTS = "condiments", _("condiments and oils")
    PROCESSED = "processed", _("processed food")
    HANDICRAFT = "handicraft", _("handicrafts and non-food")
    FLOWERS = "flowers", _("flowers")
    DRINKS = "drinks", _("coffee and other drinks")
    WATER = "water", _("mineral water")
    TOBACCO = "tobacco", _("tobacco")
    OTHER = "other", _("other")


class Basis(TextChoices):
    """How well a record is supported."""

    SOURCED = "sourced", _("read in a named source")
    DERIVED = "derived", _("derived from the rest of a sourced list")
    GENERAL_KNOWLEDGE = "general_knowledge", _("general knowledge: to be verified before official use")


class AreaBasis(TextChoices):
    """Whether a protected area is the legal one or only a guess from the name."""

    NAMED_IN_SOURCE = "named_in_source", _("named in the source")
    INFERRED_FROM_NAME = "inferred_from_name", _("location inferred from the name, not the legal area")


class Extent(TextChoices):
    """How much of a division belongs to a protected area."""

    WHOLE = "whole", _("whole")
    PART = "part", _("part")
    NOT_STATED = "not_stated", _("not stated")


class NameKind(TextChoices):
    """What a further name of a product is."""

    ALIAS = "alias", _("also called")
    FORMER = "former", _("former name")
    FOREIGN = "foreign", _("name abroad")
    READING = "reading", _("reading")


class AnnouncementKind(TextChoices):
    """What an announcement does for a right."""

    APPROVAL = "approval", _("approval")
    MARK_USE = "mark_use", _("approval of users of the special mark")
    ACCEPTANCE = "acceptance", _("acceptance; time to object")
    PRELIMINARY = "preliminary", _("preliminary announcement; time to object")
    CHANGE = "change", _("change of what is protected")
    AMENDMENT = "amendment", _("amendment")
    REVOCATION = "revocation", _("revocation")


class Side(TextChoices):
    """Whose name stands on an agreement list."""

    OUTBOUND = "outbound", _("Chinese names protected abroad")
    INBOUND = "inbound", _("foreign names protected in China")


class StandardKind(TextChoices):
    """Who has issued a standard."""

    NATIONAL = "national", _("national standard")
    INDUSTRY = "industry", _("industry standard")
    LOCAL = "local", _("local standard")
    GROUP = "group", _("group standard")
    ENTERPRISE = "enterprise", _("enterprise standard")


class EntryStatus(TextChoices):
    """What is known of a name on an agreement list; the source's own words stand beside it."""

    PROTECTED = "protected", _("protected")
    AGREED = "agreed", _("agreed by both sides; not protected yet")
    DECIDED = "decided", _("objection decided; not agreed yet")
    OBJECTED = "objected", _("objected to")
    LISTED = "listed", _("published for comment; protection not verified")
    PROPOSED = "proposed", _("proposed or reported only")
    PENDING_SCOPE = "pending", _("put off until the agreement covers such goods")
    WITHDRAWN = "withdrawn", _("on an earlier list, not in the final one")
    LAPSED = "lapsed", _("protection ended")


class HomeRight(TextChoices):
    """How a name is protected in its own country."""

    GI_PRODUCT = "gi_product", _("GI product (China)")
    COLLECTIVE_MARK = "collective_mark", _("collective mark")
    CERTIFICATION_MARK = "certification_mark", _("certification mark")
    AGRICULTURAL_GI = "agricultural_gi", _("agricultural GI (China)")
    PDO = "pdo", _("protected designation of origin (PDO)")
    PGI = "pgi", _("protected geographical indication (PGI)")
    SPIRIT_GI = "spirit_gi", _("geographical indication of a spirit drink")
    OTHER = "other", _("other right")


class MatchBasis(TextChoices):
    """How an agreement entry was tied to a product of the register: by a person, never by its name alone."""

    REVIEWED = "reviewed", _("reviewed by the registry")


RIGHT_MOVES = (
    Move(
        name="confirm",
        label=_("confirm protection"),
        sources=frozenset({ProductStatus.REPORTED, ProductStatus.IN_PROCEDURE, ProductStatus.AGREEMENT_LISTED}),
        target=ProductStatus.APPROVED,
        permission=Permission.END_PROTECTION,
        event=EventType.RIGHT_CONFIRMED,
        needs_reason=True,
    ),
    Move(
        name="revoke",
        label=_("revoke protection"),
        sources=frozenset(CONFIRMED),
        target=ProductStatus.REVOKED,
        permission=Permission.END_PROTECTION,
        event=EventType.RIGHT_REVOKED,
        needs_reason=True,
    ),
)
CONFIRM, REVOKE = RIGHT_MOVES

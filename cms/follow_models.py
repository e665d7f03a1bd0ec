"""Who is told by e-mail when something changes, and what is known of links that lead elsewhere. MODEL."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page

from cms.media_models import RegisterDocument
from gi_registry.models import SearchText


class FollowedKind(models.TextChoices):
    """What can be followed."""

    PRODUCT = "product", _("product")
    REGION = "region", _("region")
    ENTERPRISE = "enterprise", _("enterprise")
    AGREEMENT = "agreement", _("agreement")
    SEARCH = "search", _("search")
    NEWS = "news", _("news")


class Rhythm(models.TextChoices):
    """How often somebody wants a letter."""

    DAILY = "daily", _("once a day")
    WEEKLY = "weekly", _("once a week")


class Follow(models.Model):
    """One address follows one thing. An address that nobody confirmed, and one that was unsubscribed, is erased.

    `key`: number of the product, code of the division, credit code, reference of the agreement, or the search as it
    stands in an address. `token`: the secret of the links in mails. `told_until`: sequence of the last journal entry,
    `told_at` the moment, up to which the follower has been told.
    """

    email = models.EmailField(_("e-mail"))
    kind = models.CharField(max_length=10, choices=FollowedKind)
    key = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=10)
    rhythm = models.CharField(_("how often"), max_length=6, choices=Rhythm, default=Rhythm.DAILY)
    token = models.CharField(max_length=43, unique=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    told_until = models.PositiveBigIntegerField(default=0)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["confirmed_at", "rhythm"], name="follow_to_tell")]
        constraints = [models.UniqueConstraint(fields=["email", "kind", "key"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class LinkCheck(models.Model):
    """What an address outside of the register answered when it was last asked. `status` 0: no answer."""

    address = models.URLField(max_length=400, unique=True)
    status = models.PositiveSmallIntegerField()
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address


class PageText(SearchText):
    """Search tokens of a published page."""

    page = models.OneToOneField(Page, models.CASCADE, primary_key=True, related_name="search_text")


class FileText(SearchText):
    """Search tokens of a file."""

    document = models.OneToOneField(
        RegisterDocument, models.CASCADE, primary_key=True, related_name="search_text"
    )

"""The three systems behind a product: standards, testing bodies, and quality assurance by requirements and checks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from gi_registry.models import Division
from products.case_states import RequirementPart
from products.models import Announcement, Product, Right
from products.states import StandardKind


class Standard(models.Model):
    """A standard for products. `division` is where a local one applies; None means everywhere."""

    number = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=StandardKind, default=StandardKind.NATIONAL)
    products = models.ManyToManyField(Product, related_name="standards", blank=True)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    issued_on = models.DateField(null=True, blank=True)
    effective_from = models.DateField(null=True, blank=True)
    effective_to = models.DateField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    source = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class TestingBody(models.Model):
    """A body that tests the specific quality of products."""

    name_zh = models.CharField(max_length=120, unique=True)
    name_en = models.CharField(max_length=200, blank=True)
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=400, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name_zh"]
        verbose_name_plural = "testing bodies"

    def __str__(self) -> str:
        return self.name_zh


class TestingScope(models.Model):
    """What a testing body may test, for products of a division, from day to day: its certificate says so."""

    body = models.ForeignKey(TestingBody, models.PROTECT, related_name="scopes")
    product = models.ForeignKey(Product, models.PROTECT, related_name="testing_scopes")
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    certificate = models.CharField(max_length=80)
    items = models.CharField(max_length=400, blank=True)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["product", "body", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "product", "division", "certificate"], name="testing_scope_once",
                nulls_distinct=False,
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.body_id} {self.product_id}"


class ProtectionRequirement(models.Model):
    """One version of the protection requirements (保护要求) of a right: the text of each `RequirementPart`."""

    right = models.ForeignKey(Right, models.PROTECT, related_name="requirements")
    version = models.PositiveSmallIntegerField()
    parts = models.JSONField(default=dict)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="requirements"
    )
    source = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["right", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["right", "version"], name="requirement_version_once"),
            models.UniqueConstraint(
                fields=["right"], condition=Q(effective_to=None), name="requirement_current_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.right_id} v{self.version}"

    @property
    def by_part(self) -> list[tuple[str, str]]:
        """Label and text of each part that it has, in their order."""
        return [(str(part.label), self.parts[part]) for part in RequirementPart if self.parts.get(part)]


class CheckItem(models.Model):
    """What an inspection checks of a product, by a part of its protection requirements (`RequirementPart`)."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="check_items")
    part = models.CharField(max_length=10)
    text = models.CharField(max_length=200)
    method = models.CharField(max_length=200, blank=True)
    standard = models.ForeignKey(Standard, models.PROTECT, null=True, blank=True, related_name="+")
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["product", "part", "pk"]

    def __str__(self) -> str:
        return self.text

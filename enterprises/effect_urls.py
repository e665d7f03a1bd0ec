"""Addresses of what the mark brings: public sums of yearly use reports."""

from django.urls import path

from enterprises.views import effect

urlpatterns = [
    path("coverage/<slug:slug>/effect/", effect.effect, name="effect"),
    path("products/<int:number>/effect/", effect.product_effect, name="product_effect"),
]

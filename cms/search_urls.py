"""One search over everything."""

from django.urls import path

from cms.views import search

urlpatterns = [
    path("search/", search.search, name="search"),
]

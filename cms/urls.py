"""Public addresses of what is told and found: search, feeds, letters. Pages of editors have Wagtail's own."""

from django.urls import include, path

app_name = "cms"
urlpatterns = [
    path("", include("cms.search_urls")),
    path("", include("cms.feed_urls")),
    path("", include("cms.follow_urls")),
]

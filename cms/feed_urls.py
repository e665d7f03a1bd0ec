"""RSS and Atom. They stand before Wagtail's catch-all, so that no page of editors can take their addresses."""

from django.urls import path, register_converter

from cms.views import feeds


class FeedKind:
    """The two forms of a feed, as its address ends."""

    regex = "atom|rss"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FeedKind, "feed_kind")

urlpatterns = [
    path("news/feed.<feed_kind:kind>", feeds.news, name="news_feed"),
    path("announcements/feed.<feed_kind:kind>", feeds.announcements, name="announcements_feed"),
    path("products/feed.<feed_kind:kind>", feeds.search, name="search_feed"),
    path("products/<number:number>/feed.<feed_kind:kind>", feeds.product, name="product_feed"),
    path("regions/<division:code>/feed.<feed_kind:kind>", feeds.region, name="region_feed"),
    path("log/feed.<feed_kind:kind>", feeds.journal, name="journal_feed"),
]

"""Pages that editors write around the register: one place to import their kinds from. MODEL."""

from cms.follow_models import FileText, Follow, FollowedKind, LinkCheck, PageText, Rhythm
from cms.media_models import RegisterDocument, RegisterImage, RegisterRendition
from cms.moderation_models import SecondPersonTask
from cms.news_models import AuthorRole, NewsCategory, NewsDivision, NewsIndexPage, NewsPage, NewsProduct
from cms.page_models import (
    ArticlePage,
    ContactPage,
    EventPage,
    FaqPage,
    GuidePage,
    HomePage,
    PolicyPage,
    RegisterPage,
    SectionPage,
)
from cms.record_models import AnnouncementPage, ProductPage

__all__ = [
    "AnnouncementPage", "ArticlePage", "AuthorRole", "ContactPage", "EventPage", "FaqPage", "FileText", "Follow",
    "FollowedKind", "GuidePage", "HomePage", "LinkCheck", "NewsCategory", "NewsDivision", "NewsIndexPage", "NewsPage",
    "NewsProduct", "PageText", "PolicyPage", "ProductPage", "RegisterDocument", "RegisterImage", "RegisterPage",
    "RegisterRendition", "Rhythm", "SecondPersonTask", "SectionPage",
]  # fmt: skip

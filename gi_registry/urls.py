"""All public addresses on one screen. They are a contract: printed labels and other people rely on them."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.views import serve as wagtail_serve

from enterprises.views import open_data, operation, verify
from enterprises.views.find import find
from gi_registry import accounts, style_guide, text_size, views
from gi_registry.api import views as api_views

handler400 = "gi_registry.views.bad_request"
handler403 = "gi_registry.views.forbidden"
handler404 = "gi_registry.views.not_found"
handler429 = "gi_registry.accounts.too_many_requests"
handler500 = "gi_registry.views.server_error"

# The same in every language.
urlpatterns = [
    # Labels carry /V/CODE in capitals; scanners add to it; English is chosen by the browser, or below /en/.
    path("v/", RedirectView.as_view(pattern_name="enterprises:check_label")),
    re_path(r"^[vV]/(?P<text>[\w\W]+)$", verify.label, name="label"),
    re_path(r"^en/[vV]/(?P<text>[\w\W]+)$", verify.label, {"language": "en"}),
    path("label-photos/<path:name>", verify.photo, name="label_photo"),
    path("open-data/files/<slug:stamp>/<str:name>", open_data.file, name="open_data_file"),
    path("open-data/catalogue.jsonld", open_data.catalogue, name="open_data_catalogue"),
    path("api/v1/", include("products.api.urls")),
    path("api/v1/", include("enterprises.api.urls")),
    path("api/v1/", include("gi_registry.api.urls")),  # the last: what nobody knows is a problem document
    path(f"{settings.CMS_PATH}login/", accounts.wagtail_sign_in),  # Wagtail's own knows no second factor
    # Wagtail's screens do not use these; they would publish without what our forms ask.
    re_path(rf"^{settings.CMS_PATH}api/main/pages/[0-9]+/action/", views.forbidden, {"exception": None}),
    path(settings.CMS_PATH, include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("favicon.ico", RedirectView.as_view(url=settings.STATIC_URL + "img/favicon.svg", permanent=True)),
    path("", include("cms.file_urls")),
    path("text-size/", text_size.text_size, name="text_size"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", operation.readyz, name="readyz"),
    path("metrics", operation.metrics, name="metrics"),
]
if not (settings.PRODUCTION or settings.S3_BUCKET):  # there the proxy in front serves what editors upload
    urlpatterns.append(path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}))

# Chinese at the root, English below /en/.
urlpatterns += i18n_patterns(
    path("api/v1/docs/", api_views.docs, name="api_docs"),
    path("account/", accounts.account_home, name="account_home"),
    path("account/sessions/", accounts.sessions, name="usersessions_list"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("_util/login/", accounts.wagtail_sign_in),
    path("find/", find, name="find"),
    path("log/", views.journal_log, name="journal"),
    path("styleguide/", style_guide.style_guide, name="style_guide"),
    path("", include("products.urls")),
    path("", include("enterprises.urls")),
    path("", include("cms.urls")),
    # The home page has a name of its own so that templates can point to it.
    path("", wagtail_serve, {"path": ""}, name="home"),
    path("", include(wagtail_urls)),
    prefix_default_language=False,
)

"""Addresses of who may use the special mark: public pages, portal, desk."""

from django.urls import include, path

from enterprises.views import announcements, authorisations, case_map, directory, open_data, verify

app_name = "enterprises"
urlpatterns = [
    path("enterprises/", directory.index, name="directory"),
    path("enterprises/<slug:key>/", directory.record, name="record"),
    path("announcements/<int:pk>/list.<str:kind>", announcements.attachment, name="announcement_list"),
    path("authorisations/<slug:reference>/", authorisations.authorisation, name="authorisation"),
    path("authorisations/<slug:reference>/certificate.pdf", authorisations.certificate, name="certificate"),
    path("cases/<slug:reference>/map/", case_map.area_map, name="case_map"),
    path("open-data/", open_data.index, name="open_data"),
    path("open-data/fields/", open_data.fields, name="open_data_fields"),
    path("verify/", verify.check, name="check_label"),
    path("report/", include("enterprises.report_urls")),
    path("portal/", include("enterprises.portal_urls")),
    path("portal/", include("enterprises.people_urls")),
    path("portal/", include("enterprises.label_urls")),
    path("portal/", include("enterprises.use_portal_urls")),
    path("desk/", include("enterprises.desk_urls")),
    path("desk/", include("enterprises.desk_label_urls")),
    path("desk/", include("enterprises.desk_report_urls")),
    path("desk/", include("enterprises.list_urls")),
    path("desk/", include("enterprises.cultivation_urls")),
    path("desk/", include("enterprises.plan_urls")),
    path("desk/", include("enterprises.use_desk_urls")),
    path("desk/", include("enterprises.case_urls")),
    path("desk/", include("enterprises.recognition_urls")),
    path("desk/", include("enterprises.system_urls")),
    path("desk/", include("enterprises.zone_urls")),
    path("desk/", include("enterprises.role_urls")),
    path("desk/", include("enterprises.webhook_urls")),
    path("", include("enterprises.effect_urls")),
    path("", include("enterprises.inspection_urls")),
    path("", include("enterprises.objection_urls")),
]

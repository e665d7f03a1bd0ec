"""Addresses of poverty lists at the desk."""

from django.urls import path

from enterprises.views import desk_list_imports, desk_list_units, desk_lists

urlpatterns = [
    path("lists/", desk_lists.index, name="desk_lists"),
    path("lists/new/", desk_lists.new, name="desk_list_new"),
    path("lists/import/<uuid:nonce>/", desk_list_imports.preview, name="desk_list_import_preview"),
    path("lists/<slug:slug>/", desk_lists.list_page, name="desk_list"),
    path("lists/<slug:slug>/edit/", desk_lists.edit, name="desk_list_edit"),
    path("lists/<slug:slug>/version/", desk_lists.version_new, name="desk_version_new"),
    path("lists/<slug:slug>/import/", desk_list_imports.send, name="desk_list_import"),
    path("lists/<slug:slug>/units.<str:kind>", desk_list_imports.units_file, name="desk_list_file"),
    path("lists/<slug:slug>/units/new/", desk_list_units.new, name="desk_unit_new"),
    path("lists/<slug:slug>/units/<int:pk>/", desk_list_units.unit_page, name="desk_unit_edit"),
    path("lists/<slug:slug>/units/<int:pk>/drop/", desk_list_units.drop, name="desk_unit_drop"),
]

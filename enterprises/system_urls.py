"""Addresses of standards, testing bodies and checks at the desk."""

from django.urls import path

from enterprises.views import desk_bodies, desk_systems

urlpatterns = [
    path("systems/", desk_systems.index, name="desk_systems"),
    path("systems/new/", desk_systems.standard_new, name="desk_standard_new"),
    path("systems/<int:pk>/", desk_systems.standard_page, name="desk_standard"),
    path("systems/bodies/", desk_bodies.index, name="desk_bodies"),
    path("systems/bodies/new/", desk_bodies.body_new, name="desk_body_new"),
    path("systems/bodies/<int:pk>/", desk_bodies.body_page, name="desk_body"),
    path("systems/bodies/<int:pk>/scopes/new/", desk_bodies.scope_new, name="desk_scope_new"),
    path("systems/bodies/<int:pk>/scopes/<int:scope>/", desk_bodies.scope_page, name="desk_scope"),
    path("systems/checks/", desk_systems.checked, name="desk_checked"),
    path("systems/checks/<int:number>/", desk_systems.checks, name="desk_checks"),
    path("systems/checks/<int:number>/new/", desk_systems.check_new, name="desk_check_new"),
    path("systems/checks/<int:number>/<int:pk>/", desk_systems.check_page, name="desk_check"),
]

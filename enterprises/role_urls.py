"""Addresses of the desk for official roles: who holds one, proposals, decisions on them."""

from django.urls import path

from enterprises.views import desk_people

urlpatterns = [
    path("people/", desk_people.index, name="desk_people"),
    path("people/new/", desk_people.give, name="desk_role_give"),
    path("people/roles/<int:pk>/take/", desk_people.take, name="desk_role_take"),
    path("people/proposals/<int:pk>/<slug:name>/", desk_people.step, name="desk_role_step"),
]

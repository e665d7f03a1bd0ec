"""Public addresses of protection cases."""

from django.urls import path

from products.views import cases

urlpatterns = [
    path("cases/", cases.index, name="cases"),
    path("cases/<slug:reference>/", cases.case, name="case"),
]

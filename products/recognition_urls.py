"""Public addresses of recognition abroad, and of foreign names in China."""

from django.urls import path

from products.views import agreements

urlpatterns = [
    path("recognition/", agreements.index, name="recognition"),
    path("recognition/<slug:code>/", agreements.agreement, name="agreement"),
]

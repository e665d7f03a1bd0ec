"""Public addresses of recognition abroad, and of foreign names in China."""

from django.urls import path

from products.views import agreements, foreign

urlpatterns = [
    path("recognition/", agreements.index, name="recognition"),
    path("recognition/foreign/", foreign.index, name="foreign"),
    path("recognition/foreign/<number:number>/", foreign.record, name="foreign_gi"),
    path("recognition/sounds-like/", foreign.sounds_like, name="sounds_like"),
    path("recognition/<slug:code>/", agreements.agreement, name="agreement"),
]

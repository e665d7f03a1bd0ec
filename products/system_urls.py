"""Public addresses of the three systems behind a product, and of its protection requirements."""

from django.urls import path

from products.views import requirements, systems

urlpatterns = [
    path("products/<number:number>/requirements/", requirements.requirements, name="requirements"),
    path("standards/", systems.standards, name="standards"),
    path("testing-bodies/", systems.bodies, name="testing_bodies"),
    path("testing-bodies/<number:pk>/", systems.body, name="testing_body"),
]

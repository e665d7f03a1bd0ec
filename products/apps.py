from importlib import import_module

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "products"

    def import_models(self) -> None:
        """What is protected stands in models.py; the other files are named for what they hold."""
        super().import_models()
        for name in (
            "cultivation_models", "plan_models", "objection_models", "case_models", "zone_models",
            "recognition_models", "system_models",
        ):
            import_module(f"products.{name}")

    def ready(self) -> None:
        from products import checks  # noqa: F401  registers system checks

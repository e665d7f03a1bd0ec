from importlib import import_module

from django.apps import AppConfig


class ProductsConfig(AppConfig):
    name = "products"

    def import_models(self) -> None:
        """The models are in three files: what is protected, what might be one day, and plans for it."""
        super().import_models()
        for name in ("cultivation_models", "plan_models"):
            import_module(f"products.{name}")

    def ready(self) -> None:
        from products import checks  # noqa: F401  registers system checks

from importlib import import_module

from django.apps import AppConfig


class GiRegistryConfig(AppConfig):
    name = "gi_registry"
    verbose_name = "Register"

    def import_models(self) -> None:
        """What others are told of stands in a file of its own."""
        super().import_models()
        import_module("gi_registry.webhook_models")

    def ready(self) -> None:
        from django.conf import settings

        from gi_registry import checks, full_text, restore_plan  # noqa: F401  registers system checks and the search lookup

        restore_plan.finish(settings.GI_HOME)

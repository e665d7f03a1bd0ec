from django.apps import AppConfig


class GiRegistryConfig(AppConfig):
    name = "gi_registry"
    verbose_name = "Register"

    def ready(self) -> None:
        from django.conf import settings

        from gi_registry import checks, full_text, restore_plan  # noqa: F401  registers system checks and the search lookup

        restore_plan.finish(settings.GI_HOME)

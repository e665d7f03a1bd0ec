from django.apps import AppConfig


class GiRegistryConfig(AppConfig):
    name = "gi_registry"
    verbose_name = "Register"

    def ready(self) -> None:
        from gi_registry import checks, full_text  # noqa: F401  registers system checks and the search lookup

from importlib import import_module

from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"

    def import_models(self) -> None:
        """Who may use the mark stands in models.py; the other files are named for what they hold."""
        super().import_models()
        for name in ("application_models", "label_models", "scan_models", "use_models", "inspection_models"):
            import_module(f"enterprises.{name}")

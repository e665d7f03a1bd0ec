from importlib import import_module

from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"

    def import_models(self) -> None:
        """The models are in five files: who may use the mark, who applies, labels, scans of them, yearly reports."""
        super().import_models()
        for name in ("application_models", "label_models", "scan_models", "use_models"):
            import_module(f"enterprises.{name}")

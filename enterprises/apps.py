from importlib import import_module

from django.apps import AppConfig


class EnterprisesConfig(AppConfig):
    name = "enterprises"

    def import_models(self) -> None:
        """The models are in two files: who may use the mark, and the files of those who apply."""
        super().import_models()
        import_module("enterprises.application_models")

from typing import Any

from django.apps import AppConfig
from django.db.models import Model
from django.db.models.signals import post_save


class CmsConfig(AppConfig):
    name = "cms"

    def ready(self) -> None:
        """Published pages and files are found by a search from the moment they are stored, whoever stores them."""
        from wagtail.models import get_page_models

        from cms.models import RegisterDocument

        for model in get_page_models():
            post_save.connect(_keep_page, sender=model, dispatch_uid=f"page-text-{model._meta.label}")
        post_save.connect(_keep_file, sender=RegisterDocument, dispatch_uid="file-text")


def _keep_page(instance: Model, raw: bool = False, update_fields: Any = None, **kwargs: Any) -> None:
    """A page that is stored whole; of a draft single columns are stored, while the object holds unpublished words."""
    from cms import page_texts

    if not raw and update_fields is None:
        page_texts.keep_page(instance)  # type: ignore[arg-type]


def _keep_file(instance: Model, raw: bool = False, **kwargs: Any) -> None:
    from cms import page_texts

    if not raw:
        page_texts.keep_file(instance)  # type: ignore[arg-type]

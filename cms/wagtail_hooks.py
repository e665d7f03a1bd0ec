"""Looks of the page editor: the register's own colours. Registration only."""

from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks


@hooks.register("insert_global_admin_css")
def register_colours() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))

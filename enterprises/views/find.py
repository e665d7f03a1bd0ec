"""The one search box for everything: send whoever asks to the page that answers."""

import re

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises import credit_codes, directory
from enterprises.views.directory import code_answer
from gi_registry.search_text import QUERY_LENGTH
from gi_registry.territory import resolve
from products.models import Right

# What has the length of a label code and no Chinese in it is looked at as one, also with a slip in it.
LABEL_CODE = re.compile(r"(?=.*[0-9])[0-9A-Z]{24}")


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """What names one thing exactly leads to its page: credit code, number of a right, division or label code.

    Everything else is answered by the search over all kinds.
    """
    text = request.GET.get("q", "")[:QUERY_LENGTH].replace("\0", " ").strip()
    code = credit_codes.normalise(text)
    if credit_codes.looks_like(text):
        enterprise = directory.by_key(code)
        return redirect(enterprise) if enterprise else code_answer(request, text, status=200)
    if re.fullmatch(r"GI[0-9]{5,}", code):
        right = Right.objects.filter(reference=code).select_related("product").first()
        if right:
            return redirect(right.product)
    if re.fullmatch(r"[0-9]{6}", code) and resolve(code):
        return redirect("products:region", code)
    if LABEL_CODE.fullmatch(code) or "/v/" in text.lower():
        return redirect(_with_query("enterprises:check_label", text))
    return redirect(_with_query("cms:search", text))


def _with_query(name: str, text: str) -> str:
    query = QueryDict(mutable=True)
    query["q"] = text
    return f"{reverse(name)}?{query.urlencode()}" if text else reverse(name)

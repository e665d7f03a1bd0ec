"""The one search box for everything: send whoever asks to the page that answers."""

import re

from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from enterprises import credit_codes, directory
from enterprises.views.directory import code_answer
from gi_registry.models import Division
from gi_registry.search_text import QUERY_LENGTH, normalise, parse_query
from gi_registry.territory import resolve
from products import agreements
from products.models import ProductSearchText, Right

# What has the length of a label code and no Chinese in it is looked at as one, also with a slip in it.
LABEL_CODE = re.compile(r"(?=.*[0-9])[0-9A-Z]{24}")


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Credit code, number of a right, division code, else the list that has an answer; products by default."""
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
    return redirect(_where_it_is_known(text))


def _where_it_is_known(text: str) -> str:
    """Products by default; enterprises, a division or an agreement's list where only they know the text."""
    query = parse_query(normalise(text))
    if not query or ProductSearchText.objects.filter(tokens__matches=query).exists():
        return _with_query("products:search", text)
    if directory.knows(text):
        return _with_query("enterprises:directory", text)
    named = Q(name_zh=text) | Q(name_en__iexact=text) | Q(name_pinyin__iexact=text)
    if division := Division.objects.current().filter(named).first():
        return division.get_absolute_url()
    if code := agreements.that_names(text):
        return _with_query("products:agreement", text, code)
    return _with_query("products:search", text)


def _with_query(name: str, text: str, *parts: str) -> str:
    query = QueryDict(mutable=True)
    query["q"] = text
    return f"{reverse(name, args=parts)}?{query.urlencode()}" if text else reverse(name, args=parts)

"""Labels at the desk: what waits, the ledger of an authorisation, stated output, the rule of a province."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enterprises import authorisation_facts, label_queue, label_rules, output, supervised
from enterprises.desk_label_forms import ReduceForm, RuleForm, SearchForm, StatementForm
from enterprises.label_facts import SeasonBalance, quantity_text, season_balance, season_balances
from enterprises.label_models import OutputStatement
from enterprises.label_states import StatementState
from enterprises.models import Authorisation
from enterprises.views.desk_access import at_desk, status_of
from gi_registry.fresh_sign_in import asks_again
from gi_registry.journal import Actor
from gi_registry.moves import MoveRefused
from gi_registry.query_values import read
from gi_registry.roles import Permission
from products.maps import name_of

ROWS_A_PAGE = 30
DONE_MEANWHILE = 409


@require_safe
@at_desk()
def index(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """What waits for the office, the oldest first; beneath it every ledger of the territory."""
    values, notices = read(SearchForm(request.GET))
    page = Paginator(label_queue.ledgers(actors, values["q"] or ""), ROWS_A_PAGE).get_page(request.GET.get("page"))
    stated, requested = label_queue.stated(actors), label_queue.requested(actors)
    context = {
        "stated": [(one, quantity_text(one.row.quantity, one.row.season.unit)) for one in stated],
        "requested": [(one, _asked(one.row)) for one in requested],
        "page": page,
        "form": SearchForm(None, initial=values),
        "narrowed": bool(values["q"]),
        "notices": notices,
        "rules": label_queue.rules_in_force(actors),
        "sets_rule": bool(label_queue.provinces(actors)),
    }
    return render(request, "desk/labels.html", context)


def _asked(batch: Any) -> str:
    return quantity_text(batch.count * batch.pack, batch.season.unit)


def crumbs(row: Authorisation | None = None, last: str = "") -> list[tuple[str, str]]:
    """The way from the queue of labels to a ledger, or to a page behind it."""
    way = [(_("Labels"), reverse("enterprises:desk_labels"))]
    if row is not None:
        here = reverse("enterprises:desk_label_authorisation", args=[row.reference]) if last else ""
        way.append((row.reference, here))
    return [*way, (last, "")] if last else way


def _found_or_404(actors: Sequence[Actor], reference: str) -> Authorisation:
    return get_object_or_404(supervised.watched_by(actors), reference=reference)


# --- The ledger of an authorisation ---


@require_safe
@at_desk()
def ledger(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Every season with its balance, its statements and its batches."""
    row = _found_or_404(actors, reference)
    balances = season_balances(row)
    context = {
        "crumbs": crumbs(row),
        "row": row,
        "seasons": [season_lines(one) for one in balances],
        "history": authorisation_facts.sentences(row),
        "can_reduce": label_queue.able(actors, row) is not None and any(one.remaining > 0 for one in balances),
    }
    return render(request, "desk/labels_ledger.html", context)


def season_lines(one: SeasonBalance) -> dict[str, Any]:
    """A season as its page shows it: the sum from certified to remaining, and the rows behind it."""
    unit = one.season.unit
    return {
        "season": one.season,
        "one": one,
        "sum": {
            name: quantity_text(getattr(one, name), unit)
            for name in ("certified", "issued", "reserved", "given_back", "remaining", "stated", "asked")
        },
        "statements": [(row, quantity_text(row.quantity, unit)) for row in one.statements],
        "batches": [(balance, quantity_text(balance.batch.pack, unit)) for balance in one.batches],
    }


# --- Stated output ---


@require_http_methods(["GET", "POST"])
@at_desk()
def statement(request: HttpRequest, actors: Sequence[Actor], pk: int) -> HttpResponse:
    """One statement of output; who certifies decides here. Others read."""
    row = get_object_or_404(label_queue.statements(actors), pk=pk)
    by = label_queue.able(actors, row.season.authorisation)
    if request.method == "GET":
        return _show_statement(request, actors, row, StatementForm() if by else None)
    if by is None:
        raise Http404
    form = StatementForm(request.POST)
    if not form.is_valid():
        return _show_statement(request, actors, row, form)
    certifies = form.cleaned_data["decision"] == StatementForm.CERTIFY
    try:
        if certifies:
            output.certify(row, by=by)
        else:
            output.refuse(row, by=by, text=form.cleaned_data["text"])
    except MoveRefused as refusal:
        form.add_error(None, str(refusal))
        return _show_statement(request, actors, row, form, status=status_of(refusal.code))
    messages.success(request, _("The output is certified.") if certifies else _("The output is not certified."))
    return redirect("enterprises:desk_label_authorisation", row.season.authorisation.reference)


def _show_statement(
    request: HttpRequest, actors: Sequence[Actor], row: OutputStatement, form: StatementForm | None, status: int = 200
) -> HttpResponse:
    authorisation, unit = row.season.authorisation, row.season.unit
    balance = season_balance(row.season)
    quantity = quantity_text(row.quantity, unit)
    context = {
        "crumbs": crumbs(authorisation, _("Output of {season}").format(season=row.season.name)),
        "row": row,
        "authorisation": authorisation,
        "quantity": quantity,
        "certified": quantity_text(balance.certified, unit),
        "others": [(one, quantity_text(one.quantity, unit)) for one in balance.statements if one.pk != row.pk],
        "yearly": _yearly(authorisation),
        "form": form if row.state == StatementState.STATED or status == DONE_MEANWHILE else None,
        "open": row.state == StatementState.STATED,
        "reduced": row.quantity < 0,
    }
    return render(request, "desk/labels_statement.html", context, status=status)


def _yearly(authorisation: Authorisation) -> str:
    """What the enterprise expected to make in a year, as it wrote it in its application."""
    terms = authorisation.terms.select_related("application").last()
    if terms is None or terms.application.yearly_output is None:
        return ""
    return f"{terms.application.yearly_output.normalize():,f} {terms.application.output_unit}"


@require_http_methods(["GET", "POST"])
@at_desk(Permission.ISSUE_LABELS)
def reduce(request: HttpRequest, actors: Sequence[Actor], reference: str) -> HttpResponse:
    """Correct certified output downwards, as far as no labels were issued for it."""
    row = _found_or_404(actors, reference)
    by = label_queue.able(actors, row)
    if by is None:
        raise Http404
    form = ReduceForm(request.POST if request.method == "POST" else None, balances=season_balances(row))
    status = 200
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        season = form.balances[values["season"]].season
        try:
            output.reduce(season, by=by, nonce=values["nonce"], quantity=values["quantity"], text=values["text"])
        except MoveRefused as refusal:
            form.add_error("quantity" if refusal.code == "over_allowance" else None, str(refusal))
            status = status_of(refusal.code)
        else:
            messages.success(request, _("The certified output was corrected."))
            return redirect("enterprises:desk_label_authorisation", row.reference)
    title = _("Correct certified output")
    context = {"crumbs": crumbs(row, title), "title": title, "row": row, "form": form}
    return render(request, "desk/labels_reduce.html", context, status=status)


# --- The rule of a province ---


@asks_again()
@require_http_methods(["GET", "POST"])
@at_desk(Permission.APPROVE_MARK_USE)
def issue_rule(request: HttpRequest, actors: Sequence[Actor]) -> HttpResponse:
    """Up to how many labels the province issues at once."""
    mine = label_queue.provinces(actors)
    if not mine:
        raise Http404
    rules = {code: label_queue.rules(place) for code, (place, _by) in mine.items()}
    choices = [(place, name_of(place)) for place, _by in mine.values()]
    form = RuleForm(request.POST if request.method == "POST" else None, provinces=choices, initial=_rule_now(rules))
    if request.method == "POST" and form.is_valid():
        province, by = mine[form.cleaned_data["province"]]
        most = form.cleaned_data["automatic_up_to"]
        if [one.automatic_up_to for one in rules[province.code] if one.effective_to is None] != [most]:
            label_rules.set_issue_rule(province, by=by, automatic_up_to=most)
        messages.success(request, _("The rule holds from today."))
        return redirect("enterprises:desk_labels")
    title = _("Rule for issuing labels")
    context = {
        "crumbs": crumbs(None, title), "title": title, "form": form,
        "rules": [(place, rules[place.code]) for place, _name in choices],
    }  # fmt: skip
    return render(request, "desk/labels_rule.html", context)


def _rule_now(rules: dict[str, list[Any]]) -> dict[str, Any]:
    """What the form shows first: the first province, and its rule of today."""
    code, rows = next(iter(rules.items()))
    return {"province": code, "automatic_up_to": next((one.automatic_up_to for one in rows if not one.effective_to), 0)}

"""EDGE. Accounts: what of django-allauth is ours, who needs a second factor, and forms that lose nothing.

allauth signs people in and up, confirms addresses, resets passwords and keeps second factors. Here stand its
adapters, the rule that officials and editors work with a second factor only, the list of sessions, and the
page that a form which came too late ends on: with everything that was typed, ready to be sent again.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import secrets
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gi_registry.models import RoleAssignment, User
from gi_registry.roles import Role

# --- Words of allauth that its own Chinese catalogue gets wrong or bends to programmers: ours comes first ---

WORDS_OF_ALLAUTH = (
    _("Code"), _("Authenticator code"), _("Remember Me"), _("Passwordless"), _("Master key"), _("Backup key"),
    _("Enabling passwordless operation allows you to sign in using just this key, but imposes additional"
      " requirements such as biometrics or PIN protection."),
    _("Use authenticator app or code"),
)  # fmt: skip


# --- allauth: accounts ---


class AccountAdapter(DefaultAccountAdapter):
    """What allauth asks the site: names of new accounts, words of errors and mails, who is behind a request."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "cannot_remove_primary_email": _("The address you sign in with cannot be removed; you can change it."),
        "email_password_mismatch": _("E-mail address and password do not fit together. Please check both."),
        "username_password_mismatch": _("User name and password do not fit together. Please check both."),
        "incorrect_code": _("This code is not right, or its time is over. Please type the newest one."),
        "incorrect_password": _("This password is not right."),
        "invalid_password_reset": _("This link has been used already or its time is over."),
        "too_many_login_attempts": _("Too many attempts. Please wait five minutes and try again."),
        "rate_limited": _("Too many attempts. Please wait a minute and try again."),
    }

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """An opaque name: user names are seen by others, addresses are not theirs to know."""
        user.username = user.username or "u" + "".join(secrets.choice(LETTERS) for _ in range(12))

    def can_delete_email(self, email_address: EmailAddress) -> bool:
        """An address that waits for its confirmation may go; the one in use is changed, not removed."""
        return not (email_address.primary or email_address.verified)

    def get_login_stages(self) -> list[str]:
        ours = f"{__name__}.{ConfirmedAddress.__name__}"
        standard = f"{EmailVerificationStage.__module__}.{EmailVerificationStage.__name__}"
        return [ours if stage == standard else stage for stage in super().get_login_stages()]

    def get_client_ip(self, request: HttpRequest) -> str:
        """A pseudonym of the visitor's address: allauth stores what it gets here, and we store no addresses."""
        return pseudonym(super().get_client_ip(request))

    def get_http_user_agent(self, request: HttpRequest) -> str:
        return browser_family(super().get_http_user_agent(request))

    def format_email_subject(self, subject: str) -> str:
        return f"[{gettext('Register of Geographical Indications')}] {subject}"


LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that look alike


class ConfirmedAddress(EmailVerificationStage):
    """allauth's stage, except for accounts without any address, which the operator made for officials.

    Whoever signs up has an address from the first moment, and it cannot be removed.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user and not self.login.user.email:
            return None, True
        return super().handle()


class SignInForm(LoginForm):
    """allauth's form; its label for 'e-mail address or user name' is just 'Login'."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = pgettext_lazy("sign in", "E-mail address or user name")
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        for field in self.fields.values():  # the label stands above; a second one inside vanishes when typing
            field.widget.attrs.pop("placeholder", None)


def shown_name(user: User) -> str:
    """How a person is greeted: by the own address, for the user name may be opaque."""
    return user.get_full_name() or user.email or user.username


def pseudonym(address: str) -> str:
    """A keyed pseudonym of a network address, in the form of a private IPv6 address (fd00::/8).

    allauth counts IPv6 visitors by their first 64 bits, so that much of the address goes in and the first
    64 bits of what comes out tell two visitors apart.
    """
    parsed = ipaddress.ip_address(address)
    if parsed.version == 6:
        address = str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    digest = salted_hmac("gi_registry.accounts.pseudonym", address, algorithm="sha256").digest()
    return str(ipaddress.IPv6Address(b"\xfd" + digest[:15]))


# The first that fits: most browsers also name the ones they descend from.
BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR|Opera", "Opera"), ("SamsungBrowser", "Samsung Internet"),
    ("HuaweiBrowser", "Huawei Browser"), ("MiuiBrowser", "Mi Browser"), ("UCBrowser", "UC Browser"),
    ("QQBrowser", "QQ Browser"), ("Firefox|FxiOS", "Firefox"), ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone|iPad", "iOS"), ("HarmonyOS|OpenHarmony", "HarmonyOS"), ("Android", "Android"),
    ("Windows", "Windows"), ("Mac OS X|Macintosh", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_family(user_agent: str) -> str:
    """'Firefox, Windows' out of what a browser says of itself; '' where it says nothing known."""
    found = [
        next((name for pattern, name in names if re.search(pattern, user_agent)), "") for names in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, found))


# --- Second factor ---


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are encrypted before they are stored."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A phone lists its passkeys by this name."""
        return super().get_public_key_credential_rp_entity() | {"name": settings.MFA_TOTP_ISSUER}


@cache
def _cipher() -> MultiFernet:
    """Encrypts under SECRET_KEY; reads what was encrypted under its fallbacks, too."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [HKDF(SHA256(), 32, salt=None, info=b"gi-registry/second-factor/1").derive(k.encode()) for k in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


OFFICIALS = frozenset({Role.REVIEWER, Role.APPROVER, Role.OFFICER, Role.AUDITOR})
EDITORS = frozenset({Role.EDITOR, Role.PUBLISHER})


def needs_second_factor(user: User | AnonymousUser) -> bool:
    """Whether somebody holds today a role that decides, sees files or publishes. One query."""
    return user.is_authenticated and _roles_with_second_factor(user).exists()


def second_factor_missing(user: User | AnonymousUser) -> bool:
    """Whether somebody needs a second factor and has none set up. One query."""
    return user.is_authenticated and _roles_with_second_factor(user).filter(user__authenticator=None).exists()


def _roles_with_second_factor(user: User) -> Any:
    return RoleAssignment.objects.on(timezone.localdate()).filter(user=user, role__in=OFFICIALS | EDITORS)


class SecondFactorMiddleware:
    """Leads who needs a second factor and has none from the desk and the page editor to its set-up."""

    GUARDED = re.compile(r"^/(en/)?(desk|cms)(/|$)")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.GUARDED.match(request.path_info) and second_factor_missing(request.user):
            messages.warning(
                request,
                gettext(
                    "With your role you decide, or publish, in the name of the register. A password alone is not"
                    " enough for that: please set up a second step first. It takes two minutes."
                ),
            )
            return redirect("mfa_activate_totp")
        return self.get_response(request)


# --- Pages ---


def account_home(request: HttpRequest) -> HttpResponse:
    """Where somebody works: the desk, the page editor or the enterprise's portal."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    held = RoleAssignment.objects.on(timezone.localdate()).filter(user=request.user)
    roles = set(held.values_list("role", flat=True))
    if roles & OFFICIALS:
        name = "enterprises:desk"
    elif roles & EDITORS:
        name = "wagtailadmin_home"
    else:
        name = "enterprises:portal"
    try:
        return redirect(reverse(name))
    except NoReverseMatch:
        return redirect("account_email")


def wagtail_sign_in(request: HttpRequest) -> HttpResponse:
    """Wagtail's addresses for signing in lead to ours, and then to where one wanted to go."""
    query = QueryDict(mutable=True)
    if wanted := request.GET.get("next"):
        query["next"] = wanted
    return HttpResponseRedirect(reverse("account_login") + (f"?{query.urlencode(safe='/')}" if query else ""))


@login_required
@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """The browsers in which somebody is signed in; a POST ends one of them, or all but this one."""
    rows = UserSession.objects.purge_and_list(request.user)
    if request.method == "POST":
        wanted = request.POST.get("session", "")
        ended = [row for row in rows if str(row.pk) == wanted or (wanted == "others" and not row.is_current())]
        end_sessions(request, ended)
        if ended:
            messages.success(request, gettext("Ended. Whoever uses that browser must sign in again."))
        return redirect("usersessions_list")
    rows.sort(key=lambda row: (not row.is_current(), -row.created_at.timestamp()))
    shown = [{"row": row, "current": row.is_current(), "browser": browser_family(row.user_agent)} for row in rows]
    return render(request, "usersessions/usersession_list.html", {"sessions": shown})


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Somebody tried too often."""
    return render(request, "account/too_many_requests.html", status=429)


# --- Forms that come too late lose nothing ---

NEVER_SHOWN = re.compile("password|code|csrf|credential", re.IGNORECASE)
MOST_FIELDS = 200
MOST_TEXT = 200_000


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a valid token: shown again with its text, for one more press of a button.

    Only where the token alone is at fault. A form that another site made is not offered for sending.
    """
    return _send_again(request, signed_out=False, offered=reason.startswith("CSRF "))


def keeps_text(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For views that need somebody signed in: as `login_required`, but what was typed is kept.

    A form that arrives after the sign-in ended is shown again with its text. Signing in elsewhere in the same
    browser changes the token, so that sending leads through `csrf_failure` once before it arrives.
    """

    @wraps(view)
    def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            return _send_again(request, signed_out=True, offered=True)
        return redirect_to_login(request.get_full_path())

    return keeping


def _send_again(request: HttpRequest, *, signed_out: bool, offered: bool) -> HttpResponse:
    """The page with the typed text; without it where the form is huge or not to be offered."""
    fields = [
        (name, value) for name, values in request.POST.lists() for value in values if not NEVER_SHOWN.search(name)
    ]
    size = sum(len(name) + len(value) for name, value in fields)
    context = {
        "fields": fields if offered and len(fields) <= MOST_FIELDS and size <= MOST_TEXT else [],
        "files": bool(request.FILES),
        "signed_out": signed_out,
        "address": request.get_full_path(),
    }
    return render(request, "403_csrf.html", context, status=403)

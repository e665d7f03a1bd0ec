"""EDGE. Accounts: what of django-allauth is ours, and who needs a second factor.

allauth signs people in and up, confirms addresses, resets passwords and keeps second factors. Here stand its
adapters, the rule that officials and editors work with a second factor only, and the list of sessions.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import secrets
from collections.abc import Callable
from functools import cache
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.forms import LoginForm
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
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
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gi_registry import hosts, known_browsers, sign_ins, throttle
from gi_registry.models import RoleAssignment, User
from gi_registry.networks import client_address
from gi_registry.roles import Role

# Words of Django and allauth that their Chinese catalogues lack or bend to programmers. Ours has them because they
# stand here.
WORDS_OF_OTHERS = (
    _("Use authenticator app or code"),
    _("Use a security key"),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)


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
        "too_many_login_attempts": _(
            "Too many attempts. Please wait five minutes and try again; after many attempts the wait becomes longer. "
            "With “forgotten password” you get in at once."
        ),
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
        address = client_address(request)
        if address is None:
            raise PermissionDenied
        return pseudonym(str(address))

    def get_http_user_agent(self, request: HttpRequest) -> str:
        return browser_family(super().get_http_user_agent(request))

    def post_login(self, request: HttpRequest, user: User, **more: Any) -> HttpResponse:
        """Of too many sessions of one person the oldest end."""
        response: HttpResponse = super().post_login(request, user, **more)
        sign_ins.keep_the_latest(user)
        known_browsers.remember(request, response, [user.username, user.email])
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Tries at an account are counted together, but for browsers that have signed in to it before."""
        login = str(credentials.get("email") or credentials.get("username") or "")
        own = known_browsers.own_count(request, login)
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{own}"

    def format_email_subject(self, subject: str) -> str:
        register = gettext("Register of Geographical Indications")
        return f"[{register}] {subject}"


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
    """allauth's form with labels that say what is meant; its own are 'Login' and 'Remember Me'."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address or user name")
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["remember"].label = _("Stay signed in on this device")
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


# What a request needs to be taken up again, and nothing that tells where it came from.
KEPT_HEADERS = frozenset({"HTTP_HOST", "HTTP_USER_AGENT", "HTTP_ACCEPT_LANGUAGE", "HTTP_X_FORWARDED_PROTO"})


class NoAddressInSessionsMiddleware:
    """Before somebody is asked for the password again, allauth stores the whole request in the session.

    With it the visitor's network address would lie in a table; its pseudonym takes its place.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, ReauthenticationRequired):
            stand_in = get_adapter().get_client_ip(request)
            headers = [key for key in request.META if key.startswith("HTTP_") and key not in KEPT_HEADERS]
            for key in [*headers, "REMOTE_HOST", "REMOTE_PORT"]:
                request.META.pop(key, None)
            request.META["REMOTE_ADDR"] = stand_in


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

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """What a new passkey is called until its owner renames it: where it was made."""
        return browser_family(context.request.META.get("HTTP_USER_AGENT", "")) or gettext("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A phone lists its passkeys by this name."""
        return super().get_public_key_credential_rp_entity() | {"name": settings.MFA_TOTP_ISSUER}


@receiver([authenticator_added, authenticator_removed, authenticator_reset])
def second_factor_changed(request: HttpRequest, user: User, **_more: Any) -> None:
    """All other sessions end with it. allauth offers nothing but its signals for this."""
    sign_ins.end_everywhere(user, but=request)


class _CodeField:
    """The field for a code, with one name for it wherever it is asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]  # type: ignore[attr-defined]
        field.label = _("One-time code")
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs["inputmode"] = "numeric"


class CodeForm(_CodeField, AuthenticateForm):
    """The second step of signing in."""


class CodeAgainForm(_CodeField, ReauthenticateForm):
    """The second step once more, before something important changes."""


class FirstCodeForm(_CodeField, ActivateTOTPForm):
    """The first code of an app, which proves that it was set up right."""


class AddKeyForm(AddWebAuthnForm):
    """allauth's form in words of everyday."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name, so that you know it again")
        self.fields["passwordless"].label = _("Sign in with it without a password")
        self.fields["passwordless"].help_text = _("For a phone or computer of your own that has a screen lock.")


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

    GUARDED = re.compile(rf"^/((en/)?desk(/|$)|{settings.CMS_PATH})")

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
        return redirect(hosts.absolute(reverse(name)))
    except NoReverseMatch:
        return redirect("account_email")


def wagtail_sign_in(request: HttpRequest) -> HttpResponse:
    """Wagtail's addresses for signing in lead to ours, and then to where one wanted to go.

    Wagtail sends here also who is signed in but lacks the right, and would be sent here again and again.
    """
    if request.user.is_authenticated and not request.user.has_perm("wagtailadmin.access_admin"):
        raise PermissionDenied
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
        ended = [row for row in rows if str(row.pk) == wanted]
        if wanted == "others":
            sign_ins.end_everywhere(request.user, but=request)  # type: ignore[arg-type]
        end_sessions(request, ended)
        if ended or wanted == "others":
            messages.success(request, gettext("Ended. Whoever uses that browser must sign in again."))
        return redirect("usersessions_list")
    rows.sort(key=lambda row: (not row.is_current(), -row.created_at.timestamp()))
    shown = [{"row": row, "current": row.is_current(), "browser": browser_family(row.user_agent)} for row in rows]
    return render(request, "usersessions/usersession_list.html", {"sessions": shown})


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """The answer to whoever tries to sign in too often."""
    return throttle.too_many(request)

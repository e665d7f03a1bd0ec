"""Settings of the register: the only file that reads the environment.

Without any variable the site runs from one folder (`GI_HOME`) on SQLite. `.env.example` lists every
variable with its default. Production is asked for with `GI_PRODUCTION=1`, which turns the protective
settings on and refuses to start without a secret key and host names of its own.
"""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from gi_registry import account_rules, logs, production
from gi_registry.api import api_settings
from gi_registry.content_policy import public_policy
from gi_registry.own_keys import key_text, own_key, secret_text

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.bool("GI_PRODUCTION", False)
DEBUG = env.bool("GI_DEBUG", False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("GI_DEBUG shows source code to visitors; it cannot be set with GI_PRODUCTION.")

# Everything that is written at run time lives here: database, media, keys, caches.
GI_HOME = Path(env.str("GI_HOME", str(BASE_DIR / "var"))).resolve()
GI_HOME.mkdir(parents=True, exist_ok=True)

SECRET_KEY = env.str("GI_SECRET_KEY", "")
if PRODUCTION and len(SECRET_KEY) < 40:
    raise ImproperlyConfigured("In production GI_SECRET_KEY must hold a random secret of 40 characters or more.")
SECRET_KEY = SECRET_KEY or own_key(GI_HOME / "keys" / "secret_key", secret_text)

# Label codes: master keys "ID:KEY,ID:KEY", the first one seals, all open; the order key never changes. KEY is 32 random
# bytes in base64. Without them the register makes its own, and gi.W004 warns of it in production.
MASTER_KEYS = env.str("GI_MASTER_KEYS", "")
ORDER_KEY = env.str("GI_ORDER_KEY", "")
LABEL_KEYS_OWN = not (MASTER_KEYS and ORDER_KEY)
MASTER_KEYS = MASTER_KEYS or own_key(GI_HOME / "keys" / "master_keys", lambda: f"1:{key_text()}")
ORDER_KEY = ORDER_KEY or own_key(GI_HOME / "keys" / "order_key", key_text)

BACKUP_RECIPIENTS = env.list("GI_BACKUP_RECIPIENTS", default=[])  # public keys (age1…) that may open backups

ALLOWED_HOSTS = env.list("GI_ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"])
if PRODUCTION and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("In production GI_ALLOWED_HOSTS must name the host names of the site.")
# Address printed in QR codes, feeds and mails; visitors are told to compare it with their browser.
SITE_URL = env.str("GI_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
# Hosts of their own for work (portal, desk) and for editors; without them one host does everything (hosts.py).
DESK_URL = env.str("GI_DESK_URL", "").rstrip("/") or SITE_URL
CMS_URL = env.str("GI_CMS_URL", "").rstrip("/") or DESK_URL
CMS_PATH = production.cms_path(env.str("GI_CMS_PATH", "cms/"))
OWN_HOSTS = len({SITE_URL, DESK_URL, CMS_URL}) > 1
if OWN_HOSTS:
    ALLOWED_HOSTS = sorted({*ALLOWED_HOSTS, *(str(urlsplit(url).hostname) for url in (SITE_URL, DESK_URL, CMS_URL))})
CSRF_TRUSTED_ORIGINS = env.list("GI_CSRF_TRUSTED_ORIGINS", default=sorted({SITE_URL, DESK_URL, CMS_URL}))

INSTALLED_APPS = [
    "gi_registry",
    "products",
    "enterprises",
    "cms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "csp",
    "drf_spectacular",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "gi_registry.request_log.watched",
    "django.middleware.security.SecurityMiddleware",
    "gi_registry.content_policy.ContentPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "gi_registry.content_policy.KnownScriptsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "gi_registry.hosts.HostsMiddleware",
    "gi_registry.replicas.ReplicaMiddleware",
    "gi_registry.edge_cache.EdgeCacheMiddleware",
    "gi_registry.text_size.vary_by_cookie",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gi_registry.accounts.NoAddressInSessionsMiddleware",
    "gi_registry.accounts.SecondFactorMiddleware",
    "gi_registry.session_limits.SessionLimitsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "gi_registry.page_redirects.PageRedirectMiddleware",
]

ROOT_URLCONF = "gi_registry.urls"
WSGI_APPLICATION = "gi_registry.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gi_registry.context.site",
            ],
            "builtins": ["gi_registry.templatetags.register_tags"],
        },
    }
]

# --- Database: SQLite beside the code, or whatever DATABASE_URL names (postgres://…) ---
POOLER = env.bool("GI_POOLER", False)  # pgbouncer, in transaction mode
DATABASES = {
    "default": production.database(
        env.db_url("DATABASE_URL", default=f"sqlite:///{GI_HOME / 'register.sqlite3'}"), "default", pooler=POOLER
    )
}
# Public pages may be read from a copy (replicas.py).
if _copy := env.str("GI_READ_DATABASE_URL", ""):
    DATABASES["replica"] = production.replica(environ.Env.db_url_config(_copy), pooler=POOLER)
    DATABASE_ROUTERS = ["gi_registry.replicas.Router"]
# How long the server lets one statement, and one wait for a lock, take; commands are not held to it (timeouts.py).
STATEMENT_TIMEOUT_MS = env.int("GI_STATEMENT_TIMEOUT_MS", 15_000)
LOCK_TIMEOUT_MS = env.int("GI_LOCK_TIMEOUT_MS", 5_000)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Caches of each process, or in a Redis for all of them (shared_cache.py). "throttle" counts tries of networks.
REDIS_URL = env.str("GI_REDIS_URL", "")
CACHES = production.caches(REDIS_URL, env.str("GI_CACHE_URL", REDIS_URL), BASE_DIR)

# --- People ---
AUTH_USER_MODEL = "gi_registry.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = account_rules.PASSWORD_VALIDATORS
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_home"
CSRF_FAILURE_VIEW = "gi_registry.late_forms.csrf_failure"
SESSION_ENGINE = "gi_registry.sessions" if REDIS_URL else "django.contrib.sessions.backends.db"
SESSION_CACHE_ALIAS = "sessions"  # with Redis only
SESSION_COOKIE_HTTPONLY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # unless somebody stays signed in on a device of their own
OFFICE_LIMITS, PORTAL_LIMITS = account_rules.OFFICE_LIMITS, account_rules.PORTAL_LIMITS
MOST_SESSIONS = account_rules.MOST_SESSIONS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

ACCOUNT_ADAPTER = "gi_registry.accounts.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "enterprises.account_forms.SignupForm"
ACCOUNT_FORMS = {"login": "gi_registry.accounts.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_DISPLAY = "gi_registry.accounts.shown_name"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser that signed up
ACCOUNT_CHANGE_EMAIL = True  # one address; the new one replaces it once it is confirmed
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = account_rules.PROOF_COUNTS
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = account_rules.RATE_LIMITS
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
USERSESSIONS_TRACK_ACTIVITY = False

MFA_ADAPTER = "gi_registry.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "gi_registry.accounts.CodeForm",
    "reauthenticate": "gi_registry.accounts.CodeAgainForm",
    "activate_totp": "gi_registry.accounts.FirstCodeForm",
    "add_webauthn": "gi_registry.accounts.AddKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "地理标志产品登记簿"
MFA_TOTP_TOLERANCE = 1  # clocks of phones go wrong by half a minute
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody with an address signs in unconfirmed; officials may change theirs
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION

# --- Mails: a folder in development, a server in production ---
_mail_server = env.str("EMAIL_URL", "")
if _mail_server:
    globals().update(environ.Env.email_url_config(_mail_server))
elif PRODUCTION:
    raise ImproperlyConfigured("In production EMAIL_URL must name the mail server (smtp+tls://USER:PASSWORD@HOST:587).")
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = GI_HOME / "mail"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"noreply@{urlsplit(SITE_URL).hostname}")

# --- What is done later: letters to followers wait in the database for the worker; Wagtail's own tasks do not ---
TASKS = {
    "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"},
    "queue": {"BACKEND": "django_tasks_db.DatabaseBackend"},
}

# --- Words ---
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Who asks from where: of X-Forwarded-For only what the operator's own proxies wrote counts ---
BEHIND_PROXY = env.bool("GI_BEHIND_PROXY", False)
TRUSTED_PROXY_COUNT = env.int("GI_TRUSTED_PROXIES", 1 if PRODUCTION and BEHIND_PROXY else 0)
IP_TABLE = env.str("GI_IP_TABLE", "")

# --- Files ---
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = GI_HOME / "static"
STATIC_ROOT.mkdir(exist_ok=True)
MEDIA_ROOT = GI_HOME / "media"
MEDIA_URL = env.str("GI_MEDIA_URL", "media/").rstrip("/") + "/"
S3_BUCKET = env.str("GI_S3_BUCKET", "")
STORAGES = {
    "default": production.media_storage(
        S3_BUCKET, endpoint=env.str("GI_S3_ENDPOINT", ""), region=env.str("GI_S3_REGION", ""),
        prefix=env.str("GI_S3_PREFIX", ""), media_url=MEDIA_URL,
    ),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_MAX_AGE = 3600

# --- Open data: the licence of the register's own compilation is for the operator to confirm (an address) ---
OPEN_DATA_ROOT = GI_HOME / "open-data"
DATA_LICENCE = env.str("GI_DATA_LICENCE", "")
DATA_CONTACT = env.str("GI_DATA_CONTACT", "")
# Webhooks go to public addresses by https only; a receiver on this machine is for trying out.
WEBHOOKS_TO_LOOPBACK = env.bool("GI_WEBHOOKS_TO_LOOPBACK", False) and not PRODUCTION

# --- Wagtail ---
WAGTAIL_SITE_NAME = "地理标志产品登记簿"
WAGTAILADMIN_BASE_URL = CMS_URL
WAGTAIL_I18N_ENABLED = True
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False  # passwords and addresses are changed below /account/ only
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
VIDEO_HOSTS = env.list("GI_VIDEO_HOSTS", default=[])  # whose videos play within a page, after a click
WAGTAILIMAGES_IMAGE_MODEL = "cms.RegisterImage"
WAGTAILDOCS_DOCUMENT_MODEL = "cms.RegisterDocument"
WAGTAILSIMPLETRANSLATION_SYNC_PAGE_TREE = True  # what is not translated yet shows the other language, with a note
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 40_000_000  # a picture of more may take half a gigabyte to open
WAGTAILIMAGES_AVIF_QUALITY, WAGTAILIMAGES_WEBP_QUALITY, WAGTAILIMAGES_JPEG_QUALITY = 55, 75, 78
WAGTAILDOCS_SERVE_METHOD = "serve_view"  # asked for at the register, wherever the file lies
WAGTAILDOCS_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILDOCS_EXTENSIONS = ["csv", "docx", "pdf", "txt", "xlsx", "zip"]

# A CDN in front is told which addresses have changed (cms/purging.py).
WAGTAILFRONTENDCACHE = production.purging(
    env.str("GI_CDN_BACKEND", ""), env.str("GI_CDN_TARGET", ""), env.str("GI_CDN_TOKEN", ""),
    [urlsplit(SITE_URL).netloc],
)

# --- Protection in production ---
MEDIA_ORIGINS = [MEDIA_URL[: -len(urlsplit(MEDIA_URL).path)]] if "://" in MEDIA_URL else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": public_policy(
        VIDEO_HOSTS, hosts=[SITE_URL, DESK_URL, CMS_URL] if OWN_HOSTS else [], media=MEDIA_ORIGINS, secure=PRODUCTION
    )
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("GI_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = ["^(healthz|readyz|metrics)$"]  # asked over plain http from inside
    SECURE_HSTS_SECONDS = env.int("GI_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if OWN_HOSTS:  # a page on one host can neither read nor set what another one goes by
        SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    if BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- The read API: requests a minute of a network, and of a key ---
API_LIMIT = env.int("GI_API_LIMIT", 60)
API_KEY_LIMIT = env.int("GI_API_KEY_LIMIT", 600)
globals().update(api_settings.SETTINGS)

# --- Who operates the register, and what it tells them (docs/monitoring.md) ---
LOG_FORMAT = env.str("GI_LOG_FORMAT", "json" if PRODUCTION else "line")
ADMINS = [("", address) for address in env.list("GI_ADMINS", default=[])]
SERVER_EMAIL = DEFAULT_FROM_EMAIL
METRICS_TOKEN = env.str("GI_METRICS_TOKEN", "")
LOGGING = logs.configuration(env.str("GI_LOG_LEVEL", "WARNING"), LOG_FORMAT, mails=bool(ADMINS))

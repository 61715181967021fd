"""All settings. Every value that differs between installations comes from the environment.

The table of variables is in README.md ("Configuration").
"""

from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from returns_project import embedded_postgres, oidc_key, secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key.read_or_create(VAR_DIR)
PORT = env.int("PORT", default=8000)  # of `make run`, on loopback
# The address people reach the sites at; used in mails and in the slip's QR code. No final slash.
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{PORT}").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=list({SITE_HOST, "localhost", "127.0.0.1", "[::1]"})
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])
SITE_NAME = env.str("SITE_NAME", default="Retour")
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)

INSTALLED_APPS = [
    "accounts",
    "orders",
    "returns",
    "storefront",
    "backoffice",
    "api",
    "webhooks",
    "returns_project",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.idp.oidc",
    "django_htmx",
    "csp",
    "django.contrib.humanize",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "returns_project.signin.for_buyer_programs",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "returns_project.urls"
WSGI_APPLICATION = "returns_project.wsgi.application"

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
                "django.template.context_processors.i18n",
                "returns_project.context.site",
                "backoffice.context.navigation",
                "storefront.context.navigation",
                "storefront.context.withdrawal",
            ],
        },
    },
]
FORM_RENDERER = "returns_project.forms.RetourRenderer"

# --- database -----------------------------------------------------------------------------------
# Without DATABASE_URL the PostgreSQL that the wheel brings serves from var/ (manage.py starts it).
DATABASE_URL = env.str("DATABASE_URL", default="")
if DATABASE_URL:
    DATABASES = {"default": env.db_url("DATABASE_URL")}
else:
    DATABASES = {"default": embedded_postgres.settings(VAR_DIR)}
DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"
DATABASES["default"].setdefault("OPTIONS", {})
# No server-side cursors: PgBouncer may pool by transaction.
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
# What the APIs read by key is planned once per connection. PgBouncer that pools by transaction can
# do that from 1.21 on (`max_prepared_statements`), so it has to be allowed for another server.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = (
    2 if env.bool("DATABASE_PREPARED_STATEMENTS", default=not DATABASE_URL) else None
)
DATABASES["default"]["OPTIONS"]["pool"] = {
    "min_size": env.int("DATABASE_POOL_MIN", default=1),
    "max_size": env.int("DATABASE_POOL_MAX", default=8),
    "timeout": 10,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- jobs ---------------------------------------------------------------------------------------
# A job that succeeded leaves the queue at once, a failed one stays for people to look at.
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": env.int("WORKER_CONCURRENCY", default=4),
    "delete_jobs": "successful",
}

# Rate limits have to count across processes, so they live in the database as well.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Beyond this Django forgets entries at random, with them how often somebody tried.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # Parts of pages that only a new release changes (`{% cache None … %}`), drawn once per process.
    "template_fragments": {
        "BACKEND": "django.core.cache.backends.dummy.DummyCache"
        if DEBUG
        else "django.core.cache.backends.locmem.LocMemCache"
    },
}

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "storefront:home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# The address is whose orders one sees, so nobody adds another one: an address of somebody else,
# added and not verified, would draw that person's code to the wrong login.
ACCOUNT_MAX_EMAIL_ADDRESSES = 1
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900  # seconds; mail can be slow
ACCOUNT_LOGOUT_REDIRECT_URL = "storefront:home"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Beside allauth's own: how often somebody may ask for a guest's code, and try codes.
ACCOUNT_RATE_LIMITS = {"guest_look_up": "20/10m/ip,5/10m/key", "guest_code": "30/10m/ip"}
ACCOUNT_RATE_LIMITS |= {"credit_code": "20/10m/ip", "new_credit_code": "10/h/ip,3/h/key"}
ACCOUNT_RATE_LIMITS |= {"gift_code": "20/10m/ip"}
# Beyond these a withdrawal is never refused: the queue takes its time with it.
ACCOUNT_RATE_LIMITS |= {"withdrawal": "10/10m/ip,5/h/key", "withdrawals": "100/10m/key"}
ACCOUNT_ADAPTER = "returns_project.signin.AccountAdapter"
ACCOUNT_FORMS = {"request_login_code": "returns_project.signin.RequestLoginCodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Buyers sign in to shops and apps of one's own through OpenID Connect (docs/api.md).
IDP_OIDC_ADAPTER = "returns_project.signin.OIDCAdapter"
IDP_OIDC_PRIVATE_KEY = env.str(
    "OIDC_PRIVATE_KEY", default="", multiline=True
) or oidc_key.read_or_create(VAR_DIR)
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600  # seconds
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 30 * 24 * 3600  # seconds
IDP_OIDC_RP_INITIATED_LOGOUT_ASKS_FOR_OP_LOGOUT = False

# --- languages ----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
# New texts are collected in the first; the second words some of allauth's anew.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale/allauth"]
FORMAT_MODULE_PATH = ["returns_project.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- files --------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "media/"
# The largest file of orders that can be uploaded, in bytes; the command line has no limit.
IMPORT_LARGEST_FILE = env.int("IMPORT_LARGEST_FILE", default=104_857_600)
# The largest photo of goods that can be uploaded, in bytes.
PHOTO_LARGEST_FILE = env.int("PHOTO_LARGEST_FILE", default=15_728_640)
STORAGES = {
    "default": {
        "BACKEND": env.str("FILE_STORAGE", default="django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json("FILE_STORAGE_OPTIONS", default={}),
    },
    "staticfiles": {
        "BACKEND": "returns_project.static_files.CachedManifestStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- carriers -----------------------------------------------------------------------------------
# How to reach a carrier through karrio, see returns/parcels/carriers/through_karrio.py; {} for not
# at all.
CARRIER_KARRIO = env.json("CARRIER_KARRIO", default={})
# The secret that webhooks about parcels are signed with, in Base64 as of Standard Webhooks.
CARRIER_WEBHOOK_SECRET = env.str("CARRIER_WEBHOOK_SECRET", default="")

# --- webhooks -----------------------------------------------------------------------------------
# Networks besides the public internet that webhooks may be sent to, as in 10.0.0.0/8,fd00::/8.
WEBHOOK_ALLOWED_NETWORKS = [
    str(ip_network(text.strip())) for text in env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])
]

# --- mail ---------------------------------------------------------------------------------------
# Without EMAIL_URL mails are written to var/mail and shown at /dev/mail (development only).
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Retour <returns@localhost>")
MAIL_DIR = VAR_DIR / "mail"
if env.str("EMAIL_URL", default=""):
    EMAIL_CONFIG = env.email_url("EMAIL_URL")
    vars().update(EMAIL_CONFIG)
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR

# --- APIs ---------------------------------------------------------------------------------------
# How many points of query cost a client may spend at once, and how many come back per second.
API_COST_BUCKET = env.int("API_COST_BUCKET", default=2000)
API_COST_RESTORED = env.int("API_COST_RESTORED", default=100)
# How long a customer's program may go on with an access token, in seconds, then with a refresh
# token that it does not use, in days (docs/glue.md).
GLUE_ACCESS_SECONDS = env.int("GLUE_ACCESS_SECONDS", default=900)
GLUE_REFRESH_DAYS = env.int("GLUE_REFRESH_DAYS", default=30)
# Origins of pages, as in https://shop.example, whose scripts may call the Glue API.
GLUE_ALLOWED_ORIGINS = env.list("GLUE_ALLOWED_ORIGINS", default=[])

# --- payment gateways ---------------------------------------------------------------------------
# Without a key payments made with Stripe are paid back by hand. Keys stay in the environment.
STRIPE_API_KEY = env.str("STRIPE_API_KEY", default="")
# What Stripe signs its webhook events with; without it they are refused.
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")

# --- security -----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "https:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS and env.bool("HTTPS_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
# What other hosts below the same domain do is for their owner to decide, not for one application.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REDIRECT_EXEMPT = [r"^(livez|healthz)$"]
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The last entry of X-Forwarded-For is the proxy's own, so rate limits may count by it.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

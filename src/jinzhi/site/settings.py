"""Django settings. Everything a deployer may change comes from the environment; the launcher sets what it knows."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlparse

from csp.constants import NONCE, NONE, SELF  # noqa: F401

ROOT = Path(__file__).resolve().parents[3]
SRC = ROOT / "src"
DATA_DIR = Path(os.environ.get("JINZHI_DATA", ROOT / "var"))


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def _database(url: str) -> dict[str, object]:
    """Settings for ``postgresql://user:password@host:port/name?host=/socket/folder``."""
    parts = urlparse(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "jinzhi.kernel.postgres",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", "") or parts.hostname or "",
        "PORT": query.get("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"server_side_binding": False, "prepare_threshold": 5},
    }


DEBUG = _flag("JINZHI_DEBUG")
SECRET_KEY = os.environ.get("JINZHI_SECRET_KEY", "")
if not SECRET_KEY:
    raise SystemExit("JINZHI_SECRET_KEY is not set: start the platform with ./jinzhi up, which keeps one in its data folder.")
ALLOWED_HOSTS = os.environ.get("JINZHI_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("JINZHI_ORIGINS", "").split(",") if o]

# The application logs in as a role that owns nothing (DATABASE_APP_URL); migrations run as the owner (DATABASE_URL).
DATABASES = {"default": _database(os.environ.get("DATABASE_APP_URL") or os.environ.get("DATABASE_URL", "postgresql:///jinzhi"))}

JINZHI_MODULES = [
    "jinzhi.kernel.cases.module", "jinzhi.kernel.notices.module", "jinzhi.kernel.orgs.module", "jinzhi.kernel.feeds.module",
    "jinzhi.registry.enterprises.module", "jinzhi.supervision.declarations.module",
    *os.environ.get("JINZHI_MODULES", "").split(),  # a deployer's own, without tables of their own; they must be on the Python path
]  # fmt: skip
JINZHI_CLOCK_SHIFT = float(os.environ.get("JINZHI_CLOCK_SHIFT", "0"))
JINZHI_DEMO = _flag("JINZHI_DEMO")
# No emblem and no real authority's name is the product's own: mark and names are the deployer's.
JINZHI_NAME = (os.environ.get("JINZHI_NAME_ZH", "质检一体化平台"), os.environ.get("JINZHI_NAME_EN", "Quality Inspection Platform"))
JINZHI_PORTAL_NAME = (
    os.environ.get("JINZHI_PORTAL_NAME_ZH", "质检公共服务平台"),
    os.environ.get("JINZHI_PORTAL_NAME_EN", "Quality Inspection Public Services"),
)
JINZHI_MARK = os.environ.get("JINZHI_MARK", "质检服务")
JINZHI_HOTLINE = os.environ.get("JINZHI_HOTLINE", "")  # such as 12365: the complaint line named on public pages
JINZHI_PROXIES = int(os.environ.get("JINZHI_PROXIES", "0"))  # proxies in front whose X-Forwarded-For is believed
JINZHI_VERIFY_PER_MINUTE = int(os.environ.get("JINZHI_VERIFY_PER_MINUTE", "30"))
JINZHI_DRAW_SEED = os.environ.get("JINZHI_DRAW_SEED", "")  # keep it as long as draws must be provable; else the secret key serves
JINZHI_TSA_URL = os.environ.get("JINZHI_TSA_URL", "")
JINZHI_PUBLIC_URL = os.environ.get("JINZHI_PUBLIC_URL", "http://localhost:8000")
JINZHI_FOOTER = {key: os.environ.get(f"JINZHI_FOOTER_{key.upper()}", "") for key in ("sponsor", "contact", "site_code", "icp", "police")}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "axes",
    "jinzhi.kernel.web",  # before allauth, so that its templates are ours
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "jinzhi.kernel.orgs",
    "jinzhi.kernel.codes",
    "jinzhi.kernel.cases",
    "jinzhi.kernel.forms",
    "jinzhi.kernel.documents",
    "jinzhi.kernel.feeds",
    "jinzhi.kernel.notices",
    "jinzhi.registry.enterprises",
    "jinzhi.supervision.declarations",
    "jinzhi.site",
]
AUTH_USER_MODEL = "orgs.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "jinzhi.site.urls"
WSGI_APPLICATION = "jinzhi.site.wsgi.application"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "jinzhi.kernel.orgs.middleware.ActorMiddleware",
    "jinzhi.kernel.web.middleware.Threshold",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "jinzhi.kernel.web.context.shell",
                "jinzhi.kernel.orgs.context.posts",
                "jinzhi.kernel.notices.context.badge",
            ],
            "builtins": ["jinzhi.kernel.web.templatetags.q"],
        },
    }
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "after_sign_in"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "jinzhi.kernel.orgs.accounts.ClosedAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Failures are counted by axes, in the database; allauth's own counter would answer first.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "60/m/ip,30/300s/key"}
USERSESSIONS_TRACK_ACTIVITY = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_TEMPLATE = "account/lockout.html"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 10 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = JINZHI_PUBLIC_URL.startswith("https://")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
JINZHI_MAX_UPLOAD = 20 * 1024 * 1024
JINZHI_MAX_BODY = 65 * 1024 * 1024  # no request is longer, whoever sends it
# E-mail of notices: off until a mail server is named.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("EMAIL_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = _flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "jinzhi@localhost")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.console.EmailBackend"
JINZHI_DIGEST_HOUR = int(os.environ.get("JINZHI_DIGEST_HOUR", "8"))  # when digests leave, China Standard Time
JINZHI_SMS_FILE = os.environ.get("JINZHI_SMS_FILE", "")  # short messages as lines of JSON, while there is no gateway

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("JINZHI_LOG", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["axes.W006"]

"""All settings, from the environment; names and defaults: docs/configuration.md.

An invalid value stops the start and names the variable.
"""

import logging
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from gateways.providers.wujie.signatures import load_private_key, load_public_key
from labels import label_settings
from net.networks import Network, networks
from wjportal.credentials import sandbox_credentials
from wjportal.data_dir import private_dir, private_file

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """The variable, or the content of the file ``<name>_FILE``."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(
                f"{name}_FILE: cannot read {path}: {error}"
            ) from error
    return os.environ.get(name, "").strip() or default


def env_bool(name: str) -> bool:
    value = env(name, "0").lower()
    if value not in {"0", "1", "true", "false", "yes", "no", "on", "off"}:
        raise ImproperlyConfigured(f"{name}: {value!r} is neither on nor off")
    return value in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def env_url(name: str, default: str = "") -> str:
    value = env(name, default).rstrip("/")
    if value and not is_web_address(value):
        raise ImproperlyConfigured(f"{name}: {value!r} is not an http(s) address")
    return value


def env_path(name: str) -> str:
    value = env(name)
    if value and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", value):
        raise ImproperlyConfigured(f"{name}: {value!r} is not a path like /ai/images")
    return value


def is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return bool(
            parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        )
    except ValueError:
        return False


def env_megabytes(name: str, default: int) -> int:
    """In bytes."""
    value = env(name, str(default))
    if not value.isdecimal() or not 100 <= int(value) <= 100_000_000:
        raise ImproperlyConfigured(f"{name}: {value!r} is no number of MB from 100 on")
    return int(value) * 1024**2


def env_port(name: str, default: int) -> int:
    value = env(name, str(default))
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ImproperlyConfigured(f"{name}: {value!r} is not a port")
    return int(value)


def env_number(name: str, default: int, *, least: int = 0, most: int) -> int:
    value = env(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", value) or not least <= int(value) <= most:
        raise ImproperlyConfigured(
            f"{name}: {value!r} is no whole number from {least} to {most}"
        )
    return int(value)


def env_networks(name: str) -> list[Network]:
    try:
        return networks(env_list(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error


# --- Where things live

DATA_DIR = private_dir(Path(env("WJPORTAL_DATA_DIR", str(BASE_DIR / "var"))).resolve())


def secret_key() -> str:
    if value := env("WJPORTAL_SECRET_KEY"):
        return value
    path = DATA_DIR / "secret_key"
    try:
        with os.fdopen(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w"
        ) as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return path.read_text(encoding="utf-8").strip()


SECRET_KEY = secret_key()
DEBUG = env_bool("WJPORTAL_DEBUG")
HOST = env("HOST", "127.0.0.1")
PORT = env_port("PORT", 8000)
#: Processes of the web server, and threads of each that make answers.
WEB_WORKERS = env_number(
    "WJPORTAL_WEB_WORKERS", max(2, min(os.cpu_count() or 1, 8)), least=1, most=64
)
WEB_THREADS = env_number("WJPORTAL_WEB_THREADS", 3, least=1, most=64)
TRUSTED_PROXIES = env_networks("WJPORTAL_TRUSTED_PROXIES")
PUBLIC_URL = env_url("WJPORTAL_PUBLIC_URL")
ALLOWED_HOSTS = env_list("WJPORTAL_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
if PUBLIC_URL:
    ALLOWED_HOSTS += [urlsplit(PUBLIC_URL).hostname or ""]
    CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# Reserved for a Redis queue and an S3 store, not built: an error.
for name in ("WJPORTAL_BROKER_URL", "WJPORTAL_MEDIA_URL"):
    if env(name):
        raise ImproperlyConfigured(f"{name}: this version knows no other than its own")

# --- Gateways

SANDBOX_PORT = env_port("SANDBOX_PORT", PORT + 1)
SANDBOX_URL = env_url("WJPORTAL_SANDBOX_URL", f"http://127.0.0.1:{SANDBOX_PORT}")
SANDBOX_CREDENTIALS_FILE = DATA_DIR / "sandbox" / "credentials.json"


def wujie_account(prefix: str, base_url: str) -> dict[str, Any]:
    found = {
        "base_url": env_url(f"{prefix}_BASE_URL", base_url),
        "app_id": env(f"{prefix}_APP_ID"),
        "private_key": env(f"{prefix}_PRIVATE_KEY"),
        "public_key": env(f"{prefix}_PUBLIC_KEY"),
        "secret_key_version": env(f"{prefix}_SECRET_KEY_VERSION", "1"),
    }
    if not found["private_key"]:
        raise ImproperlyConfigured(
            f"{prefix}_APP_ID is set, {prefix}_PRIVATE_KEY is not"
        )
    for name, load in (("private", load_private_key), ("public", load_public_key)):
        try:
            if found[f"{name}_key"]:
                load(found[f"{name}_key"])
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{prefix}_{name.upper()}_KEY: {error}"
            ) from error
    return found


def jumdata_account(prefix: str, base_url: str) -> dict[str, Any]:
    found = {
        "base_url": env_url(f"{prefix}_BASE_URL", base_url),
        "app_id": env(f"{prefix}_APP_ID"),
        "app_secret": env(f"{prefix}_APP_SECRET"),
    }
    if not found["app_secret"]:
        raise ImproperlyConfigured(
            f"{prefix}_APP_ID is set, {prefix}_APP_SECRET is not"
        )
    return found


def accounts(
    provider: str, base_url: str, read: Callable[[str, str], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Accounts ``WUJIE_…``, ``WUJIE_2_…`` and so on, without gaps.

    Default address: the first account's.
    """
    found: dict[str, dict[str, Any]] = {}
    upper = prefix = provider.upper()
    while env(f"{prefix}_APP_ID"):
        number = len(found) + 1
        options = read(prefix, base_url)
        if options["app_id"] in {other["app_id"] for other in found.values()}:
            raise ImproperlyConfigured(f"{prefix}_APP_ID: this account stands twice")
        found[provider if number == 1 else f"{provider}-{number}"] = options
        base_url, prefix = found[provider]["base_url"], f"{upper}_{number + 1}"
    for name in os.environ:
        numbered = re.fullmatch(rf"{upper}_([0-9]+)_APP_ID(_FILE)?", name)
        if numbered and int(numbered[1]) > len(found) and env(name):
            raise ImproperlyConfigured(
                f"{name} is set, {prefix}_APP_ID is not: accounts count from 2 on"
            )
    return found


#: Provider → class; its folder holds all that is particular to it.
GATEWAY_PROVIDERS = {
    "wujie": "gateways.providers.wujie.client.Wujie",
    "jumdata": "gateways.providers.jumdata.client.Jumdata",
}
#: Account → constructor options. First account: the provider's name; further ones:
#: ``wujie-2``.
GATEWAYS = {
    **accounts("wujie", "https://gate.wujieai.net/wj-open/v1", wujie_account),
    **accounts("jumdata", "https://api-hw.jumdata.com", jumdata_account),
}
SANDBOX = not GATEWAYS
#: Where the sandbox fetches uploads.
SANDBOX_REACHES = f"http://127.0.0.1:{PORT}" if SANDBOX else ""
if SANDBOX:
    keys = sandbox_credentials(SANDBOX_CREDENTIALS_FILE)
    GATEWAYS = {
        "wujie": {"base_url": f"{SANDBOX_URL}/wj-open/v1", **keys["wujie"]},
        "jumdata": {"base_url": SANDBOX_URL, **keys["jumdata"]},
    }
#: Path of the query for OpenAI Image pictures; no source prints it.
for name, options in GATEWAYS.items():
    if name.startswith("wujie"):
        options["images_query_path"] = env_path("WUJIE_IMAGES_QUERY_PATH")

#: Provider → days that it keeps a result; overrides the class's ``result_days``.
RESULT_DAYS: dict[str, int] = {}
for name in GATEWAY_PROVIDERS:
    if days := env(variable := f"{name.upper()}_RESULT_DAYS"):
        if not days.isdecimal() or not 0 < int(days) < 10_000:
            raise ImproperlyConfigured(f"{variable}: {days!r} is no number of days")
        RESULT_DAYS[name] = int(days)

#: Results may be fetched from these, gateways' own hosts included.
RESULT_HOSTS = [
    host.lower() for host in env_list("WJPORTAL_RESULT_HOSTS", "cdn.wujiebantu.com")
]
RESULT_HOSTS += [
    urlsplit(options["base_url"]).hostname for options in GATEWAYS.values()
]
RESULT_MAX_BYTES = 64 * 1024 * 1024
RESULT_MAX_PIXELS = 64_000_000

# --- Labels of pictures that leave: docs/configuration.md


def env_label(name: str, default: str, fault: Callable[[str], str]) -> str:
    value = env(name, default)
    if value and (why := fault(value)):
        raise ImproperlyConfigured(f"{name}: {value!r} {why}")
    return value


LABEL_TEXT = env_label(
    "WJPORTAL_LABEL_TEXT", label_settings.TEXT, label_settings.text_fault
)
#: Empty: no TC260 label is written; never invented.
LABEL_PRODUCER = env_label(
    "WJPORTAL_LABEL_PRODUCER",
    "wjportal-sandbox" if SANDBOX else "",
    label_settings.producer_fault,
)
#: Whether ``/verify/`` answers without a sign-in.
VERIFY_PUBLIC = env_bool("WJPORTAL_VERIFY_PUBLIC")

# --- Applications

INSTALLED_APPS = [
    "wjportal",
    "log",
    "accounts",
    "notifications",
    "spend",
    "gateways",
    "labels",
    "generation",
    "moderation",
    "gallery",
    "reconciliation",
    "upkeep",
    "django_htmx",
    "django_q",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "net.proxies.TrustedProxyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "net.request_text.RequestTextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.session_life.SessionLifeMiddleware",
    "accounts.middleware.LanguageMiddleware",
    "accounts.middleware.SignInMiddleware",
    "accounts.middleware.TemporaryPasswordMiddleware",
    "wjportal.server.body_limits.RefusedBodyMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.MembershipMiddleware",
]

ROOT_URLCONF = "wjportal.urls"
WSGI_APPLICATION = "wjportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "wjportal.templatetags.constant_urls",
                "wjportal.templatetags.icons",
                "wjportal.templatetags.styles",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wjportal.shell.shell",
            ],
        },
    },
]

# --- Database


def database(url: str) -> dict[str, Any]:
    """SQLite (WAL, IMMEDIATE transactions), or PostgreSQL by ``postgres://…``."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": private_file(DATA_DIR / "wjportal.sqlite3"),
            "CONN_MAX_AGE": 60,
            # In memory, locks would differ from a file.
            "TEST": {"NAME": DATA_DIR / "tests.sqlite3"},
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
                "PRAGMA temp_store=MEMORY;PRAGMA cache_size=-16000;",
            },
        }
    try:
        parts = urlsplit(url)
        port = parts.port or ""
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}") from error
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.lstrip("/"):
        raise ImproperlyConfigured("DATABASE_URL: not postgres://user@host/name")
    options = dict(parse_qsl(parts.query))
    # A search asks many small buckets: compiling that takes longer than all of them.
    options.setdefault("options", "-c jit=off")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(options.pop("host", "") or parts.hostname or ""),
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": database(env("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Caches, of each process. A fragment of a page has all it depends on in its key.

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "template_fragments": {
        "BACKEND": "django.core.cache.backends."
        + ("dummy.DummyCache" if DEBUG else "locmem.LocMemCache"),
        "LOCATION": "template_fragments",
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
    # Addresses that open share links (`gallery/share_limits.py`).
    "share_limits": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "share_limits",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# --- The cluster: the database is the queue. Values: docs/decisions/engine.md.

Q_CLUSTER = {
    "name": "wjportal",
    "orm": "default",
    "workers": 4,  # leader, standby, two for the rest
    "timeout": 60,
    "retry": 200,  # > timeout * (1 + (queue_limit + bulk) / workers)
    "max_attempts": 3,
    "ack_failures": True,
    "save_limit": -1,
    "queue_limit": 4,
    "bulk": 4,
    "poll": 0.1,
    "catch_up": False,
    "label": "wjportal",
}

#: Name → function, minutes. Written by ``manage.py schedule``.
SCHEDULES = {
    "pump": ("wjportal.engine.tasks.pump", 1),
    "accounts": ("generation.tasks.refresh_accounts", 1),
    "tidy": ("generation.tasks.tidy", 60),
    "warn": ("spend.tasks.warn", 5),
    "books": ("spend.tasks.record", 60),
    "review": ("moderation.tasks.watch", 1),
    "bin": ("gallery.tasks.empty_bin", 10),
    "zips": ("gallery.tasks.tend_zips", 1),
    # Starts one run a day per account; continues interrupted runs.
    "reconcile": ("reconciliation.tasks.reconcile", 5),
    "watch": ("reconciliation.tasks.watch", 5),
    "alerts": ("notifications.tasks.deliver", 1),
    "heads": ("log.tasks.keep_heads", 5),
}

# --- People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.ThrottledBackend"]
PASSWORD_HASHERS = ["accounts.hashing.BoundedPBKDF2"]
PASSWORD_RULES = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{PASSWORD_RULES}.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": f"{PASSWORD_RULES}.UserAttributeSimilarityValidator"},
    {"NAME": f"{PASSWORD_RULES}.CommonPasswordValidator"},
    {"NAME": "accounts.password_rules.CommonWordValidator"},
    {"NAME": "accounts.password_rules.NoNamesValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "generation:create"
LOGOUT_REDIRECT_URL = "accounts:login"
#: Minutes without use until a page warns; 0: never. `accounts/session_life.py`.
IDLE_MINUTES = env_number("WJPORTAL_IDLE_MINUTES", 30, most=24 * 60)

# --- Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("TZ", "Asia/Shanghai")

# --- Files

STATIC_URL = "static/"
STATIC_ROOT = None  # WhiteNoise serves the finders' files
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "wjportal.styles.JoinedFinder",
]
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.css$"
WHITENOISE_ALLOW_ALL_ORIGINS = False
#: Never served as a folder: generation/views/media.py.
MEDIA_ROOT = DATA_DIR / "media"
#: Of all their uploads; an upload lives until 30 days after its last use.
UPLOADS_MAX_BYTES_PERSON = env_megabytes("WJPORTAL_UPLOADS_PERSON_MB", 1_000)
UPLOADS_MAX_BYTES_TEAM = env_megabytes("WJPORTAL_UPLOADS_TEAM_MB", 10_000)
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# --- Mail: Django's own names. Without a host none is sent; the pages say so.

EMAIL_HOST = env("EMAIL_HOST")
EMAIL_PORT = env_port("EMAIL_PORT", 25)
EMAIL_HOST_USER = env("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS")
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 10
# QQ and 163 take mail only from the address that signs in.
DEFAULT_FROM_EMAIL = env(
    "DEFAULT_FROM_EMAIL",
    EMAIL_HOST_USER if "@" in EMAIL_HOST_USER else "wjportal@localhost",
)
if EMAIL_USE_TLS and EMAIL_USE_SSL:
    raise ImproperlyConfigured("EMAIL_USE_TLS and EMAIL_USE_SSL: one of them at most")

# --- Security

SECURE_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SECURE_HTTPS
if SECURE_HTTPS:  # no other host or path can set cookies of these names
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
#: From the sign-in on, however much the session is used.
SESSION_COOKIE_AGE = 3600 * env_number("WJPORTAL_SESSION_HOURS", 12, least=1, most=336)
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Logging: to the terminal, one line each; no secrets, no bodies.

LOG_LEVEL = env("WJPORTAL_LOG_LEVEL", "WARNING").upper()
if LOG_LEVEL not in logging.getLevelNamesMapping():
    raise ImproperlyConfigured(f"WJPORTAL_LOG_LEVEL: {LOG_LEVEL!r} is no level")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "net.masking.MaskedFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["terminal"], "level": LOG_LEVEL},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        "accounts.signed": {"level": "INFO"},  # who signed in and out, from where
    },
}

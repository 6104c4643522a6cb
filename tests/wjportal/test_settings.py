"""An invalid variable stops the start with a sentence that names it."""

import os
import runpy
import shutil

import pytest
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured

SETTINGS = str(portal.BASE_DIR / "wjportal" / "settings.py")
OURS = ("WJPORTAL_", "WUJIE_", "JUMDATA_", "DATABASE_URL", "HOST", "PORT", "SANDBOX_")


@pytest.fixture
def load(monkeypatch, tmp_path):
    """``load(PORT="80")``: the settings, read anew in this environment alone."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    data = tmp_path / "data"
    shutil.copytree(portal.DATA_DIR / "sandbox", data / "sandbox")
    monkeypatch.setenv("WJPORTAL_DATA_DIR", str(data))

    def read(**environment):
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return runpy.run_path(SETTINGS)

    return read


@pytest.fixture(scope="module")
def key():
    return portal.GATEWAYS["wujie"]["private_key"]


def test_result_retention_may_be_set(load):
    assert load()["RESULT_DAYS"] == {}
    assert load(WUJIE_RESULT_DAYS="30")["RESULT_DAYS"] == {"wujie": 30}
    assert load(JUMDATA_RESULT_DAYS="7")["RESULT_DAYS"] == {"jumdata": 7}


def test_quotas_of_uploads_are_megabytes(load):
    found = load(WJPORTAL_UPLOADS_PERSON_MB="100")
    assert found["UPLOADS_MAX_BYTES_PERSON"] == 100 * 1024**2
    assert found["UPLOADS_MAX_BYTES_TEAM"] == 10_000 * 1024**2


def test_mail_comes_from_who_signs_in(load):
    assert load()["DEFAULT_FROM_EMAIL"] == "wjportal@localhost"
    user = {"EMAIL_HOST_USER": "ops@qq.com"}
    assert load(**user)["DEFAULT_FROM_EMAIL"] == "ops@qq.com"
    own = {"DEFAULT_FROM_EMAIL": "portal@example.org"}
    assert load(**user, **own)["DEFAULT_FROM_EMAIL"] == "portal@example.org"
    named = load(EMAIL_HOST_USER="apikey")
    assert named["DEFAULT_FROM_EMAIL"] == "wjportal@localhost"


# --- Invalid values


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("SANDBOX_PORT", "8001.5"),
        ("WUJIE_RESULT_DAYS", "0"),
        ("WJPORTAL_TRUSTED_PROXIES", "proxy"),
        ("WJPORTAL_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("WJPORTAL_WEB_WORKERS", "0"),
        ("WJPORTAL_WEB_THREADS", "many"),
        ("WUJIE_RESULT_DAYS", "a week"),
        ("WJPORTAL_DEBUG", "maybe"),
        ("WJPORTAL_PUBLIC_URL", "portal.example.org"),
        ("WJPORTAL_PUBLIC_URL", "ftp://portal.example.org"),
        ("WJPORTAL_PUBLIC_URL", "https://"),
        ("WJPORTAL_IDLE_MINUTES", "-1"),
        ("WJPORTAL_IDLE_MINUTES", "half an hour"),
        ("WJPORTAL_SESSION_HOURS", "0"),
        ("WJPORTAL_SESSION_HOURS", "337"),
        ("WJPORTAL_PUBLIC_URL", "https://portal.example.org:port"),
        ("WJPORTAL_PUBLIC_URL", "https://[::1"),
        ("WJPORTAL_SANDBOX_URL", "127.0.0.1:8001"),
        ("WJPORTAL_LOG_LEVEL", "LOUD"),
        ("WJPORTAL_UPLOADS_PERSON_MB", "99"),
        ("WJPORTAL_UPLOADS_TEAM_MB", "1 GB"),
        ("WJPORTAL_BROKER_URL", "redis://localhost"),
        ("WJPORTAL_MEDIA_URL", "s3://bucket/prefix"),
        ("DATABASE_URL", "mysql://user@host/name"),
        ("DATABASE_URL", "postgres://user@host:port/name"),
        ("DATABASE_URL", "postgres://user@host"),
        ("DATABASE_URL", "postgres://user@[::1/name"),
        ("DATABASE_URL", "wjportal"),
    ],
)
def test_nonsense_is_named(load, name, value):
    with pytest.raises(ImproperlyConfigured, match=name):
        load(**{name: value})


def test_a_gateway_needs_all_of_its_credentials(load, key):
    with pytest.raises(ImproperlyConfigured, match="WUJIE_PRIVATE_KEY"):
        load(WUJIE_APP_ID="app")
    with pytest.raises(ImproperlyConfigured, match="JUMDATA_APP_SECRET"):
        load(JUMDATA_APP_ID="app")
    bad = {"WUJIE_APP_ID": "app", "WUJIE_PRIVATE_KEY": key}
    with pytest.raises(ImproperlyConfigured, match="WUJIE_BASE_URL"):
        load(**bad, WUJIE_BASE_URL="gate.wujieai.net")


@pytest.mark.parametrize("nonsense", ["nonsense", "AAAA", "-----BEGIN KEY-----"])
def test_a_key_that_is_none_stops_the_start(load, nonsense):
    with pytest.raises(ImproperlyConfigured, match="WUJIE_PRIVATE_KEY"):
        load(WUJIE_APP_ID="app", WUJIE_PRIVATE_KEY=nonsense)


@pytest.mark.parametrize("nonsense", ["nonsense", "AAAA"])
def test_a_public_key_that_is_none_stops_the_start_too(load, key, nonsense):
    with pytest.raises(ImproperlyConfigured, match="WUJIE_PUBLIC_KEY"):
        load(WUJIE_APP_ID="app", WUJIE_PRIVATE_KEY=key, WUJIE_PUBLIC_KEY=nonsense)


def test_a_key_is_not_told_with_its_error(load, key):
    with pytest.raises(ImproperlyConfigured) as caught:
        load(WUJIE_APP_ID="app", WUJIE_PRIVATE_KEY=key[:400])
    assert key[:40] not in str(caught.value)


# --- Files


def test_a_secret_may_stand_in_a_file(load, tmp_path):
    path = tmp_path / "secret"
    path.write_text("  from a file\n")
    loaded = load(WJPORTAL_SECRET_KEY_FILE=str(path), WJPORTAL_SECRET_KEY="not this")
    assert loaded["SECRET_KEY"] == "from a file"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(load, tmp_path, content):
    path = tmp_path / "secret"
    if content:
        path.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match="JUMDATA_APP_SECRET_FILE"):
        load(JUMDATA_APP_ID="app", JUMDATA_APP_SECRET_FILE=str(path))


def test_a_secret_is_made_once_and_kept_from_others(load):
    first, second = load(), load()
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) > 50
    database = first["DATABASES"]["default"]["NAME"]
    for path in (first["DATA_DIR"], first["DATA_DIR"] / "secret_key", database):
        assert path.stat().st_mode & 0o077 == 0, path


# --- Gateways


def test_without_credentials_it_is_the_sandbox(load):
    loaded = load(PORT="9000")
    assert loaded["SANDBOX"]
    assert loaded["SANDBOX_URL"] == "http://127.0.0.1:9001"
    assert set(loaded["GATEWAYS"]) == {"wujie", "jumdata"}
    url = loaded["GATEWAYS"]["wujie"]["base_url"]
    assert url == "http://127.0.0.1:9001/wj-open/v1"


def test_one_credential_is_enough_to_leave_the_sandbox(load):
    loaded = load(JUMDATA_APP_ID="app", JUMDATA_APP_SECRET="secret")
    assert not loaded["SANDBOX"]
    assert loaded["GATEWAYS"] == {
        "jumdata": {
            "base_url": "https://api-hw.jumdata.com",
            "app_id": "app",
            "app_secret": "secret",
        }
    }


def test_results_come_from_the_cdn_and_the_gateways(load, key):
    loaded = load(WUJIE_APP_ID="app", WUJIE_PRIVATE_KEY=key)
    assert set(loaded["RESULT_HOSTS"]) == {"cdn.wujiebantu.com", "gate.wujieai.net"}
    more = load(
        WUJIE_APP_ID="app",
        WUJIE_PRIVATE_KEY=key,
        WJPORTAL_RESULT_HOSTS="One.Example, two.example",
    )
    hosts = {"one.example", "two.example", "gate.wujieai.net"}
    assert set(more["RESULT_HOSTS"]) == hosts


def test_a_gateway_may_have_several_accounts(load, key):
    loaded = load(
        WUJIE_APP_ID="one",
        WUJIE_PRIVATE_KEY=key,
        WUJIE_BASE_URL="https://gate.example/v1",
        WUJIE_2_APP_ID="two",
        WUJIE_2_PRIVATE_KEY=key,
        WUJIE_2_SECRET_KEY_VERSION="2",
        WUJIE_3_APP_ID="three",
        WUJIE_3_PRIVATE_KEY=key,
        WUJIE_3_BASE_URL="https://other.example/v1",
        JUMDATA_APP_ID="one",
        JUMDATA_APP_SECRET="secret",
        JUMDATA_2_APP_ID="two",
        JUMDATA_2_APP_SECRET="another",
    )
    gateways = loaded["GATEWAYS"]
    names = ["wujie", "wujie-2", "wujie-3", "jumdata", "jumdata-2"]
    assert list(gateways) == names
    assert [gateways[name]["base_url"] for name in names] == [
        "https://gate.example/v1",
        "https://gate.example/v1",
        "https://other.example/v1",
        "https://api-hw.jumdata.com",
        "https://api-hw.jumdata.com",
    ]
    assert gateways["wujie-2"]["secret_key_version"] == "2"
    assert gateways["jumdata-2"]["app_secret"] == "another"
    assert "other.example" in loaded["RESULT_HOSTS"]


def test_a_further_accounts_secret_may_stand_in_a_file(load, tmp_path):
    path = tmp_path / "secret"
    path.write_text("from a file")
    first = {"JUMDATA_APP_ID": "one", "JUMDATA_APP_SECRET": "secret"}
    second = {"JUMDATA_2_APP_ID": "two", "JUMDATA_2_APP_SECRET_FILE": str(path)}
    loaded = load(**first, **second)
    assert loaded["GATEWAYS"]["jumdata-2"]["app_secret"] == "from a file"


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"JUMDATA_2_APP_ID": "one"}, "JUMDATA_2_APP_SECRET is not"),
        (
            {"JUMDATA_2_APP_ID": "one", "JUMDATA_2_APP_SECRET": "x"},
            "JUMDATA_2_APP_ID: this account stands twice",
        ),
        (
            {"JUMDATA_3_APP_ID": "two", "JUMDATA_3_APP_SECRET": "x"},
            "JUMDATA_3_APP_ID is set, JUMDATA_2_APP_ID is not",
        ),
        ({"WUJIE_2_APP_ID": "two"}, "WUJIE_2_APP_ID is set, WUJIE_APP_ID is not"),
    ],
)
def test_accounts_that_do_not_add_up_are_named(load, environment, named):
    first = {"JUMDATA_APP_ID": "one", "JUMDATA_APP_SECRET": "secret"}
    with pytest.raises(ImproperlyConfigured, match=named):
        load(**first, **environment)


# --- Database


def test_sqlite_waits_and_locks_at_once(load):
    database = load()["DATABASES"]["default"]
    assert database["ENGINE"].endswith("sqlite3")
    assert database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgresql_address_is_read(load, scheme):
    url = f"{scheme}://us%40er:p%2Fw@db.example:5433/wj%20portal?sslmode=require"
    database = load(DATABASE_URL=url)["DATABASES"]["default"]
    found = [database[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")]
    assert found == ["us@er", "p/w", "db.example", 5433, "wj portal"]
    assert database["OPTIONS"] == {"sslmode": "require", "options": "-c jit=off"}


def test_a_socket_folder_is_a_host(load):
    url = "postgres:///portal?host=/run/postgresql"
    database = load(DATABASE_URL=url)["DATABASES"]["default"]
    assert (database["HOST"], database["NAME"]) == ("/run/postgresql", "portal")
    assert (database["PORT"], database["OPTIONS"]) == ("", {"options": "-c jit=off"})
    own = load(DATABASE_URL=f"{url}&options=-c%20jit%3Don")["DATABASES"]["default"]
    assert own["OPTIONS"] == {"options": "-c jit=on"}


# --- Addresses


def test_a_public_https_address_hardens_the_cookies(load):
    plain, public = load(), load(WJPORTAL_PUBLIC_URL="https://portal.example.org/")
    assert public["PUBLIC_URL"] == "https://portal.example.org"
    assert "portal.example.org" in public["ALLOWED_HOSTS"]
    assert public["CSRF_TRUSTED_ORIGINS"] == ["https://portal.example.org"]
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"):
        assert (plain[name], public[name]) == (False, True)


def test_no_proxy_is_trusted_unless_named(load):
    assert load()["TRUSTED_PROXIES"] == []
    named = load(WJPORTAL_TRUSTED_PROXIES="10.0.0.1, 2001:db8::/32")["TRUSTED_PROXIES"]
    assert [str(network) for network in named] == ["10.0.0.1/32", "2001:db8::/32"]


def test_the_web_server_is_sized_from_the_cores(load, monkeypatch):
    for cores, workers in ((1, 2), (4, 4), (64, 8), (None, 2)):
        monkeypatch.setattr(os, "cpu_count", lambda cores=cores: cores)
        assert load()["WEB_WORKERS"] == workers
    assert load(WJPORTAL_WEB_WORKERS="5")["WEB_WORKERS"] == 5
    assert load(WJPORTAL_WEB_THREADS="7")["WEB_THREADS"] == 7


def test_cookies_over_https_are_the_host_s_own(load):
    public = load(WJPORTAL_PUBLIC_URL="https://portal.example.org")
    assert public["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert public["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert "SESSION_COOKIE_NAME" not in load()
    assert not public.get("SECURE_PROXY_SSL_HEADER")

"""Keys of the sandbox: generated once, complete, whichever process is first."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import serialization

from gateways.providers.wujie.signatures import load_private_key
from tests.engine import at_once
from wjportal.credentials import sandbox_credentials


@pytest.fixture
def path(tmp_path):
    return tmp_path / "sandbox" / "credentials.json"


def fits(path, options):
    """Whether both halves belong together."""
    told = json.loads(path.read_text())
    public = load_private_key(options["wujie"]["private_key"]).public_key()
    der = public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return (
        told["wujie"]["public_key"] == base64.b64encode(der).decode()
        and told["wujie"]["app_id"] == options["wujie"]["app_id"]
        and told["jumdata"] == options["jumdata"]
    )


def test_they_are_made_once(path):
    first = sandbox_credentials(path)
    assert sandbox_credentials(path) == first
    assert fits(path, first)
    assert set(first) == {"wujie", "jumdata"}
    assert all(one["app_id"].startswith("sandbox-") for one in first.values())


def test_the_sandbox_is_not_given_the_private_half(path):
    options = sandbox_credentials(path)
    assert "private_key" not in path.read_text()
    assert options["wujie"]["private_key"] not in path.read_text()


def test_nobody_else_may_read_them(path):
    sandbox_credentials(path)
    for file in (path, path.with_name("private.json")):
        assert file.stat().st_mode & 0o077 == 0


def test_of_many_who_start_at_once_all_have_the_same(path):
    made = at_once(lambda _: sandbox_credentials(path), threads=4)
    assert all(options == made[0] for options in made)
    assert fits(path, made[0])


def test_a_start_that_was_killed_half_way_is_made_good(path):
    sandbox_credentials(path)
    path.with_name("private.json").unlink()
    assert fits(path, sandbox_credentials(path))

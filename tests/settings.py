"""The portal's own settings, on a data dir, a database and a sandbox of the tests."""

import atexit
import os
import shutil
import socket
import tempfile


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


#: Names of its own, among those of a portal.
OF_THE_TESTS = ("WJPORTAL_FAULTS_SEED", "WJPORTAL_LIFECYCLE_EXAMPLES")
for name in list(os.environ):
    of_a_portal = name.startswith(("WJPORTAL_", "WUJIE_", "JUMDATA_"))
    if (of_a_portal and name not in OF_THE_TESTS) or name == "DATABASE_URL":
        del os.environ[name]
os.environ["WJPORTAL_DATA_DIR"] = tempfile.mkdtemp(prefix="wjportal-tests-")
atexit.register(shutil.rmtree, os.environ["WJPORTAL_DATA_DIR"], ignore_errors=True)
os.environ["WJPORTAL_SANDBOX_URL"] = f"http://127.0.0.1:{free_port()}"
if url := os.environ.get("TEST_DATABASE_URL"):
    os.environ["DATABASE_URL"] = url

from wjportal.settings import *  # noqa: E402, F403

# Of the processes that a test starts, too: they sign the log's ends with it.
SECRET_KEY = "the-tests-own-key-of-more-than-fifty-letters-in-one-line"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if url:
    # What waits for a lock that nobody gives back fails.
    DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=60s"  # noqa: F405

"""Settings of the portal under faults: the tests' database, and hurried time limits."""

import os

from gateways.providers.http import Timeouts
from wjportal.settings import *  # noqa: F403
from wjportal.settings import DATABASES, GATEWAYS, INSTALLED_APPS

if path := os.environ.get("FAULTS_SQLITE"):
    DATABASES["default"]["NAME"] = path
INSTALLED_APPS += ["tests.faults.hurried.Hurried"]
for gateway in GATEWAYS.values():
    gateway["timeouts"] = Timeouts(connect=1.0, read=2.0, submit=2.0, awaited=1.0)

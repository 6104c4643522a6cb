"""Forged callbacks of an attacker who knows keys and callback addresses.

They name keys without an owner at the address of a generation whose answer was lost:
only the gateway's own answer keeps that generation from adopting them.
"""

import contextlib
import threading

import httpx
from django import db
from django.urls import reverse

from generation.models import Generation, ProviderTask
from tests.faults.portal import Portal

STEP = 0.1


def forge(portal: Portal, over: threading.Event) -> int:
    """Forge until stopped; returns the number of callbacks."""
    said: set[tuple[int, str]] = set()
    with httpx.Client(trust_env=False, timeout=3) as http:
        while not over.wait(STEP):
            # Portal, sandbox or database may be down.
            with contextlib.suppress(httpx.HTTPError, db.Error):
                for generation, key in _pairs(portal, http):
                    if (generation.pk, key) not in said:
                        _name(portal, http, generation, key)
                        said.add((generation.pk, key))
                continue
            db.connection.close()
    db.connection.close()  # of this thread
    return len(said)


def _pairs(portal: Portal, http: httpx.Client) -> list[tuple[Generation, str]]:
    """Lost generations, each with as many foreign keys as it has pictures."""
    lost = Generation.objects.filter(
        status=Generation.Status.UNCERTAIN, account__provider="wujie"
    )
    generations = list(lost)
    if not generations:
        return []
    jobs = http.get(f"{portal.sandbox.url}/sandbox/state").json()["jobs"]
    ours = set(ProviderTask.objects.values_list("key", flat=True))
    strange = [j for j in jobs if j["gateway"] == "wujie" and j["key"] not in ours]
    pairs = []
    for generation in generations:
        own = _path(generation)
        keys = [job["key"] for job in strange if not job["notify_url"].endswith(own)]
        pairs += [(generation, key) for key in keys[: generation.pictures]]
    return pairs


def _path(generation: Generation) -> str:
    return reverse("callbacks:receive", args=[generation.callback_token])


def _name(portal: Portal, http: httpx.Client, generation: Generation, key: str) -> None:
    body = {"key": key, "success": True, "code": 0, "integral_cost": 2}
    http.post(portal.url + _path(generation), json=body)

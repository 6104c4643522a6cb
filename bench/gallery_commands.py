"""Fills and measures for bench/gallery.py: ``python -m bench.gallery_commands …``.

In a portal's environment; JSON on stdout.
"""

import datetime
import json
import sys
import time

from bench import gallery_rows

# isort: split
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Team, User
from bench.gallery_rows import DAYS, RARE
from gallery.models import Board, Entry, Tag
from generation.models import Artwork, Generation

WARM = 3


def make(pictures: str) -> int:
    return gallery_rows.make(int(pictures)).pictures


def times(rounds: str) -> dict[str, list[float]]:
    """Milliseconds of each request of a case, as the admin of the largest team."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    team = Team.objects.get(name="Team 0")
    admin = User.objects.get(username="p0")
    client = Client()
    client.force_login(admin)
    found = {}
    for case, path in cases(team, admin).items():
        taken = []
        for number in range(WARM + int(rounds)):
            began = time.perf_counter()
            answer = client.get(path)
            if number >= WARM:
                taken.append(1000 * (time.perf_counter() - began))
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
        if case not in EMPTY and b"/artworks/" not in answer.content:
            raise RuntimeError(f"{path} shows no picture")
        found[case] = taken
    return found


#: Cases without a picture.
EMPTY = {"none", "nobody", "activity_none", "activity_state"}


def cases(team: Team, admin: User) -> dict[str, str]:
    keys = Entry.objects.filter(team=team).order_by("pk")
    middle = keys[keys.count() // 2].pk
    last = User.objects.filter(memberships__team=team).order_by("-pk")[0].pk
    alike = Artwork.objects.filter(team=team, likeness__startswith="8000").first()
    assert alike is not None
    own = Artwork.objects.filter(team=team, requested_by=admin).earliest("pk")
    third = timezone.localdate() - datetime.timedelta(days=DAYS // 3)
    two = timezone.localdate() - datetime.timedelta(days=2 * DAYS // 3)
    board = Board.objects.filter(team=team).earliest("pk").pk
    tag = Tag.objects.filter(team=team).earliest("pk").pk
    old = Generation.objects.filter(team=team).order_by("pk")[len(keys) // 5]
    queries = {
        "first": "",
        "deep": f"before={middle}",
        "back": f"after={middle}",
        "oldest": "sort=oldest",
        "rating": "sort=rating",
        "cost": "sort=cost",
        "many": "q=harbour",
        "many_chinese": "q=山水画",
        "many_deep": f"q=harbour&before={middle}",
        "phrase": 'q="quiet harbour"',
        "prefix": "q=harb*",
        "without": "q=-harbour",
        "few": f"q={RARE}",
        "none": "q=nowhere",
        "person": f"person={admin.pk}",
        "nobody": f"person={last}",
        "operation": "operation=wujie-face-swap",
        "face": "operation=face",
        "model": "model=wujie:3",
        "shape": "shape=wide",
        "size": "size=small",
        "period": f"since={two}&until={third}",
        "board_filter": f"board={board}",
        "tag": f"tag={tag}",
        "favourite": "favourite=mine",
        "rated": "rating=3",
        "seen": "seen=unopened",
        "cost_band": "cost=4",
        "like": f"like={alike.pk}",
        "together": f"q=harbour&person={admin.pk}&shape=wide&rating=1",
    }
    found = {case: f"/gallery/?{query}" for case, query in queries.items()}
    return found | {
        "activity": "/activity/?everyone=1&q=harbour",
        "activity_few": f"/activity/?everyone=1&q={RARE}",
        "activity_none": "/activity/?everyone=1&q=nowhere",
        "activity_own": "/activity/?q=harbour",
        "activity_operation": "/activity/?everyone=1&operation=wujie-face-swap",
        "activity_state": "/activity/?everyone=1&state=held",
        "activity_both": "/activity/?q=harbour&state=done&operation=wujie-drawing",
        "viewer": f"/artworks/{old.artworks.earliest('pk').pk}/",
        "viewer_own": f"/artworks/{own.pk}/",
        "viewer_search": f"/artworks/{alike.pk}/?q=harbour",
    }


COMMANDS = (make, times)

if __name__ == "__main__":
    command = {command.__name__: command for command in COMMANDS}[sys.argv[1]]
    sys.stdout.write(json.dumps(command(*sys.argv[2:])) + "\n")

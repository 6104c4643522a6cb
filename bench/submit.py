"""Time from posting the form to the answer, with many people at once.

The whole portal shares the cores: web server and cluster. Each person posts again after
each answer, as the page does: with the CSRF token and the last answer's submit key.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from statistics import quantiles

import httpx

from bench import postgres
from bench.gateway import Gateway, gateway
from bench.portal import Portal

Say = Callable[[str], None]
FORM = "/generations/"


@dataclass(frozen=True, slots=True)
class Sizes:
    people: int = 50
    posts_each: int = 20
    warm_posts_each: int = 2
    series_rows: int = 1_000


def run(folder: Path, say: Say, sizes: Sizes | None = None) -> dict[str, float]:
    sizes = sizes or Sizes()
    with gateway(folder / "gateway") as sandbox:
        measured = _measure(folder / "sqlite", sandbox, say, sizes, "sqlite")
        with postgres.database() as url:
            if url:
                there = folder / "postgresql"
                measured |= _measure(there, sandbox, say, sizes, "postgresql", url)
            else:
                say("NOT RUN: submit on PostgreSQL: no server named, no binaries here")
    return measured


def _measure(
    folder: Path,
    sandbox: Gateway,
    say: Say,
    sizes: Sizes,
    name: str,
    database_url: str = "",
) -> dict[str, float]:
    sandbox.renew(draw_seconds=5)
    portal = Portal(folder, sandbox, database_url)
    portal.rows("people", sizes.people)
    people = [Person(portal.url, session) for session in portal.rows("sessions")]
    with contextlib.ExitStack() as stack:
        stack.enter_context(portal.cluster())
        stack.enter_context(portal.web())
        for person in people:
            stack.callback(person.close)
            person.open()
        _together(people, sizes.warm_posts_each)
        for person in people:
            person.seconds.clear()
        seconds = _together(people, sizes.posts_each)
        series_ms = 1000 * people[0].accept_series(sizes.series_rows)
    answered = [each for person in people for each in person.seconds]
    accepted = portal.rows("count") - sizes.people * sizes.warm_posts_each
    accepted -= sizes.series_rows
    if not accepted == len(answered) == sizes.people * sizes.posts_each:
        raise RuntimeError(f"{len(answered)} forms were answered, {accepted} accepted")
    portal.manage("check_books")
    p95 = 1000 * quantiles(answered, n=100, method="inclusive")[94]
    per_second = len(answered) / seconds
    say(f"submit on {name}: p95 {p95:.0f} ms, {per_second:.0f} a second")
    say(f"a series of {sizes.series_rows:,} on {name}: {series_ms:.0f} ms")
    return {
        f"submit.p95_ms.{name}": p95,
        f"submit.per_s.{name}": per_second,
        f"series.accept_1000_ms.{name}": series_ms,
    }


def _together(people: list["Person"], posts: int) -> float:
    """Returns the seconds until the last ends."""
    start = threading.Barrier(len(people) + 1)
    threads = [
        threading.Thread(target=person.post, args=(start, posts)) for person in people
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.monotonic()
    for thread in threads:
        thread.join()
    for person in people:
        if person.trouble:
            raise person.trouble
    return time.monotonic() - began


class Person:
    """One signed-in browser. ``seconds``: of its answers."""

    def __init__(self, url: str, session: str) -> None:
        self._http = httpx.Client(
            base_url=url,
            cookies={"sessionid": session},
            timeout=60,
            trust_env=False,
            verify=False,
        )
        self._form: dict[str, str] = {}
        self.seconds: list[float] = []
        self.trouble: Exception | None = None

    def close(self) -> None:
        self._http.close()

    def open(self) -> None:
        answer = self._http.get("/")
        answer.raise_for_status()
        page = Fields(answer.text)
        self._form = page.values
        self._form["prompt"] = "A quiet harbour at dawn, mist over the boats"

    def post(self, start: threading.Barrier, times: int) -> None:
        start.wait()
        try:
            for _ in range(times):
                self._post()
        except Exception as error:
            self.trouble = error

    def _post(self) -> None:
        began = time.monotonic()
        answer = self._http.post(
            FORM, data=self._form, headers={"HX-Request": "true", "Referer": FORM}
        )
        self.seconds.append(time.monotonic() - began)
        fresh = Fields(answer.text, within_form=False).values.get("submit_key")
        if answer.status_code != 200 or not fresh:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:500]}")
        self._form["submit_key"] = fresh

    def accept_series(self, rows: int) -> float:
        """Seconds from the confirmation of a table to its answer."""
        form = {**self._form, "prompt": "{prompt}"}
        answer = self._http.post("/series/new/", data=form)
        address = answer.headers["Location"]
        token = {"csrfmiddlewaretoken": self._form["csrfmiddlewaretoken"]}
        table = "".join(f"A harbour of {number} boats\n" for number in range(rows))
        self._http.post(
            f"{address}table/",
            data=token,
            files={"table": ("table.csv", f"prompt\n{table}")},
        )
        page = self._http.get(f"{address}?kind=table").text
        wanted = Fields(page, within_form=False).values["confirmed"]
        began = time.monotonic()
        answer = self._http.post(f"{address}rows/", data={**token, "confirmed": wanted})
        seconds = time.monotonic() - began
        if answer.status_code != 302:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:500]}")
        return seconds


class Fields(HTMLParser):
    """Name → value of the fields that the form would send unchanged."""

    def __init__(self, page: str, *, within_form: bool = True) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._is_inside = self._is_always = not within_form
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self._is_inside = self._is_always or given.get("action") == FORM
        if not self._is_inside:
            return
        if tag == "input":
            is_choice = given.get("type") in ("radio", "checkbox")
            if name and (not is_choice or "checked" in given):
                self.values[name] = value
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            if "selected" in given:
                self.values[self._select] = value
            self.values.setdefault(self._select, value)
        elif tag == "textarea" and name:
            self.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = self._is_always
        elif tag == "select":
            self._select = ""

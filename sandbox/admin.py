"""The sandbox's own endpoints, for people and tests: ``/`` and ``/sandbox/…``.

For this machine only. ``GET /sandbox/state``: requests, jobs, charges.
"""

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, fields
from html import escape
from ipaddress import ip_address

from sandbox.audit import TRIGGERS
from sandbox.core import Sandbox
from sandbox.faults import KINDS
from sandbox.jobs import Job
from sandbox.switches import BadSwitch, Switches
from sandbox.wire import Answer, Json, NotJson, Request, Route, dump, json_answer
from sandbox.wujie import prices
from sandbox.wujie.create import plain, taken
from sandbox.wujie.drawing import checked

NAME = "admin"


def routes(sandbox: Sandbox) -> dict[tuple[str, str], Route]:
    table: dict[tuple[str, str], Callable[[Sandbox, Request], Answer]] = {
        ("GET", "/sandbox/state"): state,
        ("POST", "/sandbox/switches"): switches,
        ("POST", "/sandbox/reset"): reset,
        ("POST", "/sandbox/finish"): finish,
        ("POST", "/sandbox/strangers"): strangers,
    }
    guarded = {
        address: Route(NAME, _from_here(sandbox, handler))
        for address, handler in table.items()
    }
    return {**guarded, ("GET", "/"): Route(NAME, lambda request: page(sandbox))}


def _from_here(
    sandbox: Sandbox, handler: Callable[[Sandbox, Request], Answer]
) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        if not ip_address(request.client).is_loopback:
            return json_answer({"error": "only from this machine"}, 403)
        # Other sites need a CORS preflight for this type.
        if request.method == "POST" and not request.headers.get(
            "Content-Type", ""
        ).startswith("application/json"):
            return json_answer({"error": "send application/json"}, 415)
        return handler(sandbox, request)

    return answer


def state(sandbox: Sandbox, request: Request) -> Answer:
    """``?jobs=no`` leaves the jobs out."""
    now = time.time()
    jobs = list(sandbox.book.jobs.values())
    content = {
        "sandbox": "wjportal",
        "now": now,
        "switches": asdict(sandbox.switches),
        "switches_changed": sandbox.switches.changed(),
        "requests": dict(sandbox.requests),
        "faults": dict(sandbox.faults.injected),
        "forged": dict(sandbox.callbacks.forged),
        "jobs_by_stage": dict(Counter(job.stage(now) for job in jobs)),
        "accounts": _accounts(sandbox, jobs, now),
    }
    if request.first("jobs") != "no":
        content["jobs"] = [_line(job, now) for job in jobs]
    return json_answer(content)


def _accounts(sandbox: Sandbox, jobs: list[Job], now: float) -> Json:
    """Integrals (Jumdata: pictures)."""
    known = sandbox.credentials
    accounts: Json = {
        account: {"gateway": gateway, "jobs": 0, "paid": 0, "reserved": 0}
        for gateway, names in (("wujie", known.wujie), ("jumdata", known.jumdata))
        for account in names
    }
    for job in jobs:
        entry = accounts.get(job.account)
        if entry:
            entry["jobs"] += 1
            entry["paid"] += job.paid(now)
            entry["reserved"] += job.held(now) - job.paid(now)
    for account in known.wujie:
        accounts[account]["balance"] = sandbox.balance(account)
    return accounts


def _line(job: Job, now: float) -> Json:
    return {
        "key": job.key,
        "file": job.file,
        "gateway": job.gateway,
        "account": job.account,
        "batch": job.batch,
        "prompt": job.prompt,
        "seed": job.seed,
        "stage": job.stage(now),
        "ending": job.ending,
        "created": job.created,
        "start": job.start,
        "end": None if math.isinf(job.end) else job.end,
        "cancelled": job.cancelled or None,
        "pictures": job.pictures,
        "expected": job.expected,
        "charged": job.charged(now),
        "refunded": job.refunded(now),
        "paid": job.paid(now),
        "settled": job.is_settled(now),
        "notify_url": job.notify_url,
        "callbacks": job.attempts,
        "told": job.told,
    }


def switches(sandbox: Sandbox, request: Request) -> Answer:
    try:
        sandbox.flip(request.json())
    except (BadSwitch, NotJson) as error:
        return json_answer({"error": str(error)}, 400)
    return json_answer(asdict(sandbox.switches))


def reset(sandbox: Sandbox, request: Request) -> Answer:
    sandbox.reset()
    return json_answer({"reset": True})


def finish(sandbox: Sandbox, request: Request) -> Answer:
    """Everything is drawn now, and late answers go out."""
    sandbox.finish()
    return json_answer({"finished": True})


def strangers(sandbox: Sandbox, request: Request) -> Answer:
    """Drawings of another client of the account (see ``wrongs``)."""
    asked = request.json()
    account, number = asked.get("account"), asked.get("number", 1)
    if account not in sandbox.credentials.wujie:
        return json_answer({"error": "no such Wujie account"}, 400)
    drawing = {"model": 1, "prompt": asked.get("prompt", "somebody else's")}
    sides = {"width": 512, "height": 512, "num": number}
    wanted = plain(checked(drawing | sides))
    jobs = taken(sandbox, account, request.base_url, wanted)
    return json_answer({"keys": [job.key for job in jobs]})


def page(sandbox: Sandbox) -> Answer:
    words = _table(
        ("words in a prompt", "what they bring about"),
        [(", ".join(t.words), t.meaning) for t in TRIGGERS],
    )
    now = asdict(sandbox.switches)
    usual = asdict(Switches())
    switched = _table(
        ("switch", "now", "usually"),
        [
            (f.name, dump(now[f.name]), dump(usual[f.name]))
            for f in fields(sandbox.switches)
        ],
    )
    kinds = _table(
        ("fault", "what it does", "where"),
        [
            (name, k.meaning, ", ".join(("answers",) * k.answers + k.only))
            for name, k in KINDS.items()
        ],
    )
    body = _PAGE.format(
        words=words, switches=switched, kinds=kinds, picture=prices.PER_PICTURE
    )
    return Answer(body=body.encode(), content_type="text/html;charset=UTF-8")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    def row(cells: tuple[str, ...], tag: str) -> str:
        inner = "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells)
        return f"<tr>{inner}</tr>"

    lines = "".join(row(cells, "td") for cells in rows)
    return f"<table>{row(head, 'th')}{lines}</table>"


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>wjportal sandbox</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
       padding: 0 1rem; color: #222; background: #fff; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ text-align: left; padding: .25rem 1rem .25rem 0; vertical-align: top;
          border-bottom: 1px solid #ddd; overflow-wrap: anywhere; }}
</style></head><body>
<h1>This is the wjportal sandbox</h1>
<p>It stands in for the Wujie and Jumdata gateways: it speaks their wire format, draws
pictures by itself and takes no money. It calls nobody outside this machine unless
<code>callback_anywhere</code> is on. Prices are made up ({picture} integrals a
picture).</p>
<h2>Words to try</h2>{words}
<h2>Switches</h2>
<p>POST JSON to <code>/sandbox/switches</code> from this machine;
<code>/sandbox/state</code> shows everything, <code>/sandbox/reset</code> (POST)
forgets everything, <code>/sandbox/finish</code> (POST) ends all drawings and lets late
answers go.</p>{switches}
<h2>Faults</h2>
<p>For the switch <code>faults</code>, for example
<code>{{"faults": {{"wujie.create": {{"kind": "drop", "times": 1}}}}}}</code>.</p>
{kinds}
</body></html>
"""

"""Field names and types on the wire against the vendors' own samples."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"


def sample(name):
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def shape(value):
    """Names and JSON types, to the bottom; a list by its first entry."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    # A whole number may stand where a fraction does: rate may come as 1 or 1.0.
    return "number" if type(value) in (int, float) else type(value).__name__


def test_the_poll_has_the_documented_fields(client):
    (key,) = client.create()
    client.finished(key)
    reply = client.wujie("POST", "/ai/generating_info", [key])
    printed = sample("ai_generating_info.response_as_printed")
    assert shape(reply) == shape(printed)
    audit = reply["data"]["list"][0]["audit_info"]
    assert shape(json.loads(audit)) == shape(sample("ai_info.audit_info_inner"))


def test_info_has_the_documented_fields(client):
    (key,) = client.create(
        seed="7",
        element_magic=["星空法"],
        character=["旅人"],
        model_fusion=[{"key": "MF01", "weight": 0.6}],
        hr_second_pass_strength=0.5,
        pretreatment_method="NONE",
        **{
            name: sample("ai_info.response_success")["data"][name]
            for name in ("multi_diffusion", "layer_diffusion")
        },
        cutdiffusion=sample("ai_info.response_success")["data"]["cut_diffusion"],
    )
    client.finished(key)
    reply = client.wujie("GET", "/ai/info", key=key)
    assert shape(reply) == shape(sample("ai_info.response_success"))


def test_the_callback_has_the_documented_fields(client):
    bodies = []

    class Inbox(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"success")

    with HTTPServer(("127.0.0.1", 0), Inbox) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        client.create(notify_url=f"http://127.0.0.1:{server.server_port}/x")
        thread.join(5)
    assert shape(json.loads(bodies[0])) == shape(sample("ai_create.callback_success"))


def test_jumdata_has_the_documented_fields(client):
    good = {"text": "山", "resolution": "1024*1024", "style": "古风"}
    reply = client.jumdata("submit", **good)
    assert shape(reply) == shape(sample("jumdata_draw_submit.response_success"))
    task_id = reply["data"]["taskId"]
    client.eventually(
        lambda: client.jumdata("query", taskId=task_id)["data"]["status"] == 1
    )
    done = client.jumdata("query", taskId=task_id)
    assert shape(done) == shape(sample("jumdata_draw_query.response_success_done"))


def test_jumdata_refuses_in_the_documented_words(client):
    def without_number(reply):
        return {name: value for name, value in reply.items() if name != "taskNo"}

    wrong = client.jumdata("submit", text="山", resolution="1024*1024", style="x")
    printed = sample("jumdata_draw_submit.response_failure_400")
    assert without_number(wrong) == without_number(printed)
    missing = client.jumdata("query")
    printed = sample("jumdata_draw_query.response_failure_400")
    assert without_number(missing) == without_number(printed)


def test_the_header_has_the_documented_members(account):
    printed = sample("auth.authorization_header_template_as_printed")
    assert shape(json.loads(account.authorization())) == shape(printed)

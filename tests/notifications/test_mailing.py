"""What a mail server refuses is told in its own words, and without the password."""

import base64
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from typing import Any

import pytest

from notifications import mailing
from notifications.messengers.base import Message

PASSWORD = "auth-code-123"
USER = "ops@qq.com"


def message(text: str) -> Message:
    return Message(text, "drift", {}, "https://portal.example.org/alerts/", "2026")


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks SMTP; ``answers``: by the first word of a command."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answers: dict[str, bytes] = {"EHLO": b"250-here\r\n250 AUTH PLAIN LOGIN"}
        self.received: list[bytes] = []
        self.commands: list[bytes] = []


class Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.say(self.server.answers.get("hello", b"220 here"))
        while line := self.rfile.readline():
            self.server.commands.append(line.strip())
            word = line.split()[0].decode().upper()
            if word == "DATA" and word not in self.server.answers:
                self.say(b"354 go on")
                content = b""
                while (more := self.rfile.readline()) != b".\r\n":
                    content += more
                self.server.received.append(content)
            self.say(self.server.answers.get(word, b"250 fine"))

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@pytest.fixture
def server(settings: Any) -> Iterator[MailServer]:
    with MailServer() as made:
        threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = made.server_address
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        yield made
        made.shutdown()


@pytest.fixture
def signs_in(settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, PASSWORD


@pytest.mark.parametrize(
    ("word", "answer", "told"),
    [
        ("RCPT", "550 Mailbox not found", "SMTP 550 Mailbox not found"),
        ("MAIL", "501 mail from address must be same as authorization user", "same as"),
        ("DATA", "554 DT:SPM 163 smtp", "SMTP 554 DT:SPM 163 smtp"),
        ("hello", "554 IP in blacklist", "IP in blacklist"),
        ("RCPT", "550-one\r\n550 two", "550 one two"),
        ("RCPT", "550 收件人不存在", "收件人不存在"),
    ],
)
def test_a_refusal_is_told_in_the_server_s_words(
    server: MailServer, word: str, answer: str, told: str
) -> None:
    server.answers[word] = answer.encode("gb18030")
    found = mailing.send("ops@example.org", message("A fault"))
    assert found.startswith("127.0.0.1: SMTP ")
    assert told in found


def test_no_refusal_repeats_the_password(server: MailServer, signs_in: None) -> None:
    plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode())
    server.answers["AUTH"] = b"535 bad: " + plain + b" " + PASSWORD.encode()
    found = mailing.send("ops@example.org", message("A fault"))
    assert b"AUTH PLAIN " + plain in server.commands
    assert found == "127.0.0.1: SMTP 535 bad: … …"


def test_a_server_that_is_not_there_is_told(settings: Any, server: MailServer) -> None:
    server.shutdown()
    server.server_close()
    found = mailing.send("ops@example.org", message("A fault"))
    assert found == "127.0.0.1: Connection refused"


def test_a_line_break_in_a_text_breaks_no_subject(server: MailServer) -> None:
    text = "al\r\nBcc: evil@example.org\u2028ice\x0b asks" + "汉" * 200
    assert mailing.send("ops@example.org", message(text)) == ""
    mail = message_from_bytes(server.received[0])
    subject = str(make_header(decode_header(mail["Subject"].replace("\n", ""))))
    assert subject.startswith("wjportal: al Bcc: evil@example.org ice asks汉")
    assert len(subject) <= 140
    assert mail["Bcc"] is None

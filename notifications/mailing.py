"""Alerts by mail, and why the mail server took none."""

import base64
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from net.request_values import one_line
from notifications.messengers.base import Message

MAX_SUBJECT_CHARACTERS = 120
HIDDEN = "…"


def send(address: str, message: Message) -> str:
    """The reason of a failure, with the server's own words; empty: sent."""
    if not settings.EMAIL_HOST:
        return "EMAIL_HOST is not set"
    subject = f"wjportal: {one_line(message.text)[:MAX_SUBJECT_CHARACTERS]}"
    body = f"{message.text}\n\n{message.url}".strip()
    try:
        # Entered, it is closed also where the sign-in is refused.
        with get_connection() as connection:
            EmailMessage(subject, body, None, [address], connection=connection).send()
    except OSError as error:  # SMTPException is one
        return f"{settings.EMAIL_HOST}: {refusal(error)}"
    return ""


def refusal(error: OSError) -> str:
    """Without the password, in whichever form a server repeats it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused) and error.recipients:
        code, said = next(iter(error.recipients.values()))
        words = f"SMTP {code} {_text(said)}"
    elif isinstance(error, smtplib.SMTPResponseException):
        words = f"SMTP {error.smtp_code} {_text(error.smtp_error)}"
    else:
        words = error.strerror or str(error)
    for secret in _secrets():
        words = words.replace(secret, HIDDEN)
    return one_line(words) or type(error).__name__


def _text(said: bytes | str) -> str:
    """Chinese servers answer in GB 18030, too."""
    if isinstance(said, str):
        return said
    try:
        return said.decode()
    except UnicodeDecodeError:
        return said.decode("gb18030", errors="replace")


def _secrets() -> list[str]:
    user, password = settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD
    if not password:
        return []
    sent = (f"\0{user}\0{password}", password)  # AUTH PLAIN, AUTH LOGIN
    return [*(base64.b64encode(one.encode()).decode() for one in sent), password]

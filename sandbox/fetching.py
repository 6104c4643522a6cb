"""Fetches and checks the pictures that a request names.

Only from this machine, unless ``callback_anywhere`` is on.
"""

import http.client
import io
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from PIL import Image

from sandbox.core import Sandbox
from sandbox.wujie.endpoints import Refused

#: Contract §3.1: wrong address, or unsupported.
BAD_PICTURE = "20110002"
TIMEOUT = 5
MOST_BYTES = 25_000_000
FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True, slots=True)
class Fetched:
    format: str
    width: int
    height: int
    size: int


def fetched(sandbox: Sandbox, url: object) -> Fetched:
    """Raises ``Refused``."""
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise bad_picture()
    try:
        content = _get(sandbox, url)
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
        picture.load()
    except Refused:
        raise
    except Exception as error:  # any error of a decoder
        raise bad_picture() from error
    sandbox.count("picture.fetched")
    return Fetched(str(picture.format), *picture.size, len(content))


def bad_picture() -> Refused:
    return Refused(BAD_PICTURE, "底图链接信息有误或不支持")


def _get(sandbox: Sandbox, address: str) -> bytes:
    url = urlsplit(address)
    host = url.hostname or ""
    if not (sandbox.switches.callback_anywhere or _is_here(host)):
        raise bad_picture()
    secure = url.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(host, url.port, timeout=TIMEOUT)
    try:
        connection.request("GET", url.path + (f"?{url.query}" if url.query else ""))
        answer = connection.getresponse()
        content = answer.read(MOST_BYTES + 1)
    finally:
        connection.close()
    if answer.status != 200 or len(content) > MOST_BYTES:
        raise bad_picture()
    return content


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False

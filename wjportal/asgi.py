"""What each process of the web server runs.

Long streams are an ASGI application of their own: chosen here by its path, it needs no
thread.
"""

from django.conf import settings

from wjportal.server.body_limits import limit_of
from wjportal.server.bridge import HEADERS, Bridge
from wjportal.wsgi import application as pages

headers = HEADERS
if settings.SECURE_HTTPS:  # as Django's SecurityMiddleware says it
    hsts = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
    headers = headers | {"strict-transport-security": hsts}

application = Bridge(pages, limit_of, settings.WEB_THREADS, headers)

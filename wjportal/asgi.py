"""What each process of the web server runs.

Long streams are an ASGI application of their own: chosen here by its path, it needs no
thread.
"""

from django.conf import settings

from wjportal.server.body_limits import limit_of
from wjportal.server.bridge import Bridge
from wjportal.wsgi import application as pages

application = Bridge(pages, limit_of, settings.WEB_THREADS)

import os

from django.core.wsgi import get_wsgi_application

from net.request_text import in_utf_8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wjportal.settings")
application = in_utf_8(get_wsgi_application())

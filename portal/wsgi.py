"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from portal.charsets import noting_odd_ones

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = noting_odd_ones(get_wsgi_application())

"""The web process: what the application server loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Set here so that only a serving process gets the connection pool and the short time-outs.
os.environ.setdefault("REVIEW_DESK_PROCESS", "web")

application = get_wsgi_application()

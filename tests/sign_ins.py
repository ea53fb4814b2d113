"""Time that passes for who is signed in. Sign-ins go by the database's clock, which no test moves: what is stored is made older."""

from datetime import timedelta

from django.contrib.sessions.models import Session

from config.sign_in_sessions import SessionStore
from labeling.middleware.sign_in_age import ACTIVE_AT, SIGNED_IN_AT


def pass_time(seconds):
    for row in Session.objects.all():
        told = row.get_decoded()
        older = {name: told[name] - seconds for name in (SIGNED_IN_AT, ACTIVE_AT) if name in told}
        Session.objects.filter(pk=row.pk).update(session_data=SessionStore().encode(told | older), expire_date=row.expire_date - timedelta(seconds=seconds))

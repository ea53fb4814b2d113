"""Trying it as a reviewer, a manager or an admin, without a password."""

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from labeling.demo.sign_ins import get_demo_people


@login_not_required
@require_POST
def demo_sign_in_create(request: HttpRequest, role: str) -> HttpResponse:
    """An event like any sign-in. It leads to the first page and nowhere else."""
    person = get_demo_people(request).get(role)
    if person is None:
        raise Http404
    answer: HttpResponse = perform_login(request, Login(user=person, redirect_url="/"))
    return answer

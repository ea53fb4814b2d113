"""Is the process alive; is the installation ready to serve."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from labeling.operations.measures import BOUNDS, measures
from labeling.queries.health import get_readiness
from labeling.queries.measures import Metric, get_measures

EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        readiness = get_readiness()
    except DatabaseError:
        readiness = {"database": False}
    return JsonResponse(readiness, status=200 if all(readiness.values()) else 503)


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """In the format of Prometheus, for whoever shows the token. For others there is nothing here."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(shown, settings.METRICS_TOKEN):
        raise Http404
    return HttpResponse("".join(_exposed([*_requests(), *get_measures()])), content_type=EXPOSITION)


def _requests() -> Iterator[Metric]:
    counts = measures.read()
    parted = [(key.split("|"), n) for key, n in counts.items()]
    answered = [({"route": p[1], "method": p[2], "status": p[3]}, float(n)) for p, n in parted if p[0] == "requests"]
    yield "review_desk_requests_total", "counter", "Requests by the name of their route.", sorted(answered, key=str)
    took = []
    for route in sorted({p[1] for p, _ in parted if p[0] == "microseconds"}):
        n = 0.0
        for place, bound in enumerate([*BOUNDS, "+Inf"]):
            n += counts[f"bucket|{route}|{place}"]
            took.append(({"": "_bucket", "route": route, "le": str(bound)}, n))
        took += [({"": "_sum", "route": route}, counts[f"microseconds|{route}"] / 1_000_000), ({"": "_count", "route": route}, n)]
    yield "review_desk_request_seconds", "histogram", "How long requests took.", took


def _exposed(all_of_them: Iterable[Metric]) -> Iterator[str]:
    """One line a sample. A label without a name is what its metric's name ends in."""
    for name, kind, words, samples in all_of_them:
        yield f"# HELP {name} {words}\n# TYPE {name} {kind}\n"
        for labels, value in samples:
            shown = ",".join(f'{label}="{said}"' for label, said in labels.items() if label)
            yield f"{name}{labels.get('', '')}{{{shown}}} {value:.12g}\n" if shown else f"{name} {value:.12g}\n"

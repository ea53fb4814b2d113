"""What the API answers to an address that it does not have."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def api_missing(request: HttpRequest, path: str = "") -> HttpResponse:
    return JsonResponse({"detail": "There is nothing at this address of the API."}, status=404)

"""More people than a process can serve."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from labeling.middleware import crowds


@pytest.fixture
def served(monkeypatch):
    monkeypatch.setattr(crowds, "WORKING", 2)
    monkeypatch.setattr(crowds, "WAITING", 1)
    monkeypatch.setattr(crowds, "PATIENCE_SECONDS", 0.2)
    at_work, may_end = threading.Semaphore(0), threading.Event()

    def work(request):
        if request.path_info == "/sessions/":
            at_work.release()
            may_end.wait(10)
        return HttpResponse("ok")

    middleware = crowds.Crowds(work)
    with ThreadPoolExecutor(2) as pool:
        busy = [pool.submit(middleware, RequestFactory().get("/sessions/")) for _ in range(2)]
        for _ in busy:
            assert at_work.acquire(timeout=10)
        yield middleware
        may_end.set()
        assert [one.result().status_code for one in busy] == [200, 200]


@pytest.mark.parametrize("path", ["/review/", "/api/v1/sessions/"])
def test_who_finds_no_place_is_told_when_to_come_again(served, path):
    answer = served(RequestFactory().get(path))

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"Too many people ask at once." in answer.content


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_what_tells_of_the_process_is_told_in_any_crowd(served, path):
    assert served(RequestFactory().get(path)).status_code == 200


def test_of_many_who_were_refused_one_line_tells(served, caplog):
    for _ in range(3):
        assert served._waiting == 0
        served(RequestFactory().get("/review/"))

    assert len(caplog.records) == 1

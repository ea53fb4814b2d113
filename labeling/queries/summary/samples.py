"""How far the random samples are that a summary's rates stand on."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from labeling.gate import telling_queues
from labeling.models import Assignment, Pass, Queue
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import DrawKind
from labeling.queries.known_queues import queues_known_to
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.tally import RATED
from labeling.roles import Permission
from sessions_app.codes import Verdict

# Below this share of its sessions a sample says what was easy to judge.
ENOUGH = 0.9
MOST = 20


@dataclass(frozen=True, slots=True)
class Sample:
    """Sessions of a sample in the frame. `done` were rated; `unclear` were judged by somebody who had seen others' labels."""

    queue: Queue
    sessions: Figure
    done: Figure
    skipped: Figure
    not_applicable: Figure
    unclear: Figure
    waiting: Figure
    judged_share: float

    @property
    def is_finished(self) -> bool:
        return self.judged_share >= ENOUGH


def get_samples(frame: Frame) -> list[Sample]:
    """This will say of the newest samples how far each is, those that are not finished first. Who does not manage queues is told nothing."""
    if not frame.viewer.may(Permission.MANAGE_QUEUES):
        return []
    queues = queues_known_to(frame.viewer, frame.scope).filter(draw_kind=DrawKind.RANDOM).order_by("-created_at", "-pk")[:MOST]
    samples = [_sample(frame, queue) for queue in queues]
    return sorted((sample for sample in samples if sample.sessions.n), key=lambda sample: sample.is_finished)


def _sample(frame: Frame, queue: Queue) -> Sample:
    places = Assignment.objects.filter(queue=queue, session=OuterRef("pk"))
    is_in = Exists(places.exclude(state=PlaceState.VOID))
    is_wanted, is_passed = Exists(places.filter(state__in=WANTED)), Exists(Pass.objects.filter(queue=queue, session=OuterRef("pk")))
    # As the list does: being in such a queue tells what somebody thinks.
    sessions = frame.judged() if queue.pk in telling_queues(frame.viewer) else frame.sessions()
    members = sessions.filter(is_in).order_by().annotate(is_wanted=is_wanted, is_passed=is_passed)
    counted = members.aggregate(
        all=Count("pk"), skipped=Count("pk", filter=Q(is_wanted=True, is_passed=True)), waiting=Count("pk", filter=Q(is_wanted=True, is_passed=False))
    )
    judged = frame.judged().filter(is_in, ~Q(is_wanted)).order_by()
    codes = dict(judged.values_list("sample_code").annotate(n=Count("pk")))

    def figure(n: int, **more: list[str]) -> Figure:
        return frame.figure(n, queue=[queue.slug], **more)

    return Sample(
        queue=queue,
        sessions=figure(counted["all"]),
        done=figure(sum(codes.get(code, 0) for code in RATED), place=["done"], sample=list(RATED)),
        skipped=figure(counted["skipped"], place=["skipped"]),
        not_applicable=figure(codes.get(Verdict.NOT_APPLICABLE, 0), place=["done"], sample=[Verdict.NOT_APPLICABLE.value]),
        unclear=figure(codes.get(None, 0), place=["done"], sample=["none"]),
        waiting=figure(counted["waiting"], place=["waiting"]),
        judged_share=1 - (counted["skipped"] + counted["waiting"]) / counted["all"] if counted["all"] else 1.0,
    )

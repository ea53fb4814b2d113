"""What the routes point at: one session of an agent that the reviewer sees and another reviewer does not, and one of everything else."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core import signing
from django.db import connection

from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import create_api_key
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.roles import Role
from labeling.views.recordings import SALT
from sessions_app.codes import TranscriptState
from tests import factories as make

LATER, PAST = datetime(2099, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)
TOKEN = "a-token-of-thirty-two-characters"
LARGE = {"rows": [{"slot": f"2026-03-{n % 28 + 1:02} 09:00", "note": "x" * 40} for n in range(400)]}
TOOL = {"uid": "k1", "timestamp": "2026-03-02T12:00:06Z", "tool_name": "find_slots", "tool_request": {"day": "Tuesday"}, "tool_result": LARGE, "status": "ok"}
SIGNED_IN = ("reviewer", "other", "manager", "admin")


@dataclass
class World:
    # Signed in; one of them was deactivated after that.
    cookies: dict[str, str]
    keys: dict[str, str]
    # What an argument of a route stands for, by the name that a row gives it.
    things: dict[str, Any]

    def argument(self, name: str, of: str, route: str) -> Any:
        """An argument is found by what its row says, then by its name."""
        if name == "object_id":
            return self.row_of(route)
        if name in ("pk", "number", "token", "slug") and of and not (name == "pk" and of == "queue"):
            return self.things[of]
        return self.things[name]

    def row_of(self, route: str) -> Any:
        """A row of the model whose list in the admin this is."""
        known = [key for key in _models() if route.startswith((f"admin:{key[0]}_{key[1]}_", f"admin/{key[0]}/{key[1]}/"))]
        if not known:
            return self.things["nothing"]
        model = apps.get_model(*known[0])
        existing = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
        return existing or _factory(model)().pk


def build(cookie_of: Any) -> World:
    agent, elsewhere = make.AgentFactory(name="Northlake"), make.AgentFactory(name="Cedar")
    people = {
        "reviewer": make.UserFactory(all_agents=False, agents=[agent]),
        "other": make.UserFactory(all_agents=False, agents=[elsewhere]),
        "manager": make.UserFactory(role=Role.MANAGER),
        "admin": make.UserFactory(role=Role.ADMIN),
    }
    reviewer = people["reviewer"]
    named = {"channel_manager_service": "hedy", "channel_manager_sid": "CA01"}
    session = make.TranscriptFactory(tools=[TOOL], session=make.SessionFactory(seen_agent=agent, transcript_state=TranscriptState.HELD, **named)).session
    label = submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="OK", client_key="one").label
    run = make.RunFactory(owner=reviewer, sessions=[session.pk])
    make.SkipFactory(run=run, session=session)
    queue = make.QueueFactory()
    make.AssignmentFactory(queue=queue, session=session, state="done", person=reviewer, label=label.pk, claimed_at=PAST, done_at=PAST)
    recording = make.RecordingFactory(session=session)
    hashed = hashlib.sha256(TOKEN.encode()).hexdigest()
    category = make.IssueCategoryFactory()
    things = {
        "panel": "headline",
        "pk": session.pk,
        "session_pk": session.pk,
        "run_pk": run.pk,
        "queue": queue.slug,
        "label_pk": label.pk,
        "name": "result",
        "number": 1,
        "slug": make.SavedViewFactory(owner=reviewer).slug,
        "bulk_action": make.BulkActionFactory(created_by=reviewer, sessions=[session.pk]).token,
        "addition": make.DrawFactory(queue=make.QueueFactory(draw_kind="added", seed=None, size=None), asked_by=people["manager"]).pk,
        "export": make.ExportFactory(created_by=reviewer).token,
        "recording": signing.dumps({"recording": recording.pk, "user": reviewer.pk, "link": "one"}, salt=SALT),
        "incident": make.IncidentFactory(session=session, raised_by=reviewer).pk,
        "second_opinion": make.SecondOpinionFactory(session=session, asked_of=reviewer).pk,
        "share_link": make.ShareLinkFactory(session=session, created_by=people["manager"], token_hash=hashed).pk,
        "invitation": TOKEN,
        "share_token": TOKEN,
        "example": make.GuideExampleFactory(session=session).pk,
        "guide": make.GuideVersionFactory().number,
        "sign_in": UserSession.objects.create(user=reviewer, ip="127.0.0.1", session_key=cookie_of(reviewer), user_agent="").pk,
        "person": make.UserFactory().pk,
        "category": category.pk,
        "change": make.CategoryChangeFactory(category=category).pk,
        "incoming": make.IncomingIssueFactory().pk,
        "erasure": make.ErasureFactory().pk,
        "retention_run": make.RetentionRunFactory().pk,
        "hold": make.LegalHoldFactory(placed_by=people["admin"]).pk,
        "job": _failed_job(),
        "push": make.PushFactory(label=label, data_source=make.VendorLabelsFactory(data_source__is_primary=False).data_source).pk,
        "webhook": (webhook := make.WebhookFactory().pk),
        "webhook_id": webhook,
        "import": make.FileImportFactory(file="x" * 43, columns=["a"]).token,
        "connection": make.ConnectionFactory().pk,
        "session_id": session.pk,
        "session_label_id": label.pk,
        "channel_manager_service": "hedy",
        "channel_manager_sid": session.channel_manager_sid,
        "tool_call_id": "k1",
        "path": "v1/nothing",
        "url": "no/such/page",
        "app_label": "labeling",
        "content_type_id": 1,
        "uidb36": "a",
        "key": "b",
        "nothing": 999_999_999,
    }
    make.InvitationFactory(user=make.UserFactory(), token_hash=hashed)
    keys = {str(scope): create_api_key(user=people["admin"], name="x", scopes=[scope], expires_at=LATER, by=None)[1] for scope in KeyScope}
    keys["every"] = create_api_key(user=people["admin"], name="x", scopes=list(KeyScope), expires_at=LATER, by=None)[1]
    keys["expired"] = create_api_key(user=people["admin"], name="x", scopes=list(KeyScope), expires_at=PAST, by=None)[1]
    gone = make.UserFactory(role=Role.ADMIN)
    cookies = {who: cookie_of(person) for who, person in (people | {"deactivated": gone}).items()}
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    return World(cookies, keys, things)


def _models() -> list[tuple[str, str]]:
    """The longest name first: one name may begin with another."""
    return sorted(((model._meta.app_label, model._meta.model_name) for model in apps.get_models()), key=lambda key: -len(key[1]))


def _factory(model: Any) -> Any:
    return next(one for one in vars(make).values() if getattr(getattr(one, "_meta", None), "model", None) is model and isinstance(one, type))


def _failed_job() -> int:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES ('default', 'labeling.tasks.make_export', 'todo') RETURNING id")
        pk = cursor.fetchone()[0]
        for status in ("doing", "failed"):
            cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, pk])
    return int(pk)

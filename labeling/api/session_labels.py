"""Labels: the list, one of them, and giving one. On the wire a label never changes."""

import re
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router

from labeling.api.access import ApiRequest, SyllableApiKey, asked_by
from labeling.api.answers import refuse_encoded
from labeling.api.label_table import ALWAYS, NAMES, conditions_of, labels_shown, order_of
from labeling.api.seeing import Sight
from labeling.api.wire_labels import LabelSent, SessionLabel, SessionLabelList, read_label, wire_labels
from labeling.codes import Judgment, LabelType
from labeling.models import Label
from labeling.models.api_key import KeyScope
from labeling.operations.api_labels import submit_api_label
from labeling.operations.api_reading import note_exposures
from labeling.operations.labels import KeyReused
from labeling.operations.raters import AddressTaken
from labeling.policies import why_not_label, why_not_rate, why_not_write_as
from sessions_app.api.documented import list_parameters, numbered
from sessions_app.api.finding import NO_SESSION
from sessions_app.api.grammar import read_list
from sessions_app.api.lists import find_page, list_answer, refuse_what_reads_everything
from sessions_app.api.problems import Refused, unprocessable
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_A_LIST, OF_ONE, Problem
from sessions_app.api.strict_json import read_json
from sessions_app.models import Session

router = Router(tags=["session_labels"])
reading = SyllableApiKey(KeyScope.LABELS_READ)
writing = SyllableApiKey(KeyScope.LABELS_WRITE)
LONGEST_KEY = 200
BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SessionLabelCreate"}}}},
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
            "description": "The same key again gives the first answer again.",
        }
    ],
}


@router.post("/", auth=writing, response={200: SessionLabel, **OF_ONE, 409: Problem}, openapi_extra=BODY, url_name="session_labels", summary="Give a label")
def session_label_create(request: HttpRequest) -> HttpResponse:
    """The same request sent again within ten minutes gives the first answer again, while that label is the rater's current one."""
    who = asked_by(request)
    sent = read_label(read_json(_body(request)))
    idempotency_key = _idempotency_key(request)
    if why_not := _why_not_give(who, sent):
        raise Refused(403, why_not)
    if not who.scope.all_agents and not Session.objects.visible_to(who.scope).filter(pk=sent.session_id).exists():
        raise Refused(404, NO_SESSION)
    try:
        label = submit_api_label(
            session_id=sent.session_id,
            type=sent.type,
            code=sent.code,
            comment=sent.comment,
            issues=sent.issues,
            user_email=sent.user_email,
            key=who.api_key,
            idempotency_key=idempotency_key,
        ).label
    except Session.DoesNotExist:
        raise Refused(404, NO_SESSION) from None
    except KeyReused:
        raise unprocessable(["header", "Idempotency-Key"], "This key came with another label before.") from None
    except AddressTaken:
        raise Refused(409, "Another person's labels stand under this address.") from None
    return answer(wire_labels([label], hide=str)[0])


@router.get("/", auth=reading, response={200: SessionLabelList, **OF_A_LIST}, openapi_extra=list_parameters(NAMES), url_name="session_labels", summary="Labels")
def session_labels_list(request: HttpRequest) -> HttpResponse:
    """Newest first, unless another order is asked for. Labels that were withdrawn are not there; those that were replaced are."""
    return list_labels(asked_by(request))


def list_labels(who: ApiRequest, *, only: Q = Q()) -> HttpResponse:
    """This will answer with a list of labels that stand, of all or only of some. Raises Unprocessable, Refused."""
    asked = read_list(who.GET, NAMES)
    visible = labels_shown(who.user, who.scope)
    wanted = conditions_of(asked)
    wanted = replace(wanted, base=wanted.base & only)
    refuse_what_reads_everything(visible, asked, wanted)
    found = find_page(visible.filter(wanted.base, wanted.rest).order_by(*order_of(asked)), asked)
    held = {label.pk: label for label in Label.objects.filter(pk__in=found.keys).select_related("rater")} if found.keys else {}
    labels = [held[pk] for pk in found.keys]
    _note_shown(who, labels)
    return answer(list_answer(wire_labels(labels, hide=Sight(who).hide, fields=asked.fields, always=ALWAYS), asked, found.total))


@router.get(
    "/{session_label_id}",
    auth=reading,
    response={200: SessionLabel, **OF_ONE},
    openapi_extra=numbered("session_label_id"),
    url_name="session_label",
    summary="A label",
)
def session_label_detail(request: HttpRequest, session_label_id: str) -> HttpResponse:
    """One label by its id."""
    who = asked_by(request)
    if not re.fullmatch(r"-?[0-9]{1,30}", session_label_id):
        raise unprocessable(["path", "session_label_id"], "A whole number.", "int_parsing")
    pk = int(session_label_id)
    label = labels_shown(who.user, who.scope).select_related("rater").filter(pk=pk).first() if 0 < pk < 2**63 else None
    if label is None:
        raise Refused(404, "There is no such label, or this key does not see it.")
    _note_shown(who, [label])
    return answer(wire_labels([label], hide=Sight(who).hide)[0])


def _why_not_give(who: ApiRequest, sent: LabelSent) -> str:
    """A program that rates by itself need not have read anything; who labels as a person does."""
    if sent.type == LabelType.AUTO:
        return why_not_rate(who.api_key)
    return why_not_label(who.user) or why_not_write_as(who.api_key, sent.user_email)


def _note_shown(who: ApiRequest, labels: Iterable[Label]) -> None:
    """What a key's owner has read of others through it is no longer unknown to them."""
    shown = [
        (label.session_id, Judgment.AUTO.value if label.type == LabelType.AUTO else Judgment.OTHERS.value)
        for label in labels
        if label.rater.user_id != who.user.pk
    ]
    if shown:
        note_exposures(key=who.api_key, shown=shown)


def _body(request: HttpRequest) -> bytes:
    refuse_encoded(request)
    return request.body


def _idempotency_key(request: HttpRequest) -> str:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return ""
    if not re.fullmatch(rf"[!-~]{{1,{LONGEST_KEY}}}", key):
        raise unprocessable(["header", "Idempotency-Key"], f"At most {LONGEST_KEY} visible ASCII characters.")
    return key

"""Exports: asking for a file, whether it is made, and having it. With the mask, and with the rights that its owner has."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from labeling.api.access import ApiRequest, SyllableApiKey, asked_by
from labeling.exports.catalog import COLUMNS, USUAL
from labeling.exports.handing_out import TooManyDownloads, open_file, why_not_download
from labeling.filters import ReviewFilter
from labeling.filters.words import query_of
from labeling.models import Export
from labeling.models.api_key import KeyScope
from labeling.models.export import ExportFormat, ExportState
from labeling.operations.exports import UNFINISHED, TooManyUnfinished, record_download, request_export
from labeling.policies import why_not_use
from labeling.views.exports import CONTENT_TYPES
from sessions_app.api.problems import Refused, Unprocessable, problem, unprocessable
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_ONE, PROBLEMS, Problem
from sessions_app.api.strict_json import read_json
from sessions_app.models import Session
from sessions_app.queries.database_clock import database_now

router = Router(tags=["desk"])
# A file holds sessions and labels: the key has to be made for both.
reading = SyllableApiKey(KeyScope.SESSIONS_READ)
# A sheet is for people.
FORMATS = (ExportFormat.JSONL, ExportFormat.CSV)
NAMES = tuple(column.name for column in COLUMNS)
LONGEST_QUERY = 4_000
NO_EXPORT = "There is no such export, or it is another person's."


class ExportCreate(BaseModel):
    """A file to be made. `query` is the part of an address of the list of sessions after the question mark."""

    model_config = ConfigDict(extra="forbid")

    format: str = Field(json_schema_extra={"enum": list(FORMATS)})
    query: str = Field(default="", max_length=LONGEST_QUERY)
    columns: list[str] = Field(default=list(USUAL), json_schema_extra={"items": {"type": "string", "enum": list(NAMES)}, "minItems": 1})


class ExportTold(BaseModel):
    """`state` is waiting, running, ready, failed or expired."""

    id: str
    format: str
    state: str
    rows: int
    expected_rows: int | None = None
    size: int | None = None
    problem: str
    created_at: str
    expires_at: str | None = None


BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ExportCreate"}}}}}


@router.post("exports", auth=reading, response={200: ExportTold, **PROBLEMS, 409: Problem}, openapi_extra=BODY, url_name="exports", summary="Have a file made")
def export_create(request: HttpRequest) -> HttpResponse:
    """The worker makes it, with the mask, of the sessions that the key's owner sees; ask again until it is ready."""
    who = _both(request)
    wanted = _read(read_json(request.body))
    filtered = ReviewFilter(QueryDict(wanted["query"]), queryset=Session.objects.visible_to(who.scope), request=who)
    if not filtered.form.is_valid() or set(filtered.data) - set(filtered.keys()):
        raise unprocessable(["body", "query"], "No filter of the list of sessions.")
    try:
        export = request_export(by=who.user, **wanted | {"query": query_of(filtered)}, base=request.build_absolute_uri("/"))
    except TooManyUnfinished:
        raise Refused(409, "Three exports of this key's owner are still being made. Wait until one of them is done.") from None
    export.refresh_from_db()
    return answer(_told(export))


@router.get("exports/{token}", auth=reading, response={200: ExportTold, **OF_ONE}, url_name="export", summary="Whether a file is made")
def export_detail(request: HttpRequest, token: str) -> HttpResponse:
    return answer(_told(_find(_both(request), token)))


@router.get("exports/{token}/file", auth=reading, response={200: bytes, **OF_ONE, 409: Problem}, url_name="export_file", summary="The file")
def export_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """For a day, to its owner, as long as they may see what they could when it was made."""
    who = _both(request)
    export, at = _find(who, token), database_now()
    if export.state in UNFINISHED:
        raise Refused(409, "The file is not made yet.")
    try:
        file = open_file(export, by=who.user, scope=who.scope, at=at)
    except TooManyDownloads:
        raise Refused(429, "Files of this person are on their way already.", {"Retry-After": "30"}) from None
    if file is None:
        raise Refused(404, why_not_download(export, by=who.user, scope=who.scope, at=at) if export.state == ExportState.READY else "There is no file any more.")
    record_download(export=export)
    kind = ExportFormat(export.format)
    return FileResponse(file, as_attachment=True, filename=f"sessions-{at:%Y-%m-%d-%H%M%S}.{kind}", content_type=CONTENT_TYPES[kind])


def _both(request: HttpRequest) -> ApiRequest:
    who = asked_by(request)
    if why_not := why_not_use(who.api_key, KeyScope.LABELS_READ):
        raise Refused(403, why_not)
    return who


def _find(who: ApiRequest, token: str) -> Export:
    is_token = token.isascii() and token.isprintable()
    export = Export.objects.select_related("created_by").filter(created_by=who.user, token=token).first() if is_token else None
    if export is None:
        raise Refused(404, NO_EXPORT)
    return export


def _read(sent: Any) -> dict[str, Any]:
    if not isinstance(sent, dict):
        raise unprocessable(["body"], "An object with format, query and columns.", "model_type")
    said = {"query": "", "columns": list(USUAL), **sent}
    errors = (
        [problem(["body"], "Beside format, query and columns there are no fields.", "extra_forbidden")] if said.keys() - {"format", "query", "columns"} else []
    )
    if said.get("format") not in FORMATS:
        errors.append(problem(["body", "format"], f"One of: {', '.join(FORMATS)}.", "enum"))
    if not isinstance(said["query"], str) or len(said["query"]) > LONGEST_QUERY:
        errors.append(problem(["body", "query"], f"A text of at most {LONGEST_QUERY} characters.", "string_type"))
    columns = said["columns"]
    if not isinstance(columns, list) or not columns or any(name not in NAMES for name in columns) or len(set(columns)) < len(columns):
        errors.append(problem(["body", "columns"], f"Some of: {', '.join(NAMES)}; each once.", "enum"))
    if errors:
        raise Unprocessable(errors)
    return said


def _told(export: Export) -> dict[str, Any]:
    told = {name: getattr(export, name) for name in ("format", "state", "rows", "expected_rows", "size", "problem", "created_at", "expires_at")}
    return {"id": export.token, **told}

"""Imports: bringing a file, saying what its columns are, watching it looked through and taken in."""

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.forms.imports import MASKED, MappingForm, UploadForm, guess_mapping
from labeling.imports import folder
from labeling.imports.restoring import is_restorable
from labeling.imports.uploading import IntoTheFolder, Uploaded
from labeling.models import FileImport
from labeling.models.file_import import ImportKind, ImportState
from labeling.operations.imports import NotNow, NotPossible, begin_import, cancel_import, check_import, run_import
from labeling.queries.imports import get_earlier, get_import_line, get_imports
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.ingest.shapes import Shape, Unreadable, find_shape


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def import_list(request: SignedInRequest) -> HttpResponseBase:
    """The check against forged requests reads the form, and the form is the file: it comes after what says where the file goes."""
    handler = IntoTheFolder(request)
    request.upload_handlers = [handler]
    if request.method == "POST" and _announced(request) > settings.IMPORT_LIMIT + 2**20:
        return _list(request, UploadForm(), status=413, problem=_too_large())
    return _import_list(request, handler)


@csrf_protect
def _import_list(request: SignedInRequest, handler: IntoTheFolder) -> HttpResponseBase:
    if request.method != "POST":
        return _list(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    uploaded = request.FILES.get("file")
    if handler.is_too_large:
        return _list(request, UploadForm(), status=413, problem=_too_large())
    if not form.is_valid() or not isinstance(uploaded, Uploaded):
        if isinstance(uploaded, Uploaded):
            folder.clear(uploaded.token)
        return _list(request, form, status=422)
    kind = form.cleaned_data["kind"]
    try:
        with folder.path_of(uploaded.token).open("rb") as file:
            shape = find_shape(file)
        if kind == ImportKind.SESSIONS and shape.is_masked:
            raise Unreadable(str(MASKED))
    except Unreadable as problem:
        folder.clear(uploaded.token)
        form.add_error("file", str(problem))
        return _list(request, form, status=422)
    return _begin(request, kind, uploaded, shape)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def import_detail(request: SignedInRequest, token: str) -> HttpResponse:
    """A POST has the file looked through, in the background."""
    file_import = _import(request, token)
    if request.method != "POST":
        return _detail(request, file_import)
    form = MappingForm(request.POST, file_import=file_import)
    if file_import.state not in (ImportState.UPLOADED, ImportState.CHECKED):
        return _detail(request, file_import, status=409)
    if not form.is_valid():
        return _detail(request, file_import, form=form, status=422)
    given = form.cleaned_data
    try:
        check_import(file_import=file_import, mapping=given["mapping"], mode=given["mode"], source=given["source"])
    except NotNow as why_not:
        form.add_error(None, str(why_not))
        return _detail(request, file_import, form=form, status=409)
    except NotPossible:
        return _detail(request, _import(request, token), status=409)
    return SeeOther(reverse("labeling:import_detail", args=[token]))


@require_POST
@requires(Permission.ADMINISTER)
def import_run_create(request: SignedInRequest, token: str) -> HttpResponse:
    """Asked twice is run once."""
    file_import = _import(request, token)
    try:
        run_import(file_import=file_import)
    except NotNow as why_not:
        return _detail(request, file_import, status=409, why_not=str(why_not))
    except NotPossible:
        return _detail(request, _import(request, token), status=409)
    return SeeOther(reverse("labeling:import_detail", args=[token]))


@require_POST
@requires(Permission.ADMINISTER)
def import_cancel(request: SignedInRequest, token: str) -> HttpResponse:
    file_import = _import(request, token)
    cancel_import(file_import=file_import)
    return SeeOther(reverse("labeling:import_detail", args=[token]))


@require_safe
@requires(Permission.ADMINISTER)
def import_refused(request: SignedInRequest, token: str) -> FileResponse:
    """The rows that were not taken, as a table. They may name callers: only who brought the file gets them."""
    file_import = _import(request, token)
    if file_import.created_by_id != request.user.pk or not file_import.file or not file_import.refused:
        raise Http404
    try:
        file = folder.refused_path(file_import.file).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename=f"refused-rows-{file_import.pk}.csv", content_type="text/csv; charset=utf-8")


def _begin(request: SignedInRequest, kind: str, uploaded: Uploaded, shape: Shape) -> HttpResponse:
    earlier = get_earlier(kind=kind, columns=shape.columns)
    file_import = begin_import(
        by=request.user,
        token=uploaded.token,
        kind=kind,
        format=shape.format,
        size=uploaded.size or 0,
        columns=shape.columns,
        shape=shape.as_json(),
        mapping=earlier.mapping if earlier else guess_mapping(shape, kind),
        earlier=earlier,
    )
    return SeeOther(reverse("labeling:import_detail", args=[file_import.token]))


def _import(request: SignedInRequest, token: str) -> FileImport:
    file_import = FileImport.objects.select_related("created_by", "data_source").filter(token=token).first()
    if file_import is None:
        raise Http404
    return file_import


def _list(request: SignedInRequest, form: UploadForm, *, status: int = 200, problem: str = "") -> HttpResponse:
    context = {"section": "", "form": form, "problem": problem, "limit": filesizeformat(settings.IMPORT_LIMIT), "lines": get_imports(request.user)}
    return render(request, "labeling/import_list.html", context, status=status)


def _detail(request: SignedInRequest, file_import: FileImport, *, form: MappingForm | None = None, status: int = 200, why_not: str = "") -> HttpResponse:
    line = get_import_line(file_import, viewer=request.user)
    context = {
        "section": "",
        "file_import": file_import,
        "line": line,
        "why_not": why_not,
        "is_mine": file_import.created_by_id == request.user.pk,
        "restores": not line.is_labels and is_restorable(Shape.of(file_import.shape)),
        "form": (form or MappingForm(file_import=file_import)) if line.is_open else None,
    }
    return render(request, "labeling/_import_status.html" if request.htmx else "labeling/import_detail.html", context, status=status)


def _announced(request: SignedInRequest) -> int:
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0


def _too_large() -> str:
    return _("The file is larger than %(limit)s. Import it on the server, with manage.py import_sessions.") % {"limit": filesizeformat(settings.IMPORT_LIMIT)}

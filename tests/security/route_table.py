"""Who gets what at which route: every cell, in one file.

A row names a route, or several with a star, and says for each method what the reviewer who sees the session, the reviewer of
other agents, the manager and the admin get. A method that is not named is 405 for all four; HEAD is what GET is.
`stranger` is what somebody gets who is not signed in, was deactivated, or comes with an API key where there is no API, by
method; where it says nothing, they get the sign-in. `keys` is what a key of each scope gets from the API, in the order of
KeyScope; one that expired gets what a stranger gets. `of` says which of the things in world.py the route's argument stands for.
The requests carry no data: 422 is a form that was let through and found empty, which is as far as a permission goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from labeling.models.api_key import KeyScope

SIGN_IN = "sign-in"
WHO = ("reviewer", "other", "manager", "admin")
REFUSED = "405 405 405 405"


@dataclass(frozen=True)
class Row:
    name: str
    get: str = REFUSED
    post: str = REFUSED
    head: str = ""
    put: str = REFUSED
    patch: str = REFUSED
    delete: str = REFUSED
    options: str = REFUSED
    stranger: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    of: str = ""

    def cell(self, method: str, who: str) -> str:
        if who in WHO:
            said: str = self.head or self.get if method == "head" else getattr(self, method)
            return said.split()[WHO.index(who)]
        if who in KeyScope.values and self.keys:
            return self.keys[method].split()[KeyScope.values.index(who)]
        return self.stranger.get(method, SIGN_IN)


METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
SIGNED_OUT = f"{SIGN_IN} {SIGN_IN} {SIGN_IN} {SIGN_IN}"


def open_to(get: str, post: str = "405", rest: str = "405", options: str = "405", *, put: str = "", patch: str = "", delete: str = "") -> dict[str, str]:
    """What a stranger gets by each method."""
    return {"get": get, "head": get, "post": post, "put": put or rest, "patch": patch or rest, "delete": delete or rest, "options": options}


def whatever(status: str) -> dict[str, str]:
    """The same for all four by each method."""
    return {method: " ".join([status] * 4) for method in METHODS}


def form(status: str) -> dict[str, str]:
    """One of allauth's forms."""
    return {method: " ".join([status] * 4) for method in ("get", "post", "put", "options")}


def staff(get: str, post: str = "", rest: str = "", *, options: str = "") -> dict[str, str]:
    """A page of the Django admin: what an admin gets. `rest` is what they get by any other method."""
    rest = rest or get
    said = {"get": get, "head": get, "post": post or get, "put": rest, "patch": rest, "delete": rest, "options": options or rest}
    return {method: f"{SIGN_IN} {SIGN_IN} {SIGN_IN} {status}" for method, status in said.items()}


def wire(scope: KeyScope, *methods: str, status: str = "200") -> dict[str, dict[str, str]]:
    """A call of the API: for keys of one scope. A sign-in is nothing there, and a method that it has not is 405 for every key."""
    cells = {
        method: " ".join(status if one == scope else "403" for one in KeyScope) if method in methods else " ".join(["405"] * len(KeyScope))
        for method in METHODS
    }
    return {**{method: " ".join(["401"] * 4) for method in METHODS}, "stranger": open_to("401", "401", "401", "401"), "keys": cells}  # type: ignore[dict-item]


AFTER_SIGNING_OUT = dict.fromkeys(("put", "patch", "delete"), "405") | {"options": "200"}

ROWS: list[Row] = [
    # Everybody's own pages, and what they list: each shows a person only what they may see.
    Row("labeling:home", get="302 302 302 302"),
    Row("labeling:review_home", get="200 200 200 200"),
    Row("labeling:own_review", get="200 200 200 200"),
    Row("labeling:session_list", get="200 200 200 200"),
    Row("labeling:session_counts", get="200 200 200 200"),
    Row("labeling:session_find", post="302 302 302 302"),
    Row("labeling:session_arrivals", get="302 302 302 302"),
    Row("labeling:default_sessions", get="302 302 302 302"),
    Row("labeling:dispute_list", get="403 403 200 200"),
    Row("labeling:settlement_create", get="403 403 200 200", post="403 403 422 422"),
    Row("labeling:bulk_action_list", get="200 200 200 200", post="303 303 303 303"),
    Row("labeling:run_create", post="303 303 303 303"),
    Row("labeling:export_create", get="200 200 200 200", post="422 422 422 422"),
    Row("labeling:export_list", get="200 200 200 200"),
    Row("labeling:saved_view_list", get="200 200 200 200", post="422 422 422 422"),
    Row("labeling:summary", get="200 200 200 200"),
    Row("labeling:issue_evidence", get="200 200 200 200", of="category"),
    Row("labeling:summary_panel", get="200 200 200 200", of="panel"),
    Row("labeling:summary_definitions", get="200 200 200 200"),
    Row("labeling:summary_export", get="200 200 200 200"),
    Row("labeling:guide_detail", get="200 200 200 200"),
    Row("labeling:guide_version_detail", get="200 200 200 200", of="guide"),
    Row("labeling:settings_update", get="200 200 200 200", post="302 302 302 302"),
    Row("labeling:activity_create", get="200 200 200 200", post="200 200 200 200"),
    Row("labeling:steps_closing_create", post="302 302 302 302"),
    Row("labeling:sign_in_list", get="200 200 200 200"),
    Row("labeling:sign_ins_deletion", post="303 303 303 303"),
    # One session: not there for who does not see its agent.
    Row("labeling:session_detail", get="200 404 200 200"),
    Row("labeling:transcript_detail", get="200 404 200 200"),
    Row("labeling:conversation_detail", get="200 404 200 200"),
    Row("labeling:payload_detail", get="200 404 200 200"),
    Row("labeling:recording_detail", get="302 404 302 302", post="302 404 302 302"),
    Row("labeling:label_create", post="422 404 422 422"),
    Row("labeling:draft_update", patch="415 404 415 415"),
    Row("labeling:draft_discard", post="302 404 302 302"),
    Row("labeling:text_choice_create", post="302 404 302 302"),
    Row("labeling:withdrawal_create", post="302 404 404 404"),
    Row("labeling:incident_create", get="200 404 200 200", post="422 404 422 422"),
    Row("labeling:reveal_create", post="403 403 303 303"),
    Row("labeling:second_opinion_create", get="200 404 200 200", post="422 404 422 422"),
    Row("labeling:presence_create", post="200 404 200 200"),
    # What belongs to one person: not there for anybody else, whatever their role.
    Row("labeling:recording_file", get="410 404 404 404", of="recording"),
    Row("labeling:run_session", get="200 302 302 302"),
    Row("labeling:queue_work", get="200 404 404 404", of="queue"),
    Row("labeling:queue_next", post="303 404 404 404", of="queue"),
    Row("labeling:queue_session", get="200 404 404 404", of="queue"),
    Row("labeling:pass_create", post="404 404 404 404", of="queue"),
    Row("labeling:pass_withdrawal", post="303 404 404 404", of="queue"),
    Row("labeling:lease_renew", post="303 404 404 404", of="queue"),
    Row("labeling:run_detail", get="200 404 404 404"),
    Row("labeling:skip_create", post="303 404 404 404"),
    Row("labeling:skip_update", post="303 404 404 404"),
    Row("labeling:skip_withdrawal", post="303 404 404 404"),
    Row("labeling:skips_withdrawal", post="303 404 404 404"),
    Row("labeling:saved_view_sessions", get="200 404 404 404"),
    Row("labeling:saved_view_detail", get="200 404 404 404", post="303 404 404 404"),
    Row("labeling:view_default_create", post="303 404 404 404"),
    Row("labeling:view_default_withdrawal", post="303 404 404 404"),
    Row("labeling:view_deletion_create", get="200 404 404 404", post="303 404 404 404"),
    Row("labeling:export_detail", get="200 404 404 404", of="export"),
    Row("labeling:export_file", get="409 404 404 404", of="export"),
    Row("labeling:refusal_create", post="303 404 404 404", of="second_opinion"),
    Row("labeling:sign_in_deletion", post="303 404 404 404", of="sign_in"),
    # What belongs to one person and to those who manage.
    Row("labeling:bulk_action_detail", get="200 404 200 200", of="bulk_action"),
    Row("labeling:bulk_undo_create", post="303 404 303 303", of="bulk_action"),
    Row("labeling:queue_list", get="403 403 200 200"),
    Row("labeling:queue_create", get="403 403 200 200", post="403 403 200 200"),
    Row("labeling:queue_update", get="403 403 200 200", post="403 403 422 422", of="queue"),
    Row("labeling:queue_state_update", post="403 403 303 303", of="queue"),
    Row("labeling:draw_create", post="403 403 303 303", of="queue"),
    Row("labeling:queue_addition_create", post="403 403 303 303"),
    Row("labeling:queue_addition_detail", get="403 403 200 200", of="addition"),
    Row("labeling:queue_addition_undo_create", post="403 403 303 303", of="addition"),
    # For who was named to take incidents, and for admins.
    Row("labeling:acknowledgment_create", get="404 404 404 200", post="404 404 404 422", of="incident"),
    # For who may see callers' identities.
    Row("labeling:unmasking_create", get="403 403 403 200", post="403 403 403 422"),
    Row("labeling:unmasking_withdrawal", post="403 403 403 302"),
    # For managers.
    Row("labeling:queue_detail", get="403 403 200 200", of="queue"),
    Row("labeling:assignment_create", post="403 403 422 422", of="queue"),
    Row("labeling:target_update", get="403 403 200 200", post="403 403 303 303"),
    Row("labeling:share_link_list", get="403 403 200 200", post="403 403 422 422"),
    Row("labeling:share_link_revocation", post="403 403 303 303", of="share_link"),
    Row("labeling:guide_example_list", get="403 403 200 200", post="403 403 422 422"),
    Row("labeling:guide_example_deletion", post="403 403 303 303", of="example"),
    # For admins.
    Row("labeling:api_key_create", get="403 403 403 200", post="403 403 403 422"),
    Row("labeling:api_key_revocation", get="403 403 403 302", post="403 403 403 302"),
    Row("labeling:webhook_create", get="403 403 403 200", post="403 403 403 422"),
    Row("labeling:webhook_detail", get="403 403 403 200", of="webhook"),
    Row("labeling:webhook_update", get="403 403 403 200", post="403 403 403 422", of="webhook"),
    Row("labeling:webhook_secret_create", get="403 403 403 200", post="403 403 403 200", of="webhook"),
    Row("labeling:webhook_switch", post="403 403 403 303", of="webhook"),
    Row("labeling:webhook_test_create", post="403 403 403 303", of="webhook"),
    Row("labeling:webhook_replay_create", post="403 403 403 303", of="webhook"),
    Row("labeling:webhook_attempt_create", post="403 403 403 303", of="webhook"),
    Row("labeling:import_list", get="403 403 403 200", post="403 403 403 422"),
    Row("labeling:import_detail", get="403 403 403 200", post="403 403 403 422", of="import"),
    Row("labeling:import_run_create", post="403 403 403 409", of="import"),
    Row("labeling:import_cancel", post="403 403 403 303", of="import"),
    Row("labeling:import_refused", get="403 403 403 404", of="import"),
    Row("labeling:audit_export", post="403 403 403 422"),
    Row("labeling:audit_list", get="403 403 403 200", post="403 403 403 303"),
    Row("labeling:category_change_detail", get="403 403 403 200", of="change"),
    Row("labeling:category_change_retry", post="403 403 403 303", of="change"),
    Row("labeling:category_merge", get="403 403 403 200", post="403 403 403 422", of="category"),
    Row("labeling:category_rename", get="403 403 403 200", post="403 403 403 422", of="category"),
    Row("labeling:category_restore", get="403 403 403 200", post="403 403 403 303", of="category"),
    Row("labeling:category_retire", get="403 403 403 200", post="403 403 403 303", of="category"),
    Row("labeling:category_split", get="403 403 403 200", post="403 403 403 422", of="category"),
    Row("labeling:category_unmerge", get="403 403 403 200", post="403 403 403 303", of="category"),
    Row("labeling:erasure_create", get="403 403 403 200", post="403 403 403 422"),
    Row("labeling:erasure_retry_create", post="403 403 403 303", of="erasure"),
    Row("labeling:connection_detail", get="403 403 403 200", of="connection"),
    Row("labeling:sync_create", post="403 403 403 303", of="connection"),
    Row("labeling:rejected_retry_create", post="403 403 403 303", of="connection"),
    Row("labeling:health_detail", get="403 403 403 200"),
    Row("labeling:hold_create", get="403 403 403 200", post="403 403 403 422"),
    Row("labeling:hold_lifting_create", get="403 403 403 200", post="403 403 403 303", of="hold"),
    Row("labeling:identity_create", post="403 403 403 404", of="person"),
    Row("labeling:identity_deletion", post="403 403 403 303", of="person"),
    Row("labeling:inbox_category", post="403 403 403 422", of="incoming"),
    Row("labeling:inbox_detail", get="403 403 403 200", post="403 403 403 422", of="incoming"),
    Row("labeling:inbox_ignore", post="403 403 403 303", of="incoming"),
    Row("labeling:inbox_list", get="403 403 403 200"),
    Row("labeling:inbox_return", post="403 403 403 303", of="incoming"),
    Row("labeling:installation_detail", get="403 403 403 200"),
    Row("labeling:invitation_create", post="403 403 403 303", of="person"),
    Row("labeling:job_retry_create", post="403 403 403 303", of="job"),
    Row("labeling:person_access", get="403 403 403 200", of="person"),
    Row("labeling:person_sign_ins_deletion", post="403 403 403 303", of="person"),
    Row("labeling:push_detail", get="403 403 403 200", of="push"),
    Row("labeling:push_list", get="403 403 403 200"),
    Row("labeling:push_resumption_create", post="403 403 403 303"),
    Row("labeling:push_retries_create", post="403 403 403 303"),
    Row("labeling:push_retry_create", post="403 403 403 303", of="push"),
    Row("labeling:reconciliation_detail", get="403 403 403 200", post="403 403 403 303"),
    Row("labeling:retention_run_create", post="403 403 403 303"),
    Row("labeling:retention_run_file", get="403 403 403 200", of="retention_run"),
    Row("labeling:second_factors_deletion", post="403 403 403 303", of="person"),
    Row("labeling:taxonomy_csv", get="403 403 403 200"),
    Row("labeling:taxonomy_import", get="403 403 403 200", post="403 403 403 422"),
    Row("labeling:taxonomy_json", get="403 403 403 200"),
    # Open to everybody: what is asked before anybody is signed in, and links that are their own proof.
    Row("labeling:healthz", get="200 200 200 200", stranger=open_to("200")),
    Row("labeling:readyz", get="503 503 503 503", stranger=open_to("503")),
    Row("labeling:metrics", get="404 404 404 404", stranger=open_to("404")),
    Row("labeling:shared_session", get="200 200 200 200", stranger=open_to("200"), of="share_token"),
    Row("invitation_detail", get="200 200 200 200", post="200 200 200 200", stranger=open_to("200", "200"), of="invitation"),
    Row("identity_sign_in", get="404 404 404 404", stranger=open_to("404")),
    Row("identity_return", get="404 404 404 404", stranger=open_to("404")),
    # The API: a sign-in is nothing there, but for its description, where a key is nothing.
    Row("labeling:api_docs", get="200 200 200 200"),
    Row("labeling:api_openapi", get="200 200 200 200"),
    *(Row(f"api:{name}", **wire(KeyScope.SESSIONS_READ, "get")) for name in ("sessions_list", "session_detail", "session_transcript", "session_timeline")),
    *(Row(f"api:{name}", **wire(KeyScope.SESSIONS_READ, "get")) for name in ("session_data", "session_data_by_sid", "tool_result", "conversations")),
    Row(
        "api:health",
        **whatever("401"),
        stranger=open_to("401", "401", "401", "401"),
        keys={method: " ".join(["200" if method == "get" else "405"] * len(KeyScope)) for method in METHODS},
    ),
    Row("api:session_summary", **wire(KeyScope.SESSIONS_READ, "get")),
    Row("api:session_latency", **wire(KeyScope.SESSIONS_READ, "get", status="404")),
    Row("api:session_recordings", **wire(KeyScope.SESSIONS_READ, "post", status="404")),
    Row("api:recording_stream", **wire(KeyScope.SESSIONS_READ, "get", "head", status="404")),
    Row("api:session_label", **wire(KeyScope.LABELS_READ, "get")),
    Row(
        "api:session_labels",
        **whatever("401"),
        stranger=open_to("401", "401", "401", "401"),
        keys={**wire(KeyScope.LABELS_READ, "get")["keys"], **{"post": wire(KeyScope.LABELS_WRITE, "post", status="422")["keys"]["post"]}},
    ),
    *(Row(f"api:{name}", **wire(KeyScope.LABELS_READ, "get")) for name in ("settled_labels", "queues", "summary", "webhooks", "deliveries")),
    Row("api:assignments", **wire(KeyScope.LABELS_READ, "get"), of="queue"),
    # What a file holds takes two scopes, and these keys have one each.
    Row("api:exports", **wire(KeyScope.SESSIONS_READ, "post", status="403")),
    Row("api:export", **wire(KeyScope.SESSIONS_READ, "get", status="403"), of="export"),
    Row("api:export_file", **wire(KeyScope.SESSIONS_READ, "get", status="403"), of="export"),
    Row("api:ingest", **wire(KeyScope.SESSIONS_WRITE, "post", status="422")),
    Row("labeling:api_missing", **whatever("401"), stranger=open_to("401", "401", "401", "401"), keys=dict.fromkeys(METHODS, "404 404 404 404 404 404 404")),
    # Signing in and out. allauth's views answer OPTIONS, and take PUT for POST.
    Row("account_login", **whatever("302"), stranger=open_to("200", "200", "200", "200", patch="405", delete="405")),
    Row("account_logout", get="200 200 200 200", post=SIGNED_OUT, options="200 200 200 200", stranger=AFTER_SIGNING_OUT),
    Row("admin/logout/", get="200 200 200 200", post=SIGNED_OUT, options="200 200 200 200", stranger=AFTER_SIGNING_OUT),
    Row("admin:logout", get="200 200 200 200", post=SIGNED_OUT, options="200 200 200 200", stranger=AFTER_SIGNING_OUT),
    Row("account_inactive", get="200 200 200 200", options="200 200 200 200", stranger=open_to("200", options="200")),
    Row("account_signup", **whatever("404"), stranger=open_to("404", "404", "404", "404")),
    Row("account_reset_password", **form("200"), stranger=open_to("200", "200", put="200", options="200")),
    Row("account_reset_password_done", get="200 200 200 200", options="200 200 200 200", stranger=open_to("200", options="200")),
    Row("account_reset_password_from_key", **whatever("200"), stranger=open_to("200", "200", "200", "200")),
    Row("account_reset_password_from_key_done", get="200 200 200 200", options="200 200 200 200", stranger=open_to("200", options="200")),
    Row("account_change_password", **form("200")),
    Row("account_reauthenticate", **form("200")),
    # Second factors: nobody here has one; to add one takes a fresh sign-in, to which they are led.
    Row("mfa_index", get="200 200 200 200", options="200 200 200 200"),
    Row("mfa_list_webauthn", get="200 200 200 200", options="200 200 200 200"),
    Row("mfa_view_recovery_codes", get="404 404 404 404", options="200 200 200 200"),
    Row("mfa_activate_totp", **whatever("302")),
    Row("mfa_deactivate_totp", **whatever("404")),
    Row("mfa_add_webauthn", **whatever("302")),
    Row("mfa_edit_webauthn", **whatever("302"), of="nothing"),
    Row("mfa_remove_webauthn", **whatever("404"), of="nothing"),
    Row("mfa_generate_recovery_codes", **whatever("302")),
    Row("mfa_authenticate", **whatever("302")),
    Row("mfa_login_webauthn", **whatever("302"), stranger={"patch": "405", "delete": "405", "options": "200"}),
    Row("mfa_reauthenticate", **whatever("302")),
    Row("mfa_reauthenticate_webauthn", **whatever("302")),
    # The admin: for admins, and for everybody else as if they were not signed in. Its views take any method for GET.
    Row("admin:index", **staff("200")),
    Row("admin:app_list", **staff("200")),
    Row("admin:autocomplete", **staff("403", "405", "405", options="200")),
    Row("admin:jsi18n", **staff("200", "405", "405", options="200")),
    Row(
        "admin:login",
        get="403 403 403 302",
        head="403 403 403 200",
        post="403 403 403 200",
        put="403 403 403 200",
        patch="403 403 403 405",
        delete="403 403 403 405",
        options="403 403 403 200",
    ),
    Row("admin:password_change", **whatever("302")),
    Row("admin/password_change/", **whatever("302")),
    Row("admin:password_change_done", **staff("200", "405", "405", options="200")),
    Row("admin:view_on_site", **staff("404")),
    Row("admin/(?P<url>.*)$", **staff("404")),
    Row("admin/*/<path:object_id>/", **staff("302")),
    # Lists that are made by hand. Whatever is registered besides can be read by admins, and neither made, changed nor deleted.
    Row("admin:labeling_*_changelist", **staff("200")),
    Row("admin:sessions_app_*_changelist", **staff("200")),
    Row("admin:*_history", **staff("200")),
    Row("admin:*_add", **staff("403")),
    Row("admin:*_change", **staff("200", "403")),
    Row("admin:*_delete", **staff("403")),
    Row("admin:labeling_event_changelist", **staff("302")),
    Row("admin:labeling_incomingissue_changelist", **staff("200", "405", "405")),
    Row("admin:labeling_apikey_add", **staff("302")),
    Row("admin:sessions_app_connection_add", **staff("200")),
    Row("admin:sessions_app_connection_change", **staff("200", "200")),
    Row("admin:labeling_vendorlabels_add", **staff("200")),
    Row("admin:labeling_vendorlabels_change", **staff("200", "200")),
    Row("admin:labeling_webhook_add", **staff("302")),
    Row("admin:labeling_webhook_change", **staff("302")),
    Row("admin:labeling_guideversion_add", **staff("200", "422", "405")),
    *(Row(f"admin:labeling_{model}_add", **staff("200")) for model in ("fixedissue", "guideexample", "issuecategory", "maskedkey", "user")),
    *(Row(f"admin:labeling_{model}_change", **staff("200", "200")) for model in ("apikey", "fixedissue", "guideexample", "issuecategory", "maskedkey", "user")),
    Row("admin:labeling_retentionrule_change", **staff("200", "302", "200")),
    Row("admin:labeling_issuecategory_delete", **staff("302")),
    *(Row(f"admin:labeling_{model}_delete", **staff("200")) for model in ("fixedissue", "guideexample", "maskedkey")),
]


def row_for(name: str) -> Row | None:
    """A row that names the route itself comes before one with a star."""
    found = [row for row in ROWS if row.name == name] or [row for row in ROWS if fnmatchcase(name, row.name)]
    return found[0] if found else None

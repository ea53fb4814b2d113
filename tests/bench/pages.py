"""The pages that are measured side by side, and how to tell whether an answer is right. A fast wrong page is no answer."""

import re

FIXED, LIST, FEW, DEEP, DETAIL = "fixed page", "list page", "filter, about 20 rows", "page 200", "open a session of 60 turns"
SUMMARY, API = "summary, 12 weeks", "API, list of 25"
RARE, COMMON, PHRASE = "search, a rare word", "search, a common word", "search, a phrase"
SEARCHES = (RARE, COMMON, PHRASE)
PAGES = (FIXED, LIST, FEW, DEEP, *SEARCHES, DETAIL, SUMMARY, API)
# What Django's admin has too.
PEER_PAGES = (LIST, FEW, DEEP)
OURS, API_IDS, PEERS = re.compile(rb'href="/sessions/(\d+)/'), re.compile(rb'"session_id": ?"?(\d+)'), re.compile(rb"/sessions_app/session/(\d+)/change/")
ROWS, CLICKS = 50, 199


def wrong(asked, status, body):
    """What is not as it must be, or nothing."""
    if status != 200:
        return f"answered {status}"
    if asked["ids"] and rows_of(body) != asked["ids"]:
        return f"{len(rows_of(body))} rows, not the {len(asked['ids'])} that are there"
    if asked["words"] and asked["words"].encode() not in body:
        return f"does not say {asked['words']}"
    if asked["counted"] and len(re.findall(asked["counted"][0].encode(), body)) != asked["counted"][1]:
        return f"{len(re.findall(asked['counted'][0].encode(), body))} of {asked['counted'][0]}, not {asked['counted'][1]}"
    return ""


def rows_of(body):
    pattern = API_IDS if body.startswith(b"{") else OURS if OURS.search(body) else PEERS
    return [int(pk) for pk in dict.fromkeys(pattern.findall(body))]

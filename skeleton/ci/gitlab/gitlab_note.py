"""Keeps one note of a merge request up to date with a file: ci/gitlab_note.py FILE"""

import json
import os
import sys
import urllib.request

MARK = "<!-- sparkctl -->"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        body = file.read()
    at = os.environ
    notes = (
        f"{at['CI_API_V4_URL']}/projects/{at['CI_PROJECT_ID']}"
        f"/merge_requests/{at['CI_MERGE_REQUEST_IID']}/notes"
    )
    me = ask("GET", f"{at['CI_API_V4_URL']}/user")["id"]
    note = next((note for note in every(notes) if is_ours(note, me)), None)
    if note is None:
        ask("POST", notes, {"body": body})
    elif note["body"] != body:
        ask("PUT", f"{notes}/{note['id']}", {"body": body})


def is_ours(note, me):
    return note["author"]["id"] == me and note["body"].startswith(MARK)


def every(notes):
    page = 1
    while found := ask("GET", f"{notes}?sort=asc&order_by=created_at&per_page=100&page={page}"):
        yield from found
        page += 1


def ask(method, url, body=None):
    request = urllib.request.Request(
        url, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"PRIVATE-TOKEN": os.environ["SPARKCTL_NOTE_TOKEN"], "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


main()

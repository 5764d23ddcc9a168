"""Who gets in, and what a browser is told to hold to."""

import pytest
from starlette.testclient import TestClient

from tests.web.desk import Desk


def test_nobody_sees_a_page_without_signing_in(desk):
    """They are sent to the door, and from there to where they wanted."""
    desk.ask()
    with TestClient(desk.app, follow_redirects=False) as client:
        for path in ("/", "/live", "/items/T1/1/refund/1/1", "/batch?item=x", "/figures"):
            said = client.get(path)
            assert (said.status_code, said.headers["location"][:9]) == (303, "/sign-in?")


def test_nobody_changes_anything_without_signing_in(desk):
    """Whatever form they send."""
    name = desk.ask()
    with TestClient(desk.app, follow_redirects=False) as client:
        for action in ("claim", "decide", "release", "hand-on", "diff"):
            assert client.post(f"/{action}/{name}", data={"kind": "approve"}).status_code == 401
    assert desk.touches(name) == [("", "asked")]


def test_a_token_that_nobody_has_opens_nothing(desk):
    """And is told so."""
    desk.add("ann")
    with TestClient(desk.app, follow_redirects=False) as client:
        said = client.post("/sign-in", data={"token": "guessed"})
        assert said.status_code == 401
        assert "set-cookie" not in said.headers


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(desk):
    """HttpOnly and SameSite=Strict."""
    token = desk.add("ann")
    with TestClient(desk.app, follow_redirects=False) as client:
        cookie = client.post("/sign-in", data={"token": token}).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "x"])
def test_signing_in_leads_to_no_other_site(desk, path):
    """Only to a page of ours."""
    token = desk.add("ann")
    with TestClient(desk.app, follow_redirects=False) as client:
        said = client.post("/sign-in", data={"token": token, "next": path})
    assert said.headers["location"] == "/"


def test_a_form_from_another_site_signs_nobody_in(desk):
    """Its origin gives it away."""
    token = desk.add("ann")
    with TestClient(desk.app) as client:
        headers = {"origin": "https://evil.example"}
        said = client.post("/sign-in", data={"token": token}, headers=headers)
    assert said.status_code == 403


def test_a_form_without_the_secret_of_its_session_changes_nothing(desk):
    """And what was typed is shown again."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        browser.csrf = "made up"
        said = browser.post(f"/decide/{name}", kind="reject", message="my long words")
    assert said.status_code == 403
    assert "my long words" in said.text
    assert desk.touches(name) == [("", "asked")]


def test_signing_out_ends_the_session(desk):
    """Its cookie opens nothing any more."""
    with desk.browser("ann") as browser:
        cookies = dict(browser.client.cookies)
        browser.post("/sign-out")
        browser.client.cookies.update(cookies)
        assert browser.get("/").status_code == 303


def test_a_new_token_ends_the_sessions_of_the_old_one(desk):
    """At once."""
    with desk.browser("ann") as browser:
        desk.add("ann")
        assert browser.get("/").status_code == 303


def test_a_removed_reviewer_is_out_at_once(desk):
    """Wherever they are signed in."""
    with desk.browser("ann") as browser:
        desk.reviewers.remove("ann")
        assert browser.get("/").status_code == 303


def test_attempts_to_sign_in_are_limited(tmp_path):
    """Even with a token that is right."""
    desk = Desk(tmp_path, sign_ins_per_minute=3)
    token = desk.add("ann")
    with TestClient(desk.app, follow_redirects=False) as client:
        codes = [client.post("/sign-in", data={"token": "guess"}).status_code for _ in range(4)]
        last = client.post("/sign-in", data={"token": token})
    desk.store.close()
    assert codes == [401, 401, 401, 429]
    assert last.status_code == 429
    assert 1 <= int(last.headers["retry-after"]) <= 61


def test_requests_of_a_reviewer_are_limited(tmp_path):
    """Others go on as before."""
    desk = Desk(tmp_path, requests_per_minute=5)
    with desk.browser("ann") as ann, desk.browser("bob") as bob:
        codes = [ann.get("/").status_code for _ in range(6)]
        assert codes[-1] == 429
        assert bob.get("/").status_code == 200
    desk.store.close()


def test_every_response_restrains_the_browser(desk):
    """Pages, parts, files and refusals alike."""
    with desk.browser("ann") as browser:
        for path in ("/", "/live", "/static/keys.js", "/items/none", "/nowhere", "/sign-in"):
            headers = browser.get(path).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"


def test_pages_are_kept_by_no_cache(desk):
    """They hold what only their reviewer may see."""
    with desk.browser("ann") as browser:
        assert browser.get("/").headers["cache-control"] == "no-store"


def test_a_body_that_is_too_large_is_refused(desk):
    """Before it is stored anywhere."""
    name = desk.ask()
    with desk.browser("ann") as browser:
        said = browser.post(f"/decide/{name}", kind="reject", message="x" * 1_100_000)
    assert said.status_code == 413


def test_tokens_are_kept_as_hashes_in_a_file_of_their_own(desk):
    """Nobody else can read it, and nobody can sign in with what it holds."""
    token = desk.add("ann")
    kept = desk.reviewers.path.read_text()
    assert token not in kept
    assert desk.reviewers.path.stat().st_mode & 0o077 == 0
    assert desk.reviewers.by_token(desk.reviewers.all()[0].token_hash) is None

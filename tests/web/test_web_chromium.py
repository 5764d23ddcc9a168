"""The inbox in a real Chromium, from sign-in to the end of a run; screenshots are kept."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from surestep.storage import Store
from tests.web import chromium

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(chromium.CHROMIUM is None, reason="Chromium is not found")

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
TICKETS = {
    "plain": {"ticket": "A1", "amount_usd": 39.0},
    "edited": {"ticket": "A2", "amount_usd": 120.5},
    "hostile": {"ticket": HOSTILE, "amount_usd": 12.0},
    "rejected": {"ticket": "A4", "amount_usd": 640.0},
    "one": {"ticket": "A5", "amount_usd": 20.0},
    "other": {"ticket": "A6", "amount_usd": 30.0},
    "wide": {"ticket": f"A7{'-very' * 40}", "amount_usd": 1234567.0},
    "lost": {"ticket": "A8", "amount_usd": 77.0},
}
WAIT_MS = 30_000


class Site:
    """A served inbox, its database, and where pictures of it go."""

    def __init__(self, url: str, folder: Path, browser, tokens) -> None:
        self.url, self.browser, self.tokens = url.rstrip("/"), browser, tokens
        self.store = Store.open(folder / "runs.db")
        self.cookies = {}
        self.pictures = Path(os.environ.get("SURESTEP_SCREENSHOTS") or folder)
        self.pictures.mkdir(parents=True, exist_ok=True)

    def page(self, name: str = "ann", **options):
        """A page in which somebody is signed in; they sign in once, as that is limited."""
        known = self.cookies.get(name)
        page = self.browser.new_context(storage_state=known, **options).new_page()
        page.set_default_timeout(WAIT_MS)
        page.complaints = []
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{self.url}/")
        if known is None:
            # The browser moves there some time after the page has loaded.
            page.wait_for_selector("input:focus")
            page.keyboard.type(self.tokens[name])
            page.keyboard.press("Enter")
        page.wait_for_selector(".items")
        self.cookies[name] = page.context.storage_state()
        return page

    def open(self, page, thread: str) -> str:
        """The name of a thread's question, once its page is shown."""
        name = f"{thread}/1/refund/1/1"
        page.goto(f"{self.url}/items/{name}")
        return name

    def picture(self, page, name: str) -> None:
        """Keep what the page looks like."""
        page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    def decision(self, name: str):
        """What was decided of a question."""
        return self.run(self.store.question(name)).decision

    @staticmethod
    def run(work):
        """The result of a coroutine, in a thread: the browser's own loop runs in this one."""
        with ThreadPoolExecutor(1) as beside:
            return beside.submit(asyncio.run, work).result()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One server and one browser for all tests here, which take a thread each."""
    folder = tmp_path_factory.mktemp("inbox")
    asyncio.run(chromium.started(str(folder / "runs.db"), TICKETS))
    tokens = chromium.tokens(folder, ann="lead", bob="reviewer")
    with sync_api.sync_playwright() as playwright, chromium.serving(folder) as url:
        browser = playwright.chromium.launch(executable_path=chromium.CHROMIUM, args=chromium.FLAGS)
        found = Site(url, folder, browser, tokens)
        yield found
        found.store.close()
        browser.close()


@pytest.fixture(autouse=True)
def closed(site):
    """Pages are closed after each test: open ones go on asking the server for news."""
    yield
    for context in site.browser.contexts:
        context.close()


def test_an_item_is_approved_by_keyboard_alone_and_its_run_finishes(site):
    """From the list: n to the first, Enter, a, Enter."""
    page = site.page()
    site.picture(page, "list")
    page.keyboard.press("n")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Checks and confidence")
    site.picture(page, "item")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.textContent").split() == ["Approve", "a"]
    page.keyboard.press("Enter")
    page.wait_for_selector("text=was approved; its run goes on")
    site.open(page, "plain")
    page.wait_for_selector("text=Its run: succeeded")
    site.picture(page, "approved")

    assert site.decision("plain/1/refund/1/1").actor == "ann"
    assert site.run(site.store.thread("plain")).status == "succeeded"
    assert page.complaints == []


def test_an_edit_is_shown_as_a_difference_and_goes_on(site):
    """e, then the amount, then its button."""
    page = site.page()
    name = site.open(page, "edited")
    page.keyboard.press("e")
    page.keyboard.press("Control+a")
    page.keyboard.type("100")
    page.wait_for_selector("#diff del")
    assert page.inner_text("#diff dd") == "120.5100"
    site.picture(page, "edit")
    page.click("text=Approve with these changes")
    page.wait_for_selector("text=was edited; its run goes on")

    assert site.decision(name).update["amount_usd"] == 100
    assert page.complaints == []


def test_a_rejection_has_the_step_asked_again(site):
    """r, some words, Ctrl+Enter; the new question comes into the list by itself."""
    page = site.page()
    site.open(page, "rejected")
    page.keyboard.press("r")
    page.keyboard.type("Half of it.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=was rejected; its run goes on")
    page.goto(f"{site.url}/?amount_usd=600")
    page.wait_for_selector("text=rejected/1/refund/1/2")
    assert page.complaints == []


def test_what_a_model_wrote_does_nothing(site):
    """It is text, on every page."""
    page = site.page()
    site.open(page, "hostile")
    page.wait_for_selector("text=Checks and confidence")
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.type(HOSTILE)
    page.wait_for_selector("#diff ins")
    site.picture(page, "hostile")

    assert page.evaluate("document.title").startswith("refund hostile")
    assert page.locator("img[src=x]").count() == 0
    assert page.complaints == []


def test_alike_items_are_decided_together_by_keyboard(site):
    """Selected with x, shown with b, and only then they are decided."""
    page = site.page()
    page.goto(f"{site.url}/?step=refund")
    for thread in ("one", "other"):
        page.focus(f"li[id='item-{thread}/1/refund/1/1'] a")
        page.keyboard.press("x")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=$50.00 at stake together")
    site.picture(page, "batch")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=2 items were approved")
    assert site.decision("one/1/refund/1/1").kind == "approve"
    assert page.complaints == []


@pytest.mark.parametrize(
    "path", ["/", "/items/wide/1/refund/1/1", "/batch?item=wide/1/refund/1/1", "/figures"]
)
def test_a_phone_wide_window_needs_no_sideways_scrolling(site, path):
    """360 pixels are enough, whatever a proposal holds."""
    page = site.page(viewport={"width": 360, "height": 740})
    page.goto(f"{site.url}{path}")
    site.picture(page, f"phone{path.split('/')[1].split('?')[0] or '-list'}")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.complaints == []


def test_a_lease_lost_to_somebody_else_loses_no_words(site):
    """The page says who has it, and keeps what was typed."""
    page = site.page()
    name = site.open(page, "lost")
    page.keyboard.press("r")
    page.keyboard.type("My long words.")
    site.run(site.store.claim(name, "bob"))
    page.wait_for_selector("text=bob works on it")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=is claimed by 'bob'")
    site.picture(page, "lost")
    assert page.input_value("textarea.kept") == "My long words."
    # The browser itself notes the status 409 as an error.
    assert all("409" in said for said in page.complaints)


def test_every_page_can_be_used_by_keyboard_alone(site):
    """Whatever can be clicked is reached by Tab, and shows that it has the focus."""
    page = site.page()
    site.open(page, "wide")
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.outerHTML"))
        assert page.evaluate(
            "document.activeElement === document.body || "
            "getComputedStyle(document.activeElement).outlineStyle !== 'none'"
        )
    there = page.evaluate(
        "[...document.querySelectorAll('main a[href], main button, main textarea, main select,"
        " main input:not([type=hidden])')].map(one => one.outerHTML)"
    )
    assert set(there) <= seen


def test_every_field_has_a_label(site):
    """For those who hear the page."""
    page = site.page()
    for path in ("/", "/items/wide/1/refund/1/1", "/batch?item=wide/1/refund/1/1"):
        page.goto(f"{site.url}{path}")
        bare = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')]"
            ".filter(one => !one.labels.length && !one.ariaLabel && !one.hidden).length"
        )
        assert bare == 0


def test_the_keys_are_explained_and_can_be_turned_off(site):
    """Then a letter does nothing."""
    page = site.page()
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    site.picture(page, "keys")
    page.uncheck("#single-keys")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.locator("[data-row]:focus").count() == 0


def test_a_dark_screen_gets_a_dark_page(site):
    """As the system wishes."""
    page = site.page(color_scheme="dark")
    site.open(page, "wide")
    page.wait_for_selector("text=Checks and confidence")
    site.picture(page, "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)"

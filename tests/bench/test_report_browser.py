"""The page in a real browser: headless Chromium, driven by Playwright."""

from __future__ import annotations

import shutil

import pytest

from fractbench.bench.report.page import page
from reported import hostile, several

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here; type apt-get install chromium"
)
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
READABLE = 4.5
"""WCAG 2 AA: the contrast of text with what is behind it."""

CONTRASTS = """() => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = numbers(color).map((c) => c / 255)
      .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((numbers(color)[3] ?? 1) === 1) return color;
    }
    throw new Error("nothing is painted behind " + element.outerHTML);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    if (["TITLE", "DESC", "SCRIPT"].includes(element.tagName.toUpperCase())) continue;
    const style = getComputedStyle(element);
    const color = element instanceof SVGElement ? style.fill : style.color;
    const [high, low] = [light(color), light(behind(element))].sort((a, b) => b - a);
    found.push([(high + 0.05) / (low + 0.05), walker.currentNode.data.trim()]);
  }
  return found;
}"""
OVERFLOWING = """() => [...document.querySelectorAll("body *")]
  .filter((element) => !element.closest(".scroll, .unseen, .skip, pre"))
  .filter((element) => element.checkVisibility())
  .filter((element) => element.getBoundingClientRect().right > innerWidth)
  .map((element) => element.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def browser():
    # Ends with the module: while it runs, its event loop is the thread's.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM)
        yield found
        found.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(page([*several(), hostile()]))
    return path.as_uri()


@pytest.fixture
def visit(browser, address):
    """Open the page; whatever it complains of or asks the network for makes the test fail."""
    contexts, complaints, requests = [], [], []

    def go(viewport=DESKTOP, **options):
        contexts.append(browser.new_context(viewport=viewport, **options))
        tab = contexts[-1].new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(address)
        return tab

    yield go
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [address] * len(contexts)


def column(tab, name):
    heads = [head.replace("\n", " ") for head in tab.locator("#table thead th").all_inner_texts()]
    return heads.index(name)


def cells(tab, name):
    place = column(tab, name) + 1
    texts = tab.locator(f"#table tbody tr:visible > :nth-child({place})").all_inner_texts()
    return [text.split("\n")[0].strip() for text in texts]


def sort_by_keyboard(tab, name, key="Enter"):
    head = tab.locator("#table thead th").nth(column(tab, name))
    head.locator("button").focus()
    tab.keyboard.press(key)
    return head


def test_it_loads_without_a_complaint_or_a_request(visit):
    tab = visit()
    tab.get_by_role("button", name="Open all").click()
    assert tab.locator("details.record:not([open])").count() == 0
    assert tab.locator("#maps img").evaluate_all(
        "all => all.every((image) => image.complete && image.naturalWidth)"
    )
    # `hit` is what the scripts in the hostile record would set.
    assert tab.evaluate("window.hit") is None
    assert tab.locator("script").count() == 1


def test_what_the_policy_forbids_does_not_run(browser, address):
    tab = browser.new_page()
    tab.goto(address)
    tab.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "window.hit = 1";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.hit = 1'>");
    }""")
    tab.wait_for_timeout(50)
    assert tab.evaluate("window.hit") is None
    tab.close()


def test_numbers_sort_by_keyboard_and_the_unknown_stay_last(visit):
    tab = visit()
    head = sort_by_keyboard(tab, "Pixel-steps/s")
    assert head.get_attribute("aria-sort") == "descending"
    assert tab.locator("#sorted").inner_text() == "Sorted by Pixel-steps/s, descending."
    down = cells(tab, "Pixel-steps/s")
    assert down[-6:] == ["–"] * 6  # noqa: RUF001
    head = sort_by_keyboard(tab, "Pixel-steps/s", "Space")
    assert head.get_attribute("aria-sort") == "ascending"
    up = cells(tab, "Pixel-steps/s")
    assert up[-6:] == down[-6:]
    assert up[:-6] == down[-7::-1]
    units = {"k": 1e3, "M": 1e6, "G": 1e9}
    values = [float(text[:-2]) * units[text[-1]] for text in up[:-6]]
    assert values == sorted(values)
    assert len(set(values)) > 3


def test_words_sort_from_the_first_and_one_column_at_a_time(visit):
    tab = visit()
    sort_by_keyboard(tab, "Size")
    head = sort_by_keyboard(tab, "Device")
    assert head.get_attribute("aria-sort") == "ascending"
    assert tab.locator("[aria-sort]").count() == 1
    names = cells(tab, "Device")
    assert names[0].startswith("jax:cpu")
    assert names[-1].startswith("torch:cuda:0")


def test_every_column_sorts(visit):
    tab = visit()
    rows = tab.locator("#table tbody tr").count()
    for name in tab.locator("#table thead button").all_inner_texts():
        head = sort_by_keyboard(tab, name.replace("\n", " "))
        assert head.get_attribute("aria-sort") in ("ascending", "descending")
        assert tab.locator("#table tbody tr").count() == rows


def test_rows_can_be_filtered(visit):
    tab = visit()
    tab.get_by_label("Rows that contain").fill("cuda 256x256")
    assert cells(tab, "Device") == ["torch:cuda:0"]
    assert tab.locator("#count").inner_text() == "1 of 13"
    tab.get_by_label("Rows that contain").fill("")
    assert len(cells(tab, "Device")) == 13


def test_a_link_opens_its_record(visit):
    tab = visit()
    link = tab.locator("#table tbody a").first
    link.focus()
    tab.keyboard.press("Enter")
    record = tab.locator(link.get_attribute("href"))
    record.locator("h4", has_text="Verdict").wait_for()
    record.locator("summary").first.click()
    assert record.get_attribute("open") is None
    link.click()
    record.locator("h4", has_text="Verdict").wait_for()


def test_the_first_tab_stop_skips_to_the_results(visit):
    tab = visit()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the results"
    assert tab.locator(".skip").bounding_box()["x"] >= 0
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "results"


def test_focus_is_seen(visit):
    tab = visit()
    for _ in range(12):
        tab.keyboard.press("Tab")
        style = tab.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid 2px" in style, tab.evaluate("document.activeElement.outerHTML.slice(0, 80)")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_never_scrolls_sideways(visit, viewport):
    tab = visit(viewport)
    tab.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert tab.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    assert tab.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(visit, scheme):
    tab = visit(color_scheme=scheme)
    tab.get_by_role("button", name="Open all").click()
    found = tab.evaluate(CONTRASTS)
    assert len(found) > 500
    assert [words for ratio, words in found if ratio < READABLE] == []


def test_dark_mode_is_dark(visit):
    shade = "getComputedStyle(document.body).backgroundColor"
    light, dark = (visit(color_scheme=scheme).evaluate(shade) for scheme in ("light", "dark"))
    assert (light, dark) == ("rgb(252, 252, 250)", "rgb(20, 23, 26)")


def test_all_is_there_without_javascript(visit):
    with_script, without = visit(), visit(java_script_enabled=False)
    for tab in (with_script, without):
        assert tab.locator("#table tbody tr").count() == 13
        assert tab.locator("svg.strip").count() == 14
    assert without.locator("button:visible, input:visible").count() == 0
    assert without.locator("#table thead th").first.inner_text() == "Device"
    without.locator("details.record summary").first.click()
    assert without.get_by_role("heading", name="Verdict").first.is_visible()


def test_it_prints_without_its_controls(visit):
    tab = visit(color_scheme="dark")
    tab.emulate_media(media="print")
    assert not tab.get_by_label("Rows that contain").is_visible()
    assert tab.locator("#table").is_visible()
    assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert tab.pdf().startswith(b"%PDF")


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")])
def test_axe_finds_nothing(visit, viewport, scheme):
    from axe_playwright_python.sync_playwright import Axe

    tab = visit(viewport, color_scheme=scheme)
    # One timed record and one that failed: the others have the same parts.
    for record in ("details.record:has(.trace)", "details.record:has(.failure)", ".help"):
        tab.locator(record).first.evaluate("record => { record.open = true; }")
    found = Axe().run(tab)
    assert found.response["passes"]
    assert found.violations_count == 0, found.generate_report()

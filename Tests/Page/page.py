"""The web page in headless Chromium, on a host that runs the paper exchange: see run.sh.

Every test opens a page of its own. What the browser's console says against the page is a failure, but for what a test
itself brings about.
"""

import argparse
import contextlib
import hashlib
import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import traceback

from playwright.sync_api import expect, sync_playwright

TOKENS = {"reader": "read", "trader": "trade", "owner": "admin"}
VIEWS = ["health", "market", "orders", "accounts", "registry"]


class PaperHost:
    """`patchbay run` with the paper exchange, on the same port each time it is started."""

    def __init__(self, patchbay, registry, folder):
        self.folder = pathlib.Path(folder) / "host"
        # Paper money is kept from run to run, and each test run begins anew.
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.command = [patchbay, "run", "--registry", registry, "--plain", "--every", "600", "--for", "900",
                        "--config", str(self.folder / "patchbay.json")]
        self.port = 0
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        tokens = {name: {"sha256": hashlib.sha256(name.encode()).hexdigest(), "scope": scope}
                  for name, scope in TOKENS.items()}
        config = {
            "schema": 1,
            "connectors": {"paper": {
                "markets": {"spot": {"pairs": ["BTC-USDT", "ETH-USDT"]}, "perp": {"pairs": ["BTC-USDT"]}},
                "permit": {"trading": True}}},
            "gateway": {"listen": f"127.0.0.1:{self.port}", "tokens": tokens},
        }
        (self.folder / "patchbay.json").write_text(json.dumps(config))
        log = self.folder / "host.log"
        with log.open("w") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=output)
        for _ in range(200):
            found = re.search(r"at http://127\.0\.0\.1:(\d+)/v1", log.read_text())
            if found:
                self.port = int(found[1])
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.1)
                break
        raise SystemExit(f"test-page: patchbay run did not start:\n{log.read_text()}")

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=30)
        self.process = None


class Bench:
    """A browser, a host, and pages that note what their console says."""

    def __init__(self, browser, host):
        self.browser, self.host = browser, host

    @contextlib.contextmanager
    def page(self, token="owner", view="health", tolerated=None, **context):
        """An open page, signed in with a token; `tolerated`: a pattern of what its console may say."""
        context = self.browser.new_context(**({"viewport": {"width": 1400, "height": 950}} | context))
        page = context.new_page()
        page.set_default_timeout(15000)
        said = []
        page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda fault: said.append(str(fault)))
        page.goto(f"{self.host.url}/#{view}")
        if token:
            sign_in(page, token)
            expect(page.locator("#nav")).to_be_visible()
            expect(page.locator("#link")).to_have_text("live")
        yield page
        context.close()
        said = [line for line in said if not (tolerated and re.search(tolerated, line))]
        assert not said, f"the console says: {said}"


def sign_in(page, token):
    page.fill("input[name=token]", token)
    page.press("input[name=token]", "Enter")


def go(page, view):
    page.evaluate("view => { location.hash = view; }", view)


def number(page, selector):
    return int(re.sub(r"\D", "", page.locator(selector).first.inner_text()) or "0")


# MARK: Tests


def opens_with_a_token_and_says_why_not(bench):
    with bench.page(token=None, tolerated="401") as page:
        expect(page.get_by_role("heading", name="Open this host")).to_be_visible()
        sign_in(page, "wrong")
        expect(page.get_by_role("alert")).to_contain_text("not known here")
        sign_in(page, "reader")
        expect(page.locator("#instance")).to_contain_text("may read")
        # It is kept for this tab, and not in the address.
        page.reload()
        expect(page.locator("#link")).to_have_text("live")
        assert "reader" not in page.url
        page.click("#leave")
        expect(page.locator("input[name=token]")).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0


def policy_is_strict(bench):
    with bench.page(token=None) as page:
        answer = page.request.get(f"{bench.host.url}/")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy, policy
        assert not re.search(r"<(script|style)(?![^>]*(src|href))|style=|onclick", answer.text())
        gone = page.request.get(f"{bench.host.url}/page/../../patchbay.json")
        assert gone.status == 404
        asked = [one for one in page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
                 if not one.startswith(bench.host.url)]
        assert not asked, asked


def health_is_live(bench):
    with bench.page(token="reader") as page:
        card = page.locator("[data-connector=paper]")
        expect(card).to_contain_text("ready")
        expect(card).to_contain_text("play money")
        expect(page.locator("[data-connector=paper] .sum .number").first).not_to_have_text("–")
        trades = card.locator("tbody tr").first.locator("td").last
        before = trades.inner_text()
        expect(trades).not_to_have_text(before)


def market_is_live(bench):
    with bench.page(token="reader", view="market") as page:
        best = page.locator(".levels tr.bid button").first
        expect(best).not_to_be_empty()
        expect(page.locator(".charts canvas").first).to_be_visible()
        trades = page.locator(".tape tbody tr")
        expect(trades.first).to_be_visible()
        before = page.locator(".levels").first.inner_text()
        expect(page.locator(".levels").first).not_to_have_text(before)
        # The ladder is in order, and its two sides do not cross.
        prices = [float(text) for text in page.evaluate(
            "[...document.querySelectorAll('.levels tr:not([hidden]) button')].map(one => one.dataset.price)")]
        assert len(prices) > 20 and prices == sorted(prices, reverse=True), prices
        page.get_by_label("Pair").select_option("ETH-USDT")
        expect(page.locator(".levels tr.bid button").first).to_contain_text(re.compile(r"^[23]\d{3}\."))
        page.get_by_label("Candles of").select_option("5m")
        expect(page.locator(".charts canvas").first).to_be_visible()


def read_token_cannot_trade(bench):
    with bench.page(token="reader", view="market") as page:
        expect(page.locator("#halt")).to_be_disabled()
        expect(page.locator(".form button[type=submit]")).to_be_disabled()
        expect(page.locator(".form")).to_contain_text("may not trade")


def order_is_placed_and_cancelled(bench):
    with bench.page(token="trader", view="market") as page:
        form = page.locator(".form")
        expect(form).to_contain_text("price steps")
        form.get_by_label("Quantity").fill("0.000001")
        form.get_by_label("Price", exact=True).fill("50000")
        form.locator("button[type=submit]").click()
        expect(form.get_by_role("alert")).to_contain_text("whole steps")
        form.get_by_label("Quantity").fill("0.01")
        form.locator("button[type=submit]").click()
        dialog = page.locator("dialog")
        expect(dialog).to_contain_text("500 USDT")
        # Escape leaves: nothing was placed.
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        form.locator("button[type=submit]").click()
        dialog.get_by_role("button", name="Buy", exact=True).click()
        expect(form.get_by_role("status")).to_contain_text("is open")
        go(page, "orders")
        row = page.get_by_role("table", name="Open orders").locator("tbody tr")
        expect(row).to_have_count(1)
        expect(row).to_contain_text("50000")
        row.get_by_role("button").click()
        dialog.get_by_role("button", name="Cancel the order").click()
        expect(row).to_contain_text("No order is open")
        expect(page.get_by_role("table", name="Ended orders")).to_contain_text("cancelled")


def fill_changes_balances(bench):
    with bench.page(token="trader", view="market") as page:
        form = page.locator(".form")
        expect(form).to_contain_text("price steps")
        form.get_by_label("Type").select_option("market")
        form.get_by_label("Quantity").fill("0.02")
        form.locator("button[type=submit]").click()
        page.locator("dialog").get_by_role("button", name="Buy", exact=True).click()
        expect(form.get_by_role("status")).to_contain_text("is filled")
        go(page, "orders")
        expect(page.get_by_role("table", name="Fills")).to_contain_text("taker")
        go(page, "accounts")
        bitcoin = page.get_by_role("table", name="Balances").locator("tr", has_text="BTC")
        expect(bitcoin).to_contain_text(re.compile(r"1\.0"))
        go(page, "market")
        page.get_by_label("Connector").select_option("paper_perpetual")
        expect(form.get_by_label("Position")).to_be_visible()
        form.get_by_label("Type").select_option("market")
        form.get_by_label("Quantity").fill("0.02")
        form.get_by_text("Sell", exact=True).click()
        form.locator("button[type=submit]").click()
        page.locator("dialog").get_by_role("button", name="Sell", exact=True).click()
        expect(form.get_by_role("status")).to_contain_text("is filled")
        go(page, "accounts")
        expect(page.get_by_role("table", name="Positions")).to_contain_text("-0.02")


def lost_answer_is_tried_again_as_the_same_order(bench):
    with bench.page(token="trader", view="market", tolerated="ERR_FAILED|net::") as page:
        form = page.locator(".form")
        expect(form).to_contain_text("price steps")
        form.get_by_label("Quantity").fill("0.01")
        form.get_by_label("Price", exact=True).fill("40000")
        form.locator("button[type=submit]").click()
        ids = []

        def swallow(route):
            if route.request.method != "POST":
                return route.continue_()
            ids.append(route.request.post_data_json["client_order_id"])
            if len(ids) > 1:
                return route.continue_()
            # It reaches the host; its answer is lost.
            route.fetch()
            route.abort()

        page.route("**/v1/orders", swallow)
        dialog = page.locator("dialog")
        dialog.get_by_role("button", name="Buy", exact=True).click()
        expect(dialog.get_by_role("alert")).to_contain_text("Trying again is safe")
        dialog.get_by_role("button", name="Buy", exact=True).click()
        expect(form.get_by_role("status")).to_contain_text("is open")
        assert len(ids) == 2 and ids[0] == ids[1], ids
        go(page, "orders")
        expect(page.get_by_role("table", name="Open orders").locator("tbody tr")).to_have_count(1)
        page.get_by_role("button", name="Cancel all").click()
        dialog.get_by_role("button", name="Cancel them all").click()
        expect(page.get_by_role("table", name="Open orders")).to_contain_text("No order is open")


def kill_switch_stops_and_goes_on(bench):
    with bench.page(token="owner", view="market", tolerated="409") as page:
        page.click("#halt")
        dialog = page.locator("dialog")
        # The safe answer has the focus.
        expect(dialog.get_by_role("button", name="Back")).to_be_focused()
        dialog.get_by_label("Reason").fill("a drill")
        dialog.get_by_role("button", name="Stop trading now").click()
        alert = page.locator("[data-alert=halted]")
        expect(alert).to_contain_text("a drill")
        expect(page.locator(".form button[type=submit]")).to_be_disabled()
        go(page, "health")
        expect(page.locator("[data-connector=paper]")).to_contain_text("trading stopped")
        alert.get_by_role("button").click()
        dialog.get_by_role("button", name="Take orders again").click()
        expect(alert).to_have_count(0)


def a_connector_is_disabled_and_enabled(bench):
    with bench.page(token="reader") as page:
        expect(page.locator("[data-connector=paper]").get_by_role("button", name="Disable")).to_be_disabled()
    with bench.page(token="owner") as page:
        card = page.locator("[data-connector=paper_perpetual]")
        card.get_by_role("button", name="Disable").click()
        dialog = page.locator("dialog")
        expect(dialog.get_by_role("button", name="Back")).to_be_focused()
        dialog.get_by_role("button", name="Disable it").click()
        expect(card.locator(".pill")).to_have_text("disabled")
        expect(card).to_contain_text("patchbay enable takes it into use again")
        card.get_by_role("button", name="Enable").click()
        dialog.get_by_role("button", name="Enable it").click()
        expect(card.locator(".pill")).to_have_text("ready")


def registry_says_how_to_enable(bench):
    with bench.page(token="reader", view="registry") as page:
        table = page.get_by_role("table", name="Connectors")
        expect(table).to_contain_text("Kraken")
        page.get_by_label("Show").select_option("all")
        page.get_by_label("Search").fill("ftx")
        expect(table.locator("tbody tr")).to_have_count(1)
        expect(table).to_contain_text("closed since 2022-11")
        page.get_by_label("Search").fill("kraken")
        page.get_by_role("button", name="More of Kraken").click()
        expect(table).to_contain_text("patchbay config check")


def survives_a_host_that_is_started_again(bench):
    with bench.page(token="reader", view="market", tolerated="WebSocket|ERR_CONNECTION|ERR_EMPTY") as page:
        expect(page.locator(".levels tr.bid button").first).not_to_be_empty()
        bench.host.stop()
        expect(page.locator("[data-alert=link]")).to_be_visible()
        expect(page.locator(".board")).to_have_class(re.compile("stale"))
        bench.host.start()
        expect(page.locator("#link")).to_have_text("live", timeout=40000)
        expect(page.locator("[data-alert=link]")).to_have_count(0)
        expect(page.locator(".board")).not_to_have_class(re.compile("stale"))
        before = page.locator(".levels").first.inner_text()
        expect(page.locator(".levels").first).not_to_have_text(before)


def works_without_the_chart_library(bench):
    with bench.page(token=None, tolerated="404|dygraph") as page:
        page.route("**/page/dygraph.*", lambda route: route.fulfill(status=404, body=""))
        page.reload()
        sign_in(page, "reader")
        go(page, "market")
        expect(page.locator(".charts").get_by_text("libjs-dygraphs").first).to_be_visible()
        expect(page.locator(".levels tr.bid button").first).not_to_be_empty()


def fits_a_narrow_screen_and_both_schemes(bench):
    grounds = set()
    for scheme in ("light", "dark"):
        with bench.page(token="owner", viewport={"width": 360, "height": 740}, color_scheme=scheme) as page:
            for view in VIEWS:
                go(page, view)
                expect(page.locator("main > *").first).to_be_visible()
                page.wait_for_timeout(300)
                wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert wide <= 0, f"{view} is {wide} px too wide"
            grounds.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert len(grounds) == 2, grounds


def the_head_is_one_line_on_a_laptop(bench):
    for width in (1280, 1024):
        with bench.page(token="owner", viewport={"width": width, "height": 720}) as page:
            expect(page.locator("#halt")).to_be_visible()
            tops = page.evaluate("""() => ['.brand', 'nav', '.tools'].map(part => {
                const box = document.querySelector(part).getBoundingClientRect()
                return (box.top + box.bottom) / 2
            })""")
            assert max(tops) - min(tops) < 4, f"{width}: {tops}"


def goes_by_keyboard(bench):
    with bench.page(token="owner") as page:
        page.locator("#nav a").first.focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#nav [aria-current]")).to_have_text("Market")
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("(document.activeElement.name || document.activeElement.id || document.activeElement.ariaLabel)"))
        assert {"Connector", "Pair", "side", "quantity", "price"} <= reached, reached
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input, select, button')].filter(one => !one.labels?.length"
            " && !one.ariaLabel && !one.textContent.trim() && one.offsetParent).length")
        assert unnamed == 0, f"{unnamed} controls have no name"


TESTS = [
    opens_with_a_token_and_says_why_not, policy_is_strict, health_is_live, market_is_live, read_token_cannot_trade,
    order_is_placed_and_cancelled, fill_changes_balances, lost_answer_is_tried_again_as_the_same_order,
    kill_switch_stops_and_goes_on, a_connector_is_disabled_and_enabled, registry_says_how_to_enable,
    works_without_the_chart_library,
    fits_a_narrow_screen_and_both_schemes, the_head_is_one_line_on_a_laptop, goes_by_keyboard,
    survives_a_host_that_is_started_again,
]


def main():
    parser = argparse.ArgumentParser()
    for name in ("patchbay", "registry", "folder"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    host = PaperHost(given.patchbay, given.registry, given.folder)
    failed = 0
    try:
        host.start()
        with sync_playwright() as playwright:
            # Nothing but this host is to be reached; the sandbox needs what containers do not have.
            browser = playwright.chromium.launch(executable_path=given.browser, args=["--no-sandbox"])
            for test in TESTS:
                if given.only not in test.__name__:
                    continue
                try:
                    test(Bench(browser, host))
                    print(f"page: {test.__name__.replace('_', ' ')}: ok", flush=True)
                except Exception:  # a test that fails does not keep the others from running
                    failed += 1
                    print(f"page: {test.__name__.replace('_', ' ')}: FAILED\n{traceback.format_exc()}", flush=True)
            browser.close()
    finally:
        host.stop()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

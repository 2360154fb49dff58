// The page's frame: signing in, views, the line to the host, stopping everything.

import { accounts } from "./accounts.js";
import { ApiError, ask, session, words } from "./api.js";
import { recolor } from "./charts.js";
import { confirm } from "./dialog.js";
import { make, say } from "./dom.js";
import { health } from "./health.js";
import { market } from "./market.js";
import { orders } from "./orders.js";
import { registry } from "./registry.js";
import { begin, end, listen, store } from "./store.js";

const views = { health, market, orders, accounts, registry };
const [main, nav, link, alerts, halt, leave, theme] =
  ["main", "nav", "link", "alerts", "halt", "leave", "theme"].map((id) => document.getElementById(id));
let stopView = () => {};

// MARK: Views

function show() {
  const name = location.hash.slice(1) in views ? location.hash.slice(1) : "health";
  stopView();
  main.replaceChildren();
  for (const one of nav.children) {
    if (one.hash === `#${name}`) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
  document.title = `Patchbay: ${nav.querySelector("[aria-current]")?.textContent ?? ""}`;
  stopView = views[name](main);
}

addEventListener("hashchange", () => { if (store.host) { show(); main.focus(); } });

// MARK: Signing in

function door(reason) {
  stopView();
  stopView = () => {};
  for (const one of [nav, halt, leave]) one.hidden = true;
  const fault = make("p.fault", { role: "alert" }, reason);
  const token = make("input", { type: "password", name: "token", required: true, autocomplete: "off", spellcheck: false });
  const go = make("button", { type: "submit" }, "Open");
  const form = make("form", null, make("label", null, "Token", token), go, fault);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    say(fault, "");
    session.token = token.value.trim();
    if (!await enter((problem) => say(fault, problem))) go.disabled = false;
  });
  main.replaceChildren(make("div.sheet.door", null, make("h2", null, "Open this host"),
    make("p", null, "The token of a host on this machine is in the file ", make("code", null, "api.token"),
      " in its data folder; it may do everything. The configuration can name others (", make("code", null, "gateway.tokens"),
      ") that only read, or trade."),
    form,
    make("p.quiet", null, "It is kept for this tab alone, and forgotten when the tab is closed.")));
  token.focus();
}

/** @returns {Promise<boolean>} whether the token was taken */
async function enter(refuse) {
  try {
    await begin();
  } catch (problem) {
    if (problem instanceof ApiError && problem.status === 401) session.token = "";
    refuse(problem instanceof ApiError && problem.status === 401 ? "This token is not known here. A host makes a new one when it starts." : words(problem));
    return false;
  }
  for (const one of [nav, halt, leave]) one.hidden = false;
  halt.disabled = !session.may("trade");
  halt.title = session.may("trade") ? "" : "This token may not trade.";
  say(document.getElementById("instance"), [store.host.instance && `instance ${store.host.instance}`,
    `may ${session.scopes.join(", ")}`].filter(Boolean).join(" · "));
  show();
  return true;
}

leave.onclick = () => {
  end();
  say(document.getElementById("instance"), "");
  door("");
};

// MARK: The line

let countdown = 0;

listen(["link"], () => {
  clearInterval(countdown);
  const { state, seconds, reason } = store.link;
  const until = Date.now() + seconds * 1000;
  const draw = () => {
    link.className = `pill ${{ live: "good", connecting: "waits", waiting: "bad", closed: "" }[state]}`;
    const left = Math.max(0, Math.ceil((until - Date.now()) / 1000));
    say(link, { live: "live", connecting: "connecting…", waiting: `lost; again in ${left} s`, closed: "not connected" }[state]);
  };
  draw();
  if (state === "waiting") {
    countdown = setInterval(draw, 500);
    // A host that was started anew has another token.
    ask("/v1/host").catch((problem) => {
      if (!(problem instanceof ApiError) || problem.status !== 401 || !store.host) return;
      end();
      door("The host was started again, and its token is another one.");
    });
  }
  drawAlerts(state, reason);
});

function drawAlerts(state = store.link.state, reason = store.link.reason) {
  const rows = [];
  if (state === "waiting") {
    rows.push(make("div.alert.bad", { data: { alert: "link" } }, make("span.words", null,
      `The line to the host is lost${reason ? ` (${reason})` : ""}. What is shown is what was known last; it comes back by itself.`)));
  }
  const stopped = [...store.connectors.values()].filter((one) => one.halted);
  if (stopped.length) {
    const button = make("button.small", { type: "button", disabled: !session.may("admin"), on: { click: resume } }, "Take orders again…");
    rows.push(make("div.alert.bad", { data: { alert: "halted" } }, make("span.words", null,
      `Trading is stopped on ${stopped.map((one) => one.connector).join(", ")}: ${stopped[0].halted}`), button));
  }
  const text = rows.map((row) => row.textContent).join("\n");
  if (alerts.dataset.text === text) return;
  alerts.dataset.text = text;
  alerts.replaceChildren(...rows);
}
listen(["connectors"], () => drawAlerts());

// MARK: Stopping

function choice(names, all) {
  return make("label", null, "On", make("select", { name: "connector" }, make("option", { value: "" }, all),
    names.map((name) => make("option", { value: name }, name))));
}

const named = (form) => (form.get("connector") ? { connector: form.get("connector") } : {});

halt.onclick = () => confirm({
  title: "Stop trading?",
  content: [
    make("p", null, "No new order leaves this host until somebody lets it. Cancels still do."),
    choice([...store.connectors.values()].filter((one) => one.real_money !== null).map((one) => one.connector), "all connectors"),
    make("label.check", null, make("input", { type: "checkbox", name: "cancel", checked: true }), "cancel what is open as well"),
    make("label", null, "Reason", make("input", { name: "reason", value: "stopped from the page", maxLength: 200 })),
  ],
  action: "Stop trading now",
  act: (form) => ask("/v1/halt", {
    method: "POST", body: { ...named(form), cancel: form.get("cancel") === "on", reason: form.get("reason") || "stopped from the page" },
  }),
});

function resume() {
  const stopped = [...store.connectors.values()].filter((one) => one.halted).map((one) => one.connector);
  return confirm({
    title: "Take orders again?",
    content: [make("p", null, "New orders leave this host again at once."), choice(stopped, "all that are stopped")],
    action: "Take orders again", style: "buying",
    act: (form) => ask("/v1/resume", { method: "POST", body: named(form) }),
  });
}

// MARK: Light and dark

const themes = ["auto", "light", "dark"];

function wear(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  say(theme, { auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" }[name]);
  theme.setAttribute("aria-label", `Colours: ${name}`);
}

const worn = () => (themes.includes(localStorage.getItem("patchbay.theme")) ? localStorage.getItem("patchbay.theme") : "auto");
theme.onclick = () => {
  const next = themes[(themes.indexOf(worn()) + 1) % themes.length];
  localStorage.setItem("patchbay.theme", next);
  wear(next);
  recolor();
};
wear(worn());

if (session.token) enter(door);
else door("");

// Every exchange that the registry knows: tier, label, lifecycle, whether a connector is here, and how to switch it.

import { ask, words } from "./api.js";
import { facts } from "./dialog.js";
import { make, Rows, say, table } from "./dom.js";

const markets = ["spot", "perp", "amm"];

function label(value) {
  const texts = markets.filter((market) => value?.[market]).map((market) => `${market} ${value[market]}`).join(", ");
  if (!texts) return "–";
  return make("span", null, markets.filter((market) => value[market]).map((market) => [
    make(`span.tag.${value.measured ? value[market] : "listed"}`, {
      title: value.measured ? "found by a certification run" : "as the published lists had it; nothing of it was measured",
    }, `${market} ${value[market]}`), " ",
  ]));
}

/** A connector is here, and its exchange has closed: it reads recordings and connects to nothing. */
const isReplayOnly = (entry) => markets.some((market) => entry[market] === "replay")
  && !markets.some((market) => entry[market] === "ready");

function state(entry) {
  if (!entry.lifecycle) return "–";
  const { mark, since, state: word } = entry.lifecycle;
  const text = `${word.replace("_", "-")}${since ? ` since ${since}` : ""}${mark === "?" ? " (unverified)" : ""}`;
  return isReplayOnly(entry) ? `replay only (${text})` : text;
}

/** What to write into the configuration; the host reads it when it starts. */
function howTo(entry) {
  const pairs = entry.markets.map((market) => `      "${market}": { "pairs": ["BTC-USDT"] }`).join(",\n");
  if (isReplayOnly(entry)) {
    return ["The exchange has closed: nothing connects to it. Its recordings are read by ",
      make("code", null, "patchbay replay"), "."];
  }
  if (!entry.installed) return ["There is no library of it here, so it cannot be enabled."];
  if (entry.enabled) {
    return ["To take it out: end the host, set ", make("code", null, `connectors.${entry.id}.enabled`), " to ",
      make("code", null, "false"), " in patchbay.json, and start it again. To stop its orders at once, use “Stop trading…” above."];
  }
  return ["To enable it, add this to patchbay.json, look at it with ", make("code", null, "patchbay config check"),
    ", and start the host again. A running host does not load libraries: what runs is what was checked at its start.",
    make("pre.snippet", null, `"connectors": {\n  "${entry.id}": {\n    "enabled": true,\n    "markets": {\n${pairs}\n    }\n  }\n}`)];
}

function row(open) {
  const cells = Array.from({ length: 7 }, () => make("td"));
  const more = make("button.plain.small", { type: "button", aria: { expanded: "false" } }, "More");
  cells[6].append(more);
  const line = make("tr", null, cells);
  let detail = null;
  return {
    row: line,
    update(entry) {
      cells[0].replaceChildren(make("strong", null, entry.name), make("div.quiet", null, entry.id));
      cells[1].replaceChildren(entry.tier ? make(`span.tag.${entry.tier}`, null, entry.tier) : "–");
      cells[2].replaceChildren(markets.filter((market) => ["ready", "replay"].includes(entry[market])).join(", ") || "–");
      cells[3].replaceChildren(label(entry.status));
      cells[4].replaceChildren(state(entry));
      cells[5].replaceChildren(make(`span.pill${entry.enabled ? ".good" : ""}`, null,
        entry.enabled ? "enabled" : entry.installed ? "installed" : "not here"));
      more.setAttribute("aria-label", `More of ${entry.name}`);
      more.onclick = () => {
        if (detail) {
          detail.remove();
          detail = null;
        } else {
          detail = make("tr", null, make("td", { colSpan: 7 }, make("div.stack", null,
            facts([["type", entry.type], ["maintainer", entry.maintainer],
              ["markets listed", markets.filter((market) => entry[market] === "listed").join(", ")],
              ["standard", label(entry.standard)], ["trust", entry.trust && `${entry.trust}: ${entry.trust_reason}`],
              ["advisory", entry.advisory]]),
            make("div", null, howTo(entry)))));
          detail.querySelector("dl").classList.add("facts");
          line.after(detail);
        }
        more.setAttribute("aria-expanded", String(detail !== null));
        say(more, detail ? "Less" : "More");
      };
    },
  };
}

export function registry(place) {
  const search = make("input", { type: "search", placeholder: "name or id", autocomplete: "off" });
  const only = make("select", null,
    make("option", { value: "here" }, "with a connector here"), make("option", { value: "enabled" }, "enabled"),
    make("option", { value: "live" }, "live exchanges"), make("option", { value: "all" }, "all"));
  const rows = new Rows("Nothing matches.", 7, row);
  const head = make("p.quiet");
  place.append(make("div.sheet", null,
    make("div.head", null, make("h2", null, "Connectors"), head),
    make("div.choice", null, make("label", null, "Search", search), make("label", null, "Show", only)),
    table("Connectors", ["exchange", "tier", "markets here", "status", "lifecycle", "state", ""], rows.body),
    make("p.quiet", null, "The tier is a promise to maintain a connector; it says nothing of an exchange's safety. ",
      "A dashed status is what published lists said; a filled one was found by a certification run.")));
  let all = [];
  const draw = () => {
    const word = search.value.trim().toLowerCase();
    const shown = all.filter((entry) => `${entry.id} ${entry.name}`.toLowerCase().includes(word))
      .filter((entry) => ({ here: entry.installed, enabled: entry.enabled, live: entry.lifecycle?.state === "live", all: true })[only.value]);
    say(head, `${shown.length} of ${all.length}`);
    rows.show(shown, (entry) => entry.id);
  };
  search.oninput = only.onchange = draw;
  ask("/v1/registry").then((answer) => { all = answer.exchanges; draw(); })
    .catch((fault) => head.replaceChildren(make("span.fault", null, words(fault))));
  return () => {};
}

// How each connector stands: ready or what is missing, its rates, gaps, connections, latency and limits.

import { ask, session } from "./api.js";
import { confirm } from "./dialog.js";
import { make, say, whole, Rows, table, inFrame } from "./dom.js";
import { listen, store } from "./store.js";

function pairRow() {
  const cells = ["td", "td", "td.number", "td.number", "td.number", "td.number", "td.number"].map((name) => make(name));
  return {
    row: make("tr", null, cells),
    update(pair) {
      const words = [
        pair.pair, pair.missing ? `waiting: ${pair.missing}` : "ready", pair.bid?.[0] ?? "–", pair.ask?.[0] ?? "–",
        pair.age_ms === null || pair.age_ms === undefined ? "–" : `${whole(pair.age_ms)} ms`, whole(pair.gaps ?? 0),
        whole(pair.trades ?? 0),
      ];
      cells.forEach((cell, index) => say(cell, words[index]));
      cells[1].className = pair.missing ? "warn" : "buy";
    },
  };
}

/** How many of a connector's requests took how long, as bars; the last one is everything longer. */
function latency(holder, counts) {
  const all = counts?.counts ?? [];
  const total = all.reduce((sum, one) => sum + one, 0);
  if (!total) return holder.replaceChildren(make("p.quiet", null, "No request has been answered yet."));
  const most = Math.max(...all);
  const bars = all.map((count, index) => {
    const bound = counts.bounds_ms[index];
    const bar = make("div", { title: `${bound === undefined ? `over ${counts.bounds_ms.at(-1)}` : `up to ${bound}`} ms: ${whole(count)}` });
    bar.style.setProperty("--part", String(count / most));
    return bar;
  });
  const label = `Round trips of ${whole(total)} requests, from ${counts.bounds_ms[0]} ms and less to more than ${counts.bounds_ms.at(-1)} ms`;
  holder.replaceChildren(
    make("div.bars", { role: "img", aria: { label } }, bars),
    make("div.scale", null, make("span", null, `≤ ${counts.bounds_ms[0]} ms`), make("span", null, `${whole(total)} requests`),
      make("span", null, `> ${counts.bounds_ms.at(-1)} ms`)));
}

function limits(holder, list) {
  if (!list?.length) return holder.replaceChildren(make("p.quiet", null, "It declares none, or nothing has been charged yet."));
  holder.replaceChildren(make("div.limits", null, list.map((limit) => {
    const part = limit.capacity ? limit.used / limit.capacity : 0;
    const held = limit.held_ms ? `, held for ${whole(limit.held_ms / 1000)} s: ${limit.reason ?? ""}` : "";
    return [
      make("span", null, limit.name, limit.account ? ` (${limit.account})` : ""),
      make("meter", { min: 0, max: 1, low: 0.7, high: 0.9, optimum: 0, value: Math.min(1, part), aria: { label: `${limit.name}: part in use` } }),
      make("span.number", null, `${whole(limit.used)} of ${whole(limit.capacity)}${held}`),
    ];
  })));
}

/** Takes a connector out of use, or back, after a question. */
function turn(name, isEnabled) {
  const rule = isEnabled
    ? [make("p", null, `${name} gives its pairs and accounts back to the exchange, and no order is placed there until it is enabled again.`),
      make("label.check", null, make("input", { type: "checkbox", name: "cancel" }),
        "cancel its open orders first; without this it stays in use while any is open")]
    : make("p", null, `${name} connects again, and takes orders when it is ready.`);
  return confirm({
    title: `${isEnabled ? "Disable" : "Enable"} ${name}?`, content: rule,
    action: `${isEnabled ? "Disable" : "Enable"} it`, style: isEnabled ? "danger" : "buying",
    act: (form) => ask(`/v1/connectors/${isEnabled ? "disable" : "enable"}`, {
      method: "POST", body: isEnabled ? { connector: name, cancel: form.get("cancel") === "on" } : { connector: name },
    }),
  });
}

function card(name) {
  const title = make("h2", null, name);
  const state = make("span.pill");
  const market = make("span.quiet");
  const missing = make("ul.missing", { hidden: true });
  let isEnabled = true;
  const mayTurn = session.may("admin");
  const button = make("button.plain.small", {
    type: "button", disabled: !mayTurn, title: mayTurn ? "" : "This takes a token of scope admin.",
    on: { click: () => turn(name, isEnabled) },
  });
  const sums = {};
  const sum = (key, words) => make("div.sum", null, sums[key] = make("span.number", null, "–"), make("span.quiet", null, words));
  const pairs = new Rows("No pair is subscribed to.", 7, pairRow);
  const delays = make("div");
  const used = make("div");
  const row = make("section.sheet", { aria: { label: name }, data: { connector: name } },
    make("div.head", null, title, market, make("span.push"), button, state),
    missing,
    make("div.sums", null, sum("in", "messages in / s"), sum("out", "records out / s"), sum("gaps", "gaps of books"),
      sum("streams", "streams open"), sum("lost", "streams ended"), sum("bad", "malformed records"), sum("orders", "open orders")),
    make("div.pairs", null, table(`Pairs of ${name}`, ["pair", "state", "#bid", "#ask", "#age", "#gaps", "#trades"], pairs.body)),
    make("details", null, make("summary", null, "Round trips of requests"), delays),
    make("details", null, make("summary", null, "Limits in use"), used));
  return {
    row,
    update(one) {
      const isReady = one.ready && !one.halted;
      isEnabled = one.enabled !== false;
      say(button, isEnabled ? "Disable…" : "Enable…");
      state.className = `pill ${one.halted ? "bad" : isReady ? "good" : "waits"}`;
      say(state, one.halted ? "trading stopped" : isReady ? "ready" : isEnabled ? "waiting" : "disabled");
      const kind = one.real_money === true ? "real money" : one.real_money === false ? "play money" : "public data only";
      say(market, `${one.exchange === one.connector ? "" : `${one.exchange}, `}${one.market}, ${kind}`);
      missing.hidden = !one.missing.length;
      const words = one.missing.map((text) => make("li", null, text));
      if (missing.textContent !== one.missing.join("")) missing.replaceChildren(...words);
      say(sums.in, one.rate ? whole(one.rate.inputs) : "–");
      say(sums.out, one.rate ? whole(one.rate.outputs) : "–");
      say(sums.gaps, whole(one.pairs.reduce((all, pair) => all + (pair.gaps ?? 0), 0)));
      say(sums.streams, one.streams ? whole(one.streams.open) : "–");
      say(sums.lost, one.streams ? whole(one.streams.ended) : "–");
      say(sums.bad, whole(one.malformed ?? 0));
      say(sums.orders, whole(one.open_orders ?? 0));
      pairs.show(one.pairs, (pair) => pair.pair);
      latency(delays, one.round_trips);
      limits(used, one.limits);
    },
  };
}

export function health(place) {
  const head = make("p.quiet");
  const notLoaded = make("div", { hidden: true });
  const cards = new Map();
  const grid = make("div.cards");
  place.append(make("div.stack", null, make("div.head", null, make("h2", null, "Health"), head), notLoaded, grid));

  const draw = inFrame(() => {
    const all = [...store.connectors.values()];
    const used = all.filter((one) => one.enabled !== false);
    const ready = used.filter((one) => one.ready).length;
    const off = all.length - used.length;
    say(head, all.length ? `${ready} of ${used.length} connectors are ready${off ? `, ${off} disabled` : ""}` : "Waiting for the host…");
    for (const one of all) {
      let known = cards.get(one.connector);
      if (!known) {
        known = card(one.connector);
        cards.set(one.connector, known);
        grid.append(known.row);
      }
      known.update(one);
    }
    notLoaded.hidden = !store.notLoaded.length;
    notLoaded.replaceChildren(...store.notLoaded.map((text) => make("p.notice", null, `Not running: ${text}`)));
  });
  const stop = listen(["connectors"], draw);
  draw();
  return stop;
}

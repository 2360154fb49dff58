// The form for an order. Nothing leaves before it has been confirmed, and the same order never leaves twice.

import { ask, NoAnswer, session } from "./api.js";
import { confirm, facts } from "./dialog.js";
import { compare, isMultiple, multiply, parse, text } from "./decimal.js";
import { make, say } from "./dom.js";
import { listen, store } from "./store.js";

const types = ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"];

/** An id of the page's own: a repeated order is known by it. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** What is wrong with a number, by the instrument's rules; null = nothing. */
export function fault(name, words, { step, least, most } = {}) {
  const number = parse(words);
  if (!number || number.units <= 0n) return `${name}: a plain number above zero`;
  const within = (bound, sign) => { const limit = parse(bound); return !limit || compare(number, limit) * sign <= 0; };
  const grid = parse(step);
  if (grid && grid.units > 0n && !isMultiple(number, grid)) return `${name}: whole steps of ${step}`;
  if (!within(most, 1)) return `${name}: at most ${most}`;
  if (!within(least, -1)) return `${name}: at least ${least}`;
  return null;
}

export function orderForm() {
  let place = { connector: "", pair: "" };
  let instrument = null;
  const input = (name) => make("input", { name, inputMode: "decimal", autocomplete: "off", spellcheck: false });
  const side = (value, word) => make("label", null,
    make("input", { type: "radio", name: "side", value, checked: value === "buy" }), make("span", null, word));
  const type = make("select", { name: "type" }, types.map((word) => make("option", { value: word }, word.replace("_", " "))));
  const [quantity, price, stop] = [input("quantity"), input("price"), input("stop")];
  const priceLabel = make("label", null, "Price", price);
  const mark = make("input", { type: "checkbox", name: "stop_by_mark" });
  const markLabel = make("label.check", { hidden: true }, mark, "triggered by the mark price");
  const stopLabel = make("label", { hidden: true }, "Trigger price", stop);
  const time = make("select", { name: "time_in_force" },
    [["", "as usual"], ["gtc", "until cancelled"], ["ioc", "at once or not"], ["fok", "all at once or not"]]
      .map(([value, word]) => make("option", { value }, word)));
  const post = make("input", { type: "checkbox", name: "post_only" });
  const position = make("select", { name: "position" },
    make("option", { value: "open" }, "opens it, or makes it larger"), make("option", { value: "close" }, "closes it, or makes it smaller"));
  const positionLabel = make("label", { hidden: true }, "Position", position);
  const rules = make("p.quiet");
  const problem = make("p.fault", { role: "alert" });
  const done = make("p.quiet", { role: "status" });
  const send = make("button.buying", { type: "submit" }, "Buy…");
  const form = make("form", { noValidate: true, aria: { label: "Order" } },
    make("div.sides", { role: "radiogroup", aria: { label: "Side" } }, side("buy", "Buy"), side("sell", "Sell")),
    make("label", null, "Type", type), make("div.pairfields", null, make("label", null, "Quantity", quantity), priceLabel, stopLabel), markLabel,
    make("label", null, "Stays", time), make("label.check", null, post, "post only"), positionLabel, send, problem, done, rules);

  const hasPositions = () => ["perp", "future"].includes(instrument?.kind);
  const values = () => {
    const data = Object.fromEntries(new FormData(form));
    const hasPrice = !data.type.includes("market");
    return { ...data, hasPrice, hasStop: /stop|take/.test(data.type) };
  };
  const lay = () => {
    const taken = store.connectors.get(place.connector)?.order_types ?? types;
    for (const option of type.options) option.hidden = option.disabled = !taken.includes(option.value);
    if (type.selectedOptions[0]?.disabled) type.value = types.find((word) => taken.includes(word)) ?? "limit";
    const { hasPrice, hasStop, side: way } = values();
    priceLabel.hidden = !hasPrice;
    stopLabel.hidden = !hasStop;
    markLabel.hidden = !hasStop || !instrument?.order_flags?.includes("stop_by_mark");
    const connector = store.connectors.get(place.connector);
    send.className = way === "buy" ? "buying" : "selling";
    say(send, way === "buy" ? "Buy…" : "Sell…");
    const reason = !session.may("trade") ? "This token may not trade."
      : !connector?.trading && connector?.real_money === null ? "Nobody trades on this connector."
        : connector?.halted ? "Trading is stopped." : "";
    send.disabled = reason !== "";
    send.title = reason;
    if (reason) say(done, reason);
    else if (done.textContent.startsWith("Trading is") || done.textContent.startsWith("This token") || done.textContent.startsWith("Nobody")) say(done, "");
  };
  form.addEventListener("input", lay);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = values();
    const own = instrument ?? {};
    const faults = [
      fault("Quantity", wish.quantity, { step: own.lot, least: own.min_quantity, most: own.max_quantity }),
      wish.hasPrice ? fault("Price", wish.price, { step: own.tick, least: own.min_price, most: own.max_price }) : null,
      wish.hasStop ? fault("Trigger price", wish.stop, { step: own.tick }) : null,
    ].filter(Boolean);
    say(problem, faults[0] ?? "");
    say(done, "");
    if (faults.length) return;
    const body = {
      client_order_id: newId(), connector: place.connector, pair: place.pair, side: wish.side, type: wish.type, quantity: wish.quantity,
    };
    if (wish.hasPrice) body.price = wish.price;
    if (wish.hasStop) body.stop = wish.stop;
    if (wish.hasStop && !markLabel.hidden && wish.stop_by_mark) body.stop_by_mark = true;
    if (wish.time_in_force) body.time_in_force = wish.time_in_force;
    if (wish.post_only && wish.type === "limit") body.post_only = true;
    if (hasPositions()) body.position = wish.position;
    const isReal = store.connectors.get(place.connector)?.real_money !== false;
    const answer = await confirm({
      title: `${wish.side === "buy" ? "Buy" : "Sell"} ${wish.quantity} ${own.base ?? ""} on ${place.connector}?`,
      content: [
        isReal ? make("p.notice", null, "This costs real money.") : null,
        facts([["pair", place.pair], ["type", wish.type.replace("_", " ")], ["quantity", wish.quantity], ["price", body.price ?? "as the market has it"],
          ["trigger", body.stop && `${body.stop}${body.stop_by_mark ? " by the mark price" : ""}`],
          ["worth", body.price && own.kind === "spot" ? `${text(multiply(parse(body.price), parse(body.quantity)))} ${own.quote ?? ""}` : null],
          ["stays", body.time_in_force], ["post only", body.post_only && "yes"], ["position", body.position && `${body.position}s it`],
          ["id", make("code", null, body.client_order_id)]]),
      ],
      action: wish.side === "buy" ? "Buy" : "Sell", style: wish.side === "buy" ? "buying" : "selling",
      // Tried again it is the same order: the host knows it by its id.
      act: async () => {
        try {
          return await ask("/v1/orders", { method: "POST", body: { ...body, confirmed: true } });
        } catch (problem) {
          if (problem instanceof NoAnswer) problem.message += "; whether the order was placed is not known. Trying again is safe: it is the same order";
          throw problem;
        }
      },
    });
    if (!answer) return;
    const order = answer.order;
    const reason = order.reason ? `: ${order.reason}` : "";
    say(["rejected", "not_sent", "lost"].includes(order.state) ? problem : done,
      `Order ${order.order} is ${order.state.replaceAll("_", " ")}${reason}`);
  });

  const end = listen(["connectors", "host"], lay);
  return {
    element: form,
    end,
    price(words) { price.value = words; },
    best(bid, ask) {
      const { side: way } = values();
      price.placeholder = (way === "buy" ? bid : ask) ?? "";
    },
    async show(connector, pair) {
      place = { connector, pair };
      instrument = null;
      price.value = stop.value = quantity.value = "";
      say(problem, "");
      say(done, "");
      const answer = await ask("/v1/instruments", { query: { connector, pair, limit: 1 } }).catch(() => null);
      if (place.pair !== pair || place.connector !== connector) return;
      instrument = answer?.instruments[0] ?? null;
      positionLabel.hidden = !hasPositions();
      const known = [["price steps", instrument?.tick], ["quantity steps", instrument?.lot], ["least", instrument?.min_quantity],
        ["least worth", instrument?.min_notional]].filter(([, value]) => value);
      say(rules, known.map(([name, value]) => `${name} ${value}`).join(", "));
      lay();
    },
  };
}

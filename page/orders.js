// Open orders, orders that have ended, fills; cancelling.

import { ask, session } from "./api.js";
import { confirm, facts } from "./dialog.js";
import { clock, inFrame, make, Rows, say, table } from "./dom.js";
import { key, listen, store } from "./store.js";

/** The name by which an order can be asked about. */
function name(order) { return order.client_order_id ?? order.exchange_client_order_id; }

function size(order) { return order.quantity ?? (order.value ? `${order.value} in quote` : "–"); }

function cancel(order) {
  return confirm({
    title: "Cancel this order?",
    content: [facts([
      ["connector", order.connector], ["order", `${order.side} ${size(order)} ${order.pair} (${order.type})`],
      ["price", order.price], ["filled so far", order.filled],
    ])],
    action: "Cancel the order",
    act: () => ask(`/v1/orders/${encodeURIComponent(name(order))}`, { method: "DELETE", query: { connector: order.connector } }),
  });
}

function cancelAll() {
  const names = [...new Set([...store.orders.values()].map((order) => order.connector))];
  return confirm({
    title: "Cancel all open orders?",
    content: [
      make("p", null, `${store.orders.size} orders are open.`),
      make("label", null, "On", make("select", { name: "connector" }, make("option", { value: "" }, "all connectors"),
        names.map((one) => make("option", { value: one }, one)))),
    ],
    action: "Cancel them all",
    act: (form) => ask("/v1/orders", { method: "DELETE", query: { connector: form.get("connector") } }),
  });
}

function orderRow(isOpen) {
  const cells = ["td", "td", "td", "td", "td.number", "td.number", "td.number", "td", "td"].map((one) => make(one));
  const button = make("button.plain.small", { type: "button" }, "Cancel");
  let current = null;
  button.onclick = () => cancel(current);
  if (isOpen) cells[8].append(button);
  return {
    row: make("tr", null, cells),
    update(order) {
      current = order;
      const words = [order.connector, order.pair, order.side, order.type.replace("_", " "), size(order),
        order.price ?? (order.average_price ? `~ ${order.average_price}` : "market"), order.filled ?? "0",
        order.waits_for_trigger ? `waits for ${order.stop}` : order.state.replaceAll("_", " ")];
      words.forEach((text, index) => say(cells[index], text));
      cells[2].className = order.side;
      cells[7].title = order.reason || order.waits || "";
      if (!isOpen) say(cells[8], order.reason);
      button.disabled = !session.may("trade") || order.state === "pending_cancel";
      button.setAttribute("aria-label", `Cancel ${order.side} ${size(order)} ${order.pair}`);
    },
  };
}

function fillRow() {
  const cells = ["td.number", "td", "td", "td", "td.number", "td.number", "td.number", "td"].map((one) => make(one));
  return {
    row: make("tr", null, cells),
    update(fill) {
      const words = [clock(fill.time_ns), fill.connector, fill.pair, fill.side, fill.quantity, fill.price,
        fill.fee ? `${fill.fee} ${fill.fee_asset ?? ""}` : "–", fill.liquidity ?? "–"];
      words.forEach((text, index) => say(cells[index], text));
      cells[3].className = fill.side;
    },
  };
}

export function orders(place) {
  const open = new Rows("No order is open.", 9, () => orderRow(true));
  const ended = new Rows("No order has ended since the host was started.", 9, () => orderRow(false));
  const fills = new Rows("Nothing has been filled yet.", 8, fillRow);
  const all = make("button.danger.small", { type: "button", on: { click: cancelAll } }, "Cancel all…");
  const note = make("p.notice", { hidden: true });
  const columns = ["connector", "pair", "side", "type", "#quantity", "#price", "#filled", "state"];
  place.append(make("div.stack", null, note,
    make("section.sheet", null, make("div.head", null, make("h2", null, "Open orders"), make("span.push"), all),
      table("Open orders", [...columns, ""], open.body)),
    make("section.sheet", null, make("div.head", null, make("h2", null, "Fills")),
      table("Fills", ["#time", "connector", "pair", "side", "#quantity", "#price", "#fee", "liquidity"], fills.body)),
    make("section.sheet", null, make("div.head", null, make("h2", null, "Ended orders")),
      table("Ended orders", [...columns, "reason"], ended.body))));
  const draw = inFrame(() => {
    note.hidden = !store.noTrading;
    say(note, store.noTrading);
    open.show([...store.orders.values()], key);
    ended.show(store.ended, key);
    fills.show(store.fills, (fill) => `${fill.connector}/${fill.pair}/${fill.trade_id}/${fill.side}`);
    all.disabled = !store.orders.size || !session.may("trade");
  });
  const stop = listen(["orders", "fills"], draw);
  draw();
  return stop;
}

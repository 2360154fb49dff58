// What the accounts hold, and their positions.

import { isZero } from "./decimal.js";
import { inFrame, make, Rows, say, table } from "./dom.js";
import { listen, store } from "./store.js";

function cellsRow(names, texts, style) {
  const cells = names.map((one) => make(one));
  return {
    row: make("tr", null, cells),
    update(item) {
      texts(item).forEach((text, index) => say(cells[index], text ?? "–"));
      style?.(cells, item);
    },
  };
}

const balanceRow = () => cellsRow(["td", "td", "td", "td.number", "td.number"], (one) =>
  [one.connector, one.account, one.asset, one.total + (one.rounded ? " (rounded)" : ""), one.available]);

const positionRow = () => cellsRow(
  ["td", "td", "td", "td", "td.number", "td.number", "td.number", "td.number", "td.number", "td.number"],
  (one) => [one.connector, one.account, one.pair, one.leg, one.quantity, one.entry, one.mark, one.unrealized, one.liquidation, one.leverage],
  (cells, one) => { cells[7].classList.toggle("sell", one.unrealized?.startsWith("-") ?? false); });

export function accounts(place) {
  const balances = new Rows("Nothing is held.", 5, balanceRow);
  const positions = new Rows("No position is open.", 10, positionRow);
  const zeros = make("input", { type: "checkbox" });
  place.append(make("div.stack", null,
    make("section.sheet", null,
      make("div.head", null, make("h2", null, "Balances"), make("span.push"), make("label.check", null, zeros, "show what is zero")),
      table("Balances", ["connector", "account", "asset", "#total", "#available"], balances.body)),
    make("section.sheet", null, make("div.head", null, make("h2", null, "Positions")),
      table("Positions", ["connector", "account", "pair", "leg", "#quantity", "#entry", "#mark", "#unrealized", "#liquidation", "#leverage"],
        positions.body))));
  const draw = inFrame(() => {
    const held = [...store.balances].filter(([, one]) => zeros.checked || !isZero(one.total));
    balances.show(held.sort((a, b) => a[0].localeCompare(b[0])).map(([, one]) => one), (one) => `${one.connector}/${one.account}/${one.asset}`);
    positions.show([...store.positions.values()].filter((one) => !isZero(one.quantity)),
      (one) => `${one.connector}/${one.account}/${one.pair}/${one.leg}`);
  });
  zeros.onchange = draw;
  const stop = listen(["balances", "positions"], draw);
  draw();
  return stop;
}

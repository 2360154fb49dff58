// Candles and depth, drawn by dygraphs where the host has it.

import { make, say } from "./dom.js";

let loading;

/** Without its legend, which writes styles into markup; the page has none, and its policy forbids them. */
function prepared(Dygraph) {
  if (!Dygraph) return null;
  Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Dygraph.Plugins?.Legend);
  return Dygraph;
}

/** The chart library; null where the host does not have it. */
export function library() {
  loading ??= new Promise((resolve) => {
    document.head.append(make("link", { rel: "stylesheet", href: "/page/dygraph.css" }));
    document.head.append(make("script", {
      src: "/page/dygraph.js",
      on: { load: () => resolve(prepared(globalThis.Dygraph)), error: () => resolve(null) },
    }));
  });
  return loading;
}

function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

const colorsChanged = new Set();
/** The theme is another one: charts are drawn anew. */
export function recolor() { for (const job of colorsChanged) job(); }
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolor);

/** Candles: a body from open to close, a line from low to high. Filled where it fell, so that colour is not all. */
function candles(event) {
  if (event.seriesIndex !== 0) return;
  const [opens, highs, lows, closes] = event.allSeriesPoints;
  const context = event.drawingContext;
  const up = color("--buy"), down = color("--sell");
  const room = event.plotArea.w / 30;
  const gaps = opens.slice(1).map((point, index) => point.canvasx - opens[index].canvasx);
  const width = Math.max(1.5, Math.min(...gaps, room) * 0.62);
  for (let index = 0; index < opens.length; index++) {
    const fell = closes[index].yval < opens[index].yval;
    const x = opens[index].canvasx;
    const top = Math.min(opens[index].canvasy, closes[index].canvasy);
    const height = Math.max(1, Math.abs(opens[index].canvasy - closes[index].canvasy));
    context.strokeStyle = context.fillStyle = fell ? down : up;
    context.lineWidth = 1.2;
    context.beginPath();
    context.moveTo(x, highs[index].canvasy);
    context.lineTo(x, top);
    context.moveTo(x, top + height);
    context.lineTo(x, lows[index].canvasy);
    context.stroke();
    if (fell) context.fillRect(x - width / 2, top, width, height);
    else context.strokeRect(x - width / 2, top, width, height);
  }
}

/** A chart in its place; without the library a sentence that says what to install. */
class Chart {
  /** @param {(Dygraph: any, holder: HTMLElement, data: any[], common: object) => any} build */
  constructor(label, low, build) {
    this.holder = make(`div.chart${low ? ".low" : ""}`, { role: "img", aria: { label } });
    this.readout = make("div.readout.number.quiet");
    this.element = make("div", null, this.readout, this.holder);
    this.build = build;
    this.rebuild = () => { this.graph?.destroy(); this.graph = null; if (this.data) this.show(this.data); };
    colorsChanged.add(this.rebuild);
  }

  async show(data) {
    this.data = data;
    const Dygraph = await library();
    if (this.isGone || data !== this.data) return;
    if (!Dygraph) {
      return this.holder.replaceChildren(make("p.notice", null,
        "There is no chart: the host has no chart library. Install Debian's package ", make("code", null, "libjs-dygraphs"),
        " on its machine and start the host again. Everything else works without it."));
    }
    if (!data.length) {
      this.graph?.destroy();
      this.graph = null;
      return this.holder.replaceChildren(make("p.quiet", null, this.emptyWords ?? "Nothing yet."));
    }
    if (this.graph) return this.graph.updateOptions(this.options?.(data) ?? { file: data });
    this.holder.replaceChildren();
    this.graph = this.build(Dygraph, this.holder, data, {
      legend: "never", axisLineColor: color("--line"), gridLineColor: color("--line"), gridLineWidth: 0.6,
      highlightCircleSize: 0, axisLabelFontSize: 12, animatedZooms: false, rightGap: 12,
      unhighlightCallback: () => say(this.readout, ""),
    });
  }

  resize() { this.graph?.resize(); }

  destroy() {
    this.isGone = true;
    colorsChanged.delete(this.rebuild);
    this.graph?.destroy();
  }
}

/** At least thirty spans, so that the first candle of a day stands as broad as its thousandth. */
function candleWindow(rows, span) {
  const last = rows.at(-1)[0].getTime() + span;
  return [Math.min(rows[0][0].getTime() - span, last - 30 * span), last];
}

/** @returns {Chart} of rows [Date, open, high, low, close] */
export function candleChart(label) {
  const chart = new Chart(label, false, (Dygraph, holder, data, common) =>
    new Dygraph(holder, data, {
      ...common, labels: ["time", "open", "high", "low", "close"], plotter: candles, yRangePad: 8,
      dateWindow: candleWindow(data, chart.span),
      colors: [color("--text"), color("--text"), color("--text"), color("--text")],
      axes: { y: { axisLabelWidth: 76 } },
      highlightCallback: (event, x, points) => say(chart.readout,
        `${new Date(x).toLocaleString(undefined, { hour12: false })}  ` + points.map((one) => `${one.name} ${one.yval}`).join("  ")),
    }));
  chart.options = (data) => ({ file: data, dateWindow: candleWindow(data, chart.span) });
  /** Milliseconds of one candle. */
  chart.span = 60_000;
  chart.emptyWords = "No trade has been counted yet.";
  return chart;
}

/** @returns {Chart} of rows [price, quantity of bids, quantity of asks], from the lowest price to the highest */
export function depthChart(label) {
  const chart = new Chart(label, true, (Dygraph, holder, data, common) =>
    new Dygraph(holder, data, {
      ...common, labels: ["price", "bids", "asks"], stepPlot: true, fillGraph: true, strokeWidth: 1.6, includeZero: true,
      colors: [color("--buy"), color("--sell")], fillAlpha: 0.22, connectSeparatedPoints: false,
      axes: { x: { valueFormatter: String, axisLabelFormatter: (x) => String(Number(x.toPrecision(8))) }, y: { axisLabelWidth: 60 } },
      highlightCallback: (event, x, points) => say(chart.readout,
        `${x}  ` + points.filter((one) => Number.isFinite(one.yval)).map((one) => `${one.name} up to here ${Number(one.yval.toPrecision(6))}`).join("  ")),
    }));
  chart.emptyWords = "There is no book now.";
  return chart;
}

// The chart: its panels over one axis, drawn anew when a hand rests, and only their curves while it moves.

import { extent, span } from "./axes.js";
import { BELOW, Panel } from "./panel.js";
import { save } from "./picture.js";

const TITLE = 24; // pixels for a panel's title
const PINNED = { width: 4, alpha: 0.35 };
const DRAWN = { width: 2.5, alpha: 1 };

export class Plot {
  constructor(root, hovered) {
    this.root = root;
    this.hovered = hovered;
    this.panels = [];
    this.resized = new ResizeObserver(() => this.data && this.rest());
    this.resized.observe(root);
    // Letters on a canvas stay as they were when the font came.
    this.lettered = () => {
      this.wanted = null;
      if (this.data) this.rest();
    };
    document.fonts.addEventListener("loadingdone", this.lettered);
  }

  // At rest the axes follow the curves, and the names find new places.
  draw(figure, pinned, data, state) {
    Object.assign(this, { figure, pinned, data, state });
    this.rest();
  }

  rest() {
    this.root.classList.remove("lv-moves");
    const { clientWidth: width, clientHeight: height } = this.root;
    if (!width || !height) return;
    const axes = JSON.stringify([this.data.shape, this.state.axis, this.state.scale]);
    if (axes !== this.axes) this.zoom = null;
    this.axes = axes;
    const descriptions = this.describe(width, height);
    const wanted = JSON.stringify(descriptions);
    const anew = wanted !== this.wanted;
    if (anew) this.clear();
    descriptions.forEach((description, k) => {
      const { key } = this.data.panels[k];
      const [x, ...curves] = this.values(key);
      const ranges = {
        x: this.zoom?.x ?? extent(x, description.scales.x),
        y: this.zoom?.y[key] ?? span(curves.slice(-description.drawn), description.scales.y),
      };
      if (anew) this.panels.push(new Panel(this.root, description, [x, ...curves], ranges, this.handlers(k)));
      else this.panels[k].show([x, ...curves], ranges);
    });
    this.wanted = wanted;
    this.root.panels = this.panels; // for whoever asks the page what is drawn
  }

  // While a hand moves; false where there is nothing yet that the figure fits.
  move(figure, data) {
    if (!this.panels.length || data.shape !== this.data.shape) return false;
    this.figure = figure;
    this.root.classList.add("lv-moves");
    this.panels.forEach((panel, k) => panel.show(this.values(this.data.panels[k].key)));
    return true;
  }

  // Everything of the panels but numbers.
  describe(width, height) {
    const style = getComputedStyle(this.root);
    const css = (name) => style.getPropertyValue(name).trim();
    const look = {
      text: css("--st-text-color"),
      line: css("--st-border-color"),
      background: css("--st-background-color"),
      family: css("--st-font"),
    };
    const { panels } = this.data;
    const tall = Math.floor((height - BELOW - TITLE * panels.length) / panels.length);
    return panels.map((panel, k) => {
      const last = k === panels.length - 1;
      const drawn = this.figure.series.filter((series) => series.panel === panel.key);
      const curve = (series, how) => ({ name: series.name, color: series.color, dash: series.dash, ...how });
      return {
        title: panel.title,
        titles: { x: last ? this.x().title : "", y: this.title(panel, drawn) },
        scales: { x: this.x().scale, y: this.state.scale },
        curves: [
          ...this.pins(panel.key).map((series) => curve(series, PINNED)),
          ...drawn.map((series) => curve(series, { ...DRAWN, short: series.short })),
        ],
        drawn: drawn.length,
        look,
        size: { width, height: tall + (last ? BELOW : 0) },
      };
    });
  }

  x() {
    return this.figure.axes.find((axis) => axis.key === this.state.axis) ?? this.figure.axes[0];
  }

  pins(panel) {
    return (this.pinned?.series ?? []).filter((series) => series.panel === panel);
  }

  // A log axis shows magnitudes: a gradient keeps its size and loses its sign.
  values(panel) {
    const curves = [...this.pins(panel), ...this.figure.series.filter((series) => series.panel === panel)];
    return [this.x().values, ...curves.map(({ y }) => (this.state.scale === "log" ? y.map(Math.abs) : y))];
  }

  title(panel, drawn) {
    const signed = this.state.scale === "log" && drawn.some(({ y }) => y.some((value) => value < 0));
    return signed ? `|${panel.y_title}|` : panel.y_title;
  }

  // What a hand does on one panel is done on all.
  handlers(k) {
    return {
      pointed: ({ left, idx }) => {
        for (const panel of this.panels) if (panel !== this.panels[k]) panel.u.setCursor({ left, top: left < 0 ? left : 0 }, false);
        if (idx !== null) this.hovered(idx);
      },
      zoomed: ({ x, y }) => {
        const { key } = this.data.panels[k];
        this.zoom = { x, y: { ...this.zoom?.y, ...(y && { [key]: y }) } };
        this.rest();
      },
      whole: () => {
        this.zoom = null;
        this.rest();
      },
    };
  }

  // A picture is at least as wide as a page of text.
  async download(format, filename) {
    const stage = this.root.cloneNode();
    stage.classList.add("lv-stage");
    stage.style.width = `${Math.max(900, this.root.clientWidth)}px`;
    this.root.after(stage);
    const copy = new Plot(stage, () => {});
    Object.assign(copy, { axes: this.axes, zoom: this.zoom });
    try {
      copy.draw(this.figure, this.pinned, this.data, this.state);
      await save(copy, format, filename);
    } finally {
      copy.remove();
      stage.remove();
    }
  }

  clear() {
    for (const panel of this.panels) panel.remove();
    this.panels = [];
  }

  remove() {
    this.resized.disconnect();
    document.fonts.removeEventListener("loadingdone", this.lettered);
    this.clear();
  }
}

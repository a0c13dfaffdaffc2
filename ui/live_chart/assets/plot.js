// The chart: on a canvas until plotly is there, plotly's at rest, and while a hand moves plotly's axes under a canvas.

import { expected, sketch } from "./sketch.js";

const GAP = 0.12;
const DRAWN = [2.5, 1]; // width in pixels, opacity
const PINNED = [4, 0.35];
const DASHES = { dash: [9, 9], dot: [2.5, 2.5] };
const PLOTLY = new URL("vendor/plotly-basic.min.js", import.meta.url).href;
let loading;

document.head.append(Object.assign(document.createElement("link"), { rel: "preload", as: "script", href: PLOTLY }));

// plotly.js is run by the first chart that has shown its curves.
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = PLOTLY;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => {
      loading = undefined;
      reject(new TypeError("plotly.js did not load"));
    };
    document.head.append(script);
  });
  return loading;
}

// Once the screen shows what was drawn; a hidden page shows nothing.
function painted() {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, 100);
  });
}

export class Plot {
  constructor(root, hovered) {
    this.root = root;
    this.hovered = hovered;
    this.node = root.querySelector(".lv-canvas");
    this.canvas = root.querySelector(".lv-moving");
    this.marks = root.querySelector(".lv-marks");
    root.onpointermove = (event) => this.point(event);
    root.onpointerleave = () => this.point(null);
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(root);
  }

  // At rest: plotly draws the curves, and the axes follow them. To come and draw takes it a third of a second.
  async draw(figure, pinned, data, state) {
    Object.assign(this, { figure, pinned, data, state });
    if (!this.node._fullLayout) {
      this.move(figure);
      await painted();
    }
    const Plotly = (this.Plotly = await plotly());
    const layout = this.layout();
    await Plotly.react(this.node, this.traces(), layout, { displayModeBar: false, responsive: false, doubleClick: "reset" });
    this.node.removeAllListeners?.("plotly_relayout");
    this.node.on("plotly_relayout", () => this.label(true));
    this.label(true);
    this.root.classList.remove("lv-moves");
  }

  // While a hand moves, curves are drawn on a canvas over plotly's axes: plotly takes 30 ms for a frame of
  // sixteen curves, the canvas one. False before the first figure is there.
  move(figure) {
    if (!this.data) return false;
    this.figure = figure;
    const full = this.frame();
    this.root.classList.add("lv-moves");
    const scale = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.root;
    Object.assign(this.canvas, { width: width * scale, height: height * scale });
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.lineJoin = "round";
    if (!this.node._fullLayout) sketch(pen, full);
    const { xaxis } = full;
    const x = Array.from(this.x().values, (value) => xaxis._offset + xaxis.l2p(xaxis.d2l(value)));
    const stroke = (series, width, opacity) => {
      const yaxis = full[this.axisOf(series)];
      pen.save();
      pen.beginPath();
      pen.rect(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length);
      pen.clip();
      pen.beginPath();
      pen.strokeStyle = series.color;
      pen.lineWidth = width;
      pen.globalAlpha = opacity;
      pen.setLineDash(DASHES[series.dash] ?? []);
      let down = false;
      this.y(series).forEach((value, k) => {
        const y = yaxis._offset + yaxis.l2p(yaxis.d2l(value));
        const inReach = Math.max(-1e5, Math.min(1e5, y));
        if (!Number.isFinite(y)) down = false;
        else if (down) pen.lineTo(x[k], inReach);
        else pen.moveTo(x[k], inReach);
        down = Number.isFinite(y);
      });
      pen.stroke();
      pen.restore();
    };
    for (const series of this.pinned?.series ?? []) stroke(series, ...PINNED);
    for (const series of figure.series) stroke(series, ...DRAWN);
    this.label(false, full);
    return true;
  }

  // Plotly's layout; before plotly is there, the places that it is going to give the axes.
  frame() {
    return this.node._fullLayout ?? expected(this.layout(), this.x().values);
  }

  x() {
    return this.figure.axes.find((axis) => axis.key === this.state.axis) ?? this.figure.axes[0];
  }

  // A log axis shows magnitudes: a gradient keeps its size and loses its sign.
  y(series) {
    return this.state.scale === "log" ? series.y.map(Math.abs) : series.y;
  }

  traces() {
    const trace = (series, width, opacity) => ({
      type: "scatter",
      mode: "lines",
      name: series.name,
      x: this.x().values,
      y: this.y(series),
      xaxis: "x",
      yaxis: this.axisOf(series).replace("axis", ""),
      hoverinfo: "none",
      opacity,
      line: { color: series.color, dash: series.dash, width, simplify: false },
    });
    const pinned = this.pinned?.series ?? [];
    return [
      ...this.figure.series.map((series) => trace(series, ...DRAWN)),
      ...pinned.map((series) => trace(series, ...PINNED)),
    ];
  }

  title(panel) {
    const negative = (series) => series.panel === panel.key && series.y.some((value) => value < 0);
    return this.state.scale === "log" && this.figure.series.some(negative) ? `|${panel.y_title}|` : panel.y_title;
  }

  axisOf(series) {
    const k = this.data.panels.findIndex((panel) => panel.key === series.panel);
    return k > 0 ? `yaxis${k + 1}` : "yaxis";
  }

  layout() {
    const style = getComputedStyle(this.root);
    const css = (name) => style.getPropertyValue(name).trim();
    const line = css("--st-border-color") || "#ddd";
    const text = css("--st-text-color") || "#222";
    const axis = {
      gridcolor: line,
      zerolinecolor: line,
      linecolor: line,
      tickfont: { size: 12 },
      automargin: false,
      exponentformat: "power",
      minexponent: 4,
    };
    const family = css("--st-font") || "sans-serif";
    const count = this.data.panels.length;
    const height = (1 - GAP * (count - 1)) / count;
    const layout = {
      width: this.root.clientWidth,
      height: this.root.clientHeight,
      margin: { l: 58, r: 12, t: 26, b: 44 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family, size: 13, color: text },
      showlegend: false,
      hovermode: false,
      dragmode: "zoom",
      uirevision: `${this.data.shape}${this.state.axis}${this.state.scale}`,
      xaxis: {
        ...axis,
        title: { text: this.x().title, standoff: 6 },
        type: this.x().scale,
        anchor: count > 1 ? `y${count}` : "y",
        zeroline: this.state.axis === "logit",
      },
      annotations: this.data.panels.map((panel, k) => ({
        text: panel.title,
        xref: "paper",
        yref: "paper",
        x: 0,
        y: 1 - k * (height + GAP),
        xanchor: "left",
        yanchor: "bottom",
        yshift: 4,
        showarrow: false,
        ...this.heading(panel.title, family),
      })),
    };
    this.data.panels.forEach((panel, k) => {
      const top = 1 - k * (height + GAP);
      layout[k ? `yaxis${k + 1}` : "yaxis"] = {
        ...axis,
        domain: [Math.max(0, top - height), top],
        type: this.state.scale,
        range: span(this.figure.series.filter((series) => series.panel === panel.key), this.state.scale),
        title: { text: this.title(panel), standoff: 4 },
      };
    });
    return layout;
  }

  // A panel's title that is wider than its plot begins at the chart's edge, in smaller letters.
  heading(title, family) {
    const pen = this.canvas.getContext("2d");
    pen.font = `13px ${family}`;
    const { width } = pen.measureText(title);
    const { clientWidth } = this.root;
    if (width <= clientWidth - 70) return { font: { size: 13 } };
    return { xshift: -50, font: { size: Math.max(9, (13 * (clientWidth - 24)) / width) } };
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.root;
    const drawn = this.node.layout;
    if (!drawn || !width || (drawn.width === width && drawn.height === height)) return;
    this.Plotly.relayout(this.node, { width, height });
  }

  point(event) {
    const full = this.node._fullLayout;
    const cross = this.root.querySelector(".lv-cross");
    if (!event || !full) {
      cross.hidden = true;
      this.hovered();
      return;
    }
    const { xaxis } = full;
    const left = event.clientX - this.root.getBoundingClientRect().left;
    const inside = left - xaxis._offset;
    if (inside < 0 || inside > xaxis._length) return;
    const values = this.x().values;
    const at = xaxis.p2l(inside);
    let best = 0;
    for (let k = 1; k < values.length; k += 1) {
      if (Math.abs(xaxis.d2l(values[k]) - at) < Math.abs(xaxis.d2l(values[best]) - at)) best = k;
    }
    cross.hidden = false;
    cross.style.left = `${xaxis._offset + xaxis.l2p(xaxis.d2l(values[best]))}px`;
    this.hovered(best);
  }

  // Each curve is named where it stands farthest from the others; while a hand moves the names ride along.
  label(settled, full = this.frame()) {
    const { xaxis } = full;
    const x = Array.from(this.x().values, (value) => xaxis.l2p(xaxis.d2l(value)));
    const curves = this.figure.series.map((series) => {
      const yaxis = full[this.axisOf(series)];
      const y = Array.from(this.y(series), (value) => yaxis.l2p(yaxis.d2l(value)));
      return { series, yaxis, y };
    });
    if (settled || this.places?.length !== curves.length) this.places = placed(curves, x);
    const nodes = curves.flatMap(({ series, yaxis, y }, k) => {
      const at = this.places[k];
      if (at === null || !Number.isFinite(y[at]) || y[at] < -8 || y[at] > yaxis._length + 8) return [];
      const node = document.createElement("span");
      node.textContent = series.short;
      node.className = x[at] > xaxis._length / 2 ? "lv-mark lv-right" : "lv-mark";
      node.style.color = series.color;
      node.style.left = `${xaxis._offset + x[at]}px`;
      node.style.top = `${yaxis._offset + y[at]}px`;
      return [node];
    });
    this.marks.replaceChildren(...nodes);
  }

  async download(format, filename) {
    const Plotly = await plotly();
    const background = getComputedStyle(this.root).getPropertyValue("--st-background-color").trim();
    const width = Math.max(900, this.root.clientWidth);
    const series = [...this.figure.series];
    const traces = this.traces().map((trace, k) => ({ ...trace, showlegend: k < series.length, legendgroup: k }));
    const layout = { ...this.layout(), width, height: this.root.clientHeight + 80, paper_bgcolor: background, showlegend: true };
    layout.legend = { orientation: "h", y: -0.12 };
    await Plotly.downloadImage({ data: traces, layout }, { format, filename, width, height: layout.height });
  }

  remove() {
    this.resized.disconnect();
    if (this.Plotly) this.Plotly.purge(this.node);
  }
}

// The range that shows most curves: at the most three times the middle one of their extremes, so that a
// curve that towers over the others leaves the frame instead of flattening them.
function span(curves, scale) {
  const ends = curves.map((series) => {
    const finite = series.y.filter(Number.isFinite);
    return { low: finite.reduce((a, b) => Math.min(a, b), 0), high: finite.reduce((a, b) => Math.max(a, b), 0) };
  });
  const frame = (extremes) => {
    const sizes = extremes.filter((size) => size > 0).sort((a, b) => a - b);
    if (!sizes.length) return 0;
    return Math.min(sizes[sizes.length - 1], 3 * sizes[Math.floor((sizes.length - 1) / 2)]);
  };
  if (scale === "log") {
    const sizes = curves.flatMap((series) => Array.from(series.y, Math.abs)).filter((size) => size > 0 && size < Infinity);
    const high = Math.log10(sizes.reduce((a, b) => Math.max(a, b), 1e-3));
    const low = Math.log10(sizes.reduce((a, b) => Math.min(a, b), Infinity));
    return [Math.max(low, high - 9) - 0.1, high + 0.1];
  }
  const high = frame(ends.map((end) => end.high));
  const low = -frame(ends.map((end) => -end.low));
  const room = 0.085 * (high - low || 1);
  return [low - room, high + room];
}

// For every curve the index at which to name it: where it is farthest from the other curves of its panel,
// and clear of names placed before; null where there is no room to tell it apart.
function placed(curves, x) {
  const enough = 40;
  const tellable = 7;
  const step = Math.max(1, Math.floor(x.length / 60));
  const taken = [];
  return curves.map((curve) => {
    const others = curves.filter((other) => other !== curve && other.yaxis === curve.yaxis);
    let best = null;
    let most = 0;
    for (let k = 0; k < x.length; k += step) {
      const y = curve.y[k];
      if (!Number.isFinite(y) || y < 12 || y > curve.yaxis._length - 4) continue;
      const drawn = others.filter((other) => Number.isFinite(other.y[k]));
      const gap = drawn.reduce((least, other) => Math.min(least, Math.abs(other.y[k] - y)), enough);
      if (gap < tellable) continue;
      const covers = taken.some(
        (name) => name.yaxis === curve.yaxis && Math.abs(name.x - x[k]) < 110 && Math.abs(name.y - y) < 15,
      );
      // Of equally clear places the outermost, where a name covers least.
      const score = gap + 10 * Math.abs(k / (x.length - 1) - 0.5) - (covers ? enough : 0);
      if (score > most) {
        most = score;
        best = k;
      }
    }
    if (best !== null) taken.push({ yaxis: curve.yaxis, x: x[best], y: curve.y[best] });
    return best;
  });
}

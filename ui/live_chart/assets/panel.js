// One of the charts that stand above each other: curves over the shared axis, drawn by uPlot, and their names.

import uPlot from "./vendor/uPlot.esm.js";
import { STEPS, decades, written } from "./axes.js";
import { placed } from "./names.js";

export const DASHES = { dash: [9, 9], dot: [2.5, 2.5] };
export const BELOW = 44; // pixels for the numbers and the title of the shared axis
const ROOM = { x: 70, y: 32 }; // pixels from mark to mark
const FARTHEST = 1e5; // pixels; what leaves the frame by more is drawn no farther, as dashes on the way cost time

export class Panel {
  // `values` are x and every curve's y; `ranges` what x and y span. `handlers` hear where a hand points and zooms.
  constructor(root, { title, titles, scales, curves, look, size }, values, ranges, handlers) {
    Object.assign(this, { title, titles, scales, curves, look, ranges, marks: {} });
    this.root = root.appendChild(element("div", "lv-panel"));
    this.root.append(element("div", "lv-title", title));
    const options = {
      ...size,
      padding: [6, 12, titles.x ? 0 : 6, 0],
      legend: { show: false, live: false },
      scales: { x: this.scale("x"), y: this.scale("y") },
      axes: [
        this.axis("x", titles.x ? { size: 20, labelSize: BELOW - 20 } : { size: 0 }),
        this.axis("y", { size: 36, labelSize: 22 }),
      ],
      series: [{}, ...curves.map((curve) => this.series(curve))],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: true, dist: 5, uni: 20, setScale: false },
        bind: { dblclick: () => () => handlers.whole() },
        move: (u, left, top) => [left < 0 ? left : u.valToPos(u.data[0][u.posToIdx(left)], "x"), top],
      },
      hooks: {
        drawClear: [(u) => (this.across = Array.from(u.data[0], (value) => u.valToPos(value, "x", true)))],
        setCursor: [(u) => handlers.pointed(u.cursor)],
        setSelect: [(u) => handlers.zoomed(selected(u))],
      },
    };
    this.u = new uPlot(options, values, (u, start) => {
      this.root.append(u.root);
      u.batch(start);
    });
    this.u.over.onpointermove = ({ pointerType, offsetX, offsetY }) => {
      if (pointerType === "touch") this.u.setCursor({ left: offsetX, top: offsetY });
    };
    this.name();
  }

  scale(key) {
    const distr = this.scales[key] === "log" ? 3 : 1;
    return { time: false, auto: false, distr, range: () => this.ranges[key] };
  }

  axis(key, sizes) {
    const { text, line, family } = this.look;
    const scale = this.scales[key];
    return {
      ...sizes,
      scale: key,
      label: this.titles[key] || null,
      stroke: text,
      font: `12px ${family}`,
      labelFont: `15px ${family}`,
      labelGap: 0,
      gap: 4,
      ticks: { show: false },
      grid: { stroke: line, width: 1 },
      space: ROOM[key],
      incrs: STEPS,
      ...(scale === "log" && {
        filter: (_, marks) => marks,
        splits: (u, _, low, high) => decades(low, high, u.bbox[key === "x" ? "width" : "height"] / uPlot.pxRatio / ROOM[key]),
      }),
      // The marks are kept for the picture that is downloaded.
      values: (_, marks) => {
        this.marks[key] = marks.map((value) => ({ value, text: this.titles[key] ? written(value, scale) : "" }));
        return this.marks[key].map(({ text }) => text);
      },
    };
  }

  series({ name, color, dash, width, alpha }) {
    return {
      label: name,
      stroke: color,
      width,
      alpha,
      auto: false,
      dash: DASHES[dash]?.map((length) => length * uPlot.pxRatio),
      points: { show: false },
      paths: (u, k, first, last) => {
        const stroke = new Path2D();
        const y = Array.from(u.data[k].slice(first, last + 1), (value) => u.valToPos(value, "y", true));
        trace(stroke, this.across.slice(first, last + 1), y);
        return { stroke };
      },
    };
  }

  // New numbers; the axes and the places of the names stay as they are unless `ranges` are given.
  show(values, ranges) {
    this.ranges = ranges ?? this.ranges;
    this.u.batch(() => {
      this.u.setData(values, false);
      for (const [key, [min, max]] of Object.entries(this.ranges)) this.u.setScale(key, { min, max });
    });
    if (ranges) this.name();
    else this.ride();
  }

  // The places of a curve in pixels.
  places(k) {
    const { data } = this.u;
    const place = (key) => (value) => this.u.valToPos(value, key);
    return { x: Array.from(data[0], place("x")), y: Array.from(data[k + 1], place("y")) };
  }

  // Names the curves where they stand free; curves that are one line get their names together.
  name() {
    const { clientWidth: width, clientHeight: height } = this.u.over;
    const pen = this.u.ctx;
    const lines = this.curves.map((curve, k) => ({ ...this.places(k), names: curve.short ? [curve.short] : [] }));
    lines.forEach((line, k) => {
      const same = lines.slice(0, k).find((other) => !other.within && alike(other, line));
      if (!same) return;
      line.names = [...new Set([...same.names, ...line.names])];
      same.within = line;
    });
    const apart = lines.filter(({ within }) => !within);
    pen.save();
    pen.font = `600 12.5px ${this.look.family}`;
    for (const line of apart) {
      line.name = line.names.join(", ");
      line.size = { width: pen.measureText(line.name).width, height: 14 };
    }
    pen.restore();
    const spots = placed(apart, width, height);
    this.names = apart.flatMap((line, order) => {
      const [spot, k] = [spots[order], lines.indexOf(line)];
      if (!spot) return [];
      const node = element("span", "lv-label", line.name);
      node.style.setProperty("--lv-color", this.curves[k].color);
      return [{ ...spot, k, node, width: line.size.width }];
    });
    this.u.over.querySelectorAll(".lv-label").forEach((node) => node.remove());
    this.u.over.append(...this.names.map(({ node }) => node));
    this.ride();
  }

  // Puts every name where its point of the curve is now.
  ride() {
    const { u } = this;
    const height = u.bbox.height / uPlot.pxRatio;
    for (const name of this.names) {
      const [x, y] = [u.valToPos(u.data[0][name.at], "x"), u.valToPos(u.data[name.k + 1][name.at], "y")];
      Object.assign(name, { x: x + name.left, y: y + name.top });
      name.node.hidden = !(y > -8 && y < height + 8);
      name.node.style.transform = `translate(${name.x}px, ${name.y}px)`;
    }
  }

  remove() {
    this.u.destroy();
    this.root.remove();
  }
}

// Draws a curve from its places in pixels, with a pen that has `moveTo` and `lineTo`.
export function trace(pen, x, y) {
  let down = false;
  for (let k = 0; k < x.length; k += 1) {
    const there = Number.isFinite(y[k]);
    if (there) pen[down ? "lineTo" : "moveTo"](x[k], Math.max(-FARTHEST, Math.min(FARTHEST, y[k])));
    down = there;
  }
}

// What x, and y unless all of it, span within the box that a hand has drawn.
function selected(u) {
  const { left, top, width, height } = u.select;
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  const span = (key, from, to) => [u.posToVal(from, key), u.posToVal(to, key)];
  const ranges = { x: span("x", left, left + width), y: span("y", top + height, top) };
  if (height >= u.over.clientHeight) delete ranges.y;
  return ranges;
}

function alike(one, other) {
  return one.y.every((y, k) => Math.abs(y - other.y[k]) < 1 || (!Number.isFinite(y) && !Number.isFinite(other.y[k])));
}

export function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// The chart as a file: an SVG of what is drawn, with a legend, or a PNG of that.

import { DASHES, trace } from "./panel.js";

const SHARP = 2; // pixels of a PNG for one of the screen
const ROW = 22; // pixels for a line of the legend

export async function save(plot, format, filename) {
  const drawn = drawing(plot);
  const svg = new Blob([drawn.text], { type: "image/svg+xml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(format === "svg" ? svg : await painted(svg, drawn));
  link.download = `${filename}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function painted(svg, { width, height }) {
  const image = new Image();
  image.src = URL.createObjectURL(svg);
  await image.decode();
  URL.revokeObjectURL(image.src);
  const canvas = Object.assign(document.createElement("canvas"), { width: SHARP * width, height: SHARP * height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function drawing({ root, panels, data }) {
  const { text, family, background } = panels[0].look;
  const frame = root.getBoundingClientRect();
  const named = new Map(panels.flatMap(({ curves }) => curves.filter(({ short }) => short).map((curve) => [curve.name, curve])));
  const widest = 60 + 6.5 * Math.max(...[...named.keys()].map((name) => name.length));
  const across = Math.max(1, Math.floor((frame.width - 12) / widest));
  const legend = [...named.values()].map((curve, k) => {
    const [x, y] = [12 + (k % across) * widest, frame.height + 16 + ROW * Math.floor(k / across)];
    return stroke(`M${x},${y}h26`, curve) + words(curve.name, { x: x + 34, y: y + 4 });
  });
  const [width, height] = [frame.width, frame.height + 12 + ROW * Math.ceil(named.size / across)];
  return {
    width,
    height,
    text: [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`,
      ` font-family="${family.replaceAll('"', "'")}" font-size="12" fill="${text}">`,
      `<title>${safe(data.alt)}</title><rect width="${width}" height="${height}" fill="${background}"/>`,
      ...panels.map((panel, k) => panelled(panel, frame, `frame${k}`)),
      ...legend,
      "</svg>",
    ].join("\n"),
  };
}

// A panel with its axes, where it stands in the frame of the chart.
function panelled(panel, frame, id) {
  const { u, title, titles, marks, curves, names, look } = panel;
  const { left, top, width, height } = u.over.getBoundingClientRect();
  const line = (path) => `<path d="${path}" stroke="${look.line}" fill="none"/>`;
  const below = marks.x.map(({ value, text }) => {
    const x = round(u.valToPos(value, "x"));
    return line(`M${x},0v${height}`) + words(text, { x, y: height + 16, "text-anchor": "middle" });
  });
  const beside = marks.y.map(({ value, text }) => {
    const y = round(u.valToPos(value, "y"));
    return line(`M0,${y}h${width}`) + words(text, { x: -5, y: y + 4, "text-anchor": "end" });
  });
  const drawn = curves.map((curve, k) => {
    const { x, y } = panel.places(k);
    const steps = [];
    const step = (letter) => (...place) => steps.push(letter + place.map(round).join(","));
    trace({ moveTo: step("M"), lineTo: step("L") }, x, y);
    return stroke(steps.join(""), curve);
  });
  const halo = { stroke: look.background, "stroke-width": 3, "paint-order": "stroke", "font-weight": 600, "font-size": 12.5 };
  const called = names.filter(({ node }) => !node.hidden).map(({ node, x, y, width: length }) => {
    // Where a file is opened another font may be wider; the name keeps its length.
    const place = { x: round(x), y: round(y + 11), textLength: round(length), lengthAdjust: "spacingAndGlyphs" };
    return words(node.textContent, { ...place, fill: plain(getComputedStyle(node).color), ...halo });
  });
  return [
    `<g transform="translate(${round(left - frame.left)},${round(top - frame.top)})">`,
    `<clipPath id="${id}"><rect y="-2" width="${width}" height="${height + 4}"/></clipPath>`,
    words(title, { x: 0, y: -13, "font-size": 13 }),
    words(titles.x, { x: width / 2, y: height + 38, "text-anchor": "middle", "font-size": 15 }),
    words(titles.y, { transform: `translate(-42,${height / 2})rotate(-90)`, "text-anchor": "middle", "font-size": 15 }),
    ...below,
    ...beside,
    `<g clip-path="url(#${id})">${drawn.join("\n")}</g>`,
    ...called,
    "</g>",
  ].join("\n");
}

function stroke(path, { color, dash, width, alpha }) {
  const dashes = DASHES[dash] ? ` stroke-dasharray="${DASHES[dash]}"` : "";
  return `<path d="${path}" stroke="${color}" stroke-width="${width}" opacity="${alpha}"${dashes} fill="none"/>`;
}

function words(text, attributes) {
  const said = Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`);
  return text ? `<text${said.join("")}>${safe(text)}</text>` : "";
}

function safe(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

// A mixed colour as programs that draw SVG know it.
function plain(color) {
  const parts = color.match(/[\d.]+/g).map(Number);
  return color.startsWith("color(") ? `rgb(${parts.slice(0, 3).map((part) => Math.round(255 * part))})` : color;
}

function round(value) {
  return Math.round(10 * value) / 10;
}

// What the crosshair reads: the shared axes, then every curve's values in both panels.

export class Readout {
  constructor(root) {
    this.root = root;
  }

  // Without an index the last place that was read, at first the middle.
  show(figure, index) {
    if (!figure) return;
    this.index = index ?? Math.min(this.index ?? Math.floor(figure.points / 2), figure.points - 1);
    const place = figure.axes.map((axis) => `${axis.key} ${format(axis.values[this.index])}`).join(", ");
    const panels = [...new Set(figure.series.map((series) => series.quantity))];
    const head = `At ${place}: ${panels.join(" and ")}`;
    const rows = new Map();
    for (const series of figure.series) {
      const name = series.name;
      if (!rows.has(name)) rows.set(name, { series, cells: [] });
      rows.get(name).cells.push(series.y[this.index]);
    }
    this.build(rows.size);
    this.root.dataset.index = this.index;
    this.head.textContent = head;
    [...rows.values()].forEach(({ series, cells }, k) => {
      const [mark, name, numbers] = this.rows[k].children;
      mark.style.cssText = `--lv-color:${series.color}`;
      mark.dataset.dash = series.dash;
      name.textContent = series.name;
      numbers.textContent = cells.map(format).join("   ");
    });
  }

  build(count) {
    if (this.rows?.length === count) return;
    this.head = document.createElement("div");
    this.head.className = "lv-head";
    this.rows = Array.from({ length: count }, () => {
      const row = document.createElement("div");
      row.className = "lv-row";
      row.append(...["lv-dash", "lv-name", "lv-numbers"].map((name) => Object.assign(document.createElement("span"), { className: name })));
      return row;
    });
    this.root.replaceChildren(this.head, ...this.rows);
  }
}

// Four digits, and near 1 as many as tell it from 1.
export function format(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-4) return value.toExponential(2);
  const gap = Math.abs(size - 1);
  return String(Number(gap > 0 && gap < 1e-3 ? value.toFixed(Math.ceil(-Math.log10(gap))) : value.toPrecision(4)));
}

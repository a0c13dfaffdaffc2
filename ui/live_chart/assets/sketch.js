// Plotly's axes before plotly is there: where they are going to be, and a sketch of them on the canvas.

// The part of plotly's full layout that places curves, from the layout that plotly gets and the values along x.
export function expected(layout, values) {
  const { width, height, margin, xaxis } = layout;
  const place = ({ type }, [low, high], offset, length) => ({
    _offset: offset,
    _length: length,
    ticks: type === "log" ? [] : ticks(Math.min(low, high), Math.max(low, high), length / (low < high ? 80 : 40)),
    d2l: type === "log" ? Math.log10 : (value) => value,
    l2p: (value) => (length * (value - low)) / (high - low),
  });
  const scaled = Array.from(values, xaxis.type === "log" ? Math.log10 : Number).filter(Number.isFinite);
  const ends = [Math.min(...scaled), Math.max(...scaled)];
  const full = { layout, xaxis: place(xaxis, ends, margin.l, width - margin.l - margin.r) };
  const room = height - margin.t - margin.b;
  for (const [name, axis] of Object.entries(layout)) {
    if (!name.startsWith("yaxis")) continue;
    const [bottom, top] = axis.domain;
    const [low, high] = axis.range;
    full[name] = place(axis, [high, low], margin.t + (1 - top) * room, (top - bottom) * room);
  }
  return full;
}

// Grid, numbers and titles where plotly is going to put them; on a log axis it alone knows the numbers.
export function sketch(pen, { layout, xaxis, ...full }) {
  const bottom = layout.height - layout.margin.b;
  const write = (text, size, align, x, y) => {
    Object.assign(pen, { font: `${size}px ${layout.font.family}`, textAlign: align, fillStyle: layout.font.color });
    pen.fillText(text, x, y);
  };
  const rule = (x, y, width, height) => {
    pen.fillStyle = layout.xaxis.gridcolor;
    pen.fillRect(Math.round(x), Math.round(y), width, height);
  };
  const spelled = (value) => String(value).replace("-", "\u2212");
  const yaxes = Object.keys(full).filter((name) => name.startsWith("yaxis"));
  for (const value of xaxis.ticks) {
    const x = xaxis._offset + xaxis.l2p(value);
    for (const { _offset: top, _length: length } of yaxes.map((name) => full[name])) rule(x - 1, top, 1, length);
    write(spelled(value), 12, "center", x, bottom + 15);
  }
  write(layout.xaxis.title.text, 16, "center", xaxis._offset + xaxis._length / 2, bottom + 36);
  yaxes.forEach((name, k) => {
    const { _offset: top, _length: length, ticks: values, l2p } = full[name];
    for (const value of values) {
      rule(xaxis._offset, top + l2p(value), xaxis._length, 1);
      write(spelled(value), 12, "right", xaxis._offset - 3, top + l2p(value) + 4);
    }
    const { text, font, xshift = 0 } = layout.annotations[k];
    write(text, font.size, "left", xaxis._offset + 2 + xshift, top - 10);
    pen.save();
    pen.translate(31, top + length / 2);
    pen.rotate(-Math.PI / 2);
    write(layout[name].title.text, 16, "center", 0, 0);
    pen.restore();
  });
}

// The round numbers that plotly marks on a linear axis with room for so many.
function ticks(low, high, room) {
  const rough = (high - low) / (Math.min(9, Math.max(4, room)) + 1);
  const base = 10 ** Math.floor(Math.log10(rough));
  const step = base * [2, 5, 10].find((size) => size >= rough / base);
  const found = [];
  for (let k = Math.ceil(low / step); k * step <= high; k += 1) found.push(Number((k * step).toPrecision(12)));
  return found;
}

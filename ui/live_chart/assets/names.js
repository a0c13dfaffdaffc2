// Where to name curves: on no line, on no other name, and nearer to its own curve than to another.

const COLUMN = 2; // pixels of a column in which a curve's lowest and highest place are known
const STEP = 12; // pixels between the places that are tried
const AWAY = 4; // pixels between a name and its curve
const CLEAR = 2; // pixels between a name and anything else
const TELLABLE = 7; // pixels to another curve from which on a name is told to be of its own
const ENOUGH = 40; // pixels beyond which a name does not stand any freer

// Every curve has its points in pixels, `x` and `y`; those to name have a `name` and its `size`. For each name: the
// point that it stands at, as an index, and the offset of its upper left corner; null where there is no room for it.
export function placed(curves, width, height) {
  const columns = curves.map((curve) => reach(curve, Math.ceil(width / COLUMN)));
  const taken = [];
  return curves.map((curve, own) => {
    if (!curve.name) return null;
    let best = { score: 0 };
    for (const at of points(curve, width)) {
      const [x, y] = [curve.x[at], curve.y[at]];
      if (!(y >= 0 && y <= height)) continue;
      const alone = apart(x, y, columns, own);
      if (alone < TELLABLE) continue;
      for (const [left, top] of corners(curve.size)) {
        const box = { left: x + left, top: y + top, right: x + left + curve.size.width, bottom: y + top + curve.size.height };
        if (box.left < CLEAR || box.right > width - CLEAR || box.top < 0 || box.bottom > height) continue;
        if (taken.some((other) => touch(box, other))) continue;
        const room = Math.min(alone, free(box, columns, own));
        // Of equally free places the outermost, where a name covers least.
        const score = room + 10 * Math.abs(x / width - 0.5);
        if (room >= TELLABLE && score > best.score) best = { score, box, at, left, top };
      }
    }
    if (!best.box) return null;
    taken.push(best.box);
    return { at: best.at, left: best.left, top: best.top };
  });
}

// The lowest and the highest place of a curve in every column that it passes.
function reach({ x, y }, count) {
  const low = new Float32Array(count).fill(Infinity);
  const high = new Float32Array(count).fill(-Infinity);
  for (let k = 1; k < x.length; k += 1) {
    const [x0, y0, x1, y1] = [x[k - 1], y[k - 1], x[k], y[k]];
    if (!Number.isFinite(y0) || !Number.isFinite(y1)) continue;
    const last = Math.min(count - 1, Math.floor(x1 / COLUMN));
    for (let column = Math.max(0, Math.floor(x0 / COLUMN)); column <= last; column += 1) {
      const at = (edge) => (x1 > x0 ? y0 + (y1 - y0) * Math.min(1, Math.max(0, (edge - x0) / (x1 - x0))) : y1);
      const ends = [x1 > x0 ? at(column * COLUMN) : y0, at((column + 1) * COLUMN)];
      low[column] = Math.min(low[column], ...ends);
      high[column] = Math.max(high[column], ...ends);
    }
  }
  return { low, high };
}

// The points of a curve about every STEP pixels.
function points({ x, y }, width) {
  const found = [];
  let last = null;
  for (let k = 0; k < x.length; k += 1) {
    if (!(x[k] >= 0 && x[k] <= width && Number.isFinite(y[k]))) continue;
    if (last !== null && Math.abs(x[k] - x[last]) < STEP && Math.abs(y[k] - y[last]) < STEP) continue;
    found.push(k);
    last = k;
  }
  return found;
}

// Upper left corners about a point: above and below it to both sides and in the middle, and beside it.
function corners({ width, height }) {
  const across = [AWAY, -width - AWAY, -width / 2];
  return [...across.flatMap((left) => [[left, -height - AWAY], [left, AWAY]]), [2 * AWAY, -height / 2], [-width - 2 * AWAY, -height / 2]];
}

// How far the nearest other curve is above or below a box, no less than 0 where its own is clear; -1 where one crosses it.
function free(box, columns, own) {
  let room = ENOUGH;
  const last = Math.min(columns[0].low.length - 1, Math.floor((box.right + CLEAR) / COLUMN));
  for (let k = 0; k < columns.length; k += 1) {
    const { low, high } = columns[k];
    for (let column = Math.max(0, Math.floor((box.left - CLEAR) / COLUMN)); column <= last; column += 1) {
      const gap = Math.max(box.top - high[column], low[column] - box.bottom);
      if (gap < CLEAR) return -1;
      if (k !== own && gap < room) room = gap;
    }
  }
  return room;
}

// How far the nearest other curve is from a point.
function apart(x, y, columns, own) {
  let least = ENOUGH;
  const last = Math.floor((x + ENOUGH) / COLUMN);
  columns.forEach(({ low, high }, k) => {
    if (k === own) return;
    for (let column = Math.max(0, Math.floor((x - ENOUGH) / COLUMN)); column <= last && column < low.length; column += 1) {
      const away = Math.max(0, column * COLUMN - x, x - (column + 1) * COLUMN);
      const gap = Math.hypot(away, Math.max(0, y - high[column], low[column] - y));
      if (gap < least) least = gap;
    }
  });
  return least;
}

function touch(one, other) {
  return one.left < other.right + CLEAR && other.left < one.right + CLEAR && one.top < other.bottom && other.top < one.bottom;
}

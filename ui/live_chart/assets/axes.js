// What an axis spans, where it is marked, and how its numbers are written.

const MANTISSAS = [[1], [1, 2, 5], range(1, 9), range(10, 99).map((tenths) => tenths / 10)];
export const STEPS = range(-12, 12).flatMap((power) => [1, 2, 5].map((mantissa) => Number(`${mantissa}e${power}`)));
const DECADES = 9; // the most that a log axis shows

// From the first of rising values to the last; on a linear axis to the round numbers that lie within a hair of them.
export function extent(values, scale) {
  const [low, high] = [values[0], values[values.length - 1]];
  if (scale === "log") return [low, high];
  const hair = 10 ** Math.floor(Math.log10(high - low) - 2);
  return [Math.floor(low / hair) * hair, Math.ceil(high / hair) * hair];
}

// The range that shows most curves: at the most three times the middle one of their extremes, so that a
// curve that towers over the others leaves the frame instead of flattening them.
export function span(curves, scale) {
  if (scale === "log") {
    const sizes = curves.flatMap((curve) => Array.from(curve)).filter((size) => size > 0 && size < Infinity);
    const high = Math.log10(sizes.reduce((a, b) => Math.max(a, b), 1e-3));
    const low = Math.log10(sizes.reduce((a, b) => Math.min(a, b), 10 ** high));
    return [10 ** (Math.max(low, high - DECADES) - 0.1), 10 ** (high + 0.1)];
  }
  const frame = (extremes) => {
    const sizes = extremes.filter((size) => size > 0).sort((a, b) => a - b);
    return sizes.length ? Math.min(sizes[sizes.length - 1], 3 * sizes[Math.floor((sizes.length - 1) / 2)]) : 0;
  };
  const finite = curves.map((curve) => curve.filter(Number.isFinite));
  const high = frame(finite.map((curve) => curve.reduce((a, b) => Math.max(a, b), 0)));
  const low = -frame(finite.map((curve) => -curve.reduce((a, b) => Math.min(a, b), 0)));
  const room = 0.085 * (high - low || 1);
  return [low - room, high + room];
}

// Where a log axis is marked: powers of ten, or numbers between them where it is short; `room` is for how many.
export function decades(low, high, room) {
  const powers = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)));
  const choices = MANTISSAS.map((mantissas) => {
    const marks = powers.flatMap((power) => mantissas.map((mantissa) => Number(`${mantissa}e${power}`)));
    return marks.filter((mark) => mark >= low && mark <= high);
  });
  const marks = choices.find((choice) => choice.length > 2) ?? choices.pop();
  const every = Math.ceil(marks.length / Math.max(2, room));
  const order = (mark, k) => (marks === choices[0] ? Math.round(Math.log10(mark)) : k); // 1 is among thinned powers
  return marks.filter((mark, k) => order(mark, k) % every === 0);
}

// 0.01, 250, 10⁻⁶, 3·10⁵: powers of ten on a log axis from a hundred on, else where zeros would have to be counted.
export function written(value, scale) {
  const [mantissa, power] = value.toExponential(5).split("e").map(Number);
  const plain = scale === "log" && mantissa === 1 ? Math.abs(power) < 2 : power > -4 && power < 5;
  if (value === 0 || plain) return minus(Number(value.toPrecision(6)));
  const raised = String(power).replace(/./g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
  return mantissa === 1 ? `10${raised}` : `${minus(mantissa)}·10${raised}`;
}

function minus(value) {
  return String(value).replace("-", "\u2212");
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, k) => first + k);
}

// A message, from Python as from the route: the length of a JSON text in four bytes, the text, then float32.

function opened(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const text = new TextDecoder().decode(bytes.subarray(4, 4 + length));
  // A copy, because numbers must begin at a multiple of four.
  return { header: JSON.parse(text), numbers: new Float32Array(bytes.slice(4 + length).buffer) };
}

// A figure is its rows of one length: every axis, then every series.
function figure(numbers, data) {
  const points = numbers.length / (data.axes.length + data.series.length);
  const row = (k) => numbers.subarray(k * points, (k + 1) * points);
  return {
    points,
    axes: data.axes.map((axis, k) => ({ ...axis, values: row(k) })),
    series: data.series.map((series, k) => ({ ...series, y: row(data.axes.length + k) })),
  };
}

const outlines = new Map(); // by shape: knobs, axes, panels and series, which Python sends until it is answered

// What Python sends: a description, with the figure and the pinned curves where it names them.
export function received(bytes) {
  const { header, numbers } = opened(bytes);
  if (header.series) {
    const { knobs, labels, axes, panels, series } = header;
    outlines.set(header.shape, { knobs, labels, axes, panels, series });
  }
  const data = { ...outlines.get(header.shape), ...header };
  const size = numbers.length / Math.max(1, data.sent.length);
  data.sent.forEach((name, k) => {
    data[name] = figure(numbers.subarray(k * size, (k + 1) * size), data);
  });
  return data;
}

export async function fetchFigure(data, values) {
  const url = new URL(data.route, document.baseURI);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value ?? "off");
  const response = await fetch(url);
  if (!response.ok) {
    const error = new Error(`${response.status}: ${await response.text()}`);
    throw Object.assign(error, { busy: response.status === 503 });
  }
  return figure(opened(new Uint8Array(await response.arrayBuffer())).numbers, data);
}

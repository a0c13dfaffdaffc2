// The bytes of a figure: every axis, then every series, as rows of float32 of one length.

export function decode(source, data) {
  const bytes = typeof source === "string" ? Uint8Array.from(atob(source), (c) => c.charCodeAt(0)) : source;
  const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const points = numbers.length / (data.axes.length + data.series.length);
  const row = (k) => numbers.subarray(k * points, (k + 1) * points);
  return {
    points,
    axes: data.axes.map((axis, k) => ({ ...axis, values: row(k) })),
    series: data.series.map((series, k) => ({ ...series, y: row(data.axes.length + k) })),
  };
}

export async function fetchFigure(data, values) {
  const url = new URL(data.route, document.baseURI);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value ?? "off");
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  const buffer = await response.arrayBuffer();
  const header = new DataView(buffer).getUint32(0, true);
  return decode(new Uint8Array(buffer, 4 + header), data);
}

// Sliders with number fields, one per knob, grouped by what they belong to.

const STEPS = 1000;

export class Controls {
  constructor(root, moved) {
    this.root = root;
    this.moved = moved;
    this.fields = new Map();
  }

  // Draws the knobs anew if they changed, else only sets their values.
  show(knobs, values, labels) {
    const shape = JSON.stringify(knobs);
    if (shape !== this.shape) {
      this.shape = shape;
      this.build(knobs, labels);
    }
    this.values = { ...values };
    for (const knob of knobs) this.fields.get(knob.name).set(values[knob.name]);
  }

  build(knobs, labels) {
    this.root.replaceChildren();
    this.fields.clear();
    for (const group of new Set(knobs.map((knob) => knob.group))) {
      const fieldset = element("fieldset", "lv-group");
      const { title, color } = labels[group] ?? {};
      if (title) {
        const legend = element("legend", "", title);
        legend.style.setProperty("--lv-color", color);
        fieldset.append(legend);
      }
      for (const knob of knobs.filter((each) => each.group === group)) {
        fieldset.append(this.field(knob, title));
      }
      this.root.append(fieldset);
    }
  }

  field(knob, title) {
    const row = element("div", "lv-knob");
    row.title = knob.meaning;
    const name = `${title ? `${title}: ` : ""}${knob.label}`;
    const label = element("label", "", knob.symbol);
    label.append(element("span", "lv-meaning", knob.meaning));
    const field = knob.switch ? new Switch(knob, name) : new Slider(knob, name);
    label.htmlFor = field.id;
    field.onchange = (value) => {
      this.values = { ...this.values, [knob.name]: value };
      this.moved(this.values, knob.name);
    };
    row.append(label, ...field.nodes);
    this.fields.set(knob.name, field);
    return row;
  }
}

class Slider {
  constructor(knob, name) {
    this.knob = knob;
    this.id = `lv-${knob.name}`;
    this.range = input("range", this.id, name);
    this.number = input("number", `${this.id}-number`, `${name}, value`);
    Object.assign(this.number, { min: knob.low, max: knob.high, step: "any" });
    if (knob.scale === "log") Object.assign(this.range, { min: 0, max: STEPS, step: 1 });
    else Object.assign(this.range, { min: knob.low, max: knob.high, step: knob.step });
    this.nodes = [this.range, this.number];
    this.range.oninput = () => this.take(this.fromRange());
    this.number.onchange = () => this.take(this.typed());
    if (knob.optional) {
      this.toggle = input("checkbox", `${this.id}-on`, `${name}, on`);
      this.nodes.unshift(this.toggle);
      this.toggle.onchange = () => this.take(this.toggle.checked ? this.fromRange() : null);
    }
  }

  // Positions on a log scale are read as numbers of three digits, linear ones in whole steps.
  fromRange() {
    const { low, high, step, scale } = this.knob;
    const position = Number(this.range.value);
    if (scale === "log") {
      const rounded = Number((low * (high / low) ** (position / STEPS)).toPrecision(3));
      return this.whole(Math.min(high, Math.max(low, rounded)));
    }
    return Number((Math.round(position / step) * step).toFixed(10));
  }

  typed() {
    const value = this.number.valueAsNumber;
    if (Number.isNaN(value)) return this.value;
    return this.whole(Math.min(this.knob.high, Math.max(this.knob.low, value)));
  }

  // A knob that steps by 1 has whole values.
  whole(value) {
    return this.knob.step === 1 ? Math.round(value) : value;
  }

  take(value) {
    this.set(value);
    this.onchange(value);
  }

  set(value) {
    const { low, high, scale } = this.knob;
    this.value = value;
    const off = value === null;
    if (this.toggle) this.toggle.checked = !off;
    this.range.disabled = this.number.disabled = off;
    this.number.value = off ? "" : value;
    if (off) return;
    const position = scale === "log" ? (STEPS * Math.log(value / low)) / Math.log(high / low) : value;
    if (document.activeElement !== this.range || this.fromRange() !== value) this.range.value = position;
    const share = (this.range.value - this.range.min) / (this.range.max - this.range.min);
    this.range.style.setProperty("--lv-at", `calc(0.5rem + ${share} * (100% - 1rem))`);
    this.range.setAttribute("aria-valuetext", `${value}${this.knob.unit ?? ""}`);
  }
}

class Switch {
  constructor(knob, name) {
    this.id = `lv-${knob.name}`;
    this.box = input("checkbox", this.id, name);
    this.box.setAttribute("role", "switch");
    this.nodes = [this.box];
    this.box.onchange = () => this.onchange(this.box.checked ? 1 : 0);
  }

  set(value) {
    this.box.checked = Boolean(value);
  }
}

function input(type, id, name) {
  const node = element("input", `lv-${type}`);
  node.type = type;
  node.id = id;
  node.setAttribute("aria-label", name);
  return node;
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// One chart that follows its knobs: asks the app's route while a hand moves, draws what torch answers.
// Nothing is computed here; numbers come from the route and from Python.

import { Controls } from "./controls.js";
import { Plot } from "./plot.js";
import { Readout } from "./readout.js";
import { fetchFigure, received } from "./wire.js";

const REST_MS = 250;
const REFUSALS = 30;
const charts = new WeakMap();

export default function render(component) {
  const root = component.parentElement.querySelector(".lv");
  if (!root) return undefined;
  let chart = charts.get(root);
  if (!chart) {
    chart = new LiveChart(root);
    charts.set(root, chart);
  }
  chart.update(component);
  return () => chart.remove();
}

class LiveChart {
  constructor(root) {
    this.root = root;
    this.stamp = 0;
    this.told = 0;
    this.turn = -1;
    this.moves = {}; // at which stamp a hand last moved what
    this.asking = false;
    this.draws = 0;
    this.controls = new Controls(root.querySelector(".lv-controls"), (values, name) => this.moved(values, name));
    this.readout = new Readout(root.querySelector(".lv-readout"));
    this.plot = new Plot(root.querySelector(".lv-plot"), (index) => this.readout.show(this.figure, index));
    this.bar = root.querySelector(".lv-bar");
    this.bar.onclick = (event) => this.pressed(event.target.closest("button")?.dataset.action);
    // A hand that goes on to another control has finished here: what it does there comes second.
    this.left = (event) => root.contains(event.target) || this.tell();
    document.addEventListener("pointerdown", this.left, true);
    document.addEventListener("focusin", this.left, true);
  }

  // Called with new data from Python: at first, after each rest, and when Python changes the values.
  update({ data: message, setStateValue }) {
    const data = received(message);
    this.send = (state) => setStateValue("state", state);
    const same = this.data?.shape === data.shape;
    this.data = data;
    if (!same || data.turn > this.turn) this.take(data);
    this.root.style.setProperty("--lv-height", `${data.height}px`);
    this.root.style.colorScheme = light(getComputedStyle(this.root).color) ? "dark" : "light";
    this.root.classList.toggle("lv-few", data.knobs.length <= 2);
    this.root.querySelector(".lv-plot").setAttribute("aria-label", data.alt);
    this.pinned = data.pinned ?? null;
    // While a hand moves, what it sees is newer than what Python sends; what it has seen is not sent again.
    const moving = this.asking || this.stamp > data.stamp;
    if (!same) this.figure = null;
    if (data.figure && (!moving || !same)) this.figure = { ...data.figure, values: data.values };
    this.press();
    if (moving && same) return this.ask();
    this.address();
    if (!this.figure) this.newest = this.state.values;
    if (this.newest) return this.ask();
    this.readout.show(this.figure);
    this.draw();
    return undefined;
  }

  // What Python says, but for what a hand has moved since Python last heard of it.
  take(data) {
    const own = (name) => this.moves[name] > data.stamp;
    const moved = this.state ? data.knobs.map((knob) => knob.name).filter(own) : [];
    const values = { ...data.values };
    for (const name of moved) values[name] = this.state.values[name];
    const newest = (name) => (own(name) ? this.state : data)[name];
    this.state = { values, axis: newest("axis"), scale: newest("scale"), pin: newest("pin") };
    this.turn = data.turn;
    this.stamp = Math.max(this.stamp, data.stamp);
    this.told = Math.max(this.told, data.stamp);
    this.controls.show(data.knobs, values, data.labels);
    this.newest = moved.length || this.asking ? values : null;
  }

  // Drawn anew is only what is not on the screen as it should be.
  draw() {
    const theme = getComputedStyle(this.root).color;
    const wanted = JSON.stringify([this.data.shape, this.figure.values, this.state, Boolean(this.pinned), theme]);
    if (wanted === this.shown) return;
    this.shown = wanted;
    this.plot.draw(this.figure, this.pinned, this.data, this.state);
    this.drawn(this.figure.values);
  }

  // A knob moved: the newest values win, one request at a time.
  moved(values, name) {
    this.stamp += 1;
    this.moves[name] = this.stamp;
    this.state = { ...this.state, values };
    this.newest = values;
    this.ask();
    this.rest();
  }

  async ask() {
    if (this.asking || !this.newest) return;
    this.asking = true;
    let refusals = 0;
    while (this.newest) {
      const { data, newest: values } = this;
      this.newest = null;
      try {
        const figure = await fetchFigure(data, values);
        this.root.removeAttribute("data-problem");
        if (data.shape !== this.data.shape) {
          this.newest ??= this.state.values; // other curves are wanted by now
          continue;
        }
        this.figure = { ...figure, values };
        this.readout.show(this.figure);
        if (this.plot.move(this.figure, data)) {
          this.shown = null;
          this.drawn(values);
        } else this.draw();
      } catch (error) {
        if (error.busy && refusals < REFUSALS) {
          refusals += 1;
          await new Promise((again) => setTimeout(again, 100 + 200 * Math.random()));
          this.newest ??= values;
        } else this.fail(error);
      }
    }
    this.asking = false;
  }

  // The hand rests: rescale, and let Python and the address follow.
  rest() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (this.asking) return this.rest();
      this.draw();
      this.address();
      return this.tell();
    }, REST_MS);
    return undefined;
  }

  // Python hears what it has not heard yet.
  tell() {
    if (this.told >= this.stamp) return;
    this.told = this.stamp;
    this.address();
    this.send({ ...this.state, stamp: this.stamp, turn: this.turn, moves: { ...this.moves }, shape: this.data.shape });
  }

  pressed(action) {
    if (!action) return;
    if (action === "png" || action === "svg") {
      this.plot.download(action, this.data.filename);
      return;
    }
    const [name, value] = action.split(":");
    if (name === "reset") {
      this.state = { ...this.state, values: { ...this.data.defaults }, pin: null };
      this.controls.show(this.data.knobs, this.state.values, this.data.labels);
      this.newest = this.state.values;
    } else if (name === "pin") {
      this.state = { ...this.state, pin: this.state.pin ? null : { ...this.state.values } };
    } else {
      this.state = { ...this.state, [name]: value };
    }
    this.stamp += 1;
    for (const each of name === "reset" ? ["pin", ...Object.keys(this.state.values)] : [name]) {
      this.moves[each] = this.stamp;
    }
    this.press();
    if (!this.state.pin) this.pinned = null;
    if (!this.newest) this.draw();
    this.ask();
    this.rest();
  }

  press() {
    for (const [k, axis] of this.data.axes.entries()) {
      const button = this.bar.querySelectorAll('[data-choice="axis"] button')[k];
      if (!button) continue;
      button.dataset.action = `axis:${axis.key}`;
      button.textContent = axis.key;
    }
    for (const button of this.bar.querySelectorAll("button[data-action]")) {
      const [name, value] = button.dataset.action.split(":");
      const pressed = name === "pin" ? Boolean(this.state.pin) : this.state[name] === value;
      if (value !== undefined || name === "pin") button.setAttribute("aria-pressed", String(pressed));
    }
    const choosable = (name, there) => {
      this.bar.querySelector(`[data-choice="${name}"]`).hidden = !there;
    };
    choosable("axis", this.data.axes.length > 1);
    choosable("scale", this.data.scales);
  }

  // The address holds what differs from the defaults, so that a link reproduces the chart.
  address() {
    const url = new URL(window.location.href);
    const put = (name, value, fallback) => {
      if (value === fallback || value === null || value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    };
    for (const knob of this.data.knobs) {
      const value = this.state.values[knob.name];
      const fallback = this.data.defaults[knob.name];
      put(knob.name, value === null && fallback !== null ? "off" : value, fallback);
    }
    put("axis", this.state.axis, this.data.axes[0].key);
    put("scale", this.state.scale, "linear");
    const pin = this.state.pin && Object.entries(this.state.pin).map(([name, value]) => `${name}:${value ?? "off"}`);
    put("pin", pin ? pin.join("~") : null, null);
    if (url.href !== window.location.href) window.history.replaceState(window.history.state, "", url);
  }

  // What is on the screen now, for whoever waits for it: how often drawn, and for which values.
  drawn(values) {
    this.draws += 1;
    this.root.dataset.draws = this.draws;
    this.root.dataset.values = JSON.stringify(values);
  }

  // Without an answer the chart says so, and asks again.
  fail(error) {
    this.root.dataset.problem = "The chart could not be updated. It will be, once the app answers again.";
    if (!(error instanceof TypeError)) console.warn("live chart:", error);
    clearTimeout(this.again);
    this.again = setTimeout(() => {
      this.newest ??= this.state.values;
      this.ask();
      this.rest();
    }, 1000);
  }

  remove() {
    clearTimeout(this.timer);
    clearTimeout(this.again);
    document.removeEventListener("pointerdown", this.left, true);
    document.removeEventListener("focusin", this.left, true);
    this.plot.remove();
    charts.delete(this.root);
  }
}

// Whether a colour, such as that of the text, is light: the browser's own sliders follow.
function light(color) {
  const [red, green, blue] = color.match(/[\d.]+/g).map(Number);
  return red + green + blue > 384;
}

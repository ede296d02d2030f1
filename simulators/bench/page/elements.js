// Making elements. Text is always text: nothing that a device or the box says can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes (`on…` are listeners, the rest as in HTML), then children. */
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** A drawing of the sprite, for eyes only. */
export function drawing(name, attributes = {}) {
  const svg = fill(document.createElementNS(SVG, "svg"), { "aria-hidden": "true", ...attributes }, []);
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/drawings.svg#${name}`);
  svg.append(use);
  return svg;
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button that says what went wrong, should it. */
export function button(text, act, attributes = {}) {
  return make("button", { type: "button", onclick: () => told(act), ...attributes }, text);
}

/** Do something; what goes wrong is told at the bottom of the page. */
export async function told(act) {
  try {
    await act();
  } catch (error) {
    announce(error.message);
  }
}

/** A switch with its words. */
export function toggle(text, on, turn, attributes = {}) {
  const box = make("input", { type: "checkbox", role: "switch", checked: on, ...attributes });
  box.addEventListener("change", () => told(() => turn(box.checked)));
  return make("label", { class: "switch" }, box, make("span", {}, text));
}

/** Say something at the bottom of the page, for a while. */
export function announce(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => { place.textContent = ""; }, 7000);
}

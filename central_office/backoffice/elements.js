// Making elements. Text is always text: nothing that the office says can become markup.

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {Child | Child[] | Child[][]} Children */

/**
 * An element: attributes (`on…` are listeners), then children.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Children} children
 * @returns {any}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  dress(element, attributes);
  element.append(...nodes(children));
  return element;
}

/**
 * A part of a drawing.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...Children} children
 * @returns {SVGElement}
 */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  dress(element, attributes);
  element.append(...nodes(children));
  return element;
}

/**
 * What is there of children, however deep it is nested.
 * @param {unknown} children
 * @returns {(Node | string)[]}
 */
export function nodes(children) {
  const flat = /** @type {Child[]} */ ([children].flat(5));
  return flat
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => /** @type {Node | string} */ (child));
}

/** @param {Element} element @param {Record<string, any>} attributes */
function dress(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
}

/**
 * A button that is busy while what it does is under way; what goes wrong is said.
 * @param {Children} content
 * @param {() => unknown} act
 * @param {Record<string, any>} [attributes]
 * @returns {HTMLButtonElement}
 */
export function button(content, act, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, content);
  element.addEventListener("click", async () => {
    element.disabled = true;
    try {
      await act();
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error));
    } finally {
      element.disabled = false;
    }
  });
  return element;
}

/**
 * A dialog over the page, gone when it is closed.
 * @param {string} title
 * @param {(close: () => void) => Children} fill
 * @returns {HTMLDialogElement}
 */
export function dialog(title, fill) {
  const element = make("dialog", { "aria-labelledby": "dialog-title" }, make("h2", { id: "dialog-title" }, title));
  element.append(...nodes(fill(() => element.close())));
  element.addEventListener("close", () => element.remove());
  document.body.append(element);
  element.showModal();
  return element;
}

let timer = 0;

/**
 * Say something at the bottom of the page, for a while.
 * @param {string} text
 */
export function announce(text) {
  const place = /** @type {HTMLElement} */ (document.getElementById("said"));
  place.textContent = text;
  clearTimeout(timer);
  timer = window.setTimeout(() => {
    place.textContent = "";
  }, 8000);
}

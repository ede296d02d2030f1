// Making elements. Text is always text: nothing that the box says can become markup.

/** An element: attributes (`on…` are listeners, `class` is the class), then children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
  return element;
}

/** A button that is busy while what it does is under way. */
export function button(text, act, attributes = {}) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", async () => {
    element.disabled = true;
    try {
      await act();
    } finally {
      element.disabled = false;
    }
  });
  return element;
}

/** A dialog over the page, gone when it is closed. `fill(close)` gives its content. */
export function dialog(title, fill, closed = () => {}) {
  const heading = make("h2", { id: "dialog-title" }, title);
  const element = make("dialog", { "aria-labelledby": "dialog-title" }, heading);
  const close = () => element.close();
  element.append(...[fill(close)].flat(2).filter(Boolean));
  element.addEventListener("close", () => {
    element.remove();
    closed();
  });
  document.body.append(element);
  element.showModal();
  return element;
}

/** Say something at the bottom of the page, for a while. */
export function announce(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => { place.textContent = ""; }, 8000);
}

// Builds page elements from text that is never read as HTML, and writes times the Finnish way.

/** `props` are properties of the element, listeners as `onclick`, or attributes when the name has a dash or is `role`. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (name.includes('-') || name === 'role' || name === 'list') node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Paragraphs of a post: blank lines part them, single line breaks are kept by the style sheet. */
export function paragraphs(text) {
  return text.split(/\n{2,}/).map((part) => el('p', {}, part));
}

const clock = new Intl.DateTimeFormat('fi-FI', {
  weekday: 'short',
  day: 'numeric',
  month: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
});

/** The forum's times are SQLite's: UTC without saying so. */
export function timeOf(text) {
  const date = new Date(text.includes('T') ? text : `${text.replace(' ', 'T')}Z`);
  return el('time', { dateTime: date.toISOString() }, clock.format(date));
}

export function avatar(id, name) {
  return el('span', { className: `avatar hue-${(id ?? 0) % 6}`, 'aria-hidden': 'true' }, (name ?? '?').slice(0, 1));
}

/** A line for what went wrong, read aloud when it changes. */
export function messageLine() {
  const line = el('p', { className: 'message', role: 'alert', hidden: true });
  return {
    line,
    show: (error) => {
      line.textContent = error instanceof Error ? error.message : String(error);
      line.hidden = false;
    },
    clear: () => {
      line.hidden = true;
    },
  };
}

/** Runs the work of a button once at a time and shows its error. */
export async function busy(button, message, work) {
  button.disabled = true;
  message.clear();
  try {
    return await work();
  } catch (error) {
    message.show(error);
  } finally {
    button.disabled = false;
  }
}

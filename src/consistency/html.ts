// Writes HTML in which whatever is not markup of ours is text: values are escaped where they are put in.

/** Markup that is safe as it stands: made by html``, or a constant of ours. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Value = string | number | Html | null | Value[];

/** Null puts in nothing; a list, one after another. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(parts.map((part, at) => part + written(values[at] ?? null)).join(''));
}

function written(value: Value): string {
  if (value === null) return '';
  if (value instanceof Html) return value.markup;
  if (Array.isArray(value)) return value.map(written).join('');
  return String(value).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

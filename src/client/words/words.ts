// The words of an element in the language of the page around it, with numbers and times as that language writes them.
import { en } from './en.ts';
import { fi } from './fi.ts';

export type Word = keyof typeof en;
export type Values = Record<string, string | number>;
type Counted = 'credits' | 'hidden';

const DICTIONARIES: Record<string, Record<Word, string>> = { en, fi };

export class Words {
  /** As in `lang`, such as fi or en-GB. */
  readonly locale: string;
  readonly #dictionary: Record<Word, string>;
  readonly #plurals: Intl.PluralRules;

  constructor(locale: string) {
    const language = locale.split('-')[0] ?? '';
    this.locale = language in DICTIONARIES ? locale : 'en';
    this.#dictionary = DICTIONARIES[language] ?? en;
    this.#plurals = new Intl.PluralRules(this.locale);
  }

  /** `{name}` in the words is replaced by the value of that name. */
  say(word: Word, values: Values = {}): string {
    return this.#dictionary[word].replaceAll(/\{(\w+)\}/g, (_, name: string) => this.#written(values[name] ?? ''));
  }

  /** As 1 credit, 5 credits. */
  count(counted: Counted, count: number): string {
    return this.say(`${counted}_${this.#plurals.select(count) === 'one' ? 'one' : 'other'}`, { count });
  }

  /** The words for a machine word, where there are some; else `other`. */
  code(kind: 'error' | 'failed', code: string): string {
    const word = `${kind}.${code}`;
    return this.say((word in en ? word : `${kind}.other`) as Word);
  }

  /** A style or a warning that is not known here, of a newer service, is shown in the service's own words. */
  style(id: string, name: string): string {
    return this.#known(`style.${id}`) ?? name;
  }

  warning(code: string, message: string): string {
    return this.#known(`warning.${code}`) ?? message;
  }

  #known(word: string): string | undefined {
    return word in en ? this.#dictionary[word as Word] : undefined;
  }

  date(iso: string, options: Intl.DateTimeFormatOptions = { dateStyle: 'medium' }): string {
    return new Intl.DateTimeFormat(this.locale, options).format(new Date(iso));
  }

  list(parts: readonly string[]): string {
    return new Intl.ListFormat(this.locale).format(parts);
  }

  #written(value: string | number): string {
    return typeof value === 'number' ? value.toLocaleString(this.locale) : value;
  }
}

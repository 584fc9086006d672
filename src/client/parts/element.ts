// What every element of ours begins with: the words in the page's language, one place for failures, and listening that ends by itself.
import { type CSSResultGroup, LitElement, type PropertyDeclarations, type PropertyValues } from 'lit';
import { ApiError } from '../service/api.ts';
import { hear, type Topic } from '../service/tabs.ts';
import { type Values, type Word, Words } from '../words/words.ts';
import { look } from './look.ts';

const watched = new Set<ForumElement>();
/** The page may change its language without a reload. */
new MutationObserver(() => {
  for (const element of watched) element.requestUpdate();
}).observe(document.documentElement, { subtree: true, attributeFilter: ['lang'] });

export abstract class ForumElement extends LitElement {
  static override styles: CSSResultGroup = look;

  /** What to tell of a failure; empty for none. */
  declare protected failure: string;
  #words = new Words('en');
  #endings: (() => void)[] = [];
  #asked = 0;

  // Declared, not initialised: a field of that name would hide the accessor that Lit makes for it.
  static override properties: PropertyDeclarations = { failure: { state: true } };

  constructor() {
    super();
    this.failure = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    watched.add(this);
    if (this.hasUpdated) this.refresh();
  }

  /** Back in the page, after being moved or taken out for a while: what happened meanwhile was not heard of. */
  protected refresh(): void {}

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    watched.delete(this);
    for (const end of this.#endings.splice(0)) end();
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const locale = languageOf(this);
    if (locale !== this.#words.locale) this.#words = new Words(locale);
  }

  protected get words(): Words {
    return this.#words;
  }

  protected say(word: Word, values?: Values): string {
    return this.#words.say(word, values);
  }

  /** Until the element leaves the page. */
  protected hearOf(topic: Topic, listener: () => void): void {
    this.untilGone(hear(topic, listener));
  }

  protected untilGone(end: () => void): void {
    this.#endings.push(end);
  }

  /** Runs something that may fail, and tells when it did. @returns undefined then */
  protected async attempt<T>(work: () => Promise<T>, isWanted = () => true): Promise<T | undefined> {
    this.failure = '';
    try {
      return await work();
    } catch (error) {
      if (isWanted()) this.fail(error);
      return undefined;
    }
  }

  /**
   * As `attempt`, for what is asked for again and again: answers come in any order, and only that to the last question counts.
   * @returns undefined for any other
   */
  protected async latest<T>(work: () => Promise<T>): Promise<T | undefined> {
    this.#asked += 1;
    const asked = this.#asked;
    const isLatest = () => asked === this.#asked;
    const answer = await this.attempt(work, isLatest);
    return isLatest() ? answer : undefined;
  }

  protected fail(error: unknown): void {
    this.failure = this.reasonOf(error);
  }

  /** In words for people. */
  protected reasonOf(error: unknown): string {
    if (!(error instanceof ApiError)) console.error(error);
    return this.words.code('error', error instanceof ApiError ? error.code : 'other');
  }

  /** What has the focus is about to go: the line that tells what becomes of it takes the focus over. */
  protected focusStatus(): void {
    this.renderRoot.querySelector<HTMLElement>('[role=status]')?.focus();
  }
}

function languageOf(element: Element): string {
  const told = element.closest('[lang]') ?? hostOf(element)?.closest('[lang]');
  return told?.getAttribute('lang') || document.documentElement.lang || navigator.language;
}

/** The outermost element in the page itself: an element inside another of ours speaks its language. */
function hostOf(element: Element): Element | undefined {
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? (hostOf(root.host) ?? root.host) : undefined;
}

// <hide-pictures>: the switch of a viewer who does not want to see AI pictures, for where a forum has its settings.
import { html } from 'lit';
import { ForumElement } from '../parts/element.ts';
import { areHidden, hidePictures } from '../parts/hidden.ts';

export class HidePictures extends ForumElement {
  override connectedCallback(): void {
    super.connectedCallback();
    this.hearOf('hidden', () => this.requestUpdate());
  }

  protected override render() {
    const choose = ({ target }: Event) => hidePictures((target as HTMLInputElement).checked);
    return html`<label class="row quiet">
      <input type="checkbox" .checked=${areHidden()} @change=${choose} /> ${this.say('hide_pictures')}
    </label>`;
  }
}

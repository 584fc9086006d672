// Pictures as large as the window allows, to leaf through, with what they show in words below.
import PhotoSwipe from 'photoswipe';
import sheet from 'photoswipe/dist/photoswipe.css';
import type { PostImage } from '../../contract.ts';
import type { Words } from '../words/words.ts';
import { UNKNOWN_SIDE } from './picture.ts';

const CAPTION = `
  .forum-images-caption {
    position: absolute; inset: auto 0 0; max-height: 40%; overflow: auto; padding: 12px 16px; text-align: center;
    background: #000c; color: #fff; font: 15px/1.4 system-ui, sans-serif; overflow-wrap: anywhere;
  }`;
let isDressed = false;

/** A sheet of our own making: one in the markup is what a strict policy of a page forbids. */
function dress(): void {
  if (isDressed) return;
  isDressed = true;
  const own = new CSSStyleSheet();
  own.replaceSync(sheet + CAPTION);
  document.adoptedStyleSheets.push(own);
}

export function openLightbox(images: readonly PostImage[], index: number, words: Words): void {
  dress();
  const opener = focused();
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const box = new PhotoSwipe({
    dataSource: images.map(slideOf),
    index,
    bgOpacity: 0.92,
    showHideAnimationType: 'none',
    ...(isStill && { zoomAnimationDuration: false as const }),
    closeTitle: words.say('close'),
    zoomTitle: words.say('zoom'),
    arrowPrevTitle: words.say('previous'),
    arrowNextTitle: words.say('next'),
    errorMsg: words.say('picture_failed'),
    returnFocus: false, // it sees no further than the element that the picture is in
  });
  box.on('uiRegister', () => addCaption(box, images, words));
  box.on('destroy', () => opener?.focus());
  box.init();
  box.element?.setAttribute('aria-label', words.say('ai_picture'));
}

function slideOf({ image_url, thumbnail_url, width, height, alt_text }: PostImage) {
  return {
    src: image_url ?? '',
    msrc: thumbnail_url ?? undefined,
    width: width ?? 2 * UNKNOWN_SIDE,
    height: height ?? 2 * UNKNOWN_SIDE,
    alt: alt_text,
  };
}

function addCaption(box: PhotoSwipe, images: readonly PostImage[], words: Words): void {
  box.ui?.registerElement({
    name: 'caption',
    className: 'forum-images-caption',
    appendTo: 'root',
    onInit: (element) => {
      element.setAttribute('aria-live', 'polite');
      box.on('change', () => {
        element.textContent = `${images[box.currIndex]?.alt_text ?? ''} · ${words.say('ai_made')}`;
      });
    },
  });
}

/** Through the elements' own trees. */
function focused(): HTMLElement | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element instanceof HTMLElement ? element : null;
}

// Pictures as large as the window allows, to leaf through, with what they show in words below.
import PhotoSwipe from 'photoswipe';
import sheet from 'photoswipe/dist/photoswipe.css';
import type { PostImage } from '../../contract.ts';
import type { Words } from '../words/words.ts';

const CAPTION = `
  .forum-images-caption {
    position: absolute; inset: auto 0 0; padding: 12px 16px; text-align: center;
    background: #000a; color: #fff; font: 15px/1.4 system-ui, sans-serif; pointer-events: none;
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
  const box = new PhotoSwipe({
    dataSource: images.map((image) => ({
      src: image.image_url ?? '',
      msrc: image.thumbnail_url ?? undefined,
      width: image.width ?? 1024,
      height: image.height ?? 1024,
      alt: image.alt_text,
    })),
    index,
    bgOpacity: 0.92,
    showHideAnimationType: 'none',
    closeTitle: words.say('close'),
  });
  box.on('uiRegister', () => {
    box.ui?.registerElement({
      name: 'caption',
      className: 'forum-images-caption',
      appendTo: 'root',
      onInit: (element) => {
        box.on('change', () => {
          element.textContent = `${images[box.currIndex]?.alt_text ?? ''} · ${words.say('ai_made')}`;
        });
      },
    });
  });
  box.init();
}

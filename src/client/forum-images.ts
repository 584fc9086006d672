// The browser module: the elements that a forum's pages are made of, and the few functions that pages call themselves.
import { AddImage } from './elements/add-image.ts';
import { AnotherLike } from './elements/another-like.ts';
import { CharacterForm } from './elements/character-form.ts';
import { CharacterLooks } from './elements/character-looks.ts';
import { CharacterStudio } from './elements/character-studio.ts';
import { GenerationCard } from './elements/generation-card.ts';
import { HidePictures } from './elements/hide-pictures.ts';
import { ImageCredits } from './elements/image-credits.ts';
import { ImageGallery } from './elements/image-gallery.ts';
import { LoraStatus } from './elements/lora-status.ts';
import { MyGenerations } from './elements/my-generations.ts';
import { PictureForm } from './elements/picture-form.ts';
import { PostImages } from './elements/post-images.ts';
import { ReferencePicker } from './elements/reference-picker.ts';

export { areHidden, hidePictures } from './parts/hidden.ts';
export { loadPostImages } from './service/pictures.ts';
export { userChanged } from './service/user.ts';

const ELEMENTS = {
  'add-image': AddImage,
  'character-studio': CharacterStudio,
  'hide-pictures': HidePictures,
  'image-credits': ImageCredits,
  'image-gallery': ImageGallery,
  'my-generations': MyGenerations,
  'post-images': PostImages,
  // The parts of these, which pages have no use for.
  'another-like': AnotherLike,
  'character-form': CharacterForm,
  'character-looks': CharacterLooks,
  'generation-card': GenerationCard,
  'lora-status': LoraStatus,
  'picture-form': PictureForm,
  'reference-picker': ReferencePicker,
};

// A page that loads the module twice, by two addresses, keeps the first.
for (const [name, element] of Object.entries(ELEMENTS)) {
  if (!customElements.get(name)) customElements.define(name, element);
}

// The art styles: how a picture is made, kept apart from who is in it, so that the same story can be drawn anew.

export interface Style {
  id: string;
  name: string;
  description: string;
  /** Comes last in the prompt. */
  prompt: string;
  negative_prompt: string;
}

export const STYLES: readonly Style[] = [
  {
    id: 'photo-realistic',
    name: 'Photo-realistic',
    description: 'Like a photograph, with natural light and skin.',
    prompt: 'photograph, natural light, 50mm lens, detailed skin texture',
    negative_prompt: 'painting, drawing, illustration, cartoon, 3d render',
  },
  {
    id: 'anime',
    name: 'Anime',
    description: 'Clean lines, cel shading and bright colours.',
    prompt: 'anime style, clean line art, cel shading, vibrant colors',
    negative_prompt: 'photograph, realistic, 3d render',
  },
  {
    id: 'fantasy-art',
    name: 'Fantasy art',
    description: 'A detailed, dramatic digital painting, as on the cover of a rule book.',
    prompt: 'fantasy art, detailed digital painting, dramatic lighting',
    negative_prompt: 'photograph, flat colors, modern clothing',
  },
  {
    id: 'comic',
    name: 'Comic',
    description: 'Bold ink and flat colours, like a comic book panel.',
    prompt: 'comic book art, bold ink outlines, flat colors, halftone',
    negative_prompt: 'photograph, realistic, speech bubble, text',
  },
  {
    id: 'oil-painting',
    name: 'Oil painting',
    description: 'Visible brush strokes and deep, warm colours on canvas.',
    prompt: 'oil painting on canvas, visible brush strokes, rich warm colors',
    negative_prompt: 'photograph, flat colors, line art, picture frame',
  },
  {
    id: 'watercolour',
    name: 'Watercolour',
    description: 'Soft washes of colour on paper.',
    prompt: 'watercolor painting, soft washes, paper texture, delicate colors',
    negative_prompt: 'photograph, hard outlines, 3d render',
  },
  {
    id: 'line-art',
    name: 'Line art',
    description: 'Black ink on white paper, no colour.',
    prompt: 'black and white line art, ink drawing, fine hatching',
    negative_prompt: 'photograph, color, painting',
  },
  {
    id: 'pixel-art',
    name: 'Pixel art',
    description: 'Big pixels and few colours, like an old role-playing game.',
    prompt: 'pixel art, 16-bit video game style, limited palette',
    negative_prompt: 'photograph, smooth gradients, blurry',
  },
];

/** What a character or scene without a style of its own is drawn in. */
export const DEFAULT_STYLE = 'fantasy-art';

export function findStyle(id: string): Style | undefined {
  return STYLES.find((style) => style.id === id);
}

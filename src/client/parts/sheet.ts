// What the character form is filled with, and the description that its guided fields make together.
import type { Character, NewCharacter } from '../../contract.ts';

/** What makes somebody recognisable, in the order in which a reader would look. */
export const FEATURES = ['build', 'hair', 'eyes', 'clothing', 'marks'] as const;
export type Feature = (typeof FEATURES)[number];

export interface Sheet
  extends Required<Pick<NewCharacter, 'name' | 'base_description' | 'style_modifiers' | 'negative_prompt'>> {
  style: string;
  usable_by: 'owner' | 'game';
}

export function sheetOf(character: Character | null): Sheet {
  return {
    name: character?.name ?? '',
    base_description: character?.base_description ?? '',
    style: character?.style ?? '',
    style_modifiers: character?.style_modifiers ?? '',
    negative_prompt: character?.negative_prompt ?? '',
    usable_by: character?.usable_by ?? 'owner',
  };
}

/** As the service takes it: no style of its own is null. */
export function bodyOf(sheet: Sheet): Omit<Sheet, 'style'> & { style: string | null } {
  return { ...sheet, style: sheet.style || null };
}

export function descriptionOf(features: Partial<Record<Feature, string>>): string {
  return FEATURES.map((feature) => features[feature]?.trim() ?? '')
    .filter(Boolean)
    .join(', ');
}

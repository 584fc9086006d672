// Copies of the program with one bug in each, in folders of their own; the program itself is never touched.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One place in the source; `from` is there exactly once. */
export interface Edit {
  /** From the top of the project. */
  file: string;
  from: string;
  to: string;
}

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const COPIED = ['package.json', 'migrations', 'src'];

/** All of one moment's source: what is changed in the project meanwhile is in none of the copies. */
export class Nursery {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mutants-'));
  #count = 0;

  constructor() {
    symlinkSync(join(PROJECT, 'node_modules'), join(this.#folder, 'node_modules'));
    for (const name of COPIED) copy(join(PROJECT, name), join(this.#folder, 'sound', name));
  }

  /** @returns the path of the program in a new copy. @throws when a bug cannot be planted, as the source has moved on */
  plant(edits: Edit[]): string {
    const place = join(this.#folder, String(this.#count++));
    copy(join(this.#folder, 'sound'), place);
    for (const edit of edits) apply(edit, place);
    return join(place, 'src', 'server.ts');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => basename(path) !== 'demo' });
}

function apply({ file, from, to }: Edit, place: string): void {
  const path = join(place, file);
  const text = readFileSync(path, 'utf8');
  const found = text.split(from).length - 1;
  if (found !== 1) throw new Error(`${file} has ${found} places, and not one, that say: ${from}`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
}

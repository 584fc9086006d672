// The mark of a machine's work, read back from where the pictures are kept: by hand, and by a reader that is not ours.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostImage } from '../../src/contract.ts';
import { DIGITAL_SOURCE_TYPE, finishPicture } from '../../src/imaging/index.ts';
import { makeCharacter, makePicture, makeReference, openStage, type Stage } from '../http/stage.ts';
import { ELINAS_POST } from '../support/forum-file.ts';
import { s3Settings } from '../support/program.ts';
import { type S3Server, s3Available, startS3 } from '../support/s3-server.ts';
import { scene } from './pictures.ts';

/** The contents of a WebP's chunks of that name: RIFF is read by nothing but its own few rules. */
function chunksOf(file: Buffer, wanted: string): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    if (file.toString('latin1', at, at + 4) === wanted) found.push(file.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size % 2);
  }
  return found;
}

function expectMark(file: Buffer): void {
  const [xmp, ...more] = chunksOf(file, 'XMP ').map(String);
  expect(more).toEqual([]);
  expect(xmp).toContain(`<Iptc4xmpExt:DigitalSourceType>${DIGITAL_SOURCE_TYPE}</Iptc4xmpExt:DigitalSourceType>`);
  expect(xmp).toMatch(/<Iptc4xmpExt:AISystemUsed>[^<]+<\/Iptc4xmpExt:AISystemUsed>/);
}

function hasExiftool(): boolean {
  try {
    execFileSync('exiftool', ['-ver']);
    return true;
  } catch {
    console.warn('The second reader of marks is skipped: exiftool is missing (Debian package libimage-exiftool-perl).');
    return false;
  }
}

async function readByExiftool(file: Buffer): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'mark-'));
  try {
    const path = join(folder, 'picture.webp');
    writeFileSync(path, file);
    const { stdout } = await promisify(execFile)('exiftool', ['-json', '-n', '-G1', '-warning', '-all', path]);
    return JSON.parse(stdout)[0];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SKIP_EXIFTOOL = !hasExiftool();
const SECRET = 'tulipunainen-majakka';

async function picturesOf(stage: Stage): Promise<Buffer[]> {
  const character = await makeCharacter(stage.elina, { name: SECRET, base_description: `${SECRET}, red braid` });
  const body = {
    mode: 'scene_with_character',
    character_ids: [character.id],
    scene: `${SECRET} at dusk`,
    strategy: 'prompt',
  };
  const image: PostImage = await makePicture(stage.elina, ELINAS_POST, body);
  const candidate = await makeReference(stage.elina, character.id);
  expect(image).toMatchObject({ ai_generated: true, alt_text: `${SECRET}: ${SECRET} at dusk` });
  expect(candidate).toMatchObject({ ai_generated: true });
  const urls = [image, candidate].flatMap(({ image_url, thumbnail_url }) => [image_url ?? '', thumbnail_url ?? '']);
  const load = async (url: string) =>
    Buffer.from(await (await fetch(new URL(url, stage.service.origin))).arrayBuffer());
  return Promise.all(urls.map(load));
}

function everyFileIsMarked(files: () => Buffer[]): void {
  test('is in picture and thumbnail, of a scene and of a candidate, and once', () => {
    expect(files()).toHaveLength(4);
    for (const file of files()) expectMark(file);
  });

  test('comes with nothing of what was written, and nobody who wrote it', () => {
    for (const file of files()) expect(file.toString('latin1')).not.toMatch(/majakka|Elina|dusk/i);
  });

  test.skipIf(SKIP_EXIFTOOL)('is understood by exiftool, without a warning', async () => {
    for (const file of files()) {
      const told = await readByExiftool(file);
      expect(told).toMatchObject({ 'XMP-iptcExt:DigitalSourceType': DIGITAL_SOURCE_TYPE });
      expect(told['XMP-iptcExt:AISystemUsed']).toEqual(expect.any(String));
      expect(Object.keys(told).filter((name) => /Warning|^(EXIF|IFD|GPS|IPTC|ICC)/.test(name))).toEqual([]);
    }
  });
}

describe('the mark of pictures in a folder', () => {
  let files: Buffer[];
  beforeAll(async () => {
    await using stage = await openStage();
    files = await picturesOf(stage);
  });
  everyFileIsMarked(() => files);
});

describe.skipIf(!s3Available())('the mark of pictures in a bucket', () => {
  let files: Buffer[];
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3();
    await using stage = await openStage({ env: s3Settings(server) });
    files = await picturesOf(stage);
  });
  afterAll(() => server?.stop());
  everyFileIsMarked(() => files);
});

test('a mark that came in with the picture is replaced, not kept beside ours', async () => {
  const foreign = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>digitalCapture</rdf:RDF></x:xmpmeta>';
  const { image, thumbnail } = await finishPicture(await scene().withXmp(foreign).png().toBuffer());
  for (const file of [image, thumbnail]) {
    expectMark(file);
    expect(file.toString('latin1')).not.toContain('digitalCapture');
  }
});

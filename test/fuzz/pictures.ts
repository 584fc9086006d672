// Broken pictures, decoded in a process of its own that may hold 512 MB and must not die.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./pictures-child.ts', import.meta.url));
const MOST_MB = 512;

export interface PicturesTally {
  drawn: number;
  refused: number;
  longestMs: number;
  peakMb: number;
  faults: string[];
}

export async function fuzzPictures(count: number, seed: number): Promise<PicturesTally> {
  const child = spawn(process.execPath, ['--max-old-space-size=256', CHILD, String(count), String(seed)], {
    env: { PATH: process.env.PATH, MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0)
    return { drawn: 0, refused: 0, longestMs: 0, peakMb: 0, faults: [`the process ended with ${code ?? signal}`] };
  const tally = JSON.parse(said) as PicturesTally;
  if (tally.peakMb > MOST_MB) tally.faults.push(`it held ${tally.peakMb} MB`);
  return tally;
}

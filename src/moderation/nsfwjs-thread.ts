// The thread that pictures are judged in: loads an engine, and answers each question with its scores or with what went wrong.
import { parentPort, workerData } from 'node:worker_threads';
import type { Engine } from './nsfwjs-engine.ts';

const { load } = (await import((workerData as { engine: string }).engine)) as Engine;
const scoresOf = await load();

parentPort?.on('message', async ({ id, pixels }) => {
  try {
    parentPort?.postMessage({ id, scores: await scoresOf(pixels) });
  } catch (error) {
    parentPort?.postMessage({ id, error: String(error) });
  }
});

// A process of its own that sweeps a folder once: `orphan-process.ts <database> <folder> [failpoint's nth time]`.
import { pino } from 'pino';
import { openPath } from '../../src/database/open.ts';
import { armFailpoint } from '../../src/failpoints.ts';
import { OrphanSweep } from '../../src/generation/orphan-sweep.ts';
import { createDiskStorage } from '../../src/storage/disk.ts';

const [path = '', folder = '', nth] = process.argv.slice(2);
if (nth) armFailpoint({ name: 'K29', action: 'kill', skip: Number(nth) - 1 });
const { db } = openPath(path);
const storage = createDiskStorage({ kind: 'disk', path: folder, publicBaseUrl: undefined });
const log = pino({ level: 'silent' });
process.send?.('ready');
process.once('message', async () => {
  const report = await new OrphanSweep({ db, storage, log, mode: 'quarantine' }).run({ dryRun: false });
  process.send?.({ report: report ?? null });
  await db.destroy();
  process.disconnect();
});

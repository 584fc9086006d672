// Run by two-processes.test.ts: the real service in its own process, whose pictures take no time but that of drawing them.
import { dirname } from 'node:path';
import { createPreviewProvider } from '../../src/providers/preview.ts';
import { startService } from '../support/service.ts';

const [path = ''] = process.argv.slice(2);
const service = await startService({
  forumFile: { path, folder: dirname(path), remove: () => {} },
  provider: createPreviewProvider({ durationMs: 1, pollIntervalMs: 1 }),
  env: { CREDITS_PER_MONTH: '100000', RATE_LIMIT_PER_MINUTE: '100000' },
});
process.once('message', () => void service.stop().then(() => process.disconnect()));
process.send?.(service.origin);

// Run by two-processes.test.ts: the forum, as its driver works: one statement after another, each its own commit, waiting 1 s for
// a lock. Writes posts until told to stop, then tells what it did.
import BetterSqlite3 from 'better-sqlite3';

export interface ForumReport {
  inserted: number;
  updated: number;
  deleted: number;
  failures: string[];
  /** Longest write, ms. */
  slowest: number;
  /** The 99th of a hundred writes, ms. */
  p99: number;
  /** Writes that took longer than half of what the driver is willing to wait. */
  close: number;
}

const [path = ''] = process.argv.slice(2);
const db = new BetterSqlite3(path, { timeout: 1000 });
const insert = db.prepare("INSERT INTO posts (beat_id, author_id, title, content) VALUES (1, 1, '0', ?) RETURNING id");
const update = db.prepare('UPDATE posts SET title = title + 1, content = ? WHERE id = ?');
const remove = db.prepare('DELETE FROM posts WHERE id = ?');

const report: ForumReport = { inserted: 0, updated: 0, deleted: 0, failures: [], slowest: 0, p99: 0, close: 0 };
const times: number[] = [];
const alive: number[] = [];
let over = false;
process.once('message', () => {
  over = true;
});

for (let round = 0; !over; round++) {
  write(() => {
    alive.push(insert.pluck().get(`post ${round} ${'teksti '.repeat(round % 200)}`) as number);
    report.inserted++;
  });
  write(() => {
    update.run(`changed in ${round}`, alive.at(-1));
    report.updated++;
  });
  if (round % 4 === 0) {
    write(() => {
      report.deleted += remove.run(alive[0]).changes;
      alive.shift();
    });
  }
  // A forum that writes without a pause would leave nobody else a turn, on any lock that has no queue.
  await new Promise((resolve) => setTimeout(resolve, round % 3));
}
db.close();
times.sort((a, b) => a - b);
report.slowest = times.at(-1) ?? 0;
report.p99 = times[Math.floor(times.length * 0.99)] ?? 0;
report.close = times.filter((time) => time > 500).length;
process.send?.(report, () => process.disconnect());

function write(work: () => void): void {
  const start = performance.now();
  try {
    work();
  } catch (error) {
    report.failures.push(String(error));
  }
  times.push(performance.now() - start);
}

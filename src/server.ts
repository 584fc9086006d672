#!/usr/bin/env node
// The program: the image service alone, beside the forum, on the forum's database.

// Checked before anything else is loaded: better-sqlite3's binary would crash an older Node instead of saying anything.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(`forum-ai-images needs Node.js 22.15 or later, and this is ${process.versions.node}.`);
  process.exit(1);
}
const { limitArenas } = await import('./arenas.ts');
limitArenas();
const { run } = await import('./program.ts');
await run();

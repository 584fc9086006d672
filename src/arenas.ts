// Starts the process anew, in its place, with few heaps for its threads: an allocator is told so only when it begins.

/**
 * glibc gives each of a process's threads a heap of its own, and what is left between pictures in all of them adds up: measured
 * over 600 pictures, memory grew by 93 MB for each 1,000 with glibc's default, and by 6 MB with two heaps.
 * Returns when there is nothing to be done: another system, or an operator who has chosen.
 */
export function limitArenas(): void {
  const { MALLOC_ARENA_MAX, LD_PRELOAD } = process.env;
  if (process.platform !== 'linux' || MALLOC_ARENA_MAX || LD_PRELOAD) return;
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(process.execPath, command, { ...process.env, MALLOC_ARENA_MAX: '2' });
}

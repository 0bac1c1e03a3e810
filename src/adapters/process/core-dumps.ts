import { spawnSync } from 'node:child_process';

// Node cannot tell the kernel that its memory is not to be dumped, nor set a limit of its own process; a program of the system can.
const PRLIMIT = '/usr/bin/prlimit';
const MILLISECONDS_MAX = 2_000;

/**
 * One byte: too little for a file, and the one value with which Linux starts no program for dumps either (fs/coredump.c). With 0 the memory of a process
 * that crashed is still handed to whatever `core_pattern` names.
 */
export const CORE_BYTES = 1;

let isAsked = false;

/** From here on a crash of this process, or of one that it starts, writes its memory nowhere. Whether it worked is for `doctor` to see. */
export function forbidCoreDumps(): void {
  if (isAsked || process.platform !== 'linux') return;
  isAsked = true;
  const limit = `${CORE_BYTES}:${CORE_BYTES}`;
  spawnSync(PRLIMIT, [`--core=${limit}`, `--pid=${process.pid}`], { stdio: 'ignore', env: {}, timeout: MILLISECONDS_MAX });
}

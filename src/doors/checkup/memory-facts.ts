import { readdirSync, readFileSync } from 'node:fs';
import type { MemoryFacts } from './memory.ts';

/** Looks at the vault that signs for a home; `null` on systems without /proc. */
export function memoryFacts(home: string): MemoryFacts | null {
  const swaps = textOf('/proc/swaps');
  if (swaps === null) return null;
  const pid = vaultOf(home);
  const limits = pid === null ? null : textOf(`/proc/${pid}/limits`);
  const group = pid === null ? undefined : /^0::(\S+)$/m.exec(textOf(`/proc/${pid}/cgroup`) ?? '')?.[1];
  const devices = swaps
    .split('\n')
    .slice(1)
    .flatMap((line) => line.split(/\s/)[0] || []);
  return {
    coreLimit: /^Max core file size\s+(\w+)/m.exec(limits ?? '')?.[1] ?? null,
    corePattern: textOf('/proc/sys/kernel/core_pattern')?.trim() ?? null,
    swaps: devices.filter((name) => !name.startsWith('/dev/zram')),
    isKeptOutOfSwap: group !== undefined && textOf(`/sys/fs/cgroup${group}/memory.swap.max`)?.trim() === '0',
    ptraceScope: textOf('/proc/sys/kernel/yama/ptrace_scope')?.trim() ?? null,
  };
}

/** By its command line, which everybody may see. */
function vaultOf(home: string): number | null {
  const isVault = (pid: string): boolean => {
    const words = (textOf(`/proc/${pid}/cmdline`) ?? '').split('\0');
    return words.some((word) => /\/main\/vault\.[jt]s$/.test(word)) && words[words.indexOf('--home') + 1] === home;
  };
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isVault(name));
  return found === undefined ? null : Number(found);
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

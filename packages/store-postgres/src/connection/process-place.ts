import { readFileSync, readlinkSync } from 'node:fs';

/** A process as the system of its machine knows it. */
interface Place {
  /** The start of the system and the namespace of process ids: numbers of others mean something else. */
  readonly system: string;
  readonly pid: number;
  /** When the process started, which tells it from a later one with its number. */
  readonly started: string;
}

/** Says where this process runs; null where the system does not tell. */
export function ownPlace(): string | null {
  const [system, started] = [ownSystem(), startOf('self')];
  if (system === undefined || started === undefined) return null;
  return JSON.stringify({ system, pid: process.pid, started } satisfies Place);
}

/** Whether a process ran on this machine and has ended. False if that is not known. */
export function hasEnded(place: string | null): boolean {
  try {
    const { system, pid, started } = JSON.parse(place ?? '{}') as Partial<Place>;
    if (system === undefined || system !== ownSystem() || !Number.isSafeInteger(pid)) return false;
    const now = startOf(String(pid));
    return now === undefined ? isUnknown(pid as number) : now !== started;
  } catch {
    return false;
  }
}

/** Whether the system has no process of a number, also where it hides those of other users. */
function isUnknown(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** @returns undefined where /proc does not show this process under its number, so that those of others mean nothing. */
function ownSystem(): string | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

/** @returns undefined for a process that there is not, or that cannot be looked at. */
function startOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in brackets, can contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A process that has ended, and whose parent has not asked for its end yet.
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : fields[19];
  } catch {
    return undefined;
  }
}

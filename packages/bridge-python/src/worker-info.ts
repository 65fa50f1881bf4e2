/** How a worker checks the calls that it gets, as `--verify` of `kaizen-eatp-bridge join` says. */
export type VerifyMode = 'full' | 'signature' | 'off' | 'unknown';

/** One worker of a bridge, at one moment. */
export interface WorkerInfo {
  /** The id of its session: hexadecimal, another one after a restart. */
  readonly id: string;
  /** The names of its agents. */
  readonly agents: readonly string[];
  /**
   * `connected`: it takes calls; `away`: its connection is lost, and its session waits for it; `draining`: it finishes the
   * calls in progress and leaves.
   */
  readonly state: 'connected' | 'away' | 'draining';
  /** The IP address of its last connection. */
  readonly address: string;
  /** The time of its login, in milliseconds since 1970. */
  readonly joinedAt: number;
  /** How it checks calls; `unknown` if it does not say. */
  readonly verify: VerifyMode;
  /** The versions that it runs with, by package. */
  readonly versions: Readonly<Record<string, string>>;
  /** Its process id on its machine, if it says so. */
  readonly pid: number | undefined;
  /** Calls in progress. */
  readonly inProgress: number;
  /** How many calls it takes at a time. */
  readonly maxInFlight: number;
}

/** The description that a worker sends in HELLO: `kaizen-eatp-bridge/0.1.0 python/3.12.1 … pid/17 verify/full`. */
export interface Software {
  readonly versions: Readonly<Record<string, string>>;
  readonly pid: number | undefined;
  readonly verify: VerifyMode;
}

const MODES: readonly string[] = ['full', 'signature', 'off'];

/** Reads it; anything that does not have this form is left out. */
export function readSoftware(text: string): Software {
  const parts = new Map(
    text.split(' ').flatMap((part) => {
      const [, name, value] = /^([\w.-]{1,64})\/([\w.+-]{1,64})$/.exec(part) ?? [];
      return name !== undefined && value !== undefined ? [[name, value] as const] : [];
    }),
  );
  const mode = parts.get('verify') ?? '';
  const pid = Number(parts.get('pid'));
  parts.delete('verify');
  parts.delete('pid');
  return {
    versions: Object.fromEntries(parts),
    pid: Number.isSafeInteger(pid) ? pid : undefined,
    verify: MODES.includes(mode) ? (mode as VerifyMode) : 'unknown',
  };
}

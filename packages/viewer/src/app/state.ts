import { computed, effect, signal } from '@preact/signals';
import type { InfoAnswer } from '../api.js';

/** Where the reader is. */
export type Route =
  | { readonly screen: 'receipt' | 'runs' | 'agents' | 'approvals' | 'deployment' }
  | { readonly screen: 'run' | 'agent'; readonly id: string };

const SCREENS = ['receipt', 'runs', 'agents', 'approvals', 'deployment'] as const;

/** Whether a server delivered the page. A page from a disk makes no requests. */
export const isServed = /^https?:$/.test(location.protocol);

function parseRoute(hash: string): Route {
  const [screen = '', id] = hash.replace(/^#\/?/, '').split('/');
  if ((screen === 'run' || screen === 'agent') && id) return { screen, id: safeDecode(id) };
  const found = SCREENS.find((name) => name === screen);
  return { screen: found && (found === 'receipt' || isServed) ? found : isServed ? 'runs' : 'receipt' };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The token of the server, from the address that it printed; kept for this tab only. */
function takeToken(): string {
  const given = /^#token=([\w.~-]+)$/.exec(location.hash)?.[1];
  if (given !== undefined) {
    keep('token', given);
    history.replaceState(null, '', `${location.pathname}#/runs`);
    return given;
  }
  return kept('token') ?? '';
}

/** Pages from a disk may have no storage. */
function kept(name: string): string | undefined {
  try {
    return sessionStorage.getItem(name) ?? undefined;
  } catch {
    return undefined;
  }
}

function keep(name: string, value: string): void {
  try {
    sessionStorage.setItem(name, value);
  } catch {}
}

/** The server's token. */
export const token = isServed ? takeToken() : '';
/** The facts about the server; undefined without one, or before it has answered. */
export const info = signal<InfoAnswer | undefined>(undefined);
/** The current place. */
export const route = signal<Route>(parseRoute(location.hash));
/** The key of the selected record. */
export const selected = signal<string | undefined>(undefined);
/** The id of the selected agent. */
export const selectedAgent = signal<string | undefined>(undefined);
/** `light`, `dark`, or undefined for the system's choice. */
export const theme = signal<string | undefined>(kept('theme'));
/** Sentences for screen readers about changes. */
export const announcement = signal('');

/** Whether a record is selected. */
export const hasSelection = computed(() => selected.value !== undefined);

/** The address of a place. */
export const addressOf = (to: Route): string =>
  'id' in to ? `#/${to.screen}/${encodeURIComponent(to.id)}` : `#/${to.screen}`;

/** Selects a record, or nothing. */
export function select(key: string | undefined, agentId?: string): void {
  selected.value = key;
  selectedAgent.value = agentId;
}

window.addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
  select(undefined);
});
effect(() => {
  const chosen = theme.value;
  if (chosen === undefined) document.documentElement.removeAttribute('data-theme');
  else {
    document.documentElement.setAttribute('data-theme', chosen);
    keep('theme', chosen);
  }
});

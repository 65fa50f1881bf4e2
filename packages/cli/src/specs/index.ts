import type { Catalogue, CommandSpec, GroupSpec } from '../spec/command-spec.js';
import { AGENTS } from './agents.js';
import { AUTHORITIES } from './authorities.js';
import { CHECKPOINTS } from './checkpoints.js';
import { OFFERS } from './offers.js';
import { RECORDS } from './records.js';
import { SERVICES } from './services.js';
import { SETUP } from './setup.js';

const COMMANDS: readonly CommandSpec[] = [
  ...SETUP,
  ...AUTHORITIES,
  ...AGENTS,
  ...OFFERS,
  ...RECORDS,
  ...CHECKPOINTS,
  ...SERVICES,
];

/** The groups that commands of two words belong to. */
const GROUPS: readonly GroupSpec[] = [
  { name: 'key', summary: 'Work with the private keys of the deployment' },
  { name: 'authority', summary: 'Work with authorities, which vouch for agents' },
  { name: 'agent', summary: 'Work with agents and their chains' },
  { name: 'offer', summary: 'Answer lasting delegations that are offered to an agent' },
  { name: 'approver', summary: 'Work with the people who approve actions' },
  { name: 'revoke', summary: 'Revoke an agent, a delegation, or what was delegated on behalf of a person' },
  { name: 'erase', summary: 'Remove the data of a person' },
  { name: 'trail', summary: 'Read and verify the signed trails' },
  { name: 'checkpoint', summary: 'Make and compare signed checkpoints of the whole store' },
  { name: 'receipt', summary: 'Verify and read receipts' },
  { name: 'run', summary: 'Work with runs' },
  { name: 'bridge', summary: 'Let Python workers join this deployment' },
];

/** Every command. Parser, help, completion and manual pages are made of this list. */
export const CATALOGUE: Catalogue = { commands: COMMANDS, groups: GROUPS };

import type { CommandSpec, OptionSpec } from '../spec/command-spec.js';
import { REASON } from './common.js';

const OFFER = { name: 'delegation-id', description: 'The id of the offered delegation' };

const DELEGATEE: OptionSpec = {
  flags: '--agent <agent>',
  description: 'The agent that the delegation is offered to',
  required: true,
};

/** The commands by which agents answer lasting delegations that are offered to them. */
export const OFFERS: readonly CommandSpec[] = [
  {
    name: 'offer list',
    summary: 'List the lasting delegations that an agent offers, or that are offered to it',
    description: ['Lists what can be accepted now.'],
    arguments: [{ name: 'agent-id', description: 'The id of the agent' }],
    run: async (session, given) => (await import('../commands/offer.js')).list(session, given),
  },
  {
    name: 'offer accept',
    summary: 'Write an offered delegation into the chain of its delegatee',
    description: [
      'The keys of the authorities of both agents must be in the deployment. An agent without a chain is given one.',
    ],
    arguments: [OFFER],
    options: [DELEGATEE],
    run: async (session, given) => (await import('../commands/offer.js')).accept(session, given),
  },
  {
    name: 'offer decline',
    summary: 'End an offered delegation that its delegatee does not want',
    description: ['To withdraw an offer as its delegator, revoke the delegation.'],
    arguments: [OFFER],
    options: [DELEGATEE, REASON],
    run: async (session, given) => (await import('../commands/offer.js')).decline(session, given),
  },
];

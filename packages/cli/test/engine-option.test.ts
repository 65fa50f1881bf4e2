import { expect, it } from 'vitest';
import { temporalSpecOf } from '../src/runs/engine-spec.js';
import { kaizen } from './support/kaizen.js';
import { makeWorld } from './support/world.js';

it.each([
  ['temporal://temporal.internal:7233', { address: 'temporal.internal:7233', tls: false }],
  ['temporal://[::1]:7233/', { address: '[::1]:7233', tls: false }],
  [
    'temporal://10.0.0.1:7233/acme?queue=acme-runs&tls=true',
    { address: '10.0.0.1:7233', namespace: 'acme', queue: 'acme-runs', tls: true },
  ],
])('reads the engine %s', (text, spec) => {
  expect(temporalSpecOf(text)).toEqual(spec);
});

it.each([
  'temporal',
  'temporal.internal:7233',
  'temporal://temporal.internal',
  'postgres://localhost:5432',
  'temporal://localhost:7233?tls=yes',
  'temporal://localhost:7233?namespace=acme',
  'temporal://me:secret-word@localhost:7233',
])('refuses the engine %s before it opens the store, and does not repeat a password', async (engine) => {
  const world = makeWorld();
  try {
    const args = ['worker', '--agent', 'a=true', '--engine', engine, '--json'];
    const { code, stdout, stderr } = await kaizen(args, { env: world.env });
    expect(code).toBe(2);
    expect(stdout + stderr).toContain('temporal://HOST:PORT');
    expect(stdout + stderr).not.toContain('secret-word');
  } finally {
    world.remove();
  }
});

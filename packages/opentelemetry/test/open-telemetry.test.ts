import { TrustAwareOrchestrationRuntime, TrustedAgent, TrustOperations } from '@kaizen-eatp/core';
import { definePattern, type RunObserver } from '@kaizen-eatp/core/plugin';
import { jsonMember } from '@kaizen-eatp/core/records';
import { EATP, GEN_AI, METRIC, observeBridge, openTelemetry } from '@kaizen-eatp/opentelemetry';
import { createNoopMeter } from '@opentelemetry/api';
import { AlwaysOffSampler, type SamplingResult } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import { inOwnSpan, recorded, treeOf } from './support/recorded.js';
import { team } from './support/team.js';

describe('the spans of a run', () => {
  it('form one tree, with the nested run, the tool and the denial, and nothing else', async () => {
    const { observer, spans } = recorded();
    const { run } = await team([observer]);
    await run();
    await run('tool');
    expect(treeOf(spans())).toEqual({
      orphans: [],
      tree: [
        'invoke_workflow team INTERNAL',
        '  invoke_agent lead INTERNAL',
        '    invoke_workflow inner INTERNAL',
        '      invoke_agent checker INTERNAL',
        '  invoke_agent payer INTERNAL VERIFICATION_DENIED',
        'invoke_workflow tool INTERNAL',
        '  invoke_agent payer INTERNAL',
        '    execute_tool transfer INTERNAL',
      ],
    });
  });

  it('are children of the span in which the application started the run', async () => {
    const { observer, spans, tracerProvider } = recorded();
    const { run } = await team([observer]);
    await inOwnSpan(tracerProvider, () => run('tool'));
    expect(treeOf(spans()).tree.slice(0, 2)).toEqual(['request INTERNAL', '  invoke_workflow tool INTERNAL']);
  });

  it('name the run, task, invocation, delegation, anchor, denial and unenforced constraints', async () => {
    const { observer, spans } = recorded();
    const { run } = await team([observer]);
    const { runId, auditTrail, delegations } = await run();
    const named = (name: string) => spans().find((span) => span.name === name);
    expect(named('invoke_workflow team')?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.agent.name': 'team',
      'eatp.run.id': runId,
      'eatp.task.id': 'task-7',
    });
    expect(named('invoke_agent lead')?.attributes).toMatchObject({
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'lead',
      'eatp.invocation.id': `${runId}/1`,
      'eatp.anchor.id': auditTrail[0]?.id,
      'eatp.constraints.unenforced': ['unheard_of'],
    });
    const denied = named('invoke_agent payer');
    expect(denied?.attributes).toMatchObject({
      'error.type': 'VERIFICATION_DENIED',
      'eatp.denial.code': 'DELEGATION_SCOPE',
      'eatp.delegation.id': delegations[0]?.id,
      'eatp.action': 'refund',
    });
    expect(denied?.status).toMatchObject({ code: 2, message: expect.stringContaining('refund') });
  });

  it('contain no content by default, and on request content without secrets', async () => {
    const plain = recorded();
    await (await team([plain.observer])).run('tool');
    const all = JSON.stringify([
      plain.spans().map(({ attributes }) => attributes),
      plain.logs().map(({ body }) => body),
    ]);
    expect(all).not.toMatch(/amount|sk-abc|messages/);
    const full = recorded({ content: true, redact: (text) => text.replaceAll('7', 'SEVEN') });
    await (await team([full.observer])).run('tool');
    const tool = full.spans().find(({ name }) => name === 'execute_tool transfer');
    expect(tool?.attributes[GEN_AI.toolArguments]).toMatch(/"amount":SEVEN/);
    expect(tool?.attributes[GEN_AI.toolResult]).toBe('{"amount":SEVEN}');
    const agent = full.spans().find(({ name }) => name === 'invoke_agent payer');
    expect(JSON.parse(String(agent?.attributes[GEN_AI.outputMessages]))).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: '{"amount":SEVEN}' }] },
    ]);
    const exported = JSON.stringify([
      full.spans().map(({ attributes }) => attributes),
      full.logs().map(({ body }) => body),
    ]);
    expect(exported).not.toContain('abcdefghijklmnop');
  });
});

describe('an anchor', () => {
  it('leads to its span, and the span to the anchor', async () => {
    const { observer, spans } = recorded();
    const { run } = await team([observer]);
    const { auditTrail } = await run();
    expect(auditTrail.length).toBe(3);
    for (const { id, context } of auditTrail) {
      const span = spans().find((one) => one.spanContext().spanId === jsonMember(context ?? null, 'span_id'));
      expect(span?.spanContext().traceId).toBe(jsonMember(context ?? null, 'trace_id'));
      const ids = [
        span?.attributes[EATP.anchorId],
        ...(span?.events ?? []).map(({ attributes }) => attributes?.[EATP.anchorId]),
      ];
      expect(ids).toContain(id);
    }
  });

  it('is one log record, in its trace and span', async () => {
    const { observer, logs } = recorded();
    const { run } = await team([observer]);
    const { runId, auditTrail } = await run();
    const records = logs().filter(({ attributes }) => attributes[EATP.runId] === runId);
    expect(records.map(({ attributes }) => attributes[EATP.anchorId])).toEqual(
      auditTrail.map(({ id }) => id),
    );
    expect(records.map(({ severityText }) => severityText)).toEqual(['INFO', 'WARN', 'INFO']);
    expect(records[1]).toMatchObject({
      eventName: 'eatp.anchor',
      body: 'agent-payer refund: denied',
      attributes: {
        'eatp.denial.code': 'DELEGATION_SCOPE',
        'eatp.trail.sequence': 2,
        'eatp.task.id': 'task-7',
      },
    });
    expect(records.map(({ spanContext }) => spanContext?.spanId)).toEqual(
      auditTrail.map(({ context }) => jsonMember(context ?? null, 'span_id')),
    );
  });

  it('names no span that the sampler drops', async () => {
    const { observer, spans } = recorded({ sampler: new AlwaysOffSampler() });
    const { run } = await team([observer]);
    const { auditTrail } = await run();
    expect(spans()).toEqual([]);
    for (const { context } of auditTrail) expect(context).not.toHaveProperty('span_id');
  });
});

describe('a run that the sampler drops', () => {
  /** A sampler that drops every span and counts how often it is asked. */
  const dropping = () => {
    const sampler = new AlwaysOffSampler();
    const asked = { times: 0 };
    const shouldSample = (): SamplingResult => {
      asked.times += 1;
      return sampler.shouldSample();
    };
    return { asked, sampler: { shouldSample, toString: () => 'dropping' } };
  };
  /** Counts the invocations that an observer sees. */
  const counted = (observer: RunObserver) => {
    const seen: string[] = [];
    const aroundInvocation: RunObserver['aroundInvocation'] = (call, next) => {
      seen.push(call.agentName);
      return observer.aroundInvocation?.(call, next);
    };
    return { seen, observer: { ...observer, aroundInvocation } };
  };
  const meterProvider = { getMeter: () => createNoopMeter() };

  it('has no observed calls and no further spans where nothing collects metrics, nested runs included', async () => {
    const { asked, sampler } = dropping();
    const { observer, seen } = counted(recorded({ sampler, meterProvider }).observer);
    const { run } = await team([observer]);
    await run();
    expect([seen, asked.times]).toEqual([[], 1]);
  });

  it('gives its agents the trace context that says so', async () => {
    const { observer } = recorded({ sampler: new AlwaysOffSampler(), meterProvider });
    const trust = new TrustOperations();
    const { id: authorityId } = await trust.createEnterpriseAuthority({ name: 'ACME' });
    const reader = new TrustedAgent({ name: 'reader', trust, agent: (_: unknown, { trace }) => trace });
    await reader.establishTrust({ authorityId, capabilities: ['read'] });
    const patterns = [definePattern({ name: 'one', execute: ({ agents: [a], invoke }) => invoke(a!, 1) })];
    const runtime = new TrustAwareOrchestrationRuntime({
      agents: { reader },
      trust,
      patterns,
      observers: [observer],
    });
    const { result } = await runtime.execute(1, { pattern: 'one' as never });
    expect(result).toEqual({ traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/) });
  });

  it('has observed calls where metrics are collected, and one that is sampled always has', async () => {
    const dropped = recorded({ sampler: new AlwaysOffSampler() });
    const first = counted(dropped.observer);
    await (await team([first.observer])).run();
    expect((await dropped.metrics()).get(METRIC.verifications)).toBeDefined();
    const second = counted(recorded({ meterProvider }).observer);
    await (await team([second.observer])).run();
    expect([first.seen, second.seen]).toEqual([
      ['lead', 'checker', 'payer'],
      ['lead', 'checker', 'payer'],
    ]);
  });
});

describe('the metrics of runs', () => {
  it('cover durations and verifications', async () => {
    const { observer, metrics } = recorded();
    const { run } = await team([observer]);
    await run();
    await run('tool');
    const found = await metrics();
    const points = (name: string) =>
      found
        .get(name)
        ?.dataPoints.map(({ attributes, value }) => [
          attributes,
          typeof value === 'object' && 'count' in value ? value.count : value,
        ]);
    expect(points(METRIC.verifications)).toEqual([
      [{ 'eatp.verdict': 'permitted' }, 4],
      [{ 'eatp.verdict': 'denied', 'eatp.denial.code': 'DELEGATION_SCOPE' }, 1],
    ]);
    expect(points(METRIC.toolDuration)).toEqual([
      [{ 'gen_ai.tool.name': 'transfer', 'gen_ai.agent.name': 'payer' }, 1],
    ]);
    expect(points(METRIC.agentDuration)?.length).toBe(7);
    expect(points(METRIC.verificationDuration)?.length).toBe(2);
  });

  it('count the delay of a revocation', async () => {
    const { observer, metrics } = recorded();
    const { trust, run } = await team([observer]);
    const revoking = new Promise((resolve) => setTimeout(resolve, 50)).then(() =>
      trust.revoke({ agentId: 'agent-slow', reason: 'test' }),
    );
    await run('slow').catch(() => undefined);
    await revoking;
    expect((await metrics()).get(METRIC.revocationDelay)?.dataPoints[0]?.value).toMatchObject({ count: 1 });
  });

  it('of a bridge follow its counters, until they are ended', async () => {
    const { metrics, meterProvider } = recorded();
    const listeners = new Map<string, () => void>();
    const bridge = {
      on: (type: string, listener: () => void) => {
        listeners.set(type, listener);
        return () => void listeners.delete(type);
      },
      counters: { refused: { TOKEN: 2 }, violations: {}, duplicates: 3, crowdedOut: 0 },
    };
    const end = observeBridge(bridge, meterProvider);
    listeners.get('joined')?.();
    listeners.get('joined')?.();
    listeners.get('left')?.();
    const found = await metrics();
    expect(found.get(METRIC.bridgeAgents)?.dataPoints[0]?.value).toBe(1);
    expect(found.get(METRIC.bridgeRefused)?.dataPoints[0]).toMatchObject({
      value: 2,
      attributes: { 'eatp.code': 'TOKEN' },
    });
    expect(found.get(METRIC.bridgeDuplicates)?.dataPoints[0]?.value).toBe(3);
    end();
    expect(listeners.size).toBe(0);
  });
});

it('without an SDK the observer does nothing, and anchors name no trace', async () => {
  const { run } = await team([openTelemetry()]);
  const { auditTrail } = await run();
  for (const { context } of auditTrail) expect(context).not.toHaveProperty('trace_id');
});

it.each([
  [{ tracer: 1 }, 'tracer'],
  [{ tracerProvider: {} }, 'tracerProvider'],
  [{ content: 'yes' }, 'content'],
  [{ maxContentLength: 0 }, 'maxContentLength'],
])('openTelemetry refuses %j', (options, name) => {
  expect(() => openTelemetry(options as never)).toThrow(name);
});

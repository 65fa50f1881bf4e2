import { contextPath, contextText, type Entry, pretty } from '../model/records.js';
import { select } from '../state.js';
import { Checks, EntryMark, Fact, Result, Time } from './common.js';

/** The selected record: its checks, its content, and the bytes that were signed. */
export function Details({ entry }: { readonly entry: Entry | undefined }) {
  if (!entry)
    return (
      <aside class="details" aria-label="Selected record">
        <p class="quiet">Select a record, an agent or an arrow to see its checks and its signed bytes.</p>
      </aside>
    );
  return (
    <aside class="details" aria-label="Selected record" data-key={entry.key}>
      <h2>
        <EntryMark entry={entry} /> {entry.title}
      </h2>
      <p class="no-print">
        <button type="button" onClick={() => select(undefined)}>
          Close
        </button>
      </p>
      <h3>Checks</h3>
      <Checks checks={entry.checks} label="Checks of the selected record" />
      <h3>Content</h3>
      <dl>
        <Facts entry={entry} />
      </dl>
      <h3>Signed bytes</h3>
      <pre tabIndex={0} role="region" aria-label="Signed bytes">
        {pretty(entry.text)}
      </pre>
    </aside>
  );
}

function Facts({ entry }: { readonly entry: Entry }) {
  if (entry.kind === 'anchor' && entry.data) {
    const { data } = entry;
    const code = contextPath(data, 'denial', 'code') ?? contextPath(data, 'error', 'code');
    return (
      <>
        <Fact name="Agent">{data.agentId}</Fact>
        <Fact name="Action">{data.action}</Fact>
        <Fact name="Result">
          <Result is={data.result} />
        </Fact>
        {code !== undefined && (
          <Fact name="Reason">
            {code}: {contextPath(data, 'denial', 'reason') ?? contextPath(data, 'error', 'message')}
          </Fact>
        )}
        {data.resource && <Fact name="Resource">{data.resource}</Fact>}
        <Fact name="Recorded">
          <Time at={data.timestamp} />
        </Fact>
        <Fact name="Under the delegation">
          {contextText(data, 'delegation_id') ?? 'none: by its own right'}
        </Fact>
        {contextText(data, 'trace_id') && <Fact name="Trace">{contextText(data, 'trace_id')}</Fact>}
        <Fact name="Id">{data.id}</Fact>
      </>
    );
  }
  if (entry.kind === 'delegation' && entry.data) {
    const { data } = entry;
    return (
      <>
        <Fact name="From">{data.delegatorId}</Fact>
        <Fact name="To">{data.delegateeId}</Fact>
        <Fact name="Capabilities">{data.capabilitiesDelegated.join(', ') || 'none'}</Fact>
        <Fact name="Limits">{data.constraintSubset.join(', ') || 'none'}</Fact>
        <Fact name="Made">
          <Time at={data.delegatedAt} />
        </Fact>
        <Fact name="Ends">{data.expiresAt ? <Time at={data.expiresAt} /> : 'with the run'}</Fact>
        {entry.status !== undefined && <Fact name="Status">{entry.status}</Fact>}
        <Fact name="Id">{data.id}</Fact>
      </>
    );
  }
  if (entry.kind === 'chain' && entry.data) {
    const { genesis, capabilities, constraintEnvelope } = entry.data;
    return (
      <>
        <Fact name="Agent">{genesis.agentId}</Fact>
        <Fact name="Established by">{genesis.authorityId}</Fact>
        <Fact name="Established">
          <Time at={genesis.createdAt} />
        </Fact>
        <Fact name="Capabilities">{capabilities.map(({ capability }) => capability).join(', ')}</Fact>
        <Fact name="Limits">
          {[...new Set(constraintEnvelope?.activeConstraints.map(({ value }) => String(value)))].join(', ') ||
            'none'}
        </Fact>
      </>
    );
  }
  if (entry.kind === 'authority' && entry.data)
    return (
      <>
        <Fact name="Name">{entry.data.name}</Fact>
        <Fact name="Id">{entry.data.id}</Fact>
        <Fact name="Public key">
          <code>{entry.data.publicKey}</code>
        </Fact>
      </>
    );
  if (entry.kind === 'disclosure' && entry.data)
    return (
      <>
        <Fact name="Name">{entry.data.name}</Fact>
        <Fact name="Id">{entry.data.id}</Fact>
      </>
    );
  return <Fact name="Content">The record cannot be read.</Fact>;
}

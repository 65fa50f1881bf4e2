import { signal } from '@preact/signals';
import { type Model, receiptModel } from '../model/receipt-model.js';
import type { Entry } from '../model/records.js';
import { Checks, Fact, Mark, Time } from '../parts/common.js';
import { RunView } from '../parts/run-view.js';
import { UsageFacts } from '../parts/usage.js';
import { announcement, info, select } from '../state.js';

interface Opened {
  readonly name: string;
  readonly text: string;
  readonly model: Model;
}

const opened = signal<Opened | undefined>(undefined);
const failure = signal<string | undefined>(undefined);
const isBusy = signal(false);
/** The keys that the reader chose to trust, by authority id; undefined: those of the deployment, if a server shows the page. */
const chosen = signal<Readonly<Record<string, string>> | undefined>(undefined);

/** The keys that count. */
const trustedKeys = (): Readonly<Record<string, string>> => chosen.value ?? info.value?.authorities ?? {};

/** The largest file that is read, in bytes. */
const MAX_BYTES = 256 * 2 ** 20;

/** Opens a receipt. */
export async function openReceipt(name: string, text: string): Promise<void> {
  isBusy.value = true;
  failure.value = undefined;
  try {
    // A file often ends with a line break, which is not part of the receipt.
    const receipt = text.replace(/\r?\n$/, '');
    const keys = trustedKeys();
    const model = await receiptModel(receipt, Object.keys(keys).length > 0 ? keys : undefined);
    select(undefined);
    opened.value = { name, text: receipt, model };
    announcement.value = verdictOf(model).title;
  } catch (error) {
    opened.value = undefined;
    failure.value = error instanceof Error ? error.message : String(error);
    announcement.value = 'The file is not a receipt.';
  } finally {
    isBusy.value = false;
  }
}

async function openFile(file: File | undefined): Promise<void> {
  if (!file) return;
  if (file.size > MAX_BYTES) {
    failure.value = 'The file is larger than 256 MiB.';
    return;
  }
  await openReceipt(file.name, await file.text());
}

function trust(keys: Readonly<Record<string, string>>): void {
  chosen.value = keys;
  const now = opened.value;
  if (now) void openReceipt(now.name, now.text);
}

function verdictOf({ isValid, isPinned }: Model): { title: string; text: string; name: string } {
  if (!isValid)
    return {
      title: 'Not valid',
      text: 'Something in this receipt is not as it was signed, or was not allowed. The marked records say what.',
      name: 'bad',
    };
  if (!isPinned)
    return {
      title: 'Consistent, but not proven',
      text: 'The records fit together. Whether they are genuine depends on keys that this receipt itself brings: anyone can make such a receipt. Compare the keys below with ones that you have from elsewhere, and trust those that are the same.',
      name: 'open',
    };
  return {
    title: 'Valid',
    text: 'Every record is signed by authorities whose keys you trust, and every action was allowed.',
    name: 'good',
  };
}

/** The screen on which a receipt is opened and verified. */
export function ReceiptScreen() {
  const now = opened.value;
  return (
    <div
      class="receipt"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void openFile(event.dataTransfer?.files[0]);
      }}
    >
      <section class={`drop ${now ? 'small' : ''}`} aria-labelledby="drop-title">
        <h1 id="drop-title">{now ? `Receipt ${now.name}` : 'Verify a receipt'}</h1>
        {!now && (
          <p>
            Drop a receipt here. It is verified on this computer: nothing is sent anywhere, and the page works
            without a network.
          </p>
        )}
        <p class="no-print">
          <label class="file">
            {now ? 'Open another receipt: ' : 'Or choose a file: '}
            <input
              type="file"
              accept=".json,application/json"
              onChange={(event) => void openFile(event.currentTarget.files?.[0])}
            />
          </label>
        </p>
        {isBusy.value && <p>Verifying…</p>}
        {failure.value !== undefined && (
          <p class="failure" role="alert">
            {failure.value}
          </p>
        )}
      </section>
      {now && <Verified model={now.model} />}
    </div>
  );
}

function Verified({ model }: { readonly model: Model }) {
  const { title, text, name } = verdictOf(model);
  const denials = model.anchors.filter(({ data }) => data?.result === 'denied').length;
  return (
    <>
      <section class={`verdict ${name}`} aria-labelledby="verdict-title" data-verdict={name}>
        <h2 id="verdict-title">
          <Mark is={name === 'good' ? true : name === 'bad' ? false : undefined} /> {title}
        </h2>
        <p>{text}</p>
        <dl>
          <Fact name="Run">{model.runId}</Fact>
          <Fact name="Task">{model.taskId}</Fact>
          <Fact name="Signed">
            <Time at={model.issuedAt} />
          </Fact>
          <Fact name="Records">
            {model.anchors.length}, of which {denials} denied
          </Fact>
          <Fact name="Delegations">{model.delegations.length}</Fact>
          <UsageFacts model={model} />
          <Fact name="People">
            {model.others
              .filter(({ kind }) => kind === 'disclosure')
              .map(({ title: person }) => person)
              .join('; ') || 'none named'}
          </Fact>
        </dl>
        <Checks checks={model.checks} label="Checks of the whole receipt" />
        <p class="no-print">
          <button type="button" onClick={() => window.print()}>
            Print
          </button>
        </p>
      </section>
      <Keys authorities={model.others.filter(({ kind }) => kind === 'authority')} />
      <Meaning model={model} />
      <RunView model={model} />
    </>
  );
}

function Keys({ authorities }: { readonly authorities: readonly Entry[] }) {
  const keys = trustedKeys();
  const areTheDeployments = chosen.value === undefined && Object.keys(keys).length > 0;
  return (
    <section class="keys" aria-labelledby="keys-title">
      <h2 id="keys-title">Who signed</h2>
      <p class="no-print">
        A key proves something only if you have it from elsewhere: from the organisation itself, a contract,
        or an earlier receipt. Compare it before you trust it.
        {areTheDeployments && ' Those marked as trusted are the ones that this deployment trusts.'}
      </p>
      <ul>
        {authorities.map((entry) => {
          if (entry.kind !== 'authority' || !entry.data) return null;
          const { id, name, publicKey } = entry.data;
          const isTrusted = Object.hasOwn(keys, id) && keys[id] === publicKey;
          return (
            <li key={entry.key}>
              {name} ({id}) <code>{publicKey}</code>{' '}
              <button
                type="button"
                class="no-print"
                aria-pressed={isTrusted}
                onClick={() => {
                  const { [id]: _, ...others } = keys;
                  trust(isTrusted ? others : { ...others, [id]: publicKey });
                }}
              >
                {isTrusted ? 'Trusted' : 'I trust this key'}
              </button>
              {isTrusted && <span class="print-only"> trusted by the reader</span>}
            </li>
          );
        })}
      </ul>
      <p class="no-print">
        <label class="file">
          Or open a file of trusted keys, as JSON with a key for each authority id:{' '}
          <input
            type="file"
            accept=".json,application/json"
            onChange={async (event) => {
              const file = event.currentTarget.files?.[0];
              if (file) trust(readKeys(await file.text()));
            }}
          />
        </label>
      </p>
    </section>
  );
}

function readKeys(text: string): Readonly<Record<string, string>> {
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    if (entries.length === 0 || !entries.every(([, key]) => typeof key === 'string')) throw new Error();
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    failure.value = 'The file of keys must be JSON such as {"org-acme": "base64 of 32 bytes"}.';
    return trustedKeys();
  }
}

function Meaning({ model }: { readonly model: Model }) {
  const isProven = model.isValid === true && model.isPinned;
  return (
    <section class="meaning" aria-label="Meaning of the result">
      <div>
        <h2>What this proves</h2>
        {isProven ? (
          <ul>
            <li>These authorities established these agents, with these capabilities and limits.</li>
            <li>
              Each agent acted in this order, with these results, and each action was allowed when it began.
            </li>
            <li>
              Each delegation was made by an agent that was allowed to make it, for this run and this person.
            </li>
            <li>The trail is complete: no record of this run was removed, added, moved or changed.</li>
          </ul>
        ) : (
          <p>
            {model.isValid
              ? 'That the records fit together, and nothing else, until you trust the keys.'
              : 'Nothing. Ask whoever gave you this receipt for one that is valid.'}
          </p>
        )}
      </div>
      <div>
        <h2>What it does not prove</h2>
        <ul>
          <li>That an agent did its work well, or that its output is true.</li>
          <li>
            What inputs and outputs were: the records contain their digests. Compare a digest if you have the
            value.
          </li>
          <li>That nothing happened in other runs, or outside the runtime that wrote these records.</li>
          <li>That a signing key was not stolen.</li>
        </ul>
      </div>
    </section>
  );
}

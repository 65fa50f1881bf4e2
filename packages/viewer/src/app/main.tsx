import './shims/no-eval.js';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import type { InfoAnswer } from '../api.js';
import { AgentScreen, AgentsScreen } from './screens/agents.js';
import { ApprovalsScreen } from './screens/approvals.js';
import { DeploymentScreen } from './screens/deployment.js';
import { openReceipt, ReceiptScreen } from './screens/receipt.js';
import { RunScreen } from './screens/run.js';
import { RunsScreen } from './screens/runs.js';
import { askJson } from './server/client.js';
import { addressOf, announcement, info, isServed, type Route, route, theme } from './state.js';

const PLACES: readonly (readonly [Route & { readonly screen: string }, string])[] = [
  [{ screen: 'runs' }, 'Runs'],
  [{ screen: 'agents' }, 'Agents'],
  [{ screen: 'approvals' }, 'Approvals'],
  [{ screen: 'deployment' }, 'Deployment'],
  [{ screen: 'receipt' }, 'Receipt'],
];

function App() {
  useEffect(() => {
    if (isServed)
      askJson<InfoAnswer>('info').then(
        (answer) => {
          info.value = answer;
        },
        () => undefined,
      );
  }, []);
  const places = PLACES.filter(([{ screen }]) =>
    isServed ? screen !== 'approvals' || info.value?.approvals === true : screen === 'receipt',
  );
  return (
    <>
      <header class="no-print">
        <a href="#main" class="skip">
          Skip to the content
        </a>
        <p class="brand">Kaizen EATP{info.value ? `: ${info.value.name}` : ''}</p>
        {places.length > 1 && (
          <nav aria-label="Screens">
            {places.map(([place, name]) => (
              <a
                key={name}
                href={addressOf(place)}
                aria-current={route.value.screen === place.screen ? 'page' : undefined}
              >
                {name}
              </a>
            ))}
          </nav>
        )}
        <ThemeButton />
      </header>
      <main id="main" tabIndex={-1}>
        <Screen />
      </main>
      <div class="hidden" role="status">
        {announcement.value}
      </div>
    </>
  );
}

function Screen() {
  const to = route.value;
  switch (to.screen) {
    case 'run':
      return <RunScreen id={to.id} />;
    case 'agent':
      return <AgentScreen id={to.id} />;
    case 'runs':
      return <RunsScreen />;
    case 'agents':
      return <AgentsScreen />;
    case 'deployment':
      return <DeploymentScreen />;
    case 'approvals':
      return <ApprovalsScreen />;
    default:
      return <ReceiptScreen />;
  }
}

function ThemeButton() {
  const isDark =
    theme.value === 'dark' ||
    (theme.value === undefined && matchMedia('(prefers-color-scheme: dark)').matches);
  return (
    <button
      type="button"
      onClick={() => {
        theme.value = isDark ? 'light' : 'dark';
      }}
    >
      {isDark ? 'Light' : 'Dark'} theme
    </button>
  );
}

/** Opens the receipt that came with the page. */
function openEmbedded(): void {
  const data = document.getElementById('receipt')?.textContent;
  if (!data) return;
  const { name, text } = JSON.parse(data) as { name: string; text: string };
  void openReceipt(name, text);
}

openEmbedded();
render(<App />, document.getElementById('app') as HTMLElement);

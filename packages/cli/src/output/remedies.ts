import type { EatpError } from '@kaizen-eatp/core';

/** The next step at the command line, for errors whose own text names the functions of the library. `$x` is a fact of the error. */
const REMEDIES: Readonly<Record<string, string>> = {
  AGENT_ALREADY_ESTABLISHED:
    'See what it can do: kaizen-eatp agent show $agentId. Further capabilities are delegated to it: kaizen-eatp delegate',
  AGENT_REVOKED:
    'Let it work again only by an explicit decision: kaizen-eatp agent reinstate $agentId, then kaizen-eatp agent establish $agentId --authority ID',
  AUTHORITY_ALREADY_EXISTS: 'See it with kaizen-eatp authority show $authorityId, or choose another --id.',
  AUTHORITY_NOT_FOUND:
    'List the authorities: kaizen-eatp authority list. Add one: kaizen-eatp authority add --name NAME',
  AUTHORITY_NOT_TRUSTED:
    'Name the folder of its keys with --keys, or pin the authority: kaizen-eatp authority add --file FILE',
  BAD_KEY: 'Pass a key as kaizen-eatp key gen or authority show prints it: base64 of 32 bytes.',
  DELEGATION_NOT_FOUND: 'List the delegations of an agent: kaizen-eatp agent show AGENT --tree',
};

/** The next step after an error at the command line. @param command - the one that was called, if it is known. */
export function remedyFor({ code, remedy, evidence }: EatpError, command?: string): string {
  const template = Object.hasOwn(REMEDIES, code) ? (REMEDIES[code] as string) : undefined;
  // Where the error says more than the table, as the commands' own errors do, it speaks for itself.
  if (template === undefined || remedy.includes('kaizen-eatp '))
    return command === undefined ? remedy : remedy.replace('help COMMAND', `help ${command}`);
  return template.replaceAll(/\$(\w+)/g, (_, name: string) => String(evidence[name] ?? name));
}

import { readFileSync } from 'node:fs';
import type { Authority, AuthorityPermission, TrustOperations } from '@kaizen-eatp/core';
import { authorityCodec, type JsonObject, parseJson } from '@kaizen-eatp/core/records';
import { CliError, usage } from '../errors.js';
import { counted, fields, table } from '../output/lines.js';
import { authoritiesOf } from '../reading/rows.js';
import { isPinnedKey } from '../session/roots-file.js';
import type { Session } from '../session/session.js';
import type { Outcome } from '../spec/command-spec.js';
import type { Given } from '../spec/given.js';

/** Creates an authority with its key, or registers a record, and pins it. */
export async function add(session: Session, given: Given): Promise<Outcome> {
  const [name, file] = [given.text('name'), given.text('file')];
  if ((name === undefined) === (file === undefined))
    throw usage('An authority is created or registered', { expected: 'either --name or --file' });
  const authority =
    file === undefined ? await create(session, given, name as string) : await register(session, file);
  session.pin(authority.id, authority);
  // The first authority signs what no agent's own authority can sign, unless another one is named.
  const isRecorder =
    given.flag('recorder') || (file === undefined && session.settings().recorder === undefined);
  if (isRecorder) session.nameRecorder(authority.id);
  return {
    result: {
      authority_id: authority.id,
      name: authority.name,
      authority_type: authority.authorityType,
      public_key: authority.publicKey,
      signing_key_id: authority.signingKeyId,
      recorder: isRecorder,
    },
    lines: [
      file === undefined ? 'Authority created.' : 'Authority registered.',
      ...describeAuthority(authority),
      ...fields([['Keys in', session.spec.keys]]),
    ],
  };
}

async function create(session: Session, given: Given, name: string): Promise<Authority> {
  const trust = await session.trust(true);
  const [id, type, key, parent] = ['id', 'type', 'key', 'parent'].map((option) => given.text(option));
  const permissions = given.list('permissions') as readonly AuthorityPermission[];
  return trust.createEnterpriseAuthority({
    name,
    ...(id !== undefined && { id }),
    ...(type !== undefined && { authorityType: type as Authority['authorityType'] }),
    ...(key !== undefined && { signingKeyId: key }),
    ...(parent !== undefined && { parentAuthorityId: parent }),
    ...(permissions.length > 0 && { permissions }),
  });
}

async function register(session: Session, file: string): Promise<Authority> {
  const record = parseJson(readText(file), 'authority') as JsonObject;
  return (await session.trust(true)).registerAuthority(record);
}

/** Reads a file that a command was given. @throws CliError `FILE_NOT_FOUND`, `FILE_NOT_USABLE`. */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CliError(isMissing ? 'FILE_NOT_FOUND' : 'FILE_NOT_USABLE', `The file ${path} cannot be read`, {
      expected: 'a file that this user can read',
      received: isMissing ? 'none of that name' : (cause as Error).message,
      remedy: 'Correct the path.',
      cause,
    });
  }
}

/** Lists the authorities of the store. */
export async function list(session: Session): Promise<Outcome> {
  const authorities = await authoritiesOf(await session.store());
  const roots = session.roots();
  const believed = new Map(
    (await (await session.trust()).believedAuthorities()).map((each) => [each.id, each]),
  );
  const notStored = [...believed.values()].filter(({ id }) => !authorities.some((each) => each.id === id));
  return {
    result: {
      authorities: authorities.map((authority) => ({
        ...authorityCodec.encode(authority),
        pinned: isPinnedKey(roots, authority.id, authority.publicKey),
        believed: beliefJson(believed.get(authority.id)),
      })),
      // An endorsement is a statement of its own: the store need not have a record of the authority.
      not_stored: notStored.map((each) => ({ id: each.id, believed: beliefJson(each) })),
      total: authorities.length,
    },
    lines: [
      counted(authorities.length + notStored.length, 'authority', 'authorities'),
      ...table(
        ['authority', 'name', 'type', 'state', 'pinned', 'believed'],
        [
          ...authorities.map(({ id, name, authorityType, isActive, publicKey }) => [
            id,
            name,
            authorityType,
            isActive ? 'active' : 'inactive',
            isPinnedKey(roots, id, publicKey) ? 'yes' : 'no',
            describeBelief(believed.get(id)),
          ]),
          ...notStored.map((each) => [each.id, '-', '-', 'not stored', 'no', describeBelief(each)]),
        ],
      ),
    ],
  };
}

type Believed = Awaited<ReturnType<TrustOperations['believedAuthorities']>>[number];

const beliefJson = (believed: Believed | undefined) =>
  believed
    ? {
        source: believed.source,
        endorsed_by: believed.endorsedBy,
        public_key: believed.publicKey,
        namespaces: believed.namespaces,
        permissions: believed.permissions,
        is_active: believed.isActive,
      }
    : null;

function describeBelief(believed: Believed | undefined): string {
  if (!believed) return 'no';
  const { source, endorsedBy, namespaces } = believed;
  const why = { pinned: 'pinned', own: 'its key is here', endorsed: `endorsed by ${endorsedBy}` }[source];
  return namespaces.includes('*') ? why : `${why}, for ${namespaces.join(', ')}`;
}

/** Shows one authority. */
export async function show(session: Session, given: Given): Promise<Outcome> {
  const authority = await find(session, given.argument(0));
  const isPinned = isPinnedKey(session.roots(), authority.id, authority.publicKey);
  return {
    result: { ...authorityCodec.encode(authority), pinned: isPinned },
    lines: [
      `Authority ${authority.id}`,
      ...describeAuthority(authority),
      ...fields([
        ['Permissions', authority.permissions.join(', ') || 'none'],
        ['State', authority.isActive ? 'active' : 'inactive'],
        ['Pinned', isPinned ? 'yes' : 'no'],
        ['Created', authority.createdAt],
        ['Changed', authority.updatedAt],
        ['Belongs to', authority.parentAuthorityId],
      ]),
    ],
  };
}

/** Deactivates an authority. */
export async function deactivate(session: Session, given: Given): Promise<Outcome> {
  const { id, name } = await find(session, given.argument(0));
  await session.confirm(given, `Deactivate the authority ${id} (${name})? It will sign nothing more.`);
  return setActive(session, id, false);
}

/** Activates an authority again. */
export async function activate(session: Session, given: Given): Promise<Outcome> {
  const { id, name } = await find(session, given.argument(0));
  await session.confirm(given, `Activate the authority ${id} (${name})? Its agents can act again.`);
  return setActive(session, id, true);
}

async function setActive(session: Session, id: string, isActive: boolean): Promise<Outcome> {
  const authority = await (await session.trust()).setAuthorityActive(id, isActive);
  return {
    result: { authority_id: id, is_active: authority.isActive },
    lines: [`Authority ${id} is ${isActive ? 'active' : 'inactive'}.`],
  };
}

/** Endorses another authority. */
export async function endorse(session: Session, given: Given): Promise<Outcome> {
  const authorityId = given.argument(0);
  const [permissions, by] = [given.list('permissions') as readonly AuthorityPermission[], given.text('by')];
  const validUntil = given.moment('expires', Date.now(), 'ahead');
  const request = {
    authorityId,
    publicKey: given.required('publicKey'),
    namespaces: given.list('namespaces'),
    ...(permissions.length > 0 && { permissions }),
    ...(validUntil && { validUntil }),
    ...(by !== undefined && { by }),
  };
  await (await session.trust()).endorseAuthority(request);
  return {
    result: { authority_id: authorityId, public_key: request.publicKey, namespaces: request.namespaces },
    lines: [
      `Authority ${authorityId} is endorsed.`,
      ...fields([
        ['Speaks for', request.namespaces.join(', ')],
        ['Permissions', permissions.join(', ') || 'create_agents, grant_capabilities'],
        ['Until', validUntil?.toISOString() ?? 'without an end'],
      ]),
    ],
  };
}

async function find(session: Session, id: string): Promise<Authority> {
  const authority = await (await session.trust()).getAuthority(id);
  if (authority) return authority;
  throw new CliError('RECORD_NOT_FOUND', `There is no authority '${id}'`, {
    remedy: 'List the authorities: kaizen-eatp authority list',
    evidence: { authorityId: id },
  });
}

const describeAuthority = (authority: Authority): string[] =>
  fields([
    ['Authority', authority.id],
    ['Name', authority.name],
    ['Type', authority.authorityType],
    ['Public key', authority.publicKey],
    ['Signing key', authority.signingKeyId],
  ]);

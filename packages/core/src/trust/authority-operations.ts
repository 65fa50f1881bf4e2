import type { Authority } from '../chain/index.js';
import { expectId, type JsonObject } from '../wire/index.js';
import { deploymentOf } from './deployment-of.js';
import { createEnterpriseAuthority, registerAuthority, setAuthorityActive } from './issue/authorities.js';
import type { EnterpriseAuthorityRequest } from './issue/authority-request.js';
import { type EndorsementRequest, endorseAuthority } from './issue/endorse.js';
import { type RotationReport, revokeKey, rotateKey } from './issue/rotate-key.js';
import type { RevokeKeyRequest, RotateKeyRequest } from './issue/rotate-key-request.js';
import type { BelievedAuthority } from './statements/believed-authority.js';

/** The operations of {@link TrustOperations} that concern authorities and their keys. */
export abstract class AuthorityOperations {
  /**
   * Creates an authority with its own key.
   *
   * @throws AuthorityError `AUTHORITY_ALREADY_EXISTS`, InvalidArgumentError.
   */
  async createEnterpriseAuthority(request: EnterpriseAuthorityRequest): Promise<Authority> {
    return createEnterpriseAuthority(deploymentOf(this), request);
  }

  /**
   * Lets every deployment that believes one of this process's authorities believe another authority, as far as stated.
   *
   * @throws KeyError `KEY_NOT_FOUND` if no authority whose key is here can endorse it, AuthorityError
   * `AUTHORITY_ALREADY_EXISTS`, InvalidArgumentError, StoreError.
   */
  async endorseAuthority(request: EndorsementRequest): Promise<void> {
    return endorseAuthority(deploymentOf(this), request);
  }

  /**
   * Stores an authority that was made elsewhere, in our form or as the reference's `to_dict()` returns it.
   *
   * @throws AuthorityError `AUTHORITY_ALREADY_EXISTS`, MalformedRecordError, KeyError `BAD_KEY`.
   */
  async registerAuthority(authority: Authority | JsonObject): Promise<Authority> {
    return registerAuthority(deploymentOf(this), authority);
  }

  /**
   * Lists the authorities that this deployment believes now: those that are pinned, those whose keys are in its key manager,
   * and those that one of these endorsed, whether the store has a record of them or not. Each is a copy.
   *
   * @throws StatementsError `STORE_ROLLED_BACK`, `STATEMENTS_INVALID`, StoreError.
   */
  async believedAuthorities(): Promise<readonly BelievedAuthority[]> {
    const { statements } = deploymentOf(this);
    await statements.refresh();
    return [...statements.state.authorities].map((each) => ({
      ...each,
      namespaces: [...each.namespaces],
      permissions: [...each.permissions],
      earlierKeys: [...each.earlierKeys],
      revokedKeys: new Map([...each.revokedKeys].map(([key, revoked]) => [key, { ...revoked }])),
    }));
  }

  /** @returns the authority, or undefined if there is none of this id. */
  async getAuthority(authorityId: string): Promise<Authority | undefined> {
    const id = expectId(authorityId, 'authorityId');
    return (await deploymentOf(this).readAuthorities([id])).get(id);
  }

  /**
   * Deactivates an authority, so that it signs nothing more and its agents do not act, or activates it again.
   *
   * @throws AuthorityError `AUTHORITY_NOT_FOUND`, KeyError `KEY_NOT_FOUND`, InvalidArgumentError.
   */
  async setAuthorityActive(authorityId: string, isActive: boolean): Promise<Authority> {
    return setAuthorityActive(deploymentOf(this), authorityId, isActive);
  }

  /**
   * Gives an authority a new key, and signs the chains of its agents again, so that a verifier that knows only the new key
   * can read them. Records under the old key stay valid until that key is revoked; runs in progress go on.
   *
   * @throws AuthorityError, KeyError `KEY_NOT_FOUND` if the current key is not here, InvalidArgumentError, StoreError.
   */
  async rotateKey(request: RotateKeyRequest): Promise<RotationReport> {
    return rotateKey(deploymentOf(this), request);
  }

  /**
   * Ends the validity of a key that others may have had since some moment. Its signatures do not count any more; work
   * that depends on it stops. A current key is replaced by a new one.
   *
   * @throws AuthorityError, KeyError `KEY_NOT_FOUND` if no authority whose key is here decides about it,
   * InvalidArgumentError, StoreError.
   */
  async revokeKey(request: RevokeKeyRequest): Promise<RotationReport> {
    return revokeKey(deploymentOf(this), request);
  }
}

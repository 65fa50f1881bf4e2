/** The answer to `GET /api/info`. */
export interface InfoAnswer {
  /** The version of the contract. */
  readonly api: 1;
  /** The name of the deployment, to show. */
  readonly name: string;
  /** Whether the server changes nothing, whatever it is asked. */
  readonly readOnly: boolean;
  /** Whether `/api/approvals` exists. */
  readonly approvals: boolean;
  /** The person in whose name the server answers requests, by `POST /api/approvals`; null if it answers none. */
  readonly approver: string | null;
  /** The public keys, in base64, of the authorities that the deployment trusts, by authority id. */
  readonly authorities: Readonly<Record<string, string>>;
}

/** The body of every answer whose status is not 2xx. */
export interface ErrorAnswer {
  /** The error. */
  readonly error: {
    /** The code. */
    readonly code: string;
    /** The message. */
    readonly message: string;
    /** What to do. */
    readonly remedy: string;
  };
}

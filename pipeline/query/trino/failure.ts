/** What goes wrong between us and a cluster → one line that says what to do. What is no fault of anyone's but ours stays as it is. */
import { UsageError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { TrinoConnection, TrinoPage } from './connection.ts';

type TrinoError = NonNullable<TrinoPage['error']>;

/** A failure that the cluster reports of a statement. */
export class TrinoFailure extends Error {
  override readonly name = 'TrinoFailure';
  /** Trino's: TABLE_NOT_FOUND, REMOTE_HOST_GONE … */
  readonly errorName: string;
  /** USER_ERROR, INTERNAL_ERROR, INSUFFICIENT_RESOURCES, EXTERNAL. */
  readonly errorType: string;

  constructor({ message, errorName, errorType }: TrinoError) {
    super(`${errorName}: ${message}`);
    this.errorName = errorName;
    this.errorType = errorType;
  }
}

/** Of a request that got no page. */
export function requestFailure({ options, user }: TrinoConnection, error: unknown): unknown {
  const { url } = options;
  const {
    code = '',
    message = '',
    response,
  } = error as {
    code?: string;
    message?: string;
    response?: { status: number };
  };
  if (response?.status === 401 || response?.status === 403) {
    return new UsageError(
      `${url} refuses ${user} (HTTP ${response.status}); set CENSUS_TRINO_USER and CENSUS_TRINO_PASSWORD`,
    );
  }
  if (response)
    return new UsageError(`${url} answers HTTP ${response.status}: is it a Trino coordinator? see --url`);
  if (CERTIFICATE_FAULTS.test(code)) {
    return new UsageError(
      `${url}: its certificate does not verify (${code}); name the file of its CA with --ca, and the host as the certificate does`,
    );
  }
  if (NETWORK_FAULTS.test(code)) {
    return new UsageError(`${url}: no coordinator answers (${code}: ${printable(message, 120)}); see --url`);
  }
  return error;
}

/** Of a statement of ours: what the operator or the cluster's keeper can mend is a UsageError. */
export function statementFailure({ options }: TrinoConnection, failure: TrinoFailure): Error {
  const { url, catalog, schema } = options;
  const { errorName, errorType } = failure;
  const said = printable(failure.message, 300);
  if (errorName === 'CATALOG_NOT_FOUND') {
    return new UsageError(`${url} has no catalog ${catalog}; name that of its Hive connector with --catalog`);
  }
  if (NOT_REGISTERED.has(errorName)) {
    return new UsageError(
      `${url} has no lake registered as ${catalog}.${schema}; register it with: census lake register --engine trino (${said})`,
    );
  }
  if (errorName === 'TABLE_ALREADY_EXISTS') {
    return new UsageError(
      `${catalog}.${schema} has a table of somebody's own; name another --schema (${said})`,
    );
  }
  if (errorName === 'PERMISSION_DENIED') return new UsageError(`${url} does not allow it (${said})`);
  if (errorName.startsWith('HIVE_') && FILE_GONE.test(failure.message)) {
    return new UsageError(
      `${url}: the lake was changed while it was read; register it and run it again (${said})`,
    );
  }
  if (errorType === 'USER_ERROR') return failure;
  return new UsageError(`${url} did not finish: ${said}; run it again, or ask its keeper`);
}

const NOT_REGISTERED = new Set(['SCHEMA_NOT_FOUND', 'TABLE_NOT_FOUND', 'MISSING_SCHEMA_NAME']);

/** Of HIVE_FILE_NOT_FOUND, HIVE_CANNOT_OPEN_SPLIT, HIVE_FILESYSTEM_ERROR: a file that was listed is not there to open. */
const FILE_GONE = /FILE_NOT_FOUND|no such ?file|(?:file|path).* (?:not found|does not exist)/i;

/** Names of OpenSSL's verification results as Node gives them, and its own. */
const CERTIFICATE_FAULTS =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)/;

const NETWORK_FAULTS =
  /^(?:ECONN|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EPROTO|ERR_SSL|ERR_TLS|ERR_NETWORK|HPE_|ERR_BAD_RESPONSE|ERR_INVALID_URL)/;

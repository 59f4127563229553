/** What becomes of a connection: an answer in TLS, or a failure with its kind and how far it came; or what ends the scan. */
import { UsageError } from '../base/errors.ts';
import type { ErrorKind } from '../formats/raw-record.ts';
import type { ServerAnswer } from '../tls/index.ts';

/** How far a connection came. */
export type Stage = 'connect' | 'dialogue' | 'tls';

export interface Failure {
  kind: 'failure';
  stage: Stage;
  /** no_starttls is not an error: the server does without TLS. */
  error_kind: ErrorKind | 'no_starttls';
  error_detail: string;
  /** Bytes that came after the hello, unless they are warnings that a server may go on after. */
  answer_bytes: number;
}

export interface Answered {
  kind: 'answer';
  answer: ServerAnswer;
  /** Why the flight broke off. */
  broken_by: string | null;
}

/** The scan was stopped while this connection was open. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/** This machine has no socket to spare: the way it is, no question can be asked. */
export class NoSocket extends UsageError {}

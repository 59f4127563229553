/**
 * Suites of one version that were offered together and not accepted, with all that the server said to the hellos that
 * offered them, until it is ruled what that means (refusal-rule.ts). What each kind of answer is evidence of stands here.
 */
import type { ErrorKind, Rejection } from '../formats/raw-record.ts';
import {
  HANDSHAKE_FAILURE,
  INSUFFICIENT_SECURITY,
  PROTOCOL_VERSION,
  UNRECOGNIZED_NAME,
} from '../tls/index.ts';
import type { HelloForm } from './hello-form.ts';
import type { RefusalEvidence } from './refusal-rule.ts';
import type { Reply } from './session.ts';

export type Refusing = Exclude<Reply, { kind: 'accepted' | 'gone' }>;
type Said = Pick<Rejection, 'by' | 'code'>;

/** An answer that is about suites or versions; of another alert that is not. */
export function isAboutSuites({ by, code }: Said): boolean {
  return by !== 'alert' || ABOUT_SUITES.has(code!);
}

const ABOUT_SUITES: ReadonlySet<number> = new Set([
  HANDSHAKE_FAILURE,
  INSUFFICIENT_SECURITY,
  PROTOCOL_VERSION,
]);

export class RefusedSuites {
  cipher_suites: readonly number[];
  /** Hellos of the forms in which they were refused. */
  readonly #refusals = new Map<HelloForm, number>();
  #said: Said | undefined;
  #other: RefusalEvidence['other'] = 'nothing';
  #failure: { error_kind: ErrorKind; error_detail: string; flight_bytes: Uint8Array | null } | undefined;
  #duration_ms = 0;
  /** Hellos that offered them. */
  asked = 0;
  /** The last hello was closed or reset without a word. */
  isSilent = false;
  /** Silence and controls in turn have shown that it says nothing. */
  isProvenNothing = false;
  /** A control in the form of the question is not accepted, and no form was found that is. */
  isFormRefused = false;

  constructor(cipher_suites: readonly number[]) {
    this.cipher_suites = cipher_suites;
  }

  note(form: HelloForm, reply: Refusing): void {
    this.asked++;
    this.#duration_ms = reply.duration_ms;
    this.isSilent = reply.kind === 'ambiguous';
    if (reply.kind === 'rejected') this.#noteRejected(form, reply);
    else {
      const flight_bytes = reply.kind === 'failed' ? reply.flight_bytes : null;
      this.#failure ??= { error_kind: reply.error_kind, error_detail: reply.error_detail, flight_bytes };
      this.#noteOther('failure');
    }
  }

  /** Silence that controls have proven to be how the server says no: asked in each of `forms`. */
  noteProvenSilence(forms: readonly HelloForm[], by: 'close' | 'reset', refusals: number): void {
    this.isSilent = false;
    this.#said ??= { by, code: null };
    for (const form of forms) this.#refusals.set(form, Math.ceil(refusals / forms.length));
    if (this.#other === 'failure') this.#other = 'nothing';
  }

  get forms(): readonly HelloForm[] {
    return [...this.#refusals.keys()];
  }

  get refusals(): number {
    return [...this.#refusals.values()].reduce((sum, count) => sum + count, 0);
  }

  /** How the server said it: the first answer about suites or versions, else the first alert; undefined where it said nothing. */
  get said(): Said | undefined {
    return this.#said;
  }

  get failure() {
    return this.#failure;
  }

  get duration_ms(): number {
    return this.#duration_ms;
  }

  evidence(control: RefusalEvidence['control'], needed: number): RefusalEvidence {
    const { refusals, forms } = this;
    return { refusals, needed, forms: forms.length, other: this.#other, control };
  }

  #noteRejected(form: HelloForm, { by, code }: Said): void {
    if (isAboutSuites({ by, code })) {
      if (this.refusals === 0) this.#said = { by, code };
      this.#refusals.set(form, (this.#refusals.get(form) ?? 0) + 1);
    } else {
      this.#said ??= { by, code };
      this.#noteOther(code === UNRECOGNIZED_NAME ? 'name' : 'alert');
    }
  }

  #noteOther(other: RefusalEvidence['other']): void {
    if (ORDER.indexOf(other) > ORDER.indexOf(this.#other)) this.#other = other;
  }
}

/** Of several other answers the one that tells most counts. */
const ORDER: readonly RefusalEvidence['other'][] = ['nothing', 'failure', 'alert', 'name'];

/**
 * Suites of one version that were offered together and not accepted, with all that the server said to the hellos that
 * offered them, until it is ruled what that means (refusal-rule.ts). What each kind of answer is evidence of stands here.
 */
import type { ErrorKind, RefusedFeature, Rejection } from '../formats/raw-record.ts';
import { alertName, UNRECOGNIZED_NAME } from '../tls/index.ts';
import type { HelloForm } from './hello-form.ts';
import { isAboutSuites, type RefusalEvidence } from './refusal-rule.ts';
import type { Reply } from './session.ts';

export type Refusing = Exclude<Reply, { kind: 'accepted' | 'gone' }>;
type Said = Pick<Rejection, 'by' | 'code'>;

export class RefusedSuites {
  cipher_suites: readonly number[];
  readonly isReversed: boolean;
  readonly #version: number;
  /** Hellos by the form in which they were offered, and those of them that were refused. */
  readonly #asked = new Map<HelloForm, number>();
  readonly #refusals = new Map<HelloForm, number>();
  /** Forms of the hellos that met with a silence of which nothing is known yet. */
  #silences: readonly HelloForm[] = [];
  #said: Said | undefined;
  #other: RefusalEvidence['other'] = 'nothing';
  #failure: { error_kind: ErrorKind; error_detail: string; flight_bytes: Uint8Array | null } | undefined;
  #duration_ms = 0;
  /** Which of the endpoint's questions offered them last, counted from 1. */
  lastHello = 0;
  /** How many of the last hellos were closed or reset without a word. */
  silencesInARow = 0;
  /** Silence and controls in turn have shown that it says nothing. */
  isProvenNothing = false;
  /** A control in the form of the question is not accepted, and no form was found that is. */
  isFormRefused = false;

  /** `isReversed`: the first hello had them in the reverse order. */
  constructor(version: number, cipher_suites: readonly number[], isReversed = false) {
    this.isReversed = isReversed;
    this.#version = version;
    this.cipher_suites = cipher_suites;
  }

  /** What came to a hello that was asked in `form`. */
  note(form: HelloForm, reply: Refusing): void {
    this.lastHello = reply.hello;
    this.#duration_ms = reply.duration_ms;
    // Once it is proven that a silence is a refusal, each further one is.
    const isRefusal = reply.kind === 'ambiguous' && isSilence(this.#said);
    this.silencesInARow = reply.kind === 'ambiguous' && !isRefusal ? this.silencesInARow + 1 : 0;
    if (this.isSilent) this.#silences = [...this.#silences, form];
    if (reply.kind === 'rejected') this.#noteRejected(form, reply);
    else if (isRefusal) this.#noteRefusal(form);
    else {
      const flight_bytes = reply.kind === 'failed' ? reply.flight_bytes : null;
      this.#failure ??= { error_kind: reply.error_kind, error_detail: reply.error_detail, flight_bytes };
      this.#noteOther('failure');
    }
  }

  /** The last hello was closed or reset without a word. */
  get isSilent(): boolean {
    return this.silencesInARow > 0;
  }

  /** Silence that controls have proven to be how the server says no: each hello that met with it was refused. */
  noteProvenSilence(by: 'close' | 'reset'): void {
    this.silencesInARow = 0;
    this.#said ??= { by, code: null };
    for (const form of this.#silences) this.#noteRefusal(form);
    this.#silences = [];
    if (this.#other === 'failure') this.#other = 'nothing';
  }

  /** The server was silent to a control, too: it was throttling, and what was heard of it says nothing. */
  forgetSilences(): void {
    for (const form of this.#silences) this.#asked.set(form, this.timesIn(form) - 1);
    this.#silences = [];
    this.silencesInARow = 0;
    if (this.#failure?.error_kind !== 'closed' && this.#failure?.error_kind !== 'reset') return;
    this.#failure = undefined;
    if (this.#other === 'failure') this.#other = 'nothing';
  }

  get askedForms(): readonly HelloForm[] {
    return [...this.#asked.keys()];
  }

  /** How many hellos of `form` offered them. */
  timesIn(form: HelloForm): number {
    return this.#asked.get(form) ?? 0;
  }

  noteAsked(form: HelloForm): void {
    this.#asked.set(form, (this.#asked.get(form) ?? 0) + 1);
  }

  /** Hellos that offered them. */
  get asked(): number {
    return sumOf(this.#asked);
  }

  get forms(): readonly HelloForm[] {
    return [...this.#refusals.keys()];
  }

  get refusals(): number {
    return sumOf(this.#refusals);
  }

  /** How the server said it: the first answer about suites or versions, else the first alert; undefined where it said nothing. */
  get said(): Said | undefined {
    return this.#said;
  }

  /** What stands against an acceptance: also a silence that is no refusal yet. */
  get contradicted(): Said | undefined {
    if (this.#said || !this.isSilent) return this.#said;
    return { by: this.#failure?.error_kind === 'reset' ? 'reset' : 'close', code: null };
  }

  /** As a refused feature of hellos has it. */
  get way(): Pick<RefusedFeature, 'by' | 'code'> {
    const { by, code } = this.contradicted ?? { by: 'other', code: null };
    return by === 'ssl2_error' || by === 'not_listed' ? { by: 'other', code: null } : { by, code };
  }

  /** For people. */
  get words(): string {
    const { by, code } = this.#said ?? { by: 'no answer', code: null };
    const how = by === 'alert' ? `alert ${code} (${alertName(code!)})` : by;
    return `${how}; ${this.asked} hellos, refused in ${this.forms.length} forms`;
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
    if (isAboutSuites(this.#version, { by, code })) {
      if (this.refusals === 0) this.#said = { by, code };
      this.#noteRefusal(form);
    } else {
      this.#said ??= { by, code };
      this.#noteOther(code === UNRECOGNIZED_NAME ? 'name' : 'alert');
    }
  }

  #noteRefusal(form: HelloForm): void {
    this.#refusals.set(form, (this.#refusals.get(form) ?? 0) + 1);
  }

  #noteOther(other: RefusalEvidence['other']): void {
    if (ORDER.indexOf(other) > ORDER.indexOf(this.#other)) this.#other = other;
  }
}

function isSilence(said: Said | undefined): boolean {
  return said?.by === 'close' || said?.by === 'reset';
}

function sumOf(counts: ReadonlyMap<HelloForm, number>): number {
  let sum = 0;
  for (const count of counts.values()) sum += count;
  return sum;
}

/** Of several other answers the one that tells most counts. */
const ORDER: readonly RefusalEvidence['other'][] = ['nothing', 'failure', 'alert', 'name'];

/**
 * From a refusal to what it means: the suites are asked for again in other forms (hello-form.ts) and in the reverse order until
 * there are as many refusals as a no needs; a silence is proven by controls; and it is shown by a control that the server takes
 * hellos of such a form, which is searched for where it does not. What is accepted after all comes back to be asked on.
 */
import { SSL2, SSL3, TLS1_3 } from '../tls/index.ts';
import { fillers, type HelloForm, offersFiniteFields } from './hello-form.ts';
import { isAboutSuites, ruleOnRefusal } from './refusal-rule.ts';
import { RefusedSuites, type Refusing } from './refused-suites.ts';
import type { Reply } from './session.ts';
import { askingFor, confirmSilence } from './silence.ts';
import type { AcceptedReply, VersionQuestions } from './version-questions.ts';

/** Suites to be asked for, in a form that is not the endpoint's where it is named. */
export interface Open {
  suites: readonly number[];
  form?: HelloForm | undefined;
}

const NOTHING: Open = { suites: [] };

/** An answer, and the form of the hello that it answers. */
interface Asked {
  form: HelloForm;
  reply: Reply;
}

export class RefusalConfirmation {
  readonly #questions: VersionQuestions;
  /** What was not accepted and is not ruled on yet. */
  #waiting: RefusedSuites[] = [];
  #contradictions = 0;

  constructor(questions: VersionQuestions) {
    this.#questions = questions;
  }

  /** The server said something that is waiting to be ruled on. */
  get hasAnswer(): boolean {
    return this.#waiting.some(({ said }) => said !== undefined);
  }

  /** Why there is no answer, where there is none. */
  get failure(): RefusedSuites['failure'] {
    return this.#waiting.find(({ failure }) => failure !== undefined)?.failure;
  }

  /** All that is waiting, which is to be asked anew. */
  takeWaiting(): RefusedSuites[] {
    return this.#waiting.splice(0);
  }

  /** It waits to be settled and ruled on. */
  keep(refused: RefusedSuites): void {
    this.#waiting.push(refused);
    const isInWords = refused.said?.by === 'alert' && isAboutSuites(this.#version, refused.said);
    const { acceptedSuites } = this.#questions.tally;
    if (isInWords && acceptedSuites.length > 0) this.#session.refusesInWords = true;
  }

  /** Its suites are asked for anew by somebody else. */
  forget(refused: RefusedSuites): void {
    this.#waiting = this.#waiting.filter((one) => one !== refused);
  }

  /** A hello that offered `suites` was not accepted. */
  refusedBy(
    { suites, form = this.#tolerance.form }: Open,
    reply: Refusing,
    isReversed = false,
  ): RefusedSuites {
    const refused = new RefusedSuites(this.#version, suites, isReversed);
    refused.noteAsked(form);
    refused.note(form, reply);
    return refused;
  }

  /** Asks until there are refusals enough, or no more are to be had. What to go on with where one is accepted after all. */
  async confirm(refused: RefusedSuites): Promise<Open> {
    while (!this.#questions.isOver && this.#isOpen(refused)) {
      const { form, reply } = await this.#nextReply(refused);
      if (reply.kind === 'accepted') return this.#contradict(refused, reply, form);
      if (reply.kind === 'gone') {
        this.#questions.lose(this.#questions.notAccepted(refused.cipher_suites), reply);
        return NOTHING;
      }
      if (reply.kind !== 'rejected' || (reply.by !== 'close' && reply.by !== 'reset'))
        refused.note(form, reply);
      else refused.noteProvenSilence(reply.by);
    }
    this.keep(refused);
    return NOTHING;
  }

  /**
   * Now that something is accepted, forms that the server does not take are told from suites that it refuses, and silences from
   * refusals. What is to be asked anew.
   */
  async settle(refused: RefusedSuites): Promise<Open> {
    const isOpen = this.#session.acceptedFor(this.#version) && !this.#isCovered(refused);
    if (isOpen && !this.#questions.isOver) {
      const left = await this.#settleForm(refused);
      if (left) return left;
    }
    if (refused.isSilent && refused.refusals === 0) return this.confirm(refused);
    this.keep(refused);
    return NOTHING;
  }

  /** Whether more refusals are needed than there are, since the endpoint has contradicted itself meanwhile. */
  isShort(refused: RefusedSuites): boolean {
    return refused.refusals > 0 && !this.#isEnough(refused) && refused.asked < this.#mostAsked;
  }

  /**
   * Whether the server is shown to be there after it refused: something was accepted since, or a control is. One that is refused
   * stands against an acceptance, like any other.
   */
  async isAlive({ lastHello, refusals }: RefusedSuites): Promise<boolean> {
    if (refusals === 0 || this.#session.lastAccepted > lastHello || !this.#session.hasAccepted) return true;
    // One that got no answer at all costs a wait: it was asked after these as well.
    if (this.#session.lastUnanswered > Math.max(this.#session.lastAccepted, lastHello)) return false;
    for (let asked = 0; asked < CONTROLS_AT_THE_END; ) {
      const control = await this.#session.controlReply(() => this.#questions.tally.handshakes++);
      if (!control) return false;
      if (control.kind === 'accepted') return true;
      if (control.kind === 'rejected') this.#session.noteContradiction(this.#version, control);
      asked++;
      const isUnanswered = control.kind === 'failed' && control.error_kind === 'read_timeout';
      if (isUnanswered && asked === CONTROLS_AT_THE_END) this.#session.lastUnanswered = control.hello;
      // Silent to what it accepted before, and again: that is throttling.
      if (control.kind === 'ambiguous' && asked === CONTROLS_AT_THE_END) {
        if (!(await this.#session.waitOut(`${control.error_kind} after the hello`))) return false;
        asked = 0;
      }
    }
    return false;
  }

  /** Books what the refusal means, by the rule. */
  rule(refused: RefusedSuites, isAlive: boolean): void {
    const { stopped, evidence, refusalsNeeded } = this.#session;
    const ruling = ruleOnRefusal(
      refused.evidence(isAlive ? this.#controlOf(refused) : 'none', refusalsNeeded),
    );
    // Throttling is no answer: what was not asked often enough because of it is not tested.
    if (ruling !== 'rejected' && stopped?.reason === 'throttled') return;
    const { said, forms, failure, duration_ms } = refused;
    const cipher_suites = this.#questions.notAccepted(refused.cipher_suites);
    if (cipher_suites.length === 0) return;
    const how = { confirmed: ruling === 'rejected', forms: Math.max(1, forms.length) };
    if (said) this.#questions.tally.reject(cipher_suites.length, said, how);
    if (ruling === 'rejected') return;
    const words = { error_kind: ruling, error_detail: refused.words, flight_bytes: null };
    const because =
      ruling === 'failure'
        ? failure!
        : (words as { error_kind: Exclude<typeof ruling, 'failure'> } & typeof words);
    this.#questions.tally.fail({ cipher_suites, duration_ms, ...because }, evidence);
  }

  get #session() {
    return this.#questions.session;
  }

  get #tolerance() {
    return this.#questions.session.tolerance;
  }

  get #version(): number {
    return this.#questions.tally.version;
  }

  #isOpen(refused: RefusedSuites): boolean {
    if (this.#isEnough(refused) || refused.asked >= this.#mostAsked) return false;
    if (refused.refusals > 0) return true;
    // Of a server that has not said a word so far each further version is asked once.
    if (refused.asked < (this.#session.isMute ? 1 : 2)) return true;
    if (refused.isSilent) return this.#session.hasAccepted && !refused.isProvenNothing;
    // An alert now and then, of a server that takes hellos of this form.
    return refused.said !== undefined && refused.asked < MAX_ALERTS && this.#isCovered(refused);
  }

  #isEnough({ refusals, forms }: RefusedSuites): boolean {
    return forms.length >= 2 && refusals >= this.#session.refusalsNeeded;
  }

  /** Every second hello may have got an answer that says nothing. */
  get #mostAsked(): number {
    return 2 * this.#session.refusalsNeeded + 1;
  }

  /** One form after the other; three of them, so that no other one is met by every second connection. */
  #nextForm(refused: RefusedSuites): HelloForm {
    const { ladder } = this.#tolerance;
    return ladder.reduce((least, form) => (refused.timesIn(form) < refused.timesIn(least) ? form : least));
  }

  /** Two silences in a row, so that no regular change of back ends hides one; then in turns with controls. */
  async #nextReply(refused: RefusedSuites): Promise<Asked> {
    const isSilent = refused.silencesInARow >= 2 && !refused.isProvenNothing;
    if (isSilent && this.#session.hasAccepted) return this.#proveSilence(refused);
    this.#session.effort.retries++;
    const form = this.#nextForm(refused);
    return { form, reply: await this.#ask(refused, form) };
  }

  async #ask(refused: RefusedSuites, form: HelloForm): Promise<Reply> {
    const suites = this.#ordered(refused);
    refused.noteAsked(form);
    const reply = await this.#questions.ask(suites, form);
    const isOurs = (suite: number): boolean => refused.cipher_suites.includes(suite);
    if (reply.kind !== 'accepted' || reply.cipher_suites.some(isOurs)) return reply;
    const { duration_ms, hello, flight_bytes } = reply;
    const failure = {
      error_kind: 'protocol_error',
      error_detail: 'chose a suite that no server has',
    } as const;
    return { kind: 'failed', ...failure, flight_bytes, duration_ms, hello };
  }

  /** Every other hello has them in the reverse order. SSLv3 has no padding: its other form is longer by fillers. */
  #ordered({ cipher_suites, asked, isReversed }: RefusedSuites): readonly number[] {
    if ((asked % 2 === 1) === isReversed) return cipher_suites;
    const reversed = cipher_suites.toReversed();
    if (this.#version !== SSL3 || asked % 4 !== 1) return reversed;
    return [...reversed, ...fillers(Math.min(this.#questions.suitesAHello - reversed.length, SSL3_FILLERS))];
  }

  async #proveSilence(refused: RefusedSuites): Promise<Asked> {
    const { error_kind, error_detail } = refused.failure!;
    const { duration_ms } = refused;
    const { hellos } = this.#session;
    const silence = { kind: 'ambiguous', error_kind, error_detail, duration_ms, hello: hellos } as const;
    let form = this.#nextForm(refused);
    const ask = async () => {
      form = this.#nextForm(refused);
      const reply = await this.#ask(refused, form);
      if (reply.kind === 'ambiguous') refused.note(form, reply);
      return reply;
    };
    const asking = askingFor(this.#session, this.#questions.tally, ask, () => refused.forgetSilences());
    const reply = await confirmSilence(silence, asking);
    refused.isProvenNothing = reply.kind === 'failed';
    if (reply.kind === 'rejected' && reply.code === null) this.#session.silentRefusals++;
    return { form, reply };
  }

  /** Accepted where it was not before: because of the form, or for no reason that the endpoint shows. */
  async #contradict(
    { cipher_suites, contradicted, way }: RefusedSuites,
    reply: AcceptedReply,
    form: HelloForm,
  ): Promise<Open> {
    const own = this.#tolerance.form;
    const wasCovered = this.#tolerance.covers(this.#version, [own], cipher_suites);
    const known = this.#questions.known(reply.cipher_suites[0]!, form);
    const suites = this.#questions.accept(cipher_suites, reply);
    if (wasCovered && this.#isForFiniteFields(reply, form)) {
      this.#tolerance.noteRefused({ ...NO_FINITE_FIELDS, ...way });
      return { suites, form };
    }
    const isAboutForm = form !== own && this.#version > SSL3 && (!wasCovered || this.#contradictions >= 2);
    if (isAboutForm && (await this.#questions.searchTolerance(cipher_suites, known)) === 'learnt')
      return { suites };
    this.#contradictions++;
    if (contradicted) this.#session.noteContradiction(this.#version, contradicted);
    return { suites };
  }

  /** A DHE suite that is refused without the groups of RFC 7919: it is asked on with them. */
  #isForFiniteFields({ flight }: AcceptedReply, form: HelloForm): boolean {
    const isDhe = flight.kind === 'server_hello' && flight.ephemeral_key?.kind === 'dh';
    const isNew = offersFiniteFields(form) && !offersFiniteFields(this.#tolerance.form);
    return isDhe && isNew && this.#version < TLS1_3;
  }

  /** What is to be asked anew, in a form that the server takes; undefined where no other one is known. */
  async #settleForm(refused: RefusedSuites): Promise<Open | undefined> {
    const { cipher_suites: suites } = refused;
    if (suites.length > this.#questions.suitesAHello) return { suites };
    if ((await this.#questions.searchTolerance(suites)) === 'learnt') return { suites };
    const last = this.#tolerance.ladder.at(-1)!;
    if (this.#version >= TLS1_3 && !this.#isCovered(refused)) await this.#questions.takesNewerExtensions();
    if (!this.#isCovered(refused) && refused.timesIn(last) === 0 && !this.#questions.isOver) {
      const reply = await this.#ask(refused, last);
      if (reply.kind === 'accepted') return this.#contradict(refused, reply, last);
      if (reply.kind !== 'gone') refused.note(last, reply);
    }
    refused.isFormRefused = !this.#questions.isOver && !this.#isCovered(refused);
    return undefined;
  }

  /** A control covers it, or none can. Before anything was refused in words it is about the forms that were asked. */
  #isCovered({ isFormRefused, forms, askedForms, cipher_suites }: RefusedSuites): boolean {
    if (isFormRefused || this.#version === SSL2) return true;
    return this.#tolerance.covers(this.#version, forms.length > 0 ? forms : askedForms, cipher_suites);
  }

  #controlOf({ isFormRefused, forms, cipher_suites }: RefusedSuites): 'accepted' | 'refused' | 'none' {
    if (isFormRefused) return 'refused';
    const isCovered =
      this.#version === SSL2
        ? this.#session.hasAccepted
        : this.#tolerance.covers(this.#version, forms, cipher_suites);
    return isCovered ? 'accepted' : 'none';
  }
}

const NO_FINITE_FIELDS = { feature: 'no_finite_field_groups', value: null } as const;

/** One may meet with the one connection of a few that is refused. */
const CONTROLS_AT_THE_END = 2;
/** Hellos that are answered by alerts which are not about suites. */
const MAX_ALERTS = 4;
/** A hello of SSLv3 is longer by twice as many bytes. */
const SSL3_FILLERS = 64;

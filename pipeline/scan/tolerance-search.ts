/**
 * Why an endpoint refuses hellos of the form that it is asked in: their number of suites, a feature, their length, or none of
 * these. Asks with one suite that is known to be accepted, so that each answer is about the form. What it finds out becomes the
 * endpoint's form; what is refused is kept as a finding. No handshakes where a control in the same form is accepted at once.
 */
import type { RefusedFeature } from '../formats/raw-record.ts';
import { SSL3, signatureAlgorithms, supportedGroups, TLS1_2 } from '../tls/index.ts';
import {
  FEW_CURVES,
  FEW_SCHEMES,
  type Feature,
  featuresOf,
  fillers,
  formWithout,
  type HelloForm,
  PADDED_LENGTH,
  PADDING,
  SERVER_NAME,
} from './hello-form.ts';
import type { AcceptedSuite, EndpointSession, Reply } from './session.ts';

/** `taken`: a control in the form of the endpoint, with as many suites, is accepted. `learnt`: another form is used from now on. */
export type SearchResult = 'taken' | 'learnt' | 'unknown';

/** `onHello` is called for each hello sent; `suites`: those of the question. */
export async function searchTolerance(
  session: EndpointSession,
  known: AcceptedSuite,
  suites: readonly number[],
  onHello: () => void,
): Promise<SearchResult> {
  const search = new ToleranceSearch(session, known, onHello);
  return search.run(suites);
}

class ToleranceSearch {
  readonly #session: EndpointSession;
  readonly #known: AcceptedSuite;
  readonly #onHello: () => void;
  /** The last hello that was not accepted. */
  #refusal: { reply: Reply; bytes: number } | undefined;

  constructor(session: EndpointSession, known: AcceptedSuite, onHello: () => void) {
    this.#session = session;
    this.#known = known;
    this.#onHello = onHello;
  }

  async run(list: readonly number[]): Promise<SearchResult> {
    const { form } = this.#session.tolerance;
    const suites = list.length;
    // Where the form is taken, one hello shows that these are, and so many.
    if (this.#isContentOpen(form, list) && (await this.#isContentTaken(list))) return 'taken';
    if (await this.#isTaken(form, suites)) return this.#searchContent(list);
    if (await this.#isTaken(form, 1)) return this.#searchSuites(suites);
    if (!(await this.#isTaken(this.#known.form, 1))) return 'unknown';
    await this.#searchFeatures(form);
    if (this.#isOver) return 'unknown';
    return (await this.#isTaken(this.#session.tolerance.form, suites))
      ? 'learnt'
      : this.#searchSuites(suites);
  }

  /** A hello of the form was accepted, but none with these suites. */
  #isContentOpen(form: HelloForm, suites: readonly number[]): boolean {
    const { tolerance } = this.#session;
    return tolerance.takes(this.#known.question.version, form) && !tolerance.haveTaken(suites);
  }

  /**
   * As many suites are taken; these may not be. Where they are refused, they are asked for a few at a time, so that the one that is
   * refused for itself keeps few others from an answer.
   */
  async #searchContent(suites: readonly number[]): Promise<SearchResult> {
    const isTaken = this.#session.tolerance.haveTaken(suites) || (await this.#isContentTaken(suites));
    return isTaken ? 'taken' : this.#askFew(suites.length);
  }

  /** Whether these suites are taken where one that is known to be accepted stands behind them. */
  async #isContentTaken(suites: readonly number[]): Promise<boolean> {
    const { tolerance } = this.#session;
    const { cipher_suite } = this.#known;
    const others = suites.filter((suite) => suite !== cipher_suite);
    const half = Math.ceil(others.length / (others.length < tolerance.suites_a_hello ? 1 : 2));
    for (let at = 0; at < others.length; at += half) {
      const list = [...others.slice(at, at + half), cipher_suite];
      const isTaken =
        (await this.#askList(tolerance.form, list)) || (await this.#askList(tolerance.form, list));
      if (!isTaken) return false;
    }
    return true;
  }

  #askFew(suites: number): SearchResult {
    if (this.#isOver || suites <= FEW_SUITES) return 'unknown';
    this.#session.tolerance.suites_a_hello = FEW_SUITES;
    return 'learnt';
  }

  /** The most suites of a hello, by halves: a smaller number than the true one costs handshakes, no answer. */
  async #searchSuites(refused: number): Promise<SearchResult> {
    const { tolerance } = this.#session;
    let [most, least] = [1, refused];
    while (least - most > 1 && !this.#isOver) {
      const middle = (most + least) >> 1;
      if (await this.#ask(tolerance.form, middle)) most = middle;
      else least = middle;
    }
    // Both ends once more: a server that refuses now and then has no limit.
    const isLimit =
      (await this.#isTaken(tolerance.form, most)) && !(await this.#isTaken(tolerance.form, most + 1));
    if (!isLimit) this.#noteContradiction();
    if (this.#isOver || !isLimit) return 'unknown';
    tolerance.suites_a_hello = most;
    // A padded hello is as long whatever it offers.
    if (tolerance.form.without.has(PADDING)) this.#noteRefused('hello_bytes', this.#refusal!.bytes);
    else this.#noteRefused('cipher_suites', most);
    return 'learnt';
  }

  /** From the form that is known to be taken to the fullest one that is. */
  async #searchFeatures(form: HelloForm): Promise<void> {
    const { version } = this.#known.question;
    const has = new Set(featuresOf(version, this.#known.form));
    const missing = featuresOf(version, form).filter((feature) => !has.has(feature));
    const refused = await this.#addAll(new Set(this.#known.form.without), missing);
    const without = [...form.without, ...refused];
    this.#session.tolerance.form = formWithout(without);
    for (const feature of refused) await this.#confirmRefused(feature);
  }

  /** Takes those of `features` that are accepted out of `without`, by halves; the others come back. */
  async #addAll(without: Set<Feature>, features: readonly Feature[]): Promise<Feature[]> {
    if (features.length === 0 || this.#isOver) return [...features];
    const fewer = new Set([...without].filter((one) => !features.includes(one)));
    if (await this.#isTaken(formWithout(fewer), 1)) {
      for (const feature of features) without.delete(feature);
      return [];
    }
    if (features.length === 1) return [...features];
    const half = features.length >> 1;
    const first = await this.#addAll(without, features.slice(0, half));
    return [...first, ...(await this.#addAll(without, features.slice(half)))];
  }

  /** Alone in a short hello: where that is accepted, it was the length that it made. */
  async #confirmRefused(feature: Feature): Promise<void> {
    const length = this.#refusal!.bytes;
    const without = [...this.#known.form.without].filter((one) => one !== feature);
    const isTaken =
      feature === PADDING ? await this.#isShortPaddingTaken() : await this.#isTaken(formWithout(without), 1);
    if (this.#isOver) return;
    if (isTaken) this.#noteRefused('hello_bytes', feature === PADDING ? PADDED_LENGTH : length);
    else this.#noteRefused(...findingOf(feature));
  }

  async #isShortPaddingTaken(): Promise<boolean> {
    const extensions = SHORT_PADDING;
    const form = formWithout([...this.#known.form.without].filter((one) => one !== PADDING));
    return (await this.#ask(form, 1, { extensions })) || (await this.#ask(form, 1, { extensions }));
  }

  /** Asked twice where it is not accepted at once; accepted then, it contradicts itself. */
  async #isTaken(form: HelloForm, suites: number): Promise<boolean> {
    if (await this.#ask(form, suites)) return true;
    const isTaken = await this.#ask(form, suites);
    if (isTaken) this.#noteContradiction();
    return isTaken;
  }

  #noteContradiction(): void {
    const reply = this.#refusal?.reply;
    if (reply?.kind === 'rejected') this.#session.noteContradiction(this.#known.question.version, reply);
  }

  /** The known suite behind as many that no server has. */
  #ask(form: HelloForm, suites: number, extra: object = {}): Promise<boolean> {
    return this.#askList(form, [...fillers(suites - 1), this.#known.cipher_suite], extra);
  }

  async #askList(form: HelloForm, cipher_suites: readonly number[], extra: object = {}): Promise<boolean> {
    if (this.#isOver) return false;
    const { question } = this.#known;
    this.#session.effort.retries++;
    const reply = await this.#session.ask({ ...question, ...extra, cipher_suites, form }, this.#onHello);
    if (reply.kind !== 'accepted') this.#refusal = { reply, bytes: this.#session.helloBytes };
    return reply.kind === 'accepted';
  }

  get #isOver(): boolean {
    return this.#session.stopped !== null;
  }

  #noteRefused(feature: RefusedFeature['feature'], value: number | null): void {
    this.#session.tolerance.noteRefused({ feature, value, ...wayOf(this.#refusal?.reply) });
  }
}

/**
 * Whether a server takes the extensions that TLS 1.2 and TLS 1.3 can't do without, where it accepts older hellos alone: the
 * control of hellos that have them. One handshake. At SSLv3 they are data that a server has to ignore (RFC 6101, 5.6.1.2).
 */
export async function takesNewerExtensions(
  session: EndpointSession,
  { question, cipher_suite, form }: AcceptedSuite,
  onHello: () => void,
): Promise<void> {
  const { tolerance, stopped } = session;
  if (question.version >= TLS1_2 || tolerance.hasTakenNewer || stopped) return;
  const extensions = question.version === SSL3 ? GROUPS_AND_SCHEMES : SCHEMES;
  session.effort.retries++;
  const reply = await session.ask({ ...question, cipher_suites: [cipher_suite], extensions, form }, onHello);
  if (reply.kind === 'accepted') tolerance.noteNewerTaken();
}

function findingOf(feature: Feature): [RefusedFeature['feature'], number | null] {
  if (feature === SERVER_NAME) return ['server_name', null];
  if (feature === 'compression') return ['compression', null];
  if (feature === 'all_schemes') return ['signature_schemes', FEW_SCHEMES.length];
  if (feature === 'all_groups') return ['named_groups', FEW_CURVES.length];
  return ['extension', feature];
}

function wayOf(reply: Reply | undefined): Pick<RefusedFeature, 'by' | 'code'> {
  if (reply?.kind === 'rejected' && (reply.by === 'alert' || reply.by === 'version'))
    return { by: reply.by, code: reply.code };
  const kind = reply && 'error_kind' in reply ? reply.error_kind : undefined;
  if (kind === 'read_timeout') return { by: 'timeout', code: null };
  return { by: kind === 'closed' ? 'close' : kind === 'reset' ? 'reset' : 'other', code: null };
}

/** Suites of a hello to a server that refuses some for themselves. */
const FEW_SUITES = 12;

const SCHEMES = [signatureAlgorithms()];
const GROUPS_AND_SCHEMES = [supportedGroups(FEW_CURVES), ...SCHEMES];
const SHORT_PADDING = [{ type: PADDING, data: new Uint8Array(4) }];

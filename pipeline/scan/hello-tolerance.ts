/**
 * What is known of the hellos that one endpoint takes: features, length and number of suites of those that it accepted, and
 * what it was shown to refuse. A control is an accepted hello; it covers a question whose features are all among its own and
 * whose suites are no more than the server was shown to read. Pure.
 */
import type { HelloTolerance as HelloToleranceRecord, RefusedFeature } from '../formats/raw-record.ts';
import { SSL2, SSL3 } from '../tls/index.ts';
import {
  CLASSICAL,
  type Feature,
  FULL,
  featuresOf,
  type HelloForm,
  isFiller,
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SPARE,
  SPARE_NAMELESS,
  SUPPORTED_GROUPS,
} from './hello-form.ts';

export class HelloTolerance {
  /** The form in which questions are asked: the fullest that is not known to be refused. */
  form: HelloForm = FULL;
  /** Most suites of a hello. */
  suites_a_hello = Number.POSITIVE_INFINITY;
  readonly #isNamed: boolean;
  readonly #taken = new Set<Feature>();
  /** Whose features were added last: mostly those of the next hello, too. */
  #noted: { version: number; form: HelloForm } = { version: SSL2, form: FULL };
  /** Lists of suites in accepted hellos, the longest last: lists are shared by endpoints. */
  #lists: readonly (readonly number[])[] = [];
  /** Suites of further accepted hellos: where they are asked for a few at a time, there are many. */
  #takenApart: ReadonlySet<number> = NONE;
  #suitesRead = 0;
  #bytes = 0;
  #refused: readonly RefusedFeature[] = [];

  /** `isNamed`: hellos carry a server_name unless they are asked not to. */
  constructor(isNamed: boolean) {
    this.#isNamed = isNamed;
  }

  /** A hello of `version` in `form` was accepted: `bytes` long, with `suites`, by the one at `index`. */
  noteAccepted(
    version: number,
    form: HelloForm,
    { suites, index, bytes }: { suites: readonly number[]; index: number; bytes: number },
  ): void {
    if (version === SSL2) return;
    if (version !== this.#noted.version || form !== this.#noted.form) {
      for (const feature of featuresOf(version, form)) this.#taken.add(feature);
      this.#noted = { version, form };
    }
    this.#suitesRead = Math.max(this.#suitesRead, index + 1);
    this.#noteSuites(suites);
    this.#bytes = Math.max(this.#bytes, bytes);
  }

  /** An old hello was accepted with supported_groups and signature_algorithms in it. */
  noteNewerTaken(): void {
    for (const one of [SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, 'all_schemes'] as const) this.#taken.add(one);
  }

  get hasTakenNewer(): boolean {
    return this.#taken.has(SIGNATURE_ALGORITHMS);
  }

  noteRefused(feature: RefusedFeature): void {
    const isKnown = this.#refused.some(
      (one) => one.feature === feature.feature && one.value === feature.value,
    );
    if (!isKnown) this.#refused = [...this.#refused, feature];
  }

  get refused(): readonly RefusedFeature[] {
    return this.#refused;
  }

  /** The endpoint is asked in the fullest form, with all suites in a hello. */
  get isFull(): boolean {
    return this.form === FULL && this.suites_a_hello === Number.POSITIVE_INFINITY;
  }

  /** Suites that the server was shown to read of one hello: those up to the deepest that it chose. */
  get suitesRead(): number {
    return this.#suitesRead;
  }

  /**
   * Whether hellos with these suites were accepted, at whatever version; and each suite, offered in an order and in its reverse,
   * stood once where the server was shown to read; in a form that it was shown to take.
   */
  covers(version: number, forms: Iterable<HelloForm>, suites: readonly number[]): boolean {
    const isRead = suites.length <= Math.min(2 * this.#suitesRead, this.suites_a_hello);
    return isRead && this.takesOneOf(version, forms) && this.haveTaken(suites);
  }

  #noteSuites(suites: readonly number[]): void {
    if (isFiller(suites[0]!)) return;
    if (this.suites_a_hello !== Number.POSITIVE_INFINITY) {
      this.#noteApart(suites);
      return;
    }
    if (this.haveTaken(suites)) return;
    const lists = [...this.#lists, suites].sort((one, other) => one.length - other.length);
    this.#lists = lists.slice(-MAX_LISTS);
    this.#noteApart(lists.slice(0, -MAX_LISTS).flat());
  }

  #noteApart(suites: readonly number[]): void {
    const isKnown = suites.every((suite) => this.#takenApart.has(suite));
    if (!isKnown) this.#takenApart = new Set([...this.#takenApart, ...suites]);
  }

  /** Each of `suites` was in a hello that was accepted; or the server has passed over a hundred suites that it does not know. */
  haveTaken(suites: readonly number[]): boolean {
    if (suites.length <= (this.#lists.at(-1)?.length ?? 0) && this.#lists.at(-1)!.length > LONG_LIST)
      return true;
    const sets = this.#lists.map(setOf);
    return suites.every((suite) => this.#takenApart.has(suite) || sets.some((set) => set.has(suite)));
  }

  /** SSLv2 and SSLv3 have no extensions: that the server is there is all that can be shown. */
  takesOneOf(version: number, forms: Iterable<HelloForm>): boolean {
    if (this.#suitesRead === 0) return false;
    if (version <= SSL3) return true;
    return [...forms].some((form) => this.takes(version, form));
  }

  takes(version: number, form: HelloForm): boolean {
    return featuresOf(version, form).every((one) => this.#taken.has(one) || !this.#carries(one));
  }

  /** The forms to ask a question in, the first one first, then those that share little with it. */
  get ladder(): readonly HelloForm[] {
    const spare = this.#isNamed && this.#taken.has(SERVER_NAME) ? SPARE : SPARE_NAMELESS;
    return [this.form, spare, CLASSICAL].filter((form, at, all) => at === 0 || form !== all[0]);
  }

  record(): HelloToleranceRecord {
    return {
      cipher_suites: this.#suitesRead || null,
      hello_bytes: this.#bytes || null,
      refused: [...this.#refused],
    };
  }

  #carries(feature: Feature): boolean {
    return feature !== SERVER_NAME || this.#isNamed;
  }
}

function setOf(list: readonly number[]): ReadonlySet<number> {
  const known = sets.get(list);
  if (known) return known;
  const set = new Set(list);
  sets.set(list, set);
  return set;
}

const NONE: ReadonlySet<number> = new Set();
const MAX_LISTS = 4;
const LONG_LIST = 128;
/** Of lists that many endpoints share. */
const sets = new WeakMap<readonly number[], ReadonlySet<number>>();

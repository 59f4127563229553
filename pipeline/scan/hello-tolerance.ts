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
  SERVER_NAME,
  SIGNATURE_ALGORITHMS,
  SPARE,
  SPARE_NAMELESS,
} from './hello-form.ts';

export class HelloTolerance {
  /** The form in which questions are asked: the fullest that is not known to be refused. */
  form: HelloForm = FULL;
  /** Most suites of a hello. */
  suites_a_hello = Number.POSITIVE_INFINITY;
  readonly #isNamed: boolean;
  readonly #taken = new Set<Feature>();
  #suitesTaken = 0;
  #suitesRead = 0;
  #bytes = 0;
  #refused: readonly RefusedFeature[] = [];

  /** `isNamed`: hellos carry a server_name unless they are asked not to. */
  constructor(isNamed: boolean) {
    this.#isNamed = isNamed;
  }

  /** A hello of `version` in `form` was accepted: `bytes` long, with `suites` suites, by the one at `index`. */
  noteAccepted(
    version: number,
    form: HelloForm,
    { suites, index, bytes }: { suites: number; index: number; bytes: number },
  ): void {
    if (version === SSL2) return;
    for (const feature of featuresOf(version, form)) this.#taken.add(feature);
    this.#suitesRead = Math.max(this.#suitesRead, index + 1);
    this.#suitesTaken = Math.max(this.#suitesTaken, suites);
    this.#bytes = Math.max(this.#bytes, bytes);
  }

  /** An old hello was accepted with signature_algorithms in it. */
  noteSchemesTaken(): void {
    for (const feature of [SIGNATURE_ALGORITHMS, 'all_schemes'] as const) this.#taken.add(feature);
  }

  get hasTakenSchemes(): boolean {
    return this.#taken.has(SIGNATURE_ALGORITHMS);
  }

  noteRefused(feature: RefusedFeature): void {
    this.#refused = [...this.#refused, feature];
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
   * Whether a hello with as many suites was accepted, and each of `suites` suites, offered in an order and in its reverse, stood
   * once where the server was shown to read, in a form that it was shown to take.
   */
  covers(version: number, forms: Iterable<HelloForm>, suites: number): boolean {
    const isRead = suites <= this.#suitesTaken && suites <= 2 * this.#suitesRead;
    return isRead && suites <= this.suites_a_hello && this.takesOneOf(version, forms);
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

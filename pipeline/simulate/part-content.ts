/** What a part holds so far: lines that are not written yet, what was shown, and the tally of it. */
import { mailPort } from '../formats/ports.ts';
import type { Chain } from './chains.ts';
import { CURVES, DH_GROUPS } from './key-exchange.ts';
import { type Drawn, templateNumber } from './line-maker.ts';
import type { Shown } from './made-record.ts';
import { SOFTWARE_PLACES, type Tally } from './tally.ts';

export class PartContent {
  readonly tally: Tally;
  /** Pieces of lines of endpoints. */
  pieces: string[] = [];
  #certificates: string[] = [];
  readonly #chains = new Map<number, [addresses: number, endpoints: number]>();
  readonly #ders = new Set<string>();

  constructor(tally: Tally) {
    this.tally = tally;
  }

  /** Counts an endpoint; `accepts`: anything at all. */
  count(drawn: Drawn, shows: Shown, accepts: boolean): void {
    const { tally } = this;
    const { port, setup } = drawn;
    const { place } = port;
    tally.endpoints++;
    tally.templates[templateNumber(drawn)]!++;
    if (shows.dh) tally.dh[place * DH_GROUPS.length + setup.dh]!++;
    if (shows.dh_export) tally.dh[place * DH_GROUPS.length + setup.dh_export]!++;
    if (shows.dh || shows.dh_export) tally.dh_endpoints[place]!++;
    if (shows.curve) tally.curves[place * CURVES.length + setup.curve]!++;
    if (shows.curve) tally.curve_endpoints[place]!++;
    const hasBanner = shows.secured || STARTTLS.has(port.port);
    if (hasBanner) tally.software[place * SOFTWARE_PLACES + 2 * setup.software + (accepts ? 1 : 0)]!++;
  }

  /** An address showed `chain` at `endpoints` of its endpoints. */
  showed({ certificate, ders }: Chain, endpoints: number): void {
    if (endpoints === 0) return;
    const count = this.#chains.get(certificate) ?? [0, 0];
    this.#chains.set(certificate, [count[0] + 1, count[1] + endpoints]);
    for (const [sha256, der] of ders) {
      if (this.#ders.has(sha256)) continue;
      this.#ders.add(sha256);
      this.#certificates.push(`${JSON.stringify({ sha256, der: der.toString('base64') })}\n`);
    }
  }

  takeLines(): string {
    const text = this.pieces.join('');
    this.pieces = [];
    return text;
  }

  takeCertificates(): string {
    const text = this.#certificates.join('');
    this.#certificates = [];
    return text;
  }

  /** Each group that was shown, once. */
  dhGroupLines(): string {
    const shown = DH_GROUPS.filter((_, group) => this.#isShown(group));
    return shown.map((group) => `${JSON.stringify(group)}\n`).join('');
  }

  #isShown(group: number): boolean {
    const { dh } = this.tally;
    for (let at = group; at < dh.length; at += DH_GROUPS.length) if (dh[at]! > 0) return true;
    return false;
  }

  /** The tally, with certificates. */
  finished(): Tally {
    this.tally.certificates = [...this.#chains].flatMap(([certificate, counts]) => [certificate, ...counts]);
    return this.tally;
  }
}

const STARTTLS: ReadonlySet<number> = new Set(
  [25, 110, 143, 465, 587, 993, 995].filter((port) => mailPort(port)!.tls_mode === 'starttls'),
);

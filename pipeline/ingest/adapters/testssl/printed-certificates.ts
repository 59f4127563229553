/**
 * testssl's findings about certificates → chains. `cert`, or `cert <hostCert#1>` and on where there are several; `intermediate_cert <#1>`
 * and the like since 3.2: testssl 3.0 prints the leaf alone. How many were sent: `certs_countServer`.
 */
import { derOfPem, type ShownChain, shownChain } from '../shown-chain.ts';

/** `sent`: certificates that the server sent, 0 where testssl does not say. */
export type PrintedChain = ShownChain & { sent: number };

export class PrintedCertificates {
  /** By testssl's number of the host's certificate; empty where there is but one. */
  readonly #hosts = new Map<string, { ders: Uint8Array[]; sent: number }>();
  #bytes = 0;

  /** Why a certificate can't be used; null where it can, and where the finding is about something else. */
  add(id: string, finding: string): string | null {
    const [, kind] = KIND.exec(id) ?? [];
    if (kind === undefined) return null;
    const host = this.#host(/<(?:host|)cert#(\d+)>/i.exec(id)?.[1] ?? '');
    if (host === null) return 'more certificates than one server has';
    if (kind === 'certs_countServer') {
      host.sent = /^\d{1,3}$/.test(finding) ? Number(finding) : 0;
      return null;
    }
    const der = derOfPem(finding);
    if (der === null) return 'a certificate that is no PEM';
    this.#bytes += der.length;
    if (this.#bytes > MAX_BYTES) return 'more certificates than one server has';
    if (kind === 'cert') host.ders.unshift(der);
    else host.ders.push(der);
    return null;
  }

  chains(): PrintedChain[] {
    const shown = [...this.#hosts.values()].filter(({ ders }) => ders.length > 0);
    return shown.map(({ ders, sent }) => ({ ...shownChain(ders), sent }));
  }

  #host(number: string): { ders: Uint8Array[]; sent: number } | null {
    const known = this.#hosts.get(number);
    if (known || this.#hosts.size >= MAX_HOSTS) return known ?? null;
    const host = { ders: [], sent: 0 };
    this.#hosts.set(number, host);
    return host;
  }
}

const KIND = /^(cert|intermediate_cert|certs_countServer)(?: <|$)/;
/** Of one server. */
const MAX_HOSTS = 64;
const MAX_BYTES = 1024 * 1024;

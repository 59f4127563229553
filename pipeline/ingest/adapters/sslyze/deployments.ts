/**
 * sslyze's certificate deployments (PEM) → chains. All other facts that sslyze writes of certificates are left out: they are read
 * from the certificates themselves.
 */

import { listAt, part, textAt } from '../json-stream/json-access.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { derOfPem, type ShownChain, shownChain } from '../shown-chain.ts';

export interface Deployments {
  /** Shown with a server name, each once. */
  chains: ShownChain[];
  /** Shown without one; null where sslyze 5 did not ask, or nothing came. */
  nameless: ShownChain | null;
  /** PEM that is none. */
  unreadable: string[];
}

/** `result` of `certificate_info`. A chain with a certificate that can't be read is left out whole. */
export function deployments(result: JsonValue): Deployments {
  const unreadable: string[] = [];
  const read = (deployment: JsonValue) => {
    const pems = listAt(deployment, 'received_certificate_chain').map((one) => textAt(one, 'as_pem') ?? '');
    const ders = pems.map((pem) => ({ pem, der: derOfPem(pem) }));
    unreadable.push(...ders.filter(({ der }) => der === null).map(({ pem }) => pem));
    const known = ders.flatMap(({ der }) => (der === null ? [] : [der]));
    return known.length === 0 || known.length < pems.length ? null : shownChain(known);
  };
  const shown = listAt(result, 'certificate_deployments').map(read);
  const chains = new Map(shown.flatMap((chain) => (chain === null ? [] : [[chain.chain_id, chain]])));
  const nameless = read(part(result, 'certificate_deployment_with_sni_disabled'));
  return { chains: [...chains.values()], nameless, unreadable };
}

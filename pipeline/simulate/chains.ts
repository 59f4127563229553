/**
 * The chain of each address. Signing takes most of a simulation's time, so that a chain is made once and kept as long as
 * its addresses, which are neighbours, go on; chains with published numbers of addresses are kept for good.
 */
import { type CertificatePlan, certificatePlans, type PlanOf } from './certificates/certificate-plan.ts';
import { type MadeChain, makeChain } from './certificates/make-certificate.ts';
import { publishedCertificates } from './certificates/published-certificates.ts';
import { certificateOf } from './certificates/sizes.ts';
import type { Shown } from './made-record.ts';
import type { SimulationPlan } from './plan.ts';

export interface Chain {
  /** Number of its leaf among all certificates of the population. */
  certificate: number;
  /** As it stands in a record's `chains`. */
  text: string;
  ders: MadeChain['ders'];
}

/** Certificates with an EC key beside those that addresses have, for suites that need one. */
export const EC_CERTIFICATES = 4;

/** How many certificates a population can show: the last ones are those with EC keys. */
export function certificateCount({ sizes }: Pick<SimulationPlan, 'sizes'>): number {
  return sizes.named.length + sizes.others.length + EC_CERTIFICATES;
}

/** What the certificates of a population are, by number. */
export function planOfCertificates(plan: SimulationPlan): PlanOf {
  const named = publishedCertificates();
  const plans = certificatePlans(plan.seed, named);
  const ordinary = certificateCount(plan) - EC_CERTIFICATES;
  return (certificate): CertificatePlan =>
    certificate < ordinary ? plans(certificate) : plans.withEcKey(certificate);
}

export class Chains {
  readonly #planOf: PlanOf;
  readonly #numberOf: (host: number) => number;
  readonly #kept = new Map<number, Chain>();
  readonly #named: number;
  readonly #ordinary: number;
  #last: Chain | undefined;

  constructor(plan: SimulationPlan) {
    this.#planOf = planOfCertificates(plan);
    this.#numberOf = certificateOf(plan.seed, plan.population.hosts, plan.sizes);
    this.#named = plan.sizes.named.length;
    this.#ordinary = certificateCount(plan) - EC_CERTIFICATES;
  }

  /** What the address shows for suites with an RSA key. */
  of(host: number): Chain {
    const certificate = this.#numberOf(host);
    if (certificate < this.#named) return this.#keep(certificate);
    if (this.#last?.certificate !== certificate) this.#last = this.#make(certificate);
    return this.#last;
  }

  /** What it shows for suites with an ECDSA key. */
  withEcKey(host: number): Chain {
    return this.#keep(this.#ordinary + (host % EC_CERTIFICATES));
  }

  #keep(certificate: number): Chain {
    const chain = this.#kept.get(certificate) ?? this.#make(certificate);
    this.#kept.set(certificate, chain);
    return chain;
  }

  #make(certificate: number): Chain {
    const { chain_id, certificates, ders } = makeChain(this.#planOf(certificate));
    return { certificate, text: JSON.stringify({ chain_id, certificates }), ders };
  }
}

/** A record's `chains`, of those that it shows. */
export function withChains(shows: Pick<Shown, 'chain' | 'ec_chain'>, own: Chain, ec: Chain): string {
  if (!shows.ec_chain) return `[${own.text}]`;
  return shows.chain ? `[${own.text},${ec.text}]` : `[${ec.text}]`;
}

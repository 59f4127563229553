/** Table certificate_facts: what can be said of each planned leaf, and of how many certificates and endpoints it is so. */
import { type CertificatePlan, MADE_AT } from '../certificates/certificate-plan.ts';
import type { TruthRow } from './truth.ts';

/** A leaf certificate that was shown, and how many endpoints showed it. */
export interface ShownLeaf {
  plan: CertificatePlan;
  endpoints: number;
}

/** The table's rows, in its order. A certificate of which a property is not known counts in no number of it. */
export function certificateFacts(leaves: readonly ShownLeaf[]): TruthRow[] {
  return PROPERTIES.map(([property, has]) => {
    const known = leaves.flatMap(({ plan, endpoints }) => {
      const answer = has(plan);
      return answer === null ? [] : [{ answer, endpoints }];
    });
    const matching = known.filter(({ answer }) => answer);
    return {
      property,
      certificates: known.length,
      matching: matching.length,
      endpoints: endpointsOf(known),
      endpoints_matching: endpointsOf(matching),
    };
  });
}

function endpointsOf(leaves: readonly { endpoints: number }[]): number {
  return leaves.reduce((sum, { endpoints }) => sum + endpoints, 0);
}

function isMalformed({ kind }: CertificatePlan): boolean {
  return kind !== 'self_signed' && kind !== 'by_authority';
}

/** Of one that is cut short, behind its names, nothing that follows is known. */
function unlessCut(has: (plan: CertificatePlan) => boolean | null): Property {
  return (plan) => (plan.kind === 'cut_short' ? null : has(plan));
}

type Property = (plan: CertificatePlan) => boolean | null;

const PROPERTIES: readonly (readonly [name: string, has: Property])[] = [
  ['ca', unlessCut(() => false)],
  ['expired', unlessCut(({ not_after }) => not_after < MADE_AT)],
  ['malformed', isMalformed],
  [
    'not_yet_valid',
    unlessCut(({ kind, not_before }) => (kind === 'no_such_date' ? null : not_before > MADE_AT)),
  ],
  ['self_signed', unlessCut(({ kind }) => kind !== 'by_authority')],
  ['self_signed_or_malformed', ({ kind }) => kind !== 'by_authority'],
  ['with_sct', unlessCut(() => false)],
];

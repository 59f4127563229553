/** What counts as false, as complete and as a right reason: on records by hand. */
import { describe, expect, test } from 'vitest';
import type { EndpointRecord, ErrorKind, StopReason } from '../../pipeline/formats/raw-record.ts';
import { expectedKinds, outcomeOf } from './outcome.ts';

const TLS1_2 = 0x0303;
const TRUTH = new Map([[TLS1_2, new Set([0x002f, 0x0035])]]);
const KINDS = new Set(['form_intolerant'] as const);

interface Said {
  accepted: number[];
  rejected: number;
  errors?: number;
  not_tested?: number;
  kind?: ErrorKind;
  stop?: StopReason;
}

/** Ten suites were offered at TLS 1.2. */
function recordOf({ accepted, rejected, errors = 0, not_tested = 0, kind, stop }: Said): EndpointRecord {
  const shake = (cipher_suite: number) => ({ version: TLS1_2, outcome: 'accepted', cipher_suite });
  const failed = { version: TLS1_2, outcome: 'error', error_kind: kind };
  return {
    stop_reason: stop ?? null,
    versions: [{ version: TLS1_2, offered: 10, accepted: accepted.length, rejected, errors, not_tested }],
    handshakes: [...accepted.map(shake), ...(kind ? [failed] : [])],
    rejections: [
      { version: TLS1_2, confirmed: true, cipher_suites: rejected },
      { version: TLS1_2, confirmed: false, cipher_suites: errors },
    ],
  } as unknown as EndpointRecord;
}

const outcome = (said: Said) => outcomeOf(recordOf(said), { truth: TRUTH, kinds: KINDS });

test('all that the truth has, and a no to all else', () => {
  const all = outcome({ accepted: [0x002f, 0x0035], rejected: 8 });
  expect(all).toEqual({ false_claims: [], complete: true, unknown: [], wrong_reasons: [] });
});

describe('false', () => {
  test.each([
    ['a yes that is none', { accepted: [0x002f, 0x0035, 0x000a], rejected: 7 }, 'TLS 1.2: yes to 0x000a'],
    ['a no that is none', { accepted: [0x002f], rejected: 9 }, 'TLS 1.2: no to 1 of 0x0035'],
    [
      'more noes than what is unknown leaves room for',
      { accepted: [], rejected: 9, errors: 1, kind: 'form_intolerant' as const },
      'TLS 1.2: no to 1 of 0x002f 0x0035',
    ],
    ['sums', { accepted: [0x002f, 0x0035], rejected: 7 }, "TLS 1.2: counts don't add up"],
  ])('%s', (_, said, claim) => {
    const { false_claims, complete } = outcome(said);
    expect({ false_claims, complete }).toEqual({ false_claims: [claim], complete: false });
  });

  test('a version that is accepted, and was not asked', () => {
    const record = { ...recordOf({ accepted: [0x002f, 0x0035], rejected: 8 }), versions: [] };
    const { false_claims } = outcomeOf(record, { truth: TRUTH, kinds: KINDS });
    expect(false_claims).toEqual(['TLS 1.2: not offered']);
  });
});

describe('unknown', () => {
  test('for a reason that is right', () => {
    const open = outcome({ accepted: [0x002f], rejected: 0, errors: 9, kind: 'form_intolerant' });
    expect(open).toMatchObject({ false_claims: [], complete: false, wrong_reasons: [] });
    expect(open.unknown).toEqual([{ version: TLS1_2, suites: 9, kinds: ['form_intolerant'] }]);
  });

  test('for another reason, or for none', () => {
    const other = outcome({ accepted: [], rejected: 0, errors: 10, kind: 'read_timeout' });
    expect(other.wrong_reasons).toEqual(['TLS 1.2: read_timeout']);
    expect(outcome({ accepted: [], rejected: 0, errors: 10 }).wrong_reasons).toEqual(['TLS 1.2: no reason']);
  });

  test('what was not tested has the reason of the stop', () => {
    const given = outcome({ accepted: [0x002f], rejected: 0, not_tested: 9, stop: 'unresponsive' });
    expect(given.wrong_reasons).toEqual(['TLS 1.2: unresponsive']);
  });

  test('a name that is refused is no intolerance of a form, nor the other way round', () => {
    expect(expectedKinds('name', 'alert 112')).toEqual(new Set(['refused_by_name']));
    expect(expectedKinds('form', 'alert 40').has('refused_by_name')).toBe(false);
    expect(expectedKinds('form', 'alert 40').has('unresponsive')).toBe(false);
  });
});

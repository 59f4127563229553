/**
 * Tests that need something which a user's machine may lack. Where it is missing they say what and why, and are
 * skipped; under CENSUS_REQUIRE_PEERS=1, which CI sets, they fail.
 */
import { describe, expect, test } from 'vitest';

/** Like `describe`; `missing` says what is missing and what to do, undefined where nothing is. */
export function describeUnless(missing: string | undefined, title: string, body: () => void): void {
  if (missing === undefined) {
    describe(title, body);
    return;
  }
  test(title, (context) => {
    if (process.env['CENSUS_REQUIRE_PEERS'] === '1') expect.fail(missing);
    console.warn(`skipped: ${missing}`);
    context.skip(missing);
  });
}

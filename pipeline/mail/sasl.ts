/** SASL mechanisms in capabilities as servers spell them: after blanks, equals signs or commas, in any case. */

/** Upper case, in the server's order, each once. `lists`: what stands behind AUTH or SASL. */
export function mechanismsOf(lists: readonly string[]): string[] {
  const words = lists.flatMap((list) => list.toUpperCase().split(/[\s=,]+/));
  return [...new Set(words.filter((word) => word !== ''))];
}

/** Mechanisms that send the password as it is (RFC 4616; LOGIN was never standardized). */
export function hasPlaintextMechanism(mechanisms: readonly string[]): boolean {
  return mechanisms.some((mechanism) => mechanism === 'PLAIN' || mechanism === 'LOGIN');
}

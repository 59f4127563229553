/**
 * OpenSSL's `ssl3.h` and `tls1.h` → its names of each cipher suite. The headers define a code
 * (`…_CK_X 0x0300XXXX`) and a name (`…_TXT_X "NAME"`, in TLS 1.3 `TLS1_3_RFC_X "NAME"`) for each; several names
 * may stand for one code.
 */

/** Names by two-byte code, in the order of the headers. */
export function opensslNames(headers: string): Map<number, string[]> {
  const codes = new Map<string, string>();
  const names = new Map<string, string>();
  for (const [, name, value] of headers.matchAll(/^#\s*define\s+(\w+_CK_\w+)\s+(\w+)/gm))
    codes.set(name!, value!);
  for (const [, name, value] of headers.matchAll(
    /^#\s*define\s+(\w+_TXT_\w+|TLS1_3_RFC_\w+)\s*(?:\\\r?\n\s*)?"([^"]+)"/gm,
  )) {
    names.set(name!, value!);
  }
  const result = new Map<number, string[]>();
  for (const [macro, name] of names) {
    const code = resolve(codes, macro.replace(/_TXT_|_RFC_/, '_CK_'));
    if (code !== undefined) result.set(code, [...(result.get(code) ?? []), name]);
  }
  return result;
}

function resolve(codes: Map<string, string>, macro: string): number | undefined {
  const value = codes.get(macro);
  if (value === undefined) return undefined;
  return /^0x/i.test(value) ? Number.parseInt(value, 16) & 0xffff : resolve(codes, value);
}

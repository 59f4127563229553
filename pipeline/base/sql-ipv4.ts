/** Text of addresses → IPv4 numbers, in SQL: DuckDB splits the texts on all its cores, and calls nobody for it. */

/**
 * A parenthesised query with `ip` of `from` (a table, view or parenthesised query) and `number`, uinteger: null for what
 * is no dotted decimal address, so for IPv6 too.
 */
export function ipv4Numbers(from: string): string {
  return `(select ip, ${NUMBER} as number from (select ip, string_split(ip, '.') as parts from ${from}))`;
}

const NUMBER = `case when len(parts) = 4 then
  try_cast(parts[1] as utinyint) * 16777216::ubigint + try_cast(parts[2] as utinyint) * 65536::ubigint
  + try_cast(parts[3] as utinyint) * 256::ubigint + try_cast(parts[4] as utinyint) end :: uinteger`;

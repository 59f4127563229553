/** testssl's JSON made by hand in both of its forms, with its spaces and commas: what it writes line by line, never as a whole. */

/** Id, severity and finding. */
export type MadeFinding = readonly [string, string, string];

export interface MadeHost {
  name?: string;
  ip?: string;
  port?: number;
  findings: readonly MadeFinding[];
}

/** `-oj`; `end: false`: broken off behind the last finding. */
export function flatFile(hosts: readonly MadeHost[], { end = true } = {}): string {
  const findings = hosts.flatMap(({ name = 'mx.example.com', ip = '192.0.2.1', port = 25, findings }) =>
    findings.map((one) => flatFinding(`${name}/${ip}`, port, one)),
  );
  return `[\n${findings.join(',')}${end ? ']\n' : ''}`;
}

function flatFinding(server: string, port: number, [id, severity, finding]: MadeFinding): string {
  return `         {
              "id"           : "${id}",
              "ip"           : "${server}",
              "port"         : "${port}",
              "severity"     : "${severity}",
              "finding"      : "${finding}"
          }
`;
}

/** `-oJ`: the first finding is the `service`; `end: false`: broken off in the last host. */
export function prettyFile(hosts: readonly MadeHost[], { end = true, scanTime = '93' } = {}): string {
  const head = `{
          "Invocation"  : "testssl --quiet mx.example.com",
          "at"          : "scanner:/usr/bin/openssl",
          "version"     : "3.0.8  from ",
          "openssl"     : "OpenSSL 3.0.0 from Jan  1 00:00:00 2026",
          "startTime"   : "1767323045",
          "scanResult"  : [
`;
  const last = end
    ? `                    ]\n          }\n          ],\n                    "scanTime"  : ${scanTime}\n}\n`
    : '';
  const between = `                    ]\n          }\n          ,\n`;
  return `${head}${hosts.map(prettyHost).join(between)}${last}`;
}

function prettyHost({ name = 'mx.example.com', ip = '192.0.2.1', port = 25, findings }: MadeHost): string {
  const [first, ...others] = findings;
  return `          {
                    "targetHost"      : "${name}",
                    "ip"              : "${ip}",
                    "port"            : "${port}",
                    "rDNS"            : "--",
                    "service"         : "${first![2]}",
                    "pretest"         : [
                    ],
                    "protocols"         : [
${others.map(prettyFinding).join(',')}
`;
}

function prettyFinding([id, severity, finding]: MadeFinding): string {
  return `{
                                 "id"           : "${id}",
                                 "severity"     : "${severity}",
                                 "finding"      : "${finding}"
                           }`;
}

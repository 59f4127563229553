/**
 * How a Trino coordinator is reached, checked → a client of it. trino-client keeps to itself what the protocol gives with every
 * page (the query's id, its statistics) until rows come, and never sends the page's own DELETE; its one request function does
 * all of that, so that is what is used of it.
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { AxiosRequestConfig } from 'axios';
import { BasicAuth, type QueryResult, Trino } from 'trino-client';
import { UsageError } from '../../base/errors.ts';
import { packageVersion } from '../../base/package-root.ts';

export interface TrinoOptions {
  /** Of the coordinator: http://HOST:PORT or https://HOST:PORT. */
  url: string;
  catalog: string;
  schema: string;
  /** Who asks; the name of the system's user by default. */
  user?: string | undefined;
  /** Only over https. */
  password?: string | undefined;
  /** File of certificates, PEM, that the coordinator's must lead to; Node's own list by default. */
  ca?: string | undefined;
}

/** A page of an answer, as Trino's client protocol has it. */
export type TrinoPage = QueryResult;

export interface TrinoConnection {
  readonly options: TrinoOptions;
  readonly user: string;
  /** One HTTP request; throws what axios throws. */
  request(
    config: Pick<AxiosRequestConfig, 'url' | 'method' | 'data' | 'signal' | 'timeout'>,
  ): Promise<TrinoPage>;
}

/** UsageError for what cannot be a coordinator's address, and for a password that would go over the wire as it is. */
export function checkTrinoOptions({ url, password, catalog, schema }: TrinoOptions): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new UsageError(
      `--url ${JSON.stringify(url)} is no address of a coordinator, such as https://trino.example:8443`,
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new UsageError(
      '--url holds a user or a password, which others can read there; set CENSUS_TRINO_USER and CENSUS_TRINO_PASSWORD',
    );
  }
  if (password !== undefined && parsed.protocol !== 'https:') {
    throw new UsageError(`a password goes only over https; ${url} is not (or unset CENSUS_TRINO_PASSWORD)`);
  }
  for (const name of [catalog, schema]) {
    if (/^[A-Za-z_][\w-]{0,127}$/.test(name)) continue;
    throw new UsageError(`${JSON.stringify(name)} is no plain name; take letters, digits and underscores`);
  }
}

export function connectTrino(options: TrinoOptions): TrinoConnection {
  checkTrinoOptions(options);
  const { url, catalog, schema, password, ca } = options;
  const user = options.user ?? userInfo().username;
  const trino = Trino.create({
    server: url.replace(/\/+$/, ''),
    source: `mail-tls-census ${packageVersion}`,
    catalog,
    schema,
    auth: new BasicAuth(user, password),
    ssl: ca === undefined ? {} : { ca: readCertificates(ca) },
  });
  const { client } = trino as unknown as {
    client: { request: (config: AxiosRequestConfig) => Promise<TrinoPage> };
  };
  // Straight to the coordinator: axios would send https through a proxy of the environment without a tunnel.
  return { options, user, request: (config) => client.request({ ...config, proxy: false }) };
}

function readCertificates(file: string): string {
  const text = readFileSync(file, 'utf8');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UsageError(`${file} holds no certificate in PEM; name the file of the CA with --ca`);
}

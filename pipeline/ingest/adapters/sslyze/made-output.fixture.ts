/** sslyze's JSON made by hand, in the shape of its documented output: what a test leaves out is as for a server that answers. */

/** Of a self-signed certificate with a key on P-256, valid for a month of 2026. */
export const EC_PEM = `-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUGiiCZoZfNdvP9Y1qwTs3tFyx/3EwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKZWMuZXhhbXBsZTAeFw0yNjExMjUyMzAzMTlaFw0yNjEyMjUy
MzAzMTlaMBUxEzARBgNVBAMMCmVjLmV4YW1wbGUwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATRcY0C3frg4kNdEUwILldSVZRSz+jQh4Z6grgsMvf/s45EM3K8qUQN
JgDALpSVu9Hsvcjmp6Ft5lyH3UHWeqFGo1MwUTAdBgNVHQ4EFgQUnQ1/v3WU9O8G
ImZqy20hSMVfXQUwHwYDVR0jBBgwFoAUnQ1/v3WU9O8GImZqy20hSMVfXQUwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA4vgtO5ZJFORxcOEKu3B6
8tUHDG1mU6ANJVFOcL9olysCIEhNX7f1UNsD5E+A7nFsRoFLl9F6/emys4U4grw+
RFmB
-----END CERTIFICATE-----
`;

/** An entry of `server_scan_results`. */
export interface MadeServer {
  hostname?: string;
  port?: number;
  starttls?: string | null;
  sni?: string;
  /** The last line of the trace: nobody could be connected to. */
  failure?: string;
  highest?: string;
  scan?: Record<string, unknown>;
}

export function madeFile(servers: readonly MadeServer[], more: Record<string, unknown> = {}): string {
  return JSON.stringify(
    {
      invalid_server_strings: [],
      server_scan_results: servers.map(madeServer),
      date_scans_started: '2026-01-02T03:04:05.678901Z',
      date_scans_completed: '2026-01-02T03:04:09Z',
      sslyze_version: '6.3.1',
      sslyze_url: 'https://example.com/sslyze',
      ...more,
    },
    null,
    2,
  );
}

function madeServer({ hostname = 'mx.example.com', port = 25, starttls = 'SMTP', ...made }: MadeServer) {
  const failed = made.failure !== undefined;
  return {
    uuid: '00000000-0000-4000-8000-000000000000',
    server_location: { hostname, port, connection_type: 'DIRECT', ip_address: '192.0.2.1' },
    network_configuration: {
      tls_server_name_indication: made.sni ?? hostname,
      tls_opportunistic_encryption: starttls,
    },
    connectivity_status: failed ? 'ERROR' : 'COMPLETED',
    connectivity_error_trace: failed
      ? `Traceback (most recent call last):\n  File "x.py", line 1, in y\n\n${made.failure}\n`
      : null,
    connectivity_result: failed
      ? null
      : {
          highest_tls_version_supported: made.highest ?? 'TLS_1_2',
          cipher_suite_supported: 'ECDHE-ECDSA-AES128-GCM-SHA256',
        },
    scan_status: failed ? 'ERROR_NO_CONNECTIVITY' : 'COMPLETED',
    scan_result: failed ? null : (made.scan ?? {}),
  };
}

/** A scan command that came to its end. */
export function completed(result: unknown): unknown {
  return { status: 'COMPLETED', error_reason: null, error_trace: null, result };
}

/** One that did not: `line` is the last of its trace. */
export function failed(line: string): unknown {
  return {
    status: 'ERROR',
    error_reason: 'CONNECTIVITY_ISSUE',
    error_trace: `Traceback:\n${line}\n`,
    result: null,
  };
}

/** Suites of a version: accepted ones with their ephemeral keys, refused ones with sslyze's words. */
export function suites(
  accepted: readonly (readonly [string, unknown?])[],
  rejected: readonly (readonly [string, string])[],
): unknown {
  return completed({
    is_tls_version_supported: accepted.length > 0,
    accepted_cipher_suites: accepted.map(([name, key]) => ({
      cipher_suite: { name, is_anonymous: false, key_size: 128, openssl_name: name },
      ephemeral_key: key ?? null,
    })),
    rejected_cipher_suites: rejected.map(([name, error_message]) => ({
      cipher_suite: { name, is_anonymous: false, key_size: 128, openssl_name: name },
      error_message,
    })),
  });
}

/** `certificate_info` of servers that show these chains. */
export function certificates(chains: readonly (readonly string[])[], nameless?: readonly string[]): unknown {
  const deployment = (pems: readonly string[]) => ({
    received_certificate_chain: pems.map((as_pem) => ({ as_pem, serial_number: 1 })),
    ocsp_response: null,
  });
  return completed({
    certificate_deployments: chains.map(deployment),
    certificate_deployment_with_sni_disabled: nameless ? deployment(nameless) : null,
  });
}

-- title: Endpoints and what became of them, per port
-- place: 2
-- grain: one row per scan and port
-- source: Mayer et al. 2016, scans per port
-- reads: endpoints, hello_tolerance, contradictions
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column protocol varchar: smtp, pop3 or imap
-- column tls_mode varchar: starttls, or implicit where TLS comes first
-- column endpoints bigint: endpoints scanned
-- column tls_endpoints bigint: endpoints that answered in TLS, accepting or rejecting
-- column rejecting_all bigint: of the TLS endpoints, those that accepted no handshake
-- column inconsistent bigint: of the TLS endpoints, those that answered the same question in two ways; null where that was not looked at
-- column no_starttls bigint: endpoints that answered and do not offer STARTTLS
-- column errors bigint: endpoints that could not be asked: no answer is known
-- column plaintext_auth bigint: endpoints that offer a plaintext password before TLS; null where none was asked
-- column tls_share double: tls_endpoints, of the endpoints without error
-- unique: scan_id, port
-- check: tls_endpoints + no_starttls + errors = endpoints
-- check: rejecting_all between 0 and tls_endpoints
-- check: inconsistent between 0 and tls_endpoints
-- check: tls_share between 0 and 1
-- empty: the lake holds no endpoint
with counted as (
  select
    scan_id,
    port,
    min(protocol) as protocol,
    min(tls_mode) as tls_mode,
    count(*) as endpoints,
    count(*) filter (where outcome in ('tls', 'tls_rejected')) as tls_endpoints,
    count(*) filter (where outcome = 'tls_rejected') as rejecting_all,
    count(*) filter (where outcome = 'no_starttls') as no_starttls,
    count(*) filter (where outcome = 'error') as errors,
    case
      when count(plaintext_auth_offered) > 0 then count(case when plaintext_auth_offered then 1 end)
    end as plaintext_auth
  from endpoints
  group by scan_id, port
), looked_at as (
  select scan_id, port, count(*) as endpoints
  from hello_tolerance
  group by scan_id, port
), inconsistent as (
  select scan_id, port, count(distinct endpoint_id) as endpoints
  from contradictions
  group by scan_id, port
)
select
  c.scan_id,
  c.port,
  c.protocol,
  c.tls_mode,
  c.endpoints,
  c.tls_endpoints,
  c.rejecting_all,
  case when l.endpoints > 0 or i.endpoints > 0 then coalesce(i.endpoints, 0) end as inconsistent,
  c.no_starttls,
  c.errors,
  c.plaintext_auth,
  cast(c.tls_endpoints as double) / nullif(c.endpoints - c.errors, 0) as tls_share
from counted as c
left join looked_at as l on l.scan_id = c.scan_id and l.port = c.port
left join inconsistent as i on i.scan_id = c.scan_id and i.port = c.port
order by c.scan_id, c.port

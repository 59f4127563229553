-- title: Key exchange methods accepted, per port
-- place: 7
-- grain: one row per scan, port and key exchange that at least one endpoint accepts
-- source: Mayer et al. 2016, key exchange
-- reads: endpoints, handshakes, inferred_suites, known_cipher_suites, scans
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column key_exchange varchar: key exchange of the cipher suite, _EXPORT where the suite is export grade
-- column endpoints bigint: TLS endpoints of which every question is answered, or inferred
-- column supporting bigint: of these, endpoints that accept a suite with it, in any version
-- column inferred bigint: of these supporting, endpoints of which only a prior says so
-- column inferred_error double: share of inferred answers that are wrong, of those of the whole scan, estimated by checks; null where nothing is inferred here, or not checked
-- column unconfirmed bigint: of the endpoints that do not accept one, those whose no nothing confirms: older records, and other tools
-- column unknown bigint: TLS endpoints with an unanswered question, which are left out
-- column share double: supporting, of endpoints; null where there are none
-- unique: scan_id, port, key_exchange
-- check: supporting between 0 and endpoints
-- check: unconfirmed between 0 and endpoints - supporting
-- check: supporting + unknown >= 1
-- check: share between 0 and 1
-- empty: no endpoint accepted a handshake
with methods as (
  select code, key_exchange || case when export then '_EXPORT' else '' end as key_exchange
  from known_cipher_suites
), asked as (
  select
    scan_id,
    port,
    count(*) filter (where errors + not_tested = 0) as endpoints,
    count(*) filter (where errors + not_tested = 0 and unconfirmed > 0) as unconfirmed,
    count(*) filter (where errors + not_tested = 0 and unconfirmed = 0 and rejected + inferred > 0) as confirmed,
    count(*) filter (where coalesce(errors + not_tested, 1) > 0) as unknown
  from endpoints
  where outcome in ('tls', 'tls_rejected')
  group by scan_id, port
), unsure as (
  select scan_id, port
  from endpoints
  where unconfirmed > 0
  group by scan_id, port
), apart as (
  -- endpoints whose yes is not to be counted; where some noes are unconfirmed, also those whose noes are all confirmed
  select
    e.scan_id,
    e.port,
    e.endpoint_id,
    case when coalesce(e.errors + e.not_tested, 1) > 0 then 1 else 0 end as incomplete
  from endpoints as e
  left join unsure as u on u.scan_id = e.scan_id and u.port = e.port
  where coalesce(e.accepted + e.inferred, 1) > 0
    and (coalesce(e.errors + e.not_tested, 1) > 0 or (
      u.port is not null and e.unconfirmed = 0 and e.rejected + e.inferred > 0
    ))
), accepted as (
  select distinct h.scan_id, h.port, h.endpoint_id, m.key_exchange
  from handshakes as h
  join methods as m on m.code = h.cipher_suite
  where h.error_kind is null
), inferred as (
  select distinct s.scan_id, s.port, s.endpoint_id, m.key_exchange
  from inferred_suites as s
  join methods as m on m.code = s.cipher_suite
), only_inferred as (
  select s.scan_id, s.port, s.endpoint_id, s.key_exchange
  from inferred as s
  left join accepted as a
    on a.scan_id = s.scan_id and a.port = s.port and a.endpoint_id = s.endpoint_id
    and a.key_exchange = s.key_exchange
  where a.endpoint_id is null
), known as (
  select scan_id, port, endpoint_id, key_exchange, 0 as inferred from accepted
  union all
  select scan_id, port, endpoint_id, key_exchange, 1 from only_inferred
), counted as (
  select
    k.scan_id,
    k.port,
    k.key_exchange,
    count(case when coalesce(a.incomplete, 0) = 0 then 1 end) as supporting,
    count(case when coalesce(a.incomplete, 0) = 0 and k.inferred = 1 then 1 end) as inferred,
    count(case when a.incomplete = 0 then 1 end) as all_confirmed
  from known as k
  left join apart as a
    on a.scan_id = k.scan_id and a.port = k.port and a.endpoint_id = k.endpoint_id
  group by k.scan_id, k.port, k.key_exchange
)
select
  c.scan_id,
  c.port,
  c.key_exchange,
  asked.endpoints,
  c.supporting,
  c.inferred,
  case when c.inferred > 0 then i.inference_error end as inferred_error,
  case
    when asked.unconfirmed = 0 then 0
    else asked.endpoints - c.supporting - asked.confirmed + c.all_confirmed
  end as unconfirmed,
  asked.unknown,
  cast(c.supporting as double) / nullif(asked.endpoints, 0) as share
from counted as c
join asked on asked.scan_id = c.scan_id and asked.port = c.port
left join scans as i on i.scan_id = c.scan_id
order by c.scan_id, c.port, c.key_exchange

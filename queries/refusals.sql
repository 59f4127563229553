-- title: How endpoints refuse what they do not accept, per port and version
-- place: 16
-- grain: one row per scan, port, version, way of refusing and code that at least one endpoint shows
-- source: alert descriptions of RFC 8446, 6.2, and the IANA TLS Alerts registry; how a no is told is docs/raw-record.md
-- reads: refusals, known_alerts, known_tls_versions
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column version varchar: protocol version that was offered
-- column refused_by varchar: alert; version, where another one was chosen; close or reset, without a word; ssl2_error; or not_listed, in an SSLv2 SERVER-HELLO
-- column code integer: alert description, version on the wire, or SSLv2 error code; null for the other ways
-- column answer varchar: name of the code; null where it has none, or nobody registered it
-- column endpoints bigint: endpoints that refuse something at the version and of which it is told how; other tools mostly do not tell
-- column refusing bigint: of these, endpoints that refuse at least one suite so; some refuse in several ways
-- column unconfirmed bigint: of these refusing, endpoints with such a refusal that nothing confirms
-- column cipher_suites bigint: suites refused so, summed over these endpoints
-- column cipher_suites_unconfirmed bigint: of these, suites whose refusal nothing confirms: errors, or noes of older records and other tools
-- column share double: refusing, of endpoints
-- unique: scan_id, port, version, refused_by, code
-- check: refusing between 1 and endpoints
-- check: unconfirmed between 0 and refusing
-- check: cipher_suites_unconfirmed between 0 and cipher_suites
-- check: share between 0 and 1
-- empty: no endpoint refused anything, or the tool does not tell how
with told as (
  select
    scan_id,
    port,
    endpoint_id,
    version,
    refused_by,
    code,
    sum(cipher_suites) as cipher_suites,
    sum(case when confirmed then 0 else cipher_suites end) as cipher_suites_unconfirmed
  from refusals
  group by scan_id, port, endpoint_id, version, refused_by, code
), totals as (
  select scan_id, port, version, count(distinct endpoint_id) as endpoints
  from refusals
  group by scan_id, port, version
), counted as (
  select
    scan_id,
    port,
    version,
    refused_by,
    code,
    count(*) as refusing,
    count(case when cipher_suites_unconfirmed > 0 then 1 end) as unconfirmed,
    cast(sum(cipher_suites) as bigint) as cipher_suites,
    cast(sum(cipher_suites_unconfirmed) as bigint) as cipher_suites_unconfirmed
  from told
  group by scan_id, port, version, refused_by, code
)
select
  c.scan_id,
  c.port,
  versions.name as version,
  c.refused_by,
  c.code,
  case
    when c.refused_by = 'alert' then alerts.name
    when c.refused_by = 'version' then chosen.name
    when c.refused_by = 'ssl2_error' and c.code = 1 then 'NO-CIPHER-ERROR'
    when c.refused_by = 'ssl2_error' and c.code = 2 then 'NO-CERTIFICATE-ERROR'
    when c.refused_by = 'ssl2_error' and c.code = 4 then 'BAD-CERTIFICATE-ERROR'
    when c.refused_by = 'ssl2_error' and c.code = 6 then 'UNSUPPORTED-CERTIFICATE-TYPE-ERROR'
  end as answer,
  t.endpoints,
  c.refusing,
  c.unconfirmed,
  c.cipher_suites,
  c.cipher_suites_unconfirmed,
  cast(c.refusing as double) / t.endpoints as share
from counted as c
join totals as t on t.scan_id = c.scan_id and t.port = c.port and t.version = c.version
join known_tls_versions as versions on versions.code = c.version
left join known_tls_versions as chosen on chosen.code = c.code and c.refused_by = 'version'
left join known_alerts as alerts on alerts.code = c.code and c.refused_by = 'alert'
order by c.scan_id, c.port, c.version, c.refusing desc, c.refused_by, c.code

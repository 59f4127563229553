-- title: What endpoints do beside choosing suites, per port
-- place: 14
-- grain: one row per scan, port and feature
-- source: RFC 3749, 5077, 5746, 6066, 6520, 7366, 7507, 7627, 8422, 8446; each is explained in docs/raw-record.md
-- reads: endpoints, endpoint_facts
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column feature varchar: name of the feature, as in the table endpoint_facts of the lake
-- column endpoints bigint: endpoints that accept a handshake and whose answer on the feature is known
-- column supporting bigint: of these, endpoints that have the feature
-- column unknown bigint: endpoints that accept a handshake and were not asked, or gave no answer that tells
-- column share double: supporting, of endpoints; null where there are none
-- unique: scan_id, port, feature
-- check: supporting between 0 and endpoints
-- check: endpoints + unknown >= 1
-- check: share between 0 and 1
-- empty: no endpoint that this program scanned accepted a handshake
with facts as (
  select f.*
  from endpoint_facts as f
  join endpoints as e on e.scan_id = f.scan_id and e.port = f.port and e.endpoint_id = f.endpoint_id
  where e.outcome = 'tls'
), features as (
  select scan_id, port, 1 as place, 'compression' as feature, compression as answer from facts
  union all
  select scan_id, port, 2, 'secure_renegotiation', secure_renegotiation from facts
  union all
  select scan_id, port, 3, 'extended_master_secret', extended_master_secret from facts
  union all
  select scan_id, port, 4, 'encrypt_then_mac', encrypt_then_mac from facts
  union all
  select scan_id, port, 5, 'session_ticket', session_ticket from facts
  union all
  select scan_id, port, 6, 'heartbeat', heartbeat from facts
  union all
  select scan_id, port, 7, 'ocsp_stapling', ocsp_stapling from facts
  union all
  select scan_id, port, 8, 'session_id_resumption', session_id_resumption from facts
  union all
  select scan_id, port, 9, 'session_ticket_resumption', session_ticket_resumption from facts
  union all
  select scan_id, port, 10, 'psk_resumption', psk_resumption from facts
  union all
  select scan_id, port, 11, 'fallback_scsv', fallback_scsv from facts
  union all
  select scan_id, port, 12, 'version_tolerant', version_tolerant from facts
  union all
  select scan_id, port, 13, 'long_hello_tolerant', long_hello_tolerant from facts
  union all
  select scan_id, port, 14, 'dh_public_value_repeated', dh_public_value_repeated from facts
  union all
  select scan_id, port, 15, 'ecdh_public_value_repeated', ecdh_public_value_repeated from facts
  union all
  select scan_id, port, 16, 'explicit_curves', explicit_curves from facts
  union all
  select scan_id, port, 17, 'plaintext_auth_offered', plaintext_auth_offered from facts
  union all
  select scan_id, port, 18, 'secured_plaintext_auth_offered', secured_plaintext_auth_offered from facts
), counted as (
  select
    scan_id,
    port,
    place,
    feature,
    count(answer) as endpoints,
    count(case when answer then 1 end) as supporting,
    count(*) - count(answer) as unknown
  from features
  group by scan_id, port, place, feature
)
select
  scan_id,
  port,
  feature,
  endpoints,
  supporting,
  unknown,
  cast(supporting as double) / nullif(endpoints, 0) as share
from counted
order by scan_id, port, place

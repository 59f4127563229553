-- title: Protocol versions supported, per port
-- place: 3
-- grain: one row per scan, port and version that was offered
-- source: Mayer et al. 2016, protocol version support
-- reads: endpoints, endpoint_versions, known_tls_versions, scans
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column version varchar: protocol version
-- column endpoints bigint: TLS endpoints whose answer on the version is known
-- column supporting bigint: of these, endpoints that accept the version with at least one cipher suite
-- column inferred bigint: of these supporting, endpoints of which only a prior says so
-- column inferred_error double: share of inferred answers that are wrong, of those of the whole scan, estimated by checks; null where nothing is inferred here, or not checked
-- column completed bigint: of these supporting, endpoints with which a whole handshake of the version was completed
-- column not_completed bigint: of these supporting, endpoints with which each one that was tried failed by their doing; of the others it is not known
-- column unconfirmed bigint: of the endpoints that do not support it, those whose no nothing confirms: older records, and other tools
-- column unknown bigint: TLS endpoints whose answer on the version is not known, for errors or since a tool does not say it
-- column share double: supporting, of endpoints
-- column completed_share double: completed, of the supporting endpoints of which it is known
-- unique: scan_id, port, version
-- check: supporting between 0 and endpoints
-- check: completed + not_completed between 0 and supporting
-- check: unconfirmed between 0 and endpoints - supporting
-- check: share between 0 and 1
-- empty: no endpoint answered in TLS
with tls_endpoints as (
  select scan_id, port, endpoint_id
  from endpoints
  where outcome in ('tls', 'tls_rejected')
), counted as (
  select
    v.scan_id,
    v.port,
    v.version,
    count(*) filter (
      where v.accepted + v.inferred_accepted > 0 or v.rejected + v.inferred_rejected = v.offered
        or (v.accepted = 0 and v.offered is null)
    ) as endpoints,
    count(*) filter (where v.accepted + v.inferred_accepted > 0) as supporting,
    count(*) filter (where v.accepted = 0 and v.inferred_accepted > 0) as inferred,
    count(case when v.accepted + v.inferred_accepted > 0 and v.handshake_completed then 1 end) as completed,
    count(case when v.accepted + v.inferred_accepted > 0 and not v.handshake_completed then 1 end) as not_completed,
    count(*) filter (
      where v.accepted + v.inferred_accepted = 0
        and (v.rejected + v.inferred_rejected = v.offered or v.offered is null)
        and coalesce(v.unconfirmed, 1) > 0
    ) as unconfirmed,
    count(*) filter (
      where v.accepted is null
        or (v.accepted + v.inferred_accepted = 0 and v.rejected + v.inferred_rejected < v.offered)
    ) as unknown
  from endpoint_versions as v
  join tls_endpoints as e
    on e.scan_id = v.scan_id and e.port = v.port and e.endpoint_id = v.endpoint_id
  group by v.scan_id, v.port, v.version
)
select
  c.scan_id,
  c.port,
  names.name as version,
  c.endpoints,
  c.supporting,
  c.inferred,
  case when c.inferred > 0 then i.inference_error end as inferred_error,
  c.completed,
  c.not_completed,
  c.unconfirmed,
  c.unknown,
  cast(c.supporting as double) / nullif(c.endpoints, 0) as share,
  cast(c.completed as double) / nullif(c.completed + c.not_completed, 0) as completed_share
from counted as c
join known_tls_versions as names on names.code = c.version
left join scans as i on i.scan_id = c.scan_id
order by c.scan_id, c.port, c.version

-- title: Protocol versions supported, per port
-- place: 3
-- grain: one row per scan, port and version that was offered
-- source: Mayer et al. 2016, protocol version support
-- reads: endpoints, endpoint_versions, known_tls_versions
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column version varchar: protocol version
-- column endpoints bigint: TLS endpoints whose answer on the version is known
-- column supporting bigint: of these, endpoints that accept the version with at least one cipher suite
-- column inferred bigint: of these supporting, endpoints of which only a prior says so
-- column unknown bigint: TLS endpoints whose answer on the version is not known, for errors or since a tool does not say it
-- column share double: supporting, of endpoints
-- unique: scan_id, port, version
-- check: supporting between 0 and endpoints
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
  c.unknown,
  cast(c.supporting as double) / nullif(c.endpoints, 0) as share
from counted as c
join known_tls_versions as names on names.code = c.version
order by c.scan_id, c.port, c.version

-- title: Combinations of protocol versions, per port
-- place: 5
-- grain: one row per scan, port and combination of versions that at least one endpoint shows
-- source: Mayer et al. 2016, protocol version combinations
-- reads: endpoint_versions
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column versions varchar: versions accepted, oldest first, with a space between; 'none' for none
-- column endpoints bigint: TLS endpoints whose answer on every version offered is known
-- column matching bigint: of these, endpoints that accept just these versions
-- column unconfirmed bigint: of these matching, endpoints with a no that nothing confirms: older records, and other tools
-- column share double: matching, of endpoints
-- unique: scan_id, port, versions
-- check: matching between 1 and endpoints
-- check: unconfirmed between 0 and matching
-- check: share between 0 and 1
-- empty: no endpoint answered all that it was asked in TLS
with versions as (
  select
    scan_id,
    port,
    endpoint_id,
    version,
    accepted + inferred_accepted > 0 as supported,
    accepted + inferred_accepted > 0 or rejected + inferred_rejected = offered
      or (accepted = 0 and offered is null) as known,
    accepted + inferred_accepted = 0 and coalesce(unconfirmed, 1) > 0 as unconfirmed
  from endpoint_versions
), profiles as (
  select
    scan_id,
    port,
    endpoint_id,
    max(case when version = 2 and supported then 1 else 0 end) as ssl2,
    max(case when version = 768 and supported then 1 else 0 end) as ssl3,
    max(case when version = 769 and supported then 1 else 0 end) as tls1_0,
    max(case when version = 770 and supported then 1 else 0 end) as tls1_1,
    max(case when version = 771 and supported then 1 else 0 end) as tls1_2,
    max(case when version = 772 and supported then 1 else 0 end) as tls1_3,
    max(case when unconfirmed then 1 else 0 end) as unconfirmed
  from versions
  group by scan_id, port, endpoint_id
  having min(case when known then 1 else 0 end) = 1
), combinations as (
  select
    scan_id,
    port,
    ssl2,
    ssl3,
    tls1_0,
    tls1_1,
    tls1_2,
    tls1_3,
    count(*) as matching,
    cast(sum(unconfirmed) as bigint) as unconfirmed
  from profiles
  group by scan_id, port, ssl2, ssl3, tls1_0, tls1_1, tls1_2, tls1_3
), named as (
  select
    scan_id,
    port,
    coalesce(nullif(trim(
      case when ssl2 = 1 then 'SSLv2 ' else '' end
      || case when ssl3 = 1 then 'SSLv3 ' else '' end
      || case when tls1_0 = 1 then 'TLSv1.0 ' else '' end
      || case when tls1_1 = 1 then 'TLSv1.1 ' else '' end
      || case when tls1_2 = 1 then 'TLSv1.2 ' else '' end
      || case when tls1_3 = 1 then 'TLSv1.3' else '' end
    ), ''), 'none') as versions,
    cast(sum(matching) over (partition by scan_id, port) as bigint) as endpoints,
    matching,
    unconfirmed
  from combinations
)
select
  scan_id,
  port,
  versions,
  endpoints,
  matching,
  unconfirmed,
  cast(matching as double) / endpoints as share
from named
order by scan_id, port, matching desc, versions

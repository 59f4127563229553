-- title: Endpoints bound to old versions, or free of them, per port
-- place: 4
-- grain: one row per scan, port and set of versions
-- source: RWC 2016 slides, support of only some versions
-- reads: endpoint_versions
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column version_set varchar: the endpoint accepts at least one version of the set, and none outside it
-- column endpoints bigint: TLS endpoints whose answer on every version offered is known
-- column matching bigint: of these, endpoints of which that holds
-- column unconfirmed bigint: of these matching, endpoints with a no that nothing confirms: older records, and other tools
-- column share double: matching, of endpoints
-- unique: scan_id, port, version_set
-- check: matching between 0 and endpoints
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
    max(case when version in (2, 768) and supported then 1 else 0 end) as ssl,
    max(case when version = 769 and supported then 1 else 0 end) as tls1_0,
    max(case when version in (770, 771) and supported then 1 else 0 end) as tls1_1_or_2,
    max(case when version = 770 and supported then 1 else 0 end) as tls1_1,
    max(case when version = 772 and supported then 1 else 0 end) as tls1_3,
    max(case when version in (771, 772) and supported then 1 else 0 end) as tls1_2_or_3,
    max(case when unconfirmed then 1 else 0 end) as unconfirmed
  from versions
  group by scan_id, port, endpoint_id
  having min(case when known then 1 else 0 end) = 1
), matched as (
  select
    scan_id,
    port,
    unconfirmed,
    case when ssl = 1 and tls1_0 = 0 and tls1_1_or_2 = 0 and tls1_3 = 0 then 1 else 0 end as ssl_only,
    case when tls1_0 = 1 and ssl = 0 and tls1_1_or_2 = 0 and tls1_3 = 0 then 1 else 0 end as tls1_0_only,
    case when tls1_1_or_2 = 1 and ssl = 0 and tls1_0 = 0 and tls1_3 = 0 then 1 else 0 end as tls1_1_and_2_only,
    case when ssl = 0 and tls1_0 + tls1_1_or_2 + tls1_3 > 0 then 1 else 0 end as tls1_0_upwards,
    case when tls1_2_or_3 = 1 and ssl = 0 and tls1_0 = 0 and tls1_1 = 0 then 1 else 0 end as tls1_2_upwards
  from profiles
), counted as (
  select
    scan_id,
    port,
    count(*) as endpoints,
    sum(ssl_only) as ssl_only,
    sum(ssl_only * unconfirmed) as ssl_only_unconfirmed,
    sum(tls1_0_only) as tls1_0_only,
    sum(tls1_0_only * unconfirmed) as tls1_0_only_unconfirmed,
    sum(tls1_1_and_2_only) as tls1_1_and_2_only,
    sum(tls1_1_and_2_only * unconfirmed) as tls1_1_and_2_only_unconfirmed,
    sum(tls1_0_upwards) as tls1_0_upwards,
    sum(tls1_0_upwards * unconfirmed) as tls1_0_upwards_unconfirmed,
    sum(tls1_2_upwards) as tls1_2_upwards,
    sum(tls1_2_upwards * unconfirmed) as tls1_2_upwards_unconfirmed
  from matched
  group by scan_id, port
), sets as (
  select
    c.scan_id,
    c.port,
    names.place,
    names.version_set,
    c.endpoints,
    cast(case names.place
      when 1 then c.ssl_only
      when 2 then c.tls1_0_only
      when 3 then c.tls1_1_and_2_only
      when 4 then c.tls1_0_upwards
      else c.tls1_2_upwards
    end as bigint) as matching,
    cast(case names.place
      when 1 then c.ssl_only_unconfirmed
      when 2 then c.tls1_0_only_unconfirmed
      when 3 then c.tls1_1_and_2_only_unconfirmed
      when 4 then c.tls1_0_upwards_unconfirmed
      else c.tls1_2_upwards_unconfirmed
    end as bigint) as unconfirmed
  from counted as c
  cross join (
    values
      (1, 'SSLv2 and SSLv3 only'),
      (2, 'TLSv1.0 only'),
      (3, 'TLSv1.1 and TLSv1.2 only'),
      (4, 'TLSv1.0 upwards'),
      (5, 'TLSv1.2 upwards')
  ) as names (place, version_set)
)
select
  scan_id,
  port,
  version_set,
  endpoints,
  matching,
  unconfirmed,
  cast(matching as double) / endpoints as share
from sets
order by scan_id, port, place

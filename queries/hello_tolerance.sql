-- title: Hellos that servers do not take, per port
-- place: 17
-- grain: one row per scan, port and feature of a hello that at least one endpoint refuses, by number for extensions; and one for none
-- source: RFC 8446, 9.3, and RFC 7685 (hellos of 256 to 511 bytes); what each feature is stands in docs/raw-record.md
-- reads: endpoints, hello_tolerance, refused_hello_features
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column feature varchar: server_name, compression, extension, signature_schemes, named_groups, no_finite_field_groups, cipher_suites or hello_bytes; none where an endpoint refuses nothing
-- column extension integer: number of the extension; null for other features
-- column endpoints bigint: TLS endpoints of which it is known what hellos they take, as far as the scan had to find out
-- column matching bigint: of these, endpoints that refuse a hello with the feature, and take it without
-- column silent bigint: of these matching, endpoints that refuse it without a word: closed, reset, or no answer
-- column least_value integer: least value that any of them refuses from on: schemes or suites, or bytes of a hello; null for other features
-- column most_value integer: likewise, the most
-- column shortest_hello integer: of the longest hellos that each of the matching endpoints answered, the shortest, in bytes
-- column longest_hello integer: likewise, the longest
-- column unknown bigint: TLS endpoints of which it is not known: older records, and other tools
-- column share double: matching, of endpoints
-- unique: scan_id, port, feature, extension
-- check: matching between 1 and endpoints
-- check: silent between 0 and matching
-- check: least_value <= most_value
-- check: shortest_hello <= longest_hello
-- check: share between 0 and 1
-- empty: no scan looked at what hellos endpoints take: older records, and other tools
with known as (
  select e.scan_id, e.port, e.endpoint_id, t.endpoint_id as known_id, t.hello_bytes
  from endpoints as e
  left join hello_tolerance as t
    on t.scan_id = e.scan_id and t.port = e.port and t.endpoint_id = e.endpoint_id
  where e.outcome in ('tls', 'tls_rejected')
), totals as (
  select scan_id, port, count(known_id) as endpoints, count(*) - count(known_id) as unknown
  from known
  group by scan_id, port
), refused as (
  select
    scan_id,
    port,
    endpoint_id,
    feature,
    case when feature = 'extension' then value end as extension,
    min(case when feature <> 'extension' then value end) as value,
    min(case when refused_by in ('close', 'reset', 'timeout') then 1 else 0 end) as silent
  from refused_hello_features
  group by scan_id, port, endpoint_id, feature, case when feature = 'extension' then value end
), shown as (
  select
    k.scan_id,
    k.port,
    coalesce(r.feature, 'none') as feature,
    r.extension,
    r.value,
    coalesce(r.silent, 0) as silent,
    k.hello_bytes
  from known as k
  left join refused as r on r.scan_id = k.scan_id and r.port = k.port and r.endpoint_id = k.endpoint_id
  where k.known_id is not null
), counted as (
  select
    scan_id,
    port,
    feature,
    extension,
    count(*) as matching,
    cast(sum(silent) as bigint) as silent,
    min(value) as least_value,
    max(value) as most_value,
    min(hello_bytes) as shortest_hello,
    max(hello_bytes) as longest_hello
  from shown
  group by scan_id, port, feature, extension
)
select
  c.scan_id,
  c.port,
  c.feature,
  c.extension,
  t.endpoints,
  c.matching,
  c.silent,
  c.least_value,
  c.most_value,
  c.shortest_hello,
  c.longest_hello,
  t.unknown,
  cast(c.matching as double) / t.endpoints as share
from counted as c
join totals as t on t.scan_id = c.scan_id and t.port = c.port
order by c.scan_id, c.port, case when c.feature = 'none' then 0 else 1 end, c.matching desc, c.feature, c.extension

-- title: Server software by its banner, per port
-- place: 15
-- grain: one row per scan, port and software
-- source: greetings, told by the patterns of datasets/mail_software.csv
-- reads: endpoints, endpoint_facts
-- column scan_id varchar: scan
-- column port smallint: TCP port that the endpoint stands for
-- column software varchar: software that the banner names; null where no pattern knows it
-- column endpoints bigint: endpoints that sent a banner
-- column running bigint: of these, endpoints whose banner names this software
-- column share double: running, of endpoints
-- unique: scan_id, port, software
-- check: running between 1 and endpoints
-- check: share between 0 and 1
-- empty: no endpoint that this program scanned sent a banner
with counted as (
  select f.scan_id, f.port, f.software, count(*) as running
  from endpoint_facts as f
  join endpoints as e on e.scan_id = f.scan_id and e.port = f.port and e.endpoint_id = f.endpoint_id
  where e.banner is not null
  group by f.scan_id, f.port, f.software
), totals as (
  select scan_id, port, cast(sum(running) as bigint) as endpoints
  from counted
  group by scan_id, port
)
select
  c.scan_id,
  c.port,
  c.software,
  t.endpoints,
  c.running,
  cast(c.running as double) / t.endpoints as share
from counted as c
join totals as t on t.scan_id = c.scan_id and t.port = c.port
order by c.scan_id, c.port, c.running desc, c.software

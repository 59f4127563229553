/** An endpoint's result as the writer takes it, from this process or from a worker: the record is a line already. */
import { packRecord } from '../../formats/packed-record.ts';
import type { DhGroupRecord, EndpointOutcome, InferenceCheck } from '../../formats/raw-record.ts';
import type { EndpointResult } from '../endpoint.ts';

export interface PackedResult {
  endpoint_id: number;
  outcome: EndpointOutcome;
  handshakes: number;
  throttled: boolean;
  inference_checks: readonly InferenceCheck[];
  /** The packed line, ended by a line feed. */
  record: string;
  /** DER by SHA-256. */
  certificates: ReadonlyMap<string, Uint8Array>;
  dhGroups: ReadonlyMap<string, DhGroupRecord>;
  flights: ReadonlyMap<string, Uint8Array>;
}

export function packResult({ record, certificates, dhGroups, flights }: EndpointResult): PackedResult {
  return {
    endpoint_id: record.endpoint_id,
    outcome: record.outcome,
    handshakes: record.effort.handshakes,
    throttled: record.stop_reason === 'throttled',
    inference_checks: record.inference_checks,
    record: `${JSON.stringify(packRecord(record))}\n`,
    certificates,
    dhGroups,
    flights,
  };
}

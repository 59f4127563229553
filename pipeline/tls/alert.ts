/** Alert: level and description, any numbers (RFC 8446, 6; RFC 6101, 5.4). Names are in `alerts.ts`. */
import type { ByteReader } from '../base/byte-reader.ts';
import type { ByteWriter } from '../base/byte-writer.ts';

export interface Alert {
  level: number;
  description: number;
}

export function readAlert(reader: ByteReader): Alert {
  return { level: reader.u8('alert level'), description: reader.u8('alert description') };
}

export function writeAlert(writer: ByteWriter, alert: Alert): void {
  writer.u8(alert.level).u8(alert.description);
}

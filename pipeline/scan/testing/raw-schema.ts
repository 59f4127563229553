/** For tests: validators of the raw record's schema; a record that doesn't fit throws with the reasons. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { packageRoot } from '../../base/package-root.ts';

export type RawKind = 'endpoint' | 'certificate' | 'dh_group' | 'scan_file';

export const rawSchema = JSON.parse(
  readFileSync(join(packageRoot, 'pipeline/formats/raw-record.schema.json'), 'utf8'),
);

const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
addFormats.default(ajv);
ajv.addSchema(rawSchema);

export function expectRaw(kind: RawKind, value: unknown): void {
  const validate = ajv.getSchema(`${rawSchema.$id}#/$defs/${kind}`)!;
  if (!validate(value)) throw new Error(`no ${kind}: ${ajv.errorsText(validate.errors)}`);
}

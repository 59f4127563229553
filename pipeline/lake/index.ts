/** Looking after a lake: what it holds, whether it is whole, fewer files, a scan less, other engines, and sharing it. */
export { type Anonymized, type AnonymizeOptions, anonymizeLake } from './anonymize/anonymize-lake.ts';
export { columnRule } from './anonymize/column-rules.ts';
export { writeNewKey } from './anonymize/key-file.ts';
export { type Compaction, type CompactOptions, compactLake } from './compact-lake.ts';
export { type Dropped, dropScan } from './drop-scan.ts';
export { DDL_ENGINES, type DdlEngine, type DdlOptions, lakeDdl } from './lake-ddl.ts';
export { type LakeInfo, lakeInfo } from './lake-info.ts';
export { type Execute, type Registered, type RegisterOptions, registerLake } from './register-lake.ts';
export { type Fault, type Verification, verifyLake } from './verify-lake.ts';

/** Every combination of defect and answer that makes sense, and some defects that are not in the matrix. */
import { COMBINATIONS, FURTHER_COMBINATIONS } from './combinations.ts';
import { testMatrix, testSoundness } from './matrix.fixture.ts';

testMatrix('all defective servers', COMBINATIONS);
testSoundness('further defects', FURTHER_COMBINATIONS);

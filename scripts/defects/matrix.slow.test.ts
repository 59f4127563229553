/** Every combination of defect and answer that makes sense. */
import { COMBINATIONS } from './combinations.ts';
import { testMatrix } from './matrix.fixture.ts';

testMatrix('all defective servers', COMBINATIONS);

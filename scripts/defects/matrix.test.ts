/** Some of the combinations of defects and answers; all of them are in the slow test. */
import { SOME_COMBINATIONS } from './combinations.ts';
import { testMatrix } from './matrix.fixture.ts';

testMatrix('defective servers', SOME_COMBINATIONS);

import { expect, test } from 'vitest';
import { describeNeeding, testNeeding } from './needing.ts';

test('runs', () => expect(1).toBe(1));
testNeeding('there is no moon', 'tides', () => undefined);
describeNeeding('there is no sun', 'seasons', {}, () => undefined);

import { afterEach, expect, test } from 'vitest';
import { maskJson, masksOf, masksOfValues, sensitiveTexts } from '../../../src/run/step/masks.ts';
import { SecretValue } from '../../../src/vault/secret-value.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop?.[Symbol.dispose]());

const TOOL = `
args: {key: {type: object, sensitive: true}, plain: {type: string}}
steps: [{id: a, run: 'true'}]
`;
const KEY = { user: 'deploy-bot', tokens: ['first-token', 'second-token'], port: 8443, none: null };

test('sensitive arguments are masked as a whole and by each text within, others are not', async () => {
  workshop = await Workshop.open({ 'tools/main.yaml': TOOL });
  const plan = await (await workshop.project()).plan('main', { values: { key: KEY, plain: 'visible-text' } });
  const texts = sensitiveTexts(plan.tool, plan.args).map((bytes) => Buffer.from(bytes).toString());
  expect(texts).toEqual([JSON.stringify(KEY), 'deploy-bot', 'first-token', 'second-token', '8443']);
  const redactor = masksOf(plan, [new SecretValue(Buffer.from('value-of-a'))]);
  expect(redactor.text('value-of-a first-token visible-text')).toBe('*** *** visible-text');
});

test('JSON is masked in its keys and texts at any depth, and otherwise stays unchanged', () => {
  const redactor = masksOfValues([new SecretValue(Buffer.from('hunter2!'))]);
  const value = { 'hunter2!': [1, null, true, 'say hunter2! twice', { deep: 'hunter2!' }] };
  expect(maskJson(value, redactor)).toEqual({ '***': [1, null, true, 'say *** twice', { deep: '***' }] });
});

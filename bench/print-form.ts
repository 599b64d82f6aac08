/** `print-form.ts FORM`: prints the secret of its environment in one of the forms, between two lines that are none. */
import { setTimeout as wait } from 'node:timers/promises';
import { FORMS, SECRETS } from './masking-forms.ts';

const form = FORMS[process.argv[2] ?? ''];
if (form === undefined) throw new Error('no such form');
const value = process.env[form.secret];
// Of another value nothing would be found in the output, and it would pass for masked.
if (value !== SECRETS[form.secret]) throw new Error(`${form.secret} has come in changed`);

console.log('before');
for (const [at, piece] of form.pieces(value).entries()) {
  if (at > 0) await wait(50);
  process.stdout.write(piece);
}
console.log('\nafter');

import { expect, test } from 'vitest';
import { loadPatternEngine } from '../../src/definition/values/pattern.ts';
import { adviceOf, catalogOf } from './read.ts';

await loadPatternEngine();

function chosen(script: string, more: object = {}): boolean {
  const tool = {
    kind: 'tool',
    name: 'a',
    description: 'x',
    args: {
      x: { type: 'string', description: 'x' },
      url: { type: 'string', description: 'x' },
      list: { type: 'array', description: 'x' },
    },
    secrets: ['TOKEN'],
    steps: [{ id: 'a', run: script, ...more }],
  };
  return adviceOf(catalogOf(JSON.stringify(tool))).some(({ code }) => code === 'style/chosen-destination');
}

test.each([
  'curl -x "$INPUT_X" https://example.com/',
  'curl --proxy="http://$INPUT_X" https://example.com/',
  'https_proxy=$INPUT_X curl https://example.com/',
  'export ALL_PROXY="socks5://$INPUT_X"; curl https://example.com/',
  'curl --connect-to "example.com:443:$INPUT_X:443" https://example.com/',
  'curl --resolve "example.com:443:$INPUT_X" https://example.com/',
  'docker login --username me --password-stdin "$INPUT_X"; docker login "$INPUT_X"',
  'curl -fsSLO "$INPUT_X"; wget -O file https://example.com/',
  'wget -c "$INPUT_X"',
  'ssh "$INPUT_X" uptime',
  'scp file "deploy@$INPUT_X:/srv"',
  'rsync -a . "$INPUT_X:/srv"',
  'psql -h "$INPUT_X"',
  'mysql -h "$INPUT_X"',
  'redis-cli -h "$INPUT_X" ping',
  'nc "$INPUT_X" 80',
  'git clone "$INPUT_X"',
  'git push "https://$INPUT_X/a.git"',
  'aws s3 ls --endpoint-url "$INPUT_X"',
  'kubectl --server="$INPUT_X" get pods',
  'helm install a b --repo "$INPUT_X"',
  'vault read -address="$INPUT_X" secret/a',
  'PGHOST=$INPUT_X psql',
  'post() { curl "$1"; }; post "$INPUT_X"',
  'set -- "$INPUT_X"; curl "$1"',
  'a=$INPUT_X; b="https://$a"; curl "$b/path"',
  `python3.12 -c "import os, requests; requests.get(os.environ['INPUT_X'])"`,
  `uv run python -c "import os, requests; requests.get(os.environ['INPUT_URL'])"`,
  `/usr/bin/env python3 - <<'END'\nimport os, requests\nrequests.get(os.environ["INPUT_X"])\nEND`,
  `node -e 'fetch(process.env.INPUT_X)'`,
])('an argument chooses the destination: %s', (script) => {
  expect(chosen(script)).toBe(true);
});

test('the item of a list that the caller gives chooses the destination, too', () => {
  expect(chosen('curl "$ITEM"', { forEach: '${{ args.list }}' })).toBe(true);
  expect(chosen('curl "$A"', { env: { A: "${{ args['x'] }}" } })).toBe(true);
});

test.each([
  'curl "https://example.com/$INPUT_X?q=$INPUT_URL"',
  'base=https://example.com; curl "$base/$INPUT_X"',
  'get() { curl "https://example.com/$1"; }; get "$INPUT_X"',
  'set -- "$INPUT_X"; curl "https://example.com/$1"',
  'echo "$INPUT_URL" > file',
  'curl --fail --data "$INPUT_X" -H "$INPUT_URL" https://example.com',
  'psql -h db.example.com -U "$INPUT_X"',
  'docker build -t "$INPUT_X" .',
])('the destination is fixed: %s', (script) => {
  expect(chosen(script)).toBe(false);
});

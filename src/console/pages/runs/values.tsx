import { CopyButton } from '../../parts/copy.tsx';

/** Names and their values, which may be long. */
export function Values({ values }: { readonly values: Readonly<Record<string, string>> }) {
  return (
    <dl class="values">
      {Object.entries(values).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <pre>{value === '' ? <span class="faint">empty</span> : value}</pre>
            <CopyButton text={value} label={`Copy ${name}`} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

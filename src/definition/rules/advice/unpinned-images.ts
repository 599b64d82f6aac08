import { type Location, type Problem, problem } from '../../../text/problem.ts';
import type { Template } from '../../expressions/template.ts';
import type { Rule } from '../rule.ts';

/** An image without a version can change at any time, and the new image gets the same secrets. */
export const unpinnedImages: Rule = {
  name: 'unpinned-images',
  visitor: () => ({
    text: (text, { key }) => (key === 'image' ? imageTemplateProblems(text) : []),
    tool: ({ container }) => (container?.services ?? []).flatMap(({ image, at }) => imageProblems(image, at)),
  }),
};

function imageTemplateProblems({ parts, at }: Template): Problem[] {
  const [image = '', ...rest] = parts;
  return typeof image !== 'string' || rest.length > 0 ? [] : imageProblems(image, at);
}

function imageProblems(image: string, at: Location): Problem[] {
  if (image === '' || image.includes('@')) return [];
  const [, tag] = /:([^:/]*)$/.exec(image) ?? [];
  if (tag !== undefined && tag !== 'latest') return [];
  const why = tag === undefined ? 'names no version, which means the latest' : 'has the tag `latest`, which moves';
  return [
    problem('style/unpinned-image', `the image ${image} ${why}`, {
      at,
      severity: 'warning',
      hint: 'name a version (:3.22), or better a digest (@sha256:...), which pinned groups require',
    }),
  ];
}

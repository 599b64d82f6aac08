import { type Location, type Problem, problem } from '../../../text/problem.ts';
import type { Template } from '../../expressions/template.ts';
import { isRun } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** An image without a version can change at any time, and the new image gets the same secrets. */
export const unpinnedImages: Rule = {
  name: 'unpinned-images',
  check({ catalog }) {
    return [...catalog.tools.values()].flatMap((tool) => [
      ...[tool.image, ...tool.steps.filter(isRun).map((step) => step.image)].flatMap((image) =>
        image === undefined ? [] : imageTemplateProblems(image),
      ),
      ...(tool.container?.services ?? []).flatMap(({ image, at }) => imageProblems(image, at)),
    ]);
  },
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

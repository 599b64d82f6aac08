import type { Template } from '../definition/expressions/template.ts';
import { imageOf, type RunStep, type Tool } from '../definition/model/tool.ts';

/**
 * Whether no digest covers an image that the step gets, because its content can change or an argument chooses it. The images
 * of its services count too, because the step sends data to them.
 */
export function hasUnpinnedImage(tool: Tool, step: RunStep): boolean {
  const image = imageOf(tool, step);
  const services = tool.container?.services ?? [];
  return image !== undefined && (isUnpinned(image) || services.some((one) => !CONTENT.test(one.image)));
}

function isUnpinned({ parts: [only, ...rest] }: Template): boolean {
  return typeof only !== 'string' || rest.length > 0 || !CONTENT.test(only);
}

const CONTENT = /@sha256:[0-9a-f]{64}$/;

import type { ErrorObject } from 'ajv';
export declare const tool: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};

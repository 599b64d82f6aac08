import type { ErrorObject } from 'ajv';
export declare const agent: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};

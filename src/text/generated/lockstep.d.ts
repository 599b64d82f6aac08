import type { ErrorObject } from 'ajv';
export declare const lockstep: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};

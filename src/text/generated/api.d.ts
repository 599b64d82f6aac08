import type { ErrorObject } from 'ajv';
export declare const PlanRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const RunRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const CancelRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const AnswerRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const ContinueRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const RetryRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const SecretCreation: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const SecretValue: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const SecretDescription: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const GrantChange: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const GrantRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const SecretMove: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const RollbackRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const Confirmation: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
export declare const RepinRequest: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};

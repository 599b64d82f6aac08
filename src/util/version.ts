/** The version of package.json, without reading it at every start. test/util/version.test.ts keeps them equal. */
export const VERSION = '0.1.0';

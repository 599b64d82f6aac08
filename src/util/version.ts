/** The version of package.json, without reading it at every start. test/util/version.test.ts holds the two together. */
export const VERSION = '0.1.0';

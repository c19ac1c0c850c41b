/** Whether a file holds tests only, by its name: `policies.test.yaml`. */
export function isTestFile(name: string): boolean {
  return /\.test\.ya?ml$/.test(name);
}

/** Where the tests of a policy file may stand beside it: `policies.yaml` has `policies.test.yaml`. */
export function testFileOf(name: string): string | null {
  return /\.ya?ml$/.test(name) && !isTestFile(name) ? name.replace(/\.ya?ml$/, '.test$&') : null;
}
